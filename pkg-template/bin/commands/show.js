/** `show`: one session. */
import { describeActivity, describeSession } from '../print.js';

export default async function show({ jules, options, positionals: [id], out, signal }) {
  const session = jules.session(id);
  const info = await session.info({ activities: false, signal });
  const activities = [];
  if (options.activities) for await (const activity of session.history({ artifacts: false, signal })) activities.push(activity);
  out.result(options.activities ? { ...info, activities } : info, () => {
    const lines = activities.map((activity) => describeActivity(activity, out.style)).filter(Boolean);
    return [describeSession(info, out.style), ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
  });
}
