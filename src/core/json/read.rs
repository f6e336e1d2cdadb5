//! The reader: text to [`Json`]. Numbers are kept as they are written, so nothing is lost of those that this client
//! does not know, and no floating-point code gets into the wasm (it was a quarter of the file).

use super::{Json, NotJson};

/// Deeper nesting than this is refused: it would overflow the stack, which nothing could catch.
const DEEPEST: u32 = 128;

pub(super) fn read(text: &str) -> Result<Json, NotJson> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    let value = reader.value(0)?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.error("something follows the value")),
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, problem: &str) -> NotJson {
        if self.at >= self.bytes.len() {
            return NotJson(format!("it ends early, after {} bytes", self.at));
        }
        NotJson(format!("{problem} at byte {}", self.at))
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: u32) -> Result<Json, NotJson> {
        if depth > DEEPEST {
            return Err(self.error("nested too deeply"));
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: u32) -> Result<Json, NotJson> {
        self.at += 1;
        let mut fields = Vec::new();
        if self.take(b'}') {
            return Ok(Json::Object(fields));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.error("no name of a field"));
            }
            let name = self.string()?;
            if !self.take(b':') {
                return Err(self.error("no colon"));
            }
            fields.push((name, self.value(depth + 1)?));
            if self.take(b'}') {
                return Ok(Json::Object(fields));
            }
            if !self.take(b',') {
                return Err(self.error("neither a comma nor the end of an object"));
            }
        }
    }

    fn array(&mut self, depth: u32) -> Result<Json, NotJson> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(b']') {
                return Ok(Json::Array(items));
            }
            if !self.take(b',') {
                return Err(self.error("neither a comma nor the end of an array"));
            }
        }
    }

    fn word(&mut self) -> Result<Json, NotJson> {
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
            if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error("no value"))
    }

    fn number(&mut self) -> Result<Json, NotJson> {
        let start = self.at;
        self.skip(b"-");
        let first = self.at;
        let whole = self.digits();
        let mut is_number = whole == 1 || (whole > 1 && self.bytes.get(first) != Some(&b'0'));
        if self.skip(b".") {
            is_number &= self.digits() > 0;
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            is_number &= self.digits() > 0;
        }
        match self.text.get(start..self.at) {
            Some(text) if is_number => Ok(Json::Number(text.to_owned())),
            _ => Err(self.error("no number")),
        }
    }

    fn skip(&mut self, any_of: &[u8]) -> bool {
        let found = self.bytes.get(self.at).is_some_and(|byte| any_of.contains(byte));
        self.at += usize::from(found);
        found
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.skip(b"0123456789") {}
        self.at - start
    }

    fn string(&mut self) -> Result<String, NotJson> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while self.bytes.get(self.at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            // The bytes stopped at are ASCII, so the range ends between characters.
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                _ => return Err(self.error("a control character in a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, NotJson> {
        let plain = match self.bytes.get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.error("no escape that JSON knows")),
        };
        self.at += 2;
        Ok(plain)
    }

    /// `\uXXXX`, or a pair of them. Half a pair is no character; it reads as U+FFFD.
    fn unicode_escape(&mut self) -> Result<char, NotJson> {
        let first = self.unit(self.at).ok_or_else(|| self.error("no escape that JSON knows"))?;
        self.at += 6;
        if let (0xD800..0xDC00, Some(second @ 0xDC00..0xE000)) = (first, self.unit(self.at)) {
            self.at += 6;
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
        if digits.starts_with('+') { None } else { u32::from_str_radix(digits, 16).ok() }
    }
}
