import { program } from './program.mjs';
import { report } from './report.mjs';

globalThis.addEventListener('activate', (event) => event.waitUntil(report(program)));
