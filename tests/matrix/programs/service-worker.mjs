import { report } from './report.mjs';
import { program } from './program.mjs';

globalThis.addEventListener('activate', (event) => event.waitUntil(report(program)));
