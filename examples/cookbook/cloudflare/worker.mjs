/** A Worker with two cron triggers: one starts a session each week, the other approves its plan. */
import { connect } from 'jules-wasm';

const WEEKLY = '0 6 * * MON';
const SOURCE = { github: 'owner/repo', baseBranch: 'main' };

export default {
  async scheduled({ cron, scheduledTime }, env) {
    const jules = connect({ apiKey: env.JULES_API_KEY });
    // A Worker keeps nothing between two runs: the service knows what there is.
    const recent = await jules.sessions({ limit: 100 }).all();
    if (cron === WEEKLY) {
      const title = `Update dependencies ${new Date(scheduledTime).toISOString().slice(0, 10)}`;
      if (recent.some((session) => session.title === title)) return; // the trigger may run twice
      await jules.session({ title, prompt: 'Update the dependencies, and run the tests.', source: SOURCE });
    } else {
      for (const { id, title, state } of recent) {
        if (title.startsWith('Update dependencies ') && state === 'awaitingPlanApproval') await jules.session(id).approve();
      }
    }
  },

  async fetch(_request, env) {
    const { sessions } = await connect({ apiKey: env.JULES_API_KEY }).sessions({ limit: 10 });
    return Response.json(sessions.map(({ id, title, state }) => ({ id, title, state })));
  },
};
