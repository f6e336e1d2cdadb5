/** `archive`: archives sessions. */
import { actOn } from '../bulk.js';

export default (context) => actOn('archive', { ...context, isConfirmed: !context.options['dry-run'] });
