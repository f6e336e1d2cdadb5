// The program in a thread of its own.
import { Worker } from 'node:worker_threads';

new Worker(new URL('./command.mjs', import.meta.url));
