//! Strings in full: with escapes, over the end of a chunk, or so large that they are not wanted here.

use super::NotJson;
use super::escapes::{alone, begins_pair, pair, short};
use super::run::{BLOCK, Parts, block, escaped, first, high, marks, parts, up_to};
use super::scan::Scanner;

impl Scanner<'_> {
    /// Adds a string to the text and goes past its quote; false if it was longer than `limit`, and so was not added.
    /// Bytes that are no UTF-8 read as U+FFFD.
    #[inline(never)]
    pub(super) fn text_until_quote(&mut self, start: usize, limit: usize) -> Result<bool, NotJson> {
        let mut beyond_ascii = 0;
        loop {
            let block = block(&self.buffer, self.at);
            let marks = marks(block);
            self.text.put(block);
            if marks == 0 {
                beyond_ascii |= high(block);
                self.at += BLOCK;
                self.text.filled += BLOCK;
                continue;
            }
            let length = first(marks);
            beyond_ascii |= high(block) & up_to(length);
            self.at += length;
            self.text.filled += length;
            if self.text.filled - start >= limit {
                self.text.filled = start;
                return self.past_quote().map(|()| false);
            }
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    let character = self.escape()?;
                    beyond_ascii |= u32::from(!character.is_ascii());
                    self.text.add(character);
                }
                Some(0x20..) => {}
                _ => return Err(self.error("a control character in a string")),
            }
        }
        self.at += 1;
        if beyond_ascii != 0 {
            self.text.mend(start);
        }
        Ok(true)
    }

    /// Goes past the end of a string that is not wanted here: of a large body this is most of it.
    fn past_quote(&mut self) -> Result<(), NotJson> {
        let mut carried = 0;
        loop {
            let Parts { quotes, backslashes, controls, usual } = parts(block(&self.buffer, self.at));
            let escaped = escaped(backslashes, carried);
            let stops = (quotes & !escaped | controls | escaped & !usual) & up_to(BLOCK);
            if stops == 0 {
                self.at += BLOCK;
                carried = escaped >> BLOCK & 1;
                continue;
            }
            self.at += first(stops);
            carried = 0;
            if stops & stops.wrapping_neg() & escaped != 0 {
                self.escape()?;
                continue;
            }
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(0x20..) => {}
                _ => return Err(self.error("a control character in a string")),
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, NotJson> {
        let letter = self.byte();
        if letter == Some(b'u') {
            self.at += 1;
            let first = self.unit()?;
            return self.pair(first);
        }
        let plain = letter.and_then(short).ok_or_else(|| self.error("no escape that JSON knows"))?;
        self.at += 1;
        Ok(char::from(plain))
    }

    /// The character of `first` and, if it is the first half of a pair, of the escape after it. Half a pair is no
    /// character; it reads as U+FFFD.
    fn pair(&mut self, first: u32) -> Result<char, NotJson> {
        if !begins_pair(first) || !self.follows(b"\\u") {
            return Ok(alone(first));
        }
        self.at += 2;
        // Both escapes are within one chunk; see `follows`.
        let second = self.unit()?;
        if let Some(character) = pair(first, second) {
            return Ok(character);
        }
        self.at -= 6;
        Ok(alone(first))
    }

    /// Whether these bytes come next. Moves the chunk so that an escape's six bytes are in it, if the body has them.
    fn follows(&mut self, bytes: &[u8]) -> bool {
        const ESCAPE: usize = 6;
        if self.length < self.at + ESCAPE {
            self.length = self.at;
            self.refill();
        }
        self.buffer.get(self.at..).is_some_and(|rest| rest.starts_with(bytes))
    }

    fn unit(&mut self) -> Result<u32, NotJson> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            unit = unit * 16 + digit.ok_or_else(|| self.error("no escape that JSON knows"))?;
            self.at += 1;
        }
        Ok(unit)
    }
}
