/** `delete`: deletes sessions. Those that options select are only listed, unless `--yes` is given. */
import { actOn } from '../bulk.js';

export default (context) => actOn('delete', { ...context, isConfirmed: context.options.yes === true });
