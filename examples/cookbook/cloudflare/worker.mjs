/** A Worker whose cron trigger starts a session each week, and which approves its plan in a later run. */
import { connect } from 'jules-wasm';

const SOURCE = { github: 'owner/repo', baseBranch: 'main' };

export default {
  async scheduled({ scheduledTime }, env) {
    const jules = connect({ apiKey: env.JULES_API_KEY });
    const day = new Date(scheduledTime);
    const title = `Update dependencies ${day.toISOString().slice(0, 10)}`;

    // A Worker keeps nothing between two runs: the service knows what there is.
    const recent = await jules.sessions({ limit: 100 }).all();
    if (day.getUTCDay() === 1 && !recent.some((session) => session.title === title)) {
      await jules.session({ title, prompt: 'Update the dependencies, and run the tests.', source: SOURCE });
    }
    for (const { id, state } of recent.filter((session) => session.title.startsWith('Update dependencies '))) {
      if (state === 'awaitingPlanApproval') await jules.session(id).approve();
    }
  },

  async fetch(_request, env) {
    const { sessions } = await connect({ apiKey: env.JULES_API_KEY }).sessions({ limit: 10 });
    return Response.json(sessions.map(({ id, title, state }) => ({ id, title, state })));
  },
};
