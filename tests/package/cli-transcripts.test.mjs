/**
 * The transcripts in transcripts/ are what a user sees: each `$` line is run, and its output must be the same.
 *
 *   # {"scenario":"question"}     the emulator's options, in the first line
 *   $ a command
 *   standard output
 *   ! standard error
 *   ? the exit code, unless it is 0
 *
 * `http://emulator` stands for the emulator's address, and `/work` for the current folder.
 *
 * With JULES_TEST_TRANSCRIPTS=FOLDER the transcripts of this run are also written to that folder.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { emptyFolder, run, serveEmulator } from './support/cli.mjs';

const folder = fileURLToPath(new URL('transcripts', import.meta.url));

/** The transcript of a command that has run. */
function transcriptOf(command, { code, stdout, stderr }) {
  const errors = stderr.replace(/\n$/, '').split('\n').map((line) => `! ${line}`.trimEnd());
  return [`$ ${command}`, stdout.replace(/\n$/, ''), ...(stderr ? errors : []), ...(code ? [`? ${code}`] : [])].filter((line) => line !== '').join('\n');
}

for (const name of readdirSync(folder)) {
  test(`transcript ${name}`, async (t) => {
    const expected = readFileSync(join(folder, name), 'utf8');
    const [first] = expected.split('\n', 1);
    const server = await serveEmulator(t, JSON.parse(first.slice(2)));
    const cwd = emptyFolder(t);
    const parts = [first];
    for (const [, command] of expected.matchAll(/^\$ (.*)$/gm)) {
      const result = transcriptOf(command, await run(command, { server, cwd }));
      parts.push(result.replaceAll(new URL(server.baseUrl).origin, 'http://emulator').replaceAll(cwd, '/work'));
    }
    assert.ok(parts.length > 1, 'a transcript has commands');
    const actual = `${parts.join('\n\n')}\n`;
    if (process.env.JULES_TEST_TRANSCRIPTS) writeFileSync(join(process.env.JULES_TEST_TRANSCRIPTS, name), actual);
    assert.equal(actual, expected);
  });
}
