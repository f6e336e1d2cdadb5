// Loggers, hooks around attempts, responses, and requests that are not wrapped.
import { expectTypeOf } from 'expect-type';
import { connect, jules } from 'jules-wasm';
import type { Attempt, AroundAttempt, JulesPromise, Logger, SessionClient, SessionInfo, SessionResource, WithResponse } from 'jules-wasm';

/** A method of pino's logger. */
interface LogFn {
  <T extends object>(obj: T, msg?: string, ...args: unknown[]): void;
  (msg: string, ...args: unknown[]): void;
}
declare const pino: { level: string; error: LogFn; warn: LogFn; info: LogFn; debug: LogFn };
/** A logger whose methods return it, such as that of winston. */
declare const chained: { warn(message: string, ...meta: unknown[]): typeof chained; debug(infoObject: object): typeof chained; debug(message: string): typeof chained };

for (const logger of [pino, chained, { warn() {} }, {}]) connect({ logger, logLevel: 'warn' });
connect({ logger: console });
// @ts-expect-error an unknown level
connect({ logLevel: 'verbose' });
// @ts-expect-error a logger has methods
connect({ logger: { warn: true } });

const traced: AroundAttempt = async ({ method, url, attempt }, send) => {
  expectTypeOf(attempt).toEqualTypeOf<number>();
  const { status } = await send({ traceparent: `${method} ${url}` });
  return status;
};
export const clients = [connect({ aroundAttempt: traced }), connect({ aroundAttempt: (_attempt: Attempt, send) => send() })];
export const quiet: Logger = {};

export async function responses(session: SessionClient) {
  expectTypeOf(session.info()).toEqualTypeOf<JulesPromise<SessionInfo>>();
  expectTypeOf(session.info({ activities: false })).toEqualTypeOf<JulesPromise<SessionResource>>();
  const { data, response, attempts } = await session.info({ activities: false }).withResponse();
  expectTypeOf(data).toEqualTypeOf<SessionResource>();
  expectTypeOf(response?.status).toEqualTypeOf<number | undefined>();
  expectTypeOf(attempts).toEqualTypeOf<number>();
  expectTypeOf(await session.send('Hello').withResponse()).toEqualTypeOf<WithResponse<void>>();
  const promise: Promise<SessionResource> = session.info();
  return promise;
}

export async function unwrapped(id: string) {
  const page = await jules.request('GET /sessions', { query: { pageSize: 5, pageToken: undefined } });
  // @ts-expect-error what the service has sent is not known
  page.sessions;
  return jules.request(`POST /sessions/${id}:archive`, { body: {}, timeoutMs: 1000 });
}
