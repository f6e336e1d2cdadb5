// The functions and answers of an auto-pilot, as the core asks for them. Comes with the WebAssembly.
import { waitedOf } from './model.js';
import { messageOf } from './thrown.js';

/** What the core asks for: the name of the option, and its arguments. */
const OCCASIONS = {
  plan: ({ plan, session }) => ['onPlan', plan, session],
  question: ({ question, session }) => ['onQuestion', question, session],
  stall: ({ silentMs, session }) => ['onStall', session, silentMs],
};

/**
 * The options of a call for the core. What a function has thrown is kept by the session's id in `autopilot.failures`, as the cause of the
 * error of the call.
 */
export function withPilot(options) {
  const { autopilot } = options;
  if (!autopilot) return options;
  const { maxReplies, stallMs, onStall } = autopilot;
  return { ...options, autopilot: { maxReplies, stallMs, answersStalls: onStall !== undefined, decide: deciding(autopilot) } };
}

/** Never throws or rejects. */
const deciding = (autopilot) => async (occasion, json) => {
  const waited = waitedOf(json);
  const [name, ...given] = OCCASIONS[occasion](waited);
  const answer = autopilot[name];
  try {
    return decisionOf(name, typeof answer === 'function' ? await answer(...given) : answer);
  } catch (error) {
    (autopilot.failures ??= new Map()).set(waited.session.id, error);
    return { problem: `${name} has thrown an error: ${messageOf(error).replace(/\.$/, '')}` };
  }
};

function decisionOf(name, answer) {
  if (answer === undefined || answer === null || answer === false) return {};
  if (name === 'onPlan' && (answer === true || answer === 'approve')) return { approve: true };
  if (typeof answer === 'string' && answer.trim()) return { reply: answer };
  const what = typeof answer === 'string' ? 'an empty text' : `a value of the type ${typeof answer}`;
  const expected = name === 'onPlan' ? '"approve", a message' : 'a message';
  return { problem: `${name} has returned ${what}, not ${expected} or undefined` };
}
