/** The message of a value that a function of the caller has thrown, which may be anything. Never throws itself. */
export function messageOf(thrown) {
  try {
    return String(thrown?.message ?? thrown);
  } catch {
    return 'a value that cannot be converted to text';
  }
}
