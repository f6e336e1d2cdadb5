//! Walking a patch line by line.

use std::borrow::Cow;

use crate::core::block::{BLOCK, Block, Places, contains, padded};
use crate::core::json::{Unescaped, escape, unescaped};

/// The bytes of a patch: as they are, or as JSON has them between the quotes of a string. Of the latter only what is
/// looked at is unescaped: most lines are just counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patch<'a> {
    bytes: &'a [u8],
    is_json: bool,
}

impl<'a> Patch<'a> {
    /// A text.
    pub fn plain(bytes: &'a [u8]) -> Self {
        Self { bytes, is_json: false }
    }

    /// What JSON has between the quotes.
    pub fn json(bytes: &'a [u8]) -> Self {
        Self { bytes, is_json: true }
    }

    /// What is between two places.
    pub(super) fn part(self, start: usize, end: usize) -> Self {
        Self { bytes: self.bytes.get(start..end).unwrap_or_default(), ..self }
    }

    /// How many bytes there are.
    pub(super) fn len(self) -> usize {
        self.bytes.len()
    }

    /// It as text. Bytes that are no UTF-8 read as U+FFFD.
    pub(super) fn decoded(self) -> Cow<'a, str> {
        if self.is_json && contains(self.bytes, b'\\') {
            return Cow::Owned(unescaped(self.bytes));
        }
        // Not what the language does at once: it is several times as slow where all is well.
        std::str::from_utf8(self.bytes).map_or_else(|_| String::from_utf8_lossy(self.bytes), Cow::Borrowed)
    }

    /// What comes after `start`, if it begins with that.
    #[inline(never)]
    pub(super) fn after(self, start: &str) -> Option<Self> {
        let mut bytes = self.bytes;
        for byte in start.bytes() {
            match bytes.split_first() {
                Some((first, rest)) if *first == byte => bytes = rest,
                Some((b'\\', _)) if self.is_json => return self.after_escaped(start),
                _ => return None,
            }
        }
        Some(Self { bytes, ..self })
    }

    #[cold]
    fn after_escaped(mut self, start: &str) -> Option<Self> {
        start.bytes().all(|byte| self.next() == Some(byte)).then_some(self)
    }

    /// It as the text of a line that has lost its LF: without the CR that may have been before that.
    #[inline(never)]
    pub(super) fn line(self) -> Cow<'a, str> {
        match self.decoded() {
            Cow::Borrowed(line) => Cow::Borrowed(line.strip_suffix('\r').unwrap_or(line)),
            Cow::Owned(mut line) => {
                line.truncate(line.strip_suffix('\r').unwrap_or(&line).len());
                Cow::Owned(line)
            }
        }
    }

    /// Adds the first line to a text, with its line end, and goes past it; false if it has none.
    pub(super) fn add_line_to(&mut self, text: &mut Unescaped) -> bool {
        if self.is_json {
            return text.add_line(&mut self.bytes);
        }
        let mut after = Lines::of(*self);
        let has_end = after.advance() > 0;
        text.add_plain(self.part(0, after.offset).bytes);
        *self = after.rest();
        has_end
    }

    /// The first byte; of a character beyond ASCII that is escaped, some byte beyond it.
    #[inline(always)]
    pub(super) fn first(mut self) -> Option<u8> {
        match self.bytes.first() {
            Some(b'\\') if self.is_json => self.next(),
            other => other.copied(),
        }
    }

    /// Which bytes from a place on, in the order of bits from the lowest one, may begin a line end: in JSON `\n`, and what
    /// could be `\u000a`. Fewer than 64 where the patch ends.
    #[inline(always)]
    fn marks(self, at: usize) -> u64 {
        let rest = self.bytes.get(at..).unwrap_or_default();
        rest.first_chunk().map_or_else(|| self.last_marks(rest), |window| self.marks_in(window))
    }

    #[cold]
    fn last_marks(self, rest: &[u8]) -> u64 {
        self.marks_in(&padded(rest))
    }

    #[inline(always)]
    fn marks_in(self, window: &[u8; WINDOW]) -> u64 {
        if !self.is_json {
            return joined(
                line_feeds(window, 0),
                line_feeds(window, 16),
                line_feeds(window, 32),
                line_feeds(window, 48),
            );
        }
        let [(a, a_long), (b, b_long)] = [short_ends(window, 0), short_ends(window, 16)];
        let [(c, c_long), (d, d_long)] = [short_ends(window, 32), short_ends(window, 48)];
        let marks = joined(a, b, c, d);
        if a_long.or(b_long).or(c_long).or(d_long).bits() == 0 { marks } else { marks | long_marks(window) }
    }

    /// How long the line end is that a mark stands for; 0 if it stands for none.
    #[inline(always)]
    fn line_end(self, at: usize) -> usize {
        if !self.is_json {
            return 1;
        }
        let [before, next] = [at.wrapping_sub(1), at + 1].map(|at| self.bytes.get(at).copied().unwrap_or_default());
        if before != b'\\' && next == b'n' { 2 } else { self.odd_line_end(at) }
    }

    #[cold]
    fn odd_line_end(self, at: usize) -> usize {
        let (before, rest) = self.bytes.split_at_checked(at).unwrap_or_default();
        if before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1 {
            return 0;
        }
        match escape(rest) {
            ('\n', length) => length,
            _ => 0,
        }
    }
}

#[inline(always)]
fn block(window: &[u8; WINDOW], at: usize) -> Block {
    window.get(at..).and_then(<[u8]>::first_chunk).map_or_else(|| Block::of(&[0; BLOCK]), Block::of)
}

#[inline(always)]
fn line_feeds(window: &[u8; WINDOW], at: usize) -> Places {
    block(window, at).places_of(b'\n')
}

/// The places of `\n`, and those of `\u`.
#[inline(always)]
fn short_ends(window: &[u8; WINDOW], at: usize) -> (Places, Places) {
    let (backslash, next) = (block(window, at).places_of(b'\\'), block(window, at + 1));
    (backslash.and(next.places_of(b'n')), backslash.and(next.places_of(b'u')))
}

/// The places of what could be `\u000a`.
#[inline(always)]
fn long_ends(window: &[u8; WINDOW], at: usize) -> Places {
    let (_, long) = short_ends(window, at);
    let last = block(window, at + 5);
    long.and(last.places_of(b'a').or(last.places_of(b'A')))
}

#[inline(never)]
fn long_marks(window: &[u8; WINDOW]) -> u64 {
    joined(long_ends(window, 0), long_ends(window, 16), long_ends(window, 32), long_ends(window, 48))
}

#[inline(always)]
fn joined(a: Places, b: Places, c: Places, d: Places) -> u64 {
    let pair = |low: Places, high: Places| u64::from(u32::from(low.bits()) | u32::from(high.bits()) << BLOCK);
    pair(a, b) | pair(c, d) << (2 * BLOCK)
}

/// The bytes, unescaped, one at a time.
impl Iterator for Patch<'_> {
    type Item = u8;

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        if *first != b'\\' || !self.is_json {
            self.bytes = rest;
            return Some(*first);
        }
        let (character, length) = escape(self.bytes);
        self.bytes = self.bytes.get(length..).unwrap_or_default();
        Some(if character.is_ascii() { character as u8 } else { u8::MAX })
    }
}

/// How many bytes are looked at at once.
const STEP: usize = 4 * BLOCK;

/// These, and as many after them as an escape has after its first one.
const WINDOW: usize = STEP + 5;

/// A patch, one line at a time. Copying it is how to look ahead.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    patch: Patch<'a>,
    /// How many bytes of the patch lie before the line at hand.
    pub offset: usize,
    /// Where the bytes at hand begin.
    step: usize,
    /// Their marks that were not come to yet.
    marks: u64,
}

impl<'a> Lines<'a> {
    pub fn of(patch: Patch<'a>) -> Self {
        Self { patch, offset: 0, step: 0, marks: patch.marks(0) }
    }

    /// Goes past the line at hand, and gives the length of its line end; the last line may have none.
    pub fn advance(&mut self) -> usize {
        self.step_on()
    }

    /// [`Self::advance`], for whom the length is nothing.
    pub fn skip(&mut self) {
        self.advance();
    }

    #[inline(always)]
    fn step_on(&mut self) -> usize {
        loop {
            while self.marks == 0 {
                if self.patch.len() - self.step <= STEP {
                    self.offset = self.patch.len();
                    return 0;
                }
                self.step += STEP;
                self.marks = self.patch.marks(self.step);
            }
            let at = self.step + self.marks.trailing_zeros() as usize;
            self.marks &= self.marks - 1;
            let length = self.patch.line_end(at);
            if length > 0 {
                self.offset = at + length;
                return length;
            }
        }
    }

    /// Goes past lines of a hunk of which so many of the old and of the new file are to come, takes them off these, and
    /// gives their number. Stops before lines that must be looked at more closely. Nearly all of a patch is read here.
    #[inline(never)]
    pub fn run(&mut self, old: &mut u64, new: &mut u64) -> u64 {
        let Self { patch: Patch { bytes, is_json }, mut offset, mut step, mut marks } = *self;
        let word = |left: u64| u32::try_from(left).unwrap_or(u32::MAX);
        let (mut olds, mut news, mut count) = (word(*old), word(*new), 0);
        let mut line = bytes.get(offset..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
        'lines: while olds | news > 0 {
            let [sign, second, third] = line;
            // Without branches: which sign comes next is hard to foresee.
            let is_kept = sign == b' ';
            let (is_old, is_new) = (u32::from(is_kept | (sign == b'-')), u32::from(is_kept | (sign == b'+')));
            // It could begin with `---`, and be a header.
            let is_odd = (sign == b'-') & ((second == b'-') | (second == b'\\') & (third == b'u'));
            if is_odd | (is_old | is_new == 0) | (is_old > olds) | (is_new > news) {
                break;
            }
            while marks == 0 {
                let Some(window) = bytes.get(step + STEP..).and_then(<[u8]>::first_chunk) else { break 'lines };
                step += STEP;
                marks = self.patch.marks_in(window);
            }
            // The line end, and how the next line begins.
            let next = step + marks.trailing_zeros() as usize + 1 + usize::from(is_json);
            let around = bytes.get(next.wrapping_sub(3)..).and_then(<[u8]>::first_chunk);
            let Some(&[before, _, last, sign, second, third]) = around else { break };
            if is_json & ((before == b'\\') | (last != b'n')) {
                break;
            }
            marks &= marks - 1;
            (offset, line) = (next, [sign, second, third]);
            olds -= is_old;
            news -= is_new;
            count += 1;
        }
        *old -= u64::from(word(*old) - olds);
        *new -= u64::from(word(*new) - news);
        (self.offset, self.step, self.marks) = (offset, step, marks);
        count
    }

    /// Goes past the line at hand, and gives it without its LF.
    pub fn take(&mut self) -> Patch<'a> {
        let start = self.offset;
        let length = self.advance();
        self.patch.part(start, self.offset - length)
    }

    /// The line at hand and all after it.
    #[inline(always)]
    pub fn rest(&self) -> Patch<'a> {
        self.patch.part(self.offset, self.patch.len())
    }

    /// The line at hand as text, without its line end.
    pub fn text(mut self) -> Cow<'a, str> {
        self.take().line()
    }

    pub fn at_end(&self) -> bool {
        self.offset >= self.patch.len()
    }

    pub fn starts_with(&self, start: &str) -> bool {
        self.rest().after(start).is_some()
    }

    /// The first byte of the line at hand; none at the end.
    #[inline(always)]
    pub fn first(&self) -> Option<u8> {
        self.rest().first()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All lines of a patch, as text without LF.
    fn lines(patch: Patch<'_>) -> Vec<String> {
        let mut lines = Lines::of(patch);
        let mut all = Vec::new();
        while !lines.at_end() {
            all.push(lines.take().decoded().into_owned());
        }
        all
    }

    /// As JSON may write it: here and there with an escape where there need be none.
    fn escaped(text: &str, ways: &[bool]) -> String {
        let escape = |(character, long): (char, &bool)| {
            if *long {
                return character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
            }
            let quoted = serde_json::to_string(&character).unwrap_or_default();
            quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
        };
        text.chars().zip(ways.iter().cycle()).map(escape).collect()
    }

    proptest! {
        #[test]
        fn lines_end_where_the_language_says(
            text in r#"([a\\nu"é😀\r]{0,9}|.{30,40}|\n){0,30}"#,
            ways in prop::collection::vec(prop::bool::weighted(0.2), 1..99),
        ) {
            let expected: Vec<_> = text.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line)).collect();
            prop_assert_eq!(&lines(Patch::plain(text.as_bytes())), &expected);
            prop_assert_eq!(&lines(Patch::json(escaped(&text, &ways).as_bytes())), &expected);
        }
    }
}
