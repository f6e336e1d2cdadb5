/** A Worker whose cron trigger advances a batch. Each run is one tick; the state is a row in D1. */
import { connect } from 'jules-wasm';

const NAME = 'flaky-tests-1'; // another one for each batch
const TESTS = ['login', 'invoice', 'search'];
const SOURCE = { github: 'owner/repo', baseBranch: 'main' };

export default {
  async scheduled(_event, env) {
    const jules = connect({ apiKey: env.JULES_API_KEY });
    const text = await env.DB.prepare('SELECT state FROM batches WHERE name = ?').bind(NAME).first('state');
    const before = text ? JSON.parse(text) : undefined;
    if (before?.done) return;

    const save = async (state) => {
      const { meta } = await env.DB.prepare(
        `INSERT INTO batches (name, revision, state) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET revision = ?2, state = ?3 WHERE revision = ?2 - 1`,
      ).bind(NAME, state.revision, JSON.stringify(state)).run();
      // Cron triggers may overlap: the tick that is behind ends here, before it creates anything.
      if (meta.changes === 0) throw new Error('another tick of this batch is running');
    };
    const state = await jules.tick(before, {
      name: NAME,
      items: TESTS,
      key: (test) => test,
      map: (test) => ({ prompt: `Find out why the ${test} test is flaky, and fix it.`, source: SOURCE }),
      save,
      quota: 'pro',
      maxRequests: 40, // the free plan of Workers allows 50 in a run
      maxMs: 25_000,
    });
    await save(state);

    if (!state.done) return;
    for (const { key, status, sessionId } of state.items) {
      const outcome = sessionId && (await jules.session(sessionId).result());
      console.log(key, status, outcome?.pullRequest?.url);
    }
  },
};
