// Text, bytes and modules.
import { unpack } from './lzma.js';
import { join } from './streams.js';

/** The module that is packed in `base64`. A loop, because `Uint8Array.from` with a callback takes thirty times as long. */
export function compile(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new WebAssembly.Module(join(unpack(bytes)));
}

/** The bytes of a text. Large texts cross into wasm as bytes, since a string argument is copied a character at a time. */
export function utf8(text) {
  return new TextEncoder().encode(text);
}
