/** The configuration of a session, from the options of `run`, `new` and `batch`. */
import { text } from 'node:stream/consumers';

export async function configurationOf(options, [prompt], stdin) {
  return { ...defaultsOf(options), prompt: await messageOf(prompt, stdin), title: options.title };
}

/** The configuration without the prompt. */
export function defaultsOf(options) {
  const source = { github: options.repo, baseBranch: options.branch, workingBranch: options['working-branch'] };
  return { autoPr: !options['no-pr'], ...(Object.values(source).some(Boolean) && { source }) };
}

/** A message in the arguments; `-` is all of standard input. */
export const messageOf = (argument, stdin) => (argument === '-' ? text(stdin) : argument);
