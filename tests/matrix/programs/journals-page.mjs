import { report } from './report.mjs';
import { journals } from './journals.mjs';

report(journals);
