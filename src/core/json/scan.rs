//! The reader: bytes to a [`Document`]. It sees a body a chunk at a time, and copies nothing of it but short strings.
//! Numbers are kept as they are written, so nothing is lost of those that this client does not know, and no
//! floating-point code gets into the wasm.

use std::rc::Rc;

use super::NotJson;
use super::arena::Arena;
use super::document::{Document, Tag, entry};
use super::names::{self, FIRST_UNKNOWN, Name, Order};
use super::run::{BLOCK, block, first, marks, up_to, white};
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
        length: 0,
        at: 0,
        base: 0,
        words: Vec::with_capacity(source.len().min(CHUNK) / 8),
        // Of what is not kept all becomes text.
        text: Arena::of(if keep.is_some() { source.len().min(CHUNK) } else { source.len() }),
        names: Vec::new(),
        order: Order::new(),
        step: 2,
    };
    scanner.skip_marks();
    if scanner.look(0).is_none() {
        scanner.words.extend([entry(Tag::Object, 1)]);
    } else {
        scanner.values()?;
    }
    let Scanner { words, names, text, .. } = scanner;
    // Each string was made valid by itself.
    let text = String::from_utf8(text.whole()).unwrap_or_default();
    Ok(Document { words, names, text: Rc::new(text), body: keep.cloned() })
}

pub(super) struct Scanner<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) keeps: bool,
    /// The chunk at hand, and a block of zeros.
    pub(super) buffer: Vec<u8>,
    /// How long the chunk is.
    pub(super) length: usize,
    /// The next byte in it.
    pub(super) at: usize,
    /// Where in the body the chunk begins.
    pub(super) base: usize,
    pub(super) words: Vec<u32>,
    pub(super) text: Arena,
    pub(super) names: Vec<(u32, u32)>,
    pub(super) order: Order,
    /// By how much deeper lines are indented.
    pub(super) step: usize,
}

/// Offsets and counts are held in words; a body has less than 4 GB.
fn word(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Scanner<'_> {
    #[cold]
    pub(super) fn error(&mut self, problem: &str) -> NotJson {
        if self.byte().is_none() {
            return NotJson(format!("it ends early, after {} bytes", self.base + self.at));
        }
        NotJson(format!("{problem} at byte {}", self.base + self.at))
    }

    #[cold]
    pub(super) fn refill(&mut self) -> Option<u8> {
        self.base += self.length;
        self.at = 0;
        self.length = CHUNK.min(self.source.len() - self.base);
        self.buffer.resize(self.length + BLOCK, 0);
        let (chunk, behind) = self.buffer.split_at_mut_checked(self.length)?;
        behind.fill(0);
        self.source.read(self.base, chunk);
        chunk.first().copied()
    }

    /// The byte at hand; `None` at the end.
    #[inline(always)]
    pub(super) fn byte(&mut self) -> Option<u8> {
        if self.at < self.length { self.buffer.get(self.at).copied() } else { self.refill() }
    }

    /// Byte order marks, which some put before a text.
    fn skip_marks(&mut self) {
        while self.byte().is_some() && self.buffer.get(self.at..).is_some_and(|rest| rest.starts_with(b"\xEF\xBB\xBF"))
        {
            self.at += 3;
        }
    }

    /// The next byte that is no white space. Of that there is mostly none, one space, or a new line indented for this
    /// depth: what is only looked at, and not counted, the processor need not wait for.
    #[inline(always)]
    fn peek(&mut self, depth: usize) -> Option<u8> {
        match self.buffer.get(self.at..) {
            Some([byte @ 0x21..=0xFF, ..]) => return Some(*byte),
            Some([b' ', byte @ 0x21..=0xFF, ..]) => {
                self.at += 1;
                return Some(*byte);
            }
            Some(rest @ [b'\n', ..]) => {
                let length = 1 + depth * self.step;
                let is_so = |block| length < BLOCK && white(block) & up_to(length + 1) == up_to(length);
                if rest.first_chunk().is_some_and(is_so) {
                    self.at += length;
                    if let Some(byte @ 0x21..) = self.buffer.get(self.at) {
                        return Some(*byte);
                    }
                }
            }
            _ => {}
        }
        self.past_white(depth)
    }

    #[inline(never)]
    fn past_white(&mut self, depth: usize) -> Option<u8> {
        loop {
            let length = first(!white(block(&self.buffer, self.at)));
            self.at += length;
            if length > 1 {
                self.step = (length - 1).checked_div(depth).unwrap_or(self.step);
            }
            if length == 0 || self.at >= self.length {
                match self.byte() {
                    Some(b' ' | b'\n' | b'\r' | b'\t') => {}
                    other => return other,
                }
            }
        }
    }

    /// [`Scanner::peek`] where it does not matter how long it takes.
    #[inline(never)]
    fn look(&mut self, depth: usize) -> Option<u8> {
        self.peek(depth)
    }

    /// One value, with all that is in it; nothing may follow. `open` has the places of what is not closed yet.
    fn values(&mut self) -> Result<(), NotJson> {
        let mut open: Vec<usize> = Vec::new();
        let mut has_name = false;
        loop {
            if open.len() > DEEPEST {
                return Err(self.error("nested too deeply"));
            }
            let large = has_name && self.name(open.len())?;
            match self.peek(open.len()) {
                Some(b'{') => {
                    self.at += 1;
                    open.push(self.words.len());
                    self.words.push(entry(Tag::Object, 0));
                    has_name = self.look(open.len()) != Some(b'}');
                    if has_name {
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    open.push(self.words.len());
                    self.words.push(entry(Tag::Array, 0));
                    has_name = false;
                    if self.look(open.len()) != Some(b']') {
                        continue;
                    }
                }
                Some(b'"') => self.string(large)?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                _ => self.constant()?,
            }
            loop {
                let Some(container) = open.last().and_then(|at| self.words.get(*at)).copied() else {
                    return if self.look(0).is_none() {
                        Ok(())
                    } else {
                        Err(self.error("something follows the value"))
                    };
                };
                has_name = container == entry(Tag::Object, 0);
                match self.peek(open.len() - 1) {
                    Some(b',') => {
                        self.at += 1;
                        break;
                    }
                    Some(b'}') if has_name => self.close(&mut open),
                    Some(b']') if !has_name => self.close(&mut open),
                    _ if has_name => return Err(self.error("neither a comma nor the end of an object")),
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
    #[inline(always)]
    fn name(&mut self, depth: usize) -> Result<bool, NotJson> {
        if self.peek(depth) != Some(b'"') {
            return Err(self.error("no name of a field"));
        }
        self.at += 1;
        let known = self.known_name();
        match known {
            Some(Name(number)) => self.words.push(number),
            None => self.other_name()?,
        }
        if self.buffer.get(self.at) != Some(&b':') && self.look(0) != Some(b':') {
            return Err(self.error("no colon"));
        }
        self.at += 1;
        Ok(known.is_some_and(|name| MAY_BE_LARGE.contains(&name)))
    }

    /// The name that stands here and its quote, if it is known and written plainly.
    #[inline(always)]
    fn known_name(&mut self) -> Option<Name> {
        let (name, length) = match self.order.expected(&self.buffer, self.at) {
            Some(found) => found,
            None => self.unexpected_name()?,
        };
        self.at += length + 1;
        Some(name)
    }

    #[inline(never)]
    fn unexpected_name(&mut self) -> Option<(Name, usize)> {
        let mut length = first(marks(block(&self.buffer, self.at)));
        if length >= BLOCK {
            length = BLOCK + first(marks(block(&self.buffer, self.at + BLOCK)));
        }
        let name = names::find_at(&self.buffer, self.at, length)?;
        self.order.came(name);
        Some((name, length))
    }

    #[cold]
    fn other_name(&mut self) -> Result<(), NotJson> {
        let start = self.text.filled;
        self.text_until_quote(start, usize::MAX)?;
        let number = match names::find(self.text.from(start)) {
            Some(Name(number)) => {
                self.text.filled = start;
                number
            }
            None => {
                self.names.push((word(start), word(self.text.filled - start)));
                FIRST_UNKNOWN + word(self.names.len() - 1)
            }
        };
        self.words.push(number);
        Ok(())
    }

    #[inline(always)]
    fn string(&mut self, large: bool) -> Result<(), NotJson> {
        self.at += 1;
        let start = self.text.filled;
        let place = self.base + self.at;
        let may_be_kept = large && self.keeps;
        let plain =
            if may_be_kept { None } else { self.text.copy_plain(self.buffer.get(self.at..).unwrap_or_default()) };
        if let Some((length, is_ascii)) = plain {
            self.at += length + 1;
            self.text.filled += length;
            if !is_ascii {
                self.text.mend(start);
            }
        } else if !self.text_until_quote(start, if may_be_kept { LARGE } else { usize::MAX })? {
            let end = self.base + self.at - 1;
            self.words.extend([entry(Tag::Kept, 0), word(place), word(end)]);
            return Ok(());
        }
        self.words.push(entry(Tag::Text, word(self.text.filled - start)));
        self.words.push(word(start));
        Ok(())
    }

    #[inline(never)]
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

    #[inline(never)]
    fn number(&mut self) -> Result<(), NotJson> {
        let start = self.text.filled;
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
        self.words.extend([entry(Tag::Number, word(self.text.filled - start)), word(start)]);
        Ok(())
    }

    fn keep_any(&mut self, of: &[u8]) -> bool {
        let Some(byte) = self.byte().filter(|byte| of.contains(byte)) else { return false };
        self.text.add(byte.into());
        self.at += 1;
        true
    }

    fn digits(&mut self) -> usize {
        let start = self.text.filled;
        while self.keep_any(b"0123456789") {}
        self.text.filled - start
    }
}
