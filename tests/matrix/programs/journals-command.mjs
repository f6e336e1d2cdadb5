// The journals of a runtime with files.
import { journals } from './journals.mjs';

journals({ folder: '.' }).then((result) => console.log(`RESULT ${JSON.stringify(result)}`));
