/** The code in a kernel's process. */

/**
 * Waits for the input, does the work, sends the result and ends the process at once: the official SDK's streams poll for
 * ever. It also ends with the process that began it.
 *
 * @param {(input: object, say: (event: object) => void) => Promise<unknown>} work
 */
export function kernel(work) {
  process.once('disconnect', () => process.exit(1));
  process.once('message', async (input) => {
    let message;
    try {
      message = { result: await work(input, (event) => process.send({ event })) };
    } catch (error) {
      message = { error: error?.stack ?? String(error) };
    }
    process.send(message, () => process.exit(0));
  });
}

/** Microseconds of the processor that the process has used, in user and system code. */
export function cpuMicros() {
  const { user, system } = process.cpuUsage();
  return user + system;
}
