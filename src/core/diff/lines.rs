//! Walking a patch line by line.

/// A patch, one line at a time. Copying it is how to look ahead.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    /// The line at hand with its line end; empty at the end of the patch.
    pub line: &'a str,
    /// How many bytes of the patch lie before this line.
    pub offset: usize,
    rest: &'a str,
}

impl<'a> Lines<'a> {
    pub fn of(patch: &'a str) -> Self {
        let mut lines = Self { line: "", offset: 0, rest: patch };
        lines.advance();
        lines
    }

    #[inline]
    pub fn advance(&mut self) {
        self.offset += self.line.len();
        (self.line, self.rest) = self.rest.split_at_checked(length(self.rest.as_bytes())).unwrap_or((self.rest, ""));
    }

    pub fn at_end(&self) -> bool {
        self.line.is_empty()
    }
}

/// How long the first line is, with its line end. Eight bytes at a time: a patch of a megabyte is nothing but this. Of a
/// word's bytes those that are a line end get their highest bit; above the first of them a bit may be wrong.
#[inline]
fn length(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let mut length = 0;
    let mut chunks = text.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or_default()) ^ (ONES * 0x0A);
        let found = word.wrapping_sub(ONES) & !word & (ONES << 7);
        if found != 0 {
            return length + found.trailing_zeros() as usize / 8 + 1;
        }
        length += 8;
    }
    let rest = chunks.remainder();
    length + rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1)
}

/// A line without its line end, be it LF or CRLF.
pub(super) fn bare(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}
