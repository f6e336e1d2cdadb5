// `GIT binary patch`: blocks of base85, which are skipped.

const BLOCK = /^(?:literal|delta) \d+$/;

/** Skips the blocks that begin at the current line: the new content, and often the old one. Returns whether they are complete. */
export function skipBinaryPatch(lines) {
  let blocks = 0;
  for (; BLOCK.test(lines.peek()); blocks++) {
    lines.skip();
    while (isData(lines.peek())) lines.skip();
    // Subversion leaves out the empty line after the old content.
    if (blocks === 1 && (lines.atEnd || lines.startsWith('Index: '))) return true;
    if (lines.atEnd || lines.peek() !== '') return false;
    lines.skip();
  }
  return blocks > 0;
}

/** A letter says how many bytes the line stands for (A to Z: 1 to 26, a to z: 27 to 52); each 4 are 5 characters. */
function isData(line) {
  if (!/^[A-Za-z][!-~]*$/.test(line)) return false;
  const bytes = line < 'a' ? line.charCodeAt(0) - 64 : line.charCodeAt(0) - 70;
  return line.length - 1 === Math.ceil(bytes / 4) * 5;
}
