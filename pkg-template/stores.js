// Stores of journals. Each function creates one; nothing is opened before a batch uses it.
export { indexedDbStore } from './lib/stores/indexed-db.js';
export { keyValueStore } from './lib/stores/key-value.js';
export { memoryStore } from './lib/stores/memory.js';
import { FileStore } from './lib/stores/file.js';

export const fileStore = (path) => new FileStore(path);
