// The emulator's wasm for CommonJS. Reads the file beside it, which Jest and Node always have. Most bundlers take the ES modules, by the
// condition `module`; a bundle of this file has no file beside it, but contains the text of the ES modules.
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const file = join(__dirname, 'emulator.wasm');
exports.wasm = existsSync(file) ? readFileSync(file) : import('./emulator-text.js').then(({ wasm }) => wasm);
