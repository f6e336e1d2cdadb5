// The fetch of undici, which has types of its own, is an option of a client, also with a dispatcher.
import { connect } from 'jules-wasm';
import { fetch, ProxyAgent } from 'undici';

const dispatcher = new ProxyAgent('http://proxy.example:8080');

connect({ fetch });
connect({ fetch: (url, init) => fetch(url, { ...init, dispatcher }) });
