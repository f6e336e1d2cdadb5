/** The exit codes of the command line. */
export const EXIT = { ok: 0, error: 1, usage: 2, failed: 3, undecided: 4, unknown: 5, timeout: 124, interrupted: 130, closed: 141 };

/** What each code means, for help and documentation. */
export const EXIT_MEANINGS = {
  ok: 'done; for `run`, and `wait` without `--state`: the session completed',
  error: 'an error, such as a refused request; the message says what was done',
  usage: 'invalid arguments, or no API key; nothing was done',
  failed: 'the session failed',
  undecided: 'the session waits for an approval or a reply, is paused or silent, or is in another state than requested',
  unknown: 'it is unknown whether a session was created or a message sent; check before you repeat the command',
  timeout: '`--timeout` is over; the session continues on the service',
  interrupted: 'interrupted by Ctrl+C; the session continues on the service',
  closed: 'the reader of the output, such as `head`, has closed the pipe',
};
