// What makes public objects of the service's JSON. It comes with the WebAssembly, since before that there are no results.
export { all } from './all.js';
export { withPilot } from './autopilot.js';
export { bulk } from './bulk.js';
export { engine } from './engine.js';
export { checkFetch, sendingOf } from './sending.js';
export { merged } from './merged.js';
export * from './model.js';
export { notifying } from './notifying.js';
export { selected } from './select.js';
export { SessionSnapshot } from './snapshot.js';
export { encoded, RunningStream, streamed } from './running-stream.js';
export { runningBatch } from './journal.js';
export { tick } from './tick.js';
