/** The configuration of a session, from the options of `run` and `new`. */
import { text } from 'node:stream/consumers';

export async function configurationOf(options, [prompt], stdin) {
  const { repo, branch, title } = options;
  const source = { github: repo, baseBranch: branch, workingBranch: options['working-branch'] };
  return {
    prompt: await messageOf(prompt, stdin),
    title,
    autoPr: !options['no-pr'],
    ...(Object.values(source).some(Boolean) && { source }),
  };
}

/** A message in the arguments; `-` is all of standard input. */
export const messageOf = (argument, stdin) => (argument === '-' ? text(stdin) : argument);
