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

    pub fn advance(&mut self) {
        self.offset += self.line.len();
        let length = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        (self.line, self.rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
    }

    pub fn at_end(&self) -> bool {
        self.line.is_empty()
    }
}

/// A line without its line end, be it LF or CRLF.
pub(super) fn bare(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}
