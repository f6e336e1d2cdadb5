//! Values for JavaScript: a tape of words and one text, from which the façade's reader makes the objects. One call over
//! the boundary for any value, however many fields it has. `pkg-template/lib/tape.js` is the reader.
//!
//! A word is a kind (three bits) and a number. Strings follow one another in the text, so a word holds just the length. Those
//! that are not ASCII have a text of their own, with their lengths in units of UTF-16 as JavaScript counts: few are so, and one
//! among them would make all the others take twice the room, and in some runtimes five times the time. The names of an object's fields are told once: an object names its shape.

mod values;

use super::body::Body;
use super::json::{Arena, Kept};

/// The kinds of words.
mod kind {
    /// A string of so many bytes of ASCII.
    pub const TEXT: u32 = 0;
    /// An integer.
    pub const INTEGER: u32 = 1;
    /// An object of this shape; the values of its fields follow.
    pub const SHAPE: u32 = 2;
    /// An array of so many values, which follow.
    pub const ARRAY: u32 = 3;
    /// null, false or true.
    pub const CONSTANT: u32 = 4;
    /// A string that was told before, by its number.
    pub const KNOWN: u32 = 5;
    /// A string that is kept in this body; where it begins and ends follow.
    pub const KEPT: u32 = 6;
    /// Something rare, by its number; see [`super::rare`].
    pub const RARE: u32 = 7;
}

/// What needs no short word.
mod rare {
    /// A number as text; the length of that follows.
    pub const NUMBER: u32 = 0;
    /// An object whose names are data: how many fields follows, then for each its name and its value.
    pub const MAP: u32 = 1;
    /// A string that is not ASCII; how many units it has follows.
    pub const WIDE: u32 = 2;
}

const KIND_BITS: u32 = 3;

/// A value, ready for JavaScript.
#[derive(Debug, Default)]
pub struct Tape {
    /// The words.
    pub words: Vec<u32>,
    /// The strings that are ASCII.
    pub text: Vec<u8>,
    /// Those that are not.
    pub wide: String,
    /// What is told for the first time, each behind a newline: a shape as `{` and the names of its fields, a comma
    /// after each, a known string as `=` and itself.
    pub told: String,
    /// The bodies in which strings are kept.
    pub bodies: Vec<Body>,
}

/// What the reader knows already. There is one for each reader.
#[derive(Debug, Default)]
pub struct Told {
    /// The names of a record's fields, and of these, which are there. By their places here the shapes are numbered.
    shapes: Vec<(&'static str, u32)>,
    known: Vec<&'static str>,
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// How many units of UTF-16 a text has: one for each character, two for those that UTF-8 writes as four bytes.
fn units_of(text: &str) -> usize {
    text.bytes().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum()
}

/// Texts of the program are compared by address: the same at another one is told once more, and to compare letters would
/// cost time in every object.
fn is_same(a: &'static str, b: &'static str) -> bool {
    std::ptr::eq(a, b)
}

impl Told {
    /// The number of a shape; told if it is new.
    fn shape(&mut self, names: &'static str, present: u32, told: &mut String) -> u32 {
        let found = self.shapes.iter().position(|(known, fields)| *fields == present && is_same(known, names));
        count(found.unwrap_or_else(|| {
            told.push_str("\n{");
            for (index, name) in names.split(',').enumerate() {
                if present >> index & 1 == 1 {
                    told.push_str(name);
                    told.push(',');
                }
            }
            self.shapes.push((names, present));
            self.shapes.len() - 1
        }))
    }

    fn known(&mut self, text: &'static str, told: &mut String) -> u32 {
        let found = self.known.iter().position(|known| is_same(known, text));
        count(found.unwrap_or_else(|| {
            told.push_str("\n=");
            told.push_str(text);
            self.known.push(text);
            self.known.len() - 1
        }))
    }
}

/// What can be handed out. By hand and through pointers: code made for each type by serde is three times as much.
pub trait Emit {
    /// Writes the value.
    fn emit(&self, out: &mut Writer<'_>);

    /// Writes the value of a field; false if the field is left out.
    fn emit_field(&self, out: &mut Writer<'_>) -> bool {
        self.emit(out);
        true
    }
}

impl Tape {
    /// Writes a value for the reader that was told `told`.
    pub fn write(value: &dyn Emit, told: &mut Told) -> Self {
        let mut writer = Writer { tape: Self::default(), text: Arena::default(), told };
        value.emit(&mut writer);
        Self { text: writer.text.whole(), ..writer.tape }
    }
}

/// Where values are written.
#[derive(Debug)]
pub struct Writer<'t> {
    tape: Tape,
    text: Arena,
    told: &'t mut Told,
}

impl Writer<'_> {
    fn word(&mut self, kind: u32, number: u32) {
        self.tape.words.push(number << KIND_BITS | kind);
    }

    fn text(&mut self, text: &str) {
        if self.text.push_ascii(text.as_bytes()) {
            self.word(kind::TEXT, count(text.len()));
        } else {
            self.wide(&[text]);
        }
    }

    /// Several texts as one.
    fn joined(&mut self, parts: &[&str]) {
        let start = self.text.filled;
        for part in parts {
            if !self.text.push_ascii(part.as_bytes()) {
                self.text.filled = start;
                return self.wide(parts);
            }
        }
        self.word(kind::TEXT, count(self.text.filled - start));
    }

    #[cold]
    fn wide(&mut self, parts: &[&str]) {
        let mut units = 0;
        for part in parts {
            self.tape.wide.push_str(part);
            units += units_of(part);
        }
        self.word(kind::RARE, rare::WIDE);
        self.tape.words.push(count(units));
    }

    /// A text that is one of a few.
    fn known(&mut self, text: &'static str) {
        let number = self.told.known(text, &mut self.tape.told);
        self.word(kind::KNOWN, number);
    }

    fn constant(&mut self, number: u32) {
        self.word(kind::CONSTANT, number);
    }

    fn number(&mut self, text: &str) {
        self.text.push_ascii(text.as_bytes());
        self.word(kind::RARE, rare::NUMBER);
        self.tape.words.push(count(text.len()));
    }

    fn integer(&mut self, value: i64) {
        const LIMIT: i64 = 1 << (31 - KIND_BITS);
        match i32::try_from(value) {
            #[expect(clippy::cast_sign_loss, reason = "the reader shifts with the sign")]
            Ok(small) if (-LIMIT..LIMIT).contains(&value) => self.word(kind::INTEGER, small as u32),
            _ => self.number(&value.to_string()),
        }
    }

    fn kept(&mut self, kept: &Kept) {
        let known = self.tape.bodies.iter().position(|body| body.is(&kept.body));
        let body = known.unwrap_or_else(|| {
            self.tape.bodies.push(kept.body.clone());
            self.tape.bodies.len() - 1
        });
        self.word(kind::KEPT, count(body));
        self.tape.words.extend([count(kept.start), count(kept.end)]);
    }

    /// An array of `length` values, which follow.
    fn list(&mut self, length: usize) {
        self.word(kind::ARRAY, count(length));
    }

    /// An object of data: `length` times a name, as text, and a value follow.
    fn map(&mut self, length: usize) {
        self.word(kind::RARE, rare::MAP);
        self.tape.words.push(count(length));
    }

    /// An object that is rare: the names of its fields, a comma after each, and their values, 32 at most.
    pub fn record(&mut self, names: &'static str, values: &[&dyn Emit]) {
        let begun = self.begin();
        let (mut present, mut field) = (0, 1);
        for value in values {
            if value.emit_field(self) {
                present |= field;
            }
            field <<= 1;
        }
        self.end(begun, names, present);
    }

    /// Begins an object, whose fields follow; `end` is told what this gives.
    fn begin(&mut self) -> usize {
        self.tape.words.push(0);
        self.tape.words.len() - 1
    }

    /// Ends an object: the names of its fields, a comma after each, and as bits which of them are there.
    fn end(&mut self, begun: usize, names: &'static str, present: u32) {
        let shape = self.told.shape(names, present, &mut self.tape.told);
        if let Some(word) = self.tape.words.get_mut(begun) {
            *word = shape << KIND_BITS | kind::SHAPE;
        }
    }
}
