import { report } from './report.mjs';
import { program } from './program.mjs';

report(program);
