/**
 * A worker. Start as many as you like, on any machine, and stop them in any way:
 *
 *   REDIS_URL=redis://127.0.0.1 JULES_API_KEY=… node worker.mjs
 */
import { Redis } from 'ioredis';
import { jules } from 'jules-wasm';

import { workerIn } from './sessions.mjs';

workerIn(new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null }), jules);
