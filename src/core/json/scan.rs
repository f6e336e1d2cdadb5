//! The reader: bytes to a [`Document`]. It sees a body a chunk at a time, and copies nothing of it but short strings.
//! Numbers are kept as they are written, so nothing is lost of those that this client does not know, and no
//! floating-point code gets into the wasm.

use std::rc::Rc;

use super::NotJson;
use super::document::{Document, Tag, entry};
use super::names::{self, FIRST_UNKNOWN, Name};
use super::run::plain_run;
use crate::core::body::{Body, Source};

/// Deeper nesting than this is refused: whoever walks through a document may do so by recursion.
const DEEPEST: usize = 128;

/// How much of a body is in memory at once.
const CHUNK: usize = 64 * 1024;

/// From how many bytes on a string that may be large is left in the body. Below, to decode it at once costs less than to
/// remember where it is.
const LARGE: usize = 512;

/// The fields whose strings may be large, and which nobody compares or searches.
const MAY_BE_LARGE: [Name; 3] = [Name::UNIDIFF_PATCH, Name::DATA, Name::OUTPUT];

/// Reads all of `source`. With `keep`, its body, large strings stay in there.
pub(super) fn read(source: &dyn Source, keep: Option<&Body>) -> Result<Document, NotJson> {
    let mut scanner = Scanner {
        source,
        keeps: keep.is_some(),
        buffer: Vec::new(),
        at: 0,
        base: 0,
        words: Vec::with_capacity(source.len().min(CHUNK) / 8),
        // Of what is not kept all becomes text.
        text: Vec::with_capacity(if keep.is_some() { source.len().min(CHUNK) } else { source.len() }),
        names: Vec::new(),
    };
    scanner.skip_marks();
    if scanner.peek().is_none() {
        scanner.words.extend([entry(Tag::Object, 1)]);
    } else {
        scanner.values()?;
    }
    let Scanner { words, names, text, .. } = scanner;
    // Each string was made valid by itself.
    let text = String::from_utf8(text).unwrap_or_default();
    Ok(Document { words, names, text: Rc::new(text), body: keep.cloned() })
}

/// The string that stands between quotes as `bytes`, which were read before.
pub(super) fn unescaped(bytes: &[u8]) -> String {
    let mut source = Vec::with_capacity(bytes.len() + 2);
    source.push(b'"');
    source.extend_from_slice(bytes);
    source.push(b'"');
    let read = read(&source, None);
    read.ok().and_then(|document| Rc::try_unwrap(document.text).ok()).unwrap_or_default()
}

struct Scanner<'a> {
    source: &'a dyn Source,
    keeps: bool,
    /// The chunk at hand.
    buffer: Vec<u8>,
    /// The next byte in it.
    at: usize,
    /// Where in the body the chunk begins.
    base: usize,
    words: Vec<u32>,
    text: Vec<u8>,
    names: Vec<(u32, u32)>,
}

/// Offsets and counts are held in words; a body has less than 4 GB.
fn word(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Scanner<'_> {
    #[cold]
    fn error(&mut self, problem: &str) -> NotJson {
        if self.byte().is_none() {
            return NotJson(format!("it ends early, after {} bytes", self.base + self.at));
        }
        NotJson(format!("{problem} at byte {}", self.base + self.at))
    }

    #[cold]
    fn refill(&mut self) -> Option<u8> {
        self.base += self.buffer.len();
        self.at = 0;
        self.buffer.resize(CHUNK.min(self.source.len() - self.base), 0);
        self.source.read(self.base, &mut self.buffer);
        self.buffer.first().copied()
    }

    /// The byte at hand; `None` at the end.
    #[inline(always)]
    fn byte(&mut self) -> Option<u8> {
        match self.buffer.get(self.at) {
            Some(byte) => Some(*byte),
            None => self.refill(),
        }
    }

    /// Byte order marks, which some put before a text.
    fn skip_marks(&mut self) {
        while self.byte().is_some() && self.buffer.get(self.at..).is_some_and(|rest| rest.starts_with(b"\xEF\xBB\xBF"))
        {
            self.at += 3;
        }
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return other,
            }
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// One value, with all that is in it; nothing may follow. `open` has the places of what is not closed yet.
    fn values(&mut self) -> Result<(), NotJson> {
        let mut open: Vec<usize> = Vec::new();
        let mut large = false;
        loop {
            if open.len() > DEEPEST {
                return Err(self.error("nested too deeply"));
            }
            match self.peek() {
                Some(b'{') => {
                    self.at += 1;
                    open.push(self.words.len());
                    self.words.push(entry(Tag::Object, 0));
                    if self.peek() != Some(b'}') {
                        large = self.name()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    open.push(self.words.len());
                    self.words.push(entry(Tag::Array, 0));
                    large = false;
                    if self.peek() != Some(b']') {
                        continue;
                    }
                }
                Some(b'"') => self.string(large)?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                _ => self.constant()?,
            }
            loop {
                let Some(container) = open.last().and_then(|at| self.words.get(*at)).copied() else {
                    return if self.peek().is_none() { Ok(()) } else { Err(self.error("something follows the value")) };
                };
                let is_object = container == entry(Tag::Object, 0);
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if is_object {
                            large = self.name()?;
                        }
                        break;
                    }
                    Some(b'}') if is_object => self.close(&mut open),
                    Some(b']') if !is_object => self.close(&mut open),
                    _ if is_object => return Err(self.error("neither a comma nor the end of an object")),
                    _ => return Err(self.error("neither a comma nor the end of an array")),
                }
            }
        }
    }

    fn close(&mut self, open: &mut Vec<usize>) {
        self.at += 1;
        let length = open.pop().map(|at| (at, self.words.len() - at));
        if let Some((container, length)) = length.and_then(|(at, length)| Some((self.words.get_mut(at)?, length))) {
            *container |= entry(Tag::Null, word(length));
        }
    }

    /// The name of a field and its colon; tells whether the field's string may be large.
    fn name(&mut self) -> Result<bool, NotJson> {
        if self.peek() != Some(b'"') {
            return Err(self.error("no name of a field"));
        }
        self.at += 1;
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let (length, _) = plain_run(rest);
        let whole = rest.get(length) == Some(&b'"');
        let known = if whole { rest.get(..length).and_then(names::find) } else { None };
        if known.is_some() {
            self.at += length + 1;
        } else {
            let start = self.text.len();
            self.text_until_quote(start, usize::MAX)?;
            let number = match self.text.get(start..).and_then(names::find) {
                Some(Name(number)) => {
                    self.text.truncate(start);
                    number
                }
                None => {
                    self.names.push((word(start), word(self.text.len() - start)));
                    FIRST_UNKNOWN + word(self.names.len() - 1)
                }
            };
            self.words.push(number);
        }
        if let Some(Name(number)) = known {
            self.words.push(number);
        }
        if !self.take(b':') {
            return Err(self.error("no colon"));
        }
        Ok(known.is_some_and(|name| MAY_BE_LARGE.contains(&name)))
    }

    fn string(&mut self, large: bool) -> Result<(), NotJson> {
        self.at += 1;
        let start = self.text.len();
        let place = self.base + self.at;
        let limit = if large && self.keeps { LARGE } else { usize::MAX };
        if self.text_until_quote(start, limit)? {
            self.words.extend([entry(Tag::Text, word(self.text.len() - start)), word(start)]);
        } else {
            let end = self.base + self.at - 1;
            self.words.extend([entry(Tag::Kept, 0), word(place), word(end)]);
        }
        Ok(())
    }

    /// Adds a string to the text and goes past its quote; false if it was longer than `limit`, and so was not added.
    /// Bytes that are no UTF-8 read as U+FFFD.
    fn text_until_quote(&mut self, start: usize, limit: usize) -> Result<bool, NotJson> {
        let mut is_ascii = true;
        let mut is_added = true;
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            let (length, ascii) = plain_run(rest);
            is_ascii &= ascii;
            self.at += length;
            if is_added {
                self.text.extend_from_slice(rest.get(..length).unwrap_or_default());
                if self.text.len() - start >= limit {
                    self.text.truncate(start);
                    is_added = false;
                }
            }
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    let character = self.escape()?;
                    if is_added {
                        is_ascii &= character.is_ascii();
                        let mut bytes = [0; 4];
                        self.text.extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
                    }
                }
                Some(0x20..) => {}
                _ => return Err(self.error("a control character in a string")),
            }
        }
        self.at += 1;
        if is_added && !is_ascii {
            let string = self.text.get(start..).unwrap_or_default();
            if std::str::from_utf8(string).is_err() {
                let mended = String::from_utf8_lossy(string).into_owned();
                self.text.truncate(start);
                self.text.extend_from_slice(mended.as_bytes());
            }
        }
        Ok(is_added)
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, NotJson> {
        let plain = match self.byte() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let first = self.unit()?;
                return self.pair(first);
            }
            _ => return Err(self.error("no escape that JSON knows")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// The character of `first` and, if it is the first half of a pair, of the escape after it. Half a pair is no
    /// character; it reads as U+FFFD.
    fn pair(&mut self, first: u32) -> Result<char, NotJson> {
        if !(0xD800..0xDC00).contains(&first) || !self.follows(b"\\u") {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.at += 2;
        // Both escapes are within one chunk; see `follows`.
        let second = self.unit()?;
        if let 0xDC00..0xE000 = second {
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.at -= 6;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    /// Whether these bytes come next. Moves the chunk so that an escape's six bytes are in it, if the body has them.
    fn follows(&mut self, bytes: &[u8]) -> bool {
        const ESCAPE: usize = 6;
        if self.buffer.len() < self.at + ESCAPE {
            self.base += self.at;
            self.buffer.clear();
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

    fn constant(&mut self) -> Result<(), NotJson> {
        let (word, tag): (&[u8], _) = match self.byte() {
            Some(b't') => (b"true", Tag::True),
            Some(b'f') => (b"false", Tag::False),
            Some(b'n') => (b"null", Tag::Null),
            _ => return Err(self.error("no value")),
        };
        for byte in word {
            if self.byte() != Some(*byte) {
                return Err(self.error("no value"));
            }
            self.at += 1;
        }
        self.words.push(entry(tag, 0));
        Ok(())
    }

    fn number(&mut self) -> Result<(), NotJson> {
        let start = self.text.len();
        self.keep_any(b"-");
        let zero = self.byte() == Some(b'0');
        let whole = self.digits();
        let mut is_number = whole == 1 || whole > 1 && !zero;
        if self.keep_any(b".") {
            is_number &= self.digits() > 0;
        }
        if self.keep_any(b"eE") {
            self.keep_any(b"+-");
            is_number &= self.digits() > 0;
        }
        if !is_number {
            return Err(self.error("no number"));
        }
        self.words.extend([entry(Tag::Number, word(self.text.len() - start)), word(start)]);
        Ok(())
    }

    fn keep_any(&mut self, of: &[u8]) -> bool {
        let Some(byte) = self.byte().filter(|byte| of.contains(byte)) else { return false };
        self.text.push(byte);
        self.at += 1;
        true
    }

    fn digits(&mut self) -> usize {
        let start = self.text.len();
        while self.keep_any(b"0123456789") {}
        self.text.len() - start
    }
}
