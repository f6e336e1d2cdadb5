// CommonJS gets declarations of its own, also by `import = require`.
import all = require('jules-wasm');
import diff = require('jules-wasm/diff');
import emulator = require('jules-wasm/emulator');
import inline = require('jules-wasm/inline');
import slim = require('jules-wasm/slim');

export const client: all.JulesClient = all.connect({ apiKey: 'key' });
export const clients: all.JulesClient[] = [inline.jules, slim.jules];
export const files: diff.ParsedFile[] = diff.parseUnidiff('');
export const emulated: Promise<emulator.Emulator> = emulator.createEmulator();
export const isTimeout = (error: unknown) => error instanceof all.TimeoutError;
