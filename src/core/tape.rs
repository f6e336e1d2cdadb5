//! Values for JavaScript: a tape of words and one text, from which the façade's reader makes the objects. One call over
//! the boundary for any value, however many fields it has. `pkg-template/lib/tape.js` is the reader.
//!
//! A word is a kind (three bits) and a number. Strings follow one another in the text, so a word holds just the length,
//! in units of UTF-16 as JavaScript counts. The names of an object's fields are told once: an object names its shape.

use std::fmt;

use serde::ser::{self, Impossible, Serialize, Serializer};

use super::body::Body;
use super::json::{self, Kept, VERBATIM};

/// The kinds of words.
mod kind {
    /// A string of so many units.
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
}

const KIND_BITS: u32 = 3;

/// A value, ready for JavaScript.
#[derive(Debug, Default)]
pub struct Tape {
    /// The words.
    pub words: Vec<u32>,
    /// All strings.
    pub text: String,
    /// What is told for the first time, each behind a newline: a shape as `{` and the names of its fields between
    /// commas, a known string as `=` and itself.
    pub told: String,
    /// The bodies in which strings are kept.
    pub bodies: Vec<Body>,
}

/// What the reader knows already. There is one for each reader.
#[derive(Debug, Default)]
pub struct Told {
    /// Names of fields, as a tree: each knows the first of those that were seen to follow it, and the next one that
    /// follows the same one as itself.
    steps: Vec<Step>,
    shapes: u32,
    known: Vec<&'static str>,
}

#[derive(Debug)]
struct Step {
    name: &'static str,
    before: u32,
    first_after: u32,
    sibling: u32,
    /// The shape that ends here.
    shape: u32,
}

const NONE: u32 = u32::MAX;

/// Compared by address: the same text at another one costs a shape more, and comparing by letters would cost time in
/// every field of every object.
fn is_same(a: &'static str, b: &'static str) -> bool {
    std::ptr::eq(a, b)
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Told {
    fn step(&self, at: u32) -> Option<&Step> {
        self.steps.get(at as usize)
    }

    /// The step to `name` from `before`; the root is 0.
    fn after(&mut self, before: u32, name: &'static str) -> u32 {
        let first = self.step(before).map_or(NONE, |step| step.first_after);
        let mut at = first;
        while let Some(step) = self.step(at) {
            if is_same(step.name, name) {
                return at;
            }
            at = step.sibling;
        }
        let made = count(self.steps.len());
        self.steps.push(Step { name, before, first_after: NONE, sibling: first, shape: NONE });
        if let Some(step) = self.steps.get_mut(before as usize) {
            step.first_after = made;
        }
        made
    }

    fn root(&mut self) -> u32 {
        if self.steps.is_empty() {
            self.steps.push(Step { name: "", before: NONE, first_after: NONE, sibling: NONE, shape: NONE });
        }
        0
    }

    /// The shape whose last field is at `step`; told if it is new.
    fn shape(&mut self, step: u32, told: &mut String) -> u32 {
        let shape = self.step(step).map_or(0, |step| step.shape);
        if shape != NONE {
            return shape;
        }
        let mut names = Vec::new();
        let mut at = step;
        while let Some(step) = self.step(at).filter(|_| at != 0) {
            names.push(step.name);
            at = step.before;
        }
        told.push_str("\n{");
        for (index, name) in names.iter().rev().enumerate() {
            told.push_str(if index == 0 { "" } else { "," });
            told.push_str(name);
        }
        let shape = self.shapes;
        self.shapes += 1;
        if let Some(step) = self.steps.get_mut(step as usize) {
            step.shape = shape;
        }
        shape
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

impl Tape {
    /// Writes a value for the reader that was told `told`. For the types of this crate, which hold no floating-point
    /// numbers, tuples or bytes.
    pub fn write<T: Serialize + ?Sized>(value: &T, told: &mut Told) -> Self {
        let mut writer = Writer { tape: Self::default(), told, is_number: false };
        let written = value.serialize(&mut writer);
        debug_assert!(written.is_ok(), "a type that is not to be written");
        writer.tape
    }
}

struct Writer<'t> {
    tape: Tape,
    told: &'t mut Told,
    is_number: bool,
}

impl Writer<'_> {
    fn word(&mut self, kind: u32, number: u32) {
        self.tape.words.push(number << KIND_BITS | kind);
    }

    fn text(&mut self, kind: u32, number: u32, text: &str) {
        let units = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
        if kind == kind::TEXT {
            self.word(kind, count(units));
        } else {
            self.word(kind, number);
            self.tape.words.push(count(units));
        }
        self.tape.text.push_str(text);
    }

    fn kept(&mut self, kept: Kept) {
        let known = self.tape.bodies.iter().position(|body| body.is(&kept.body));
        let body = known.unwrap_or_else(|| {
            self.tape.bodies.push(kept.body);
            self.tape.bodies.len() - 1
        });
        self.word(kind::KEPT, count(body));
        self.tape.words.extend([count(kept.start), count(kept.end)]);
    }

    fn integer(&mut self, value: i64) {
        const LIMIT: i64 = 1 << (31 - KIND_BITS);
        match i32::try_from(value) {
            #[expect(clippy::cast_sign_loss, reason = "the reader shifts with the sign")]
            Ok(small) if (-LIMIT..LIMIT).contains(&value) => self.word(kind::INTEGER, small as u32),
            _ => self.text(kind::RARE, rare::NUMBER, &value.to_string()),
        }
    }

    /// A place for a word whose number is known later.
    fn open(&mut self, words: usize) -> usize {
        let at = self.tape.words.len();
        self.tape.words.resize(at + words, 0);
        at
    }

    fn set(&mut self, at: usize, word: u32) {
        if let Some(place) = self.tape.words.get_mut(at) {
            *place = word;
        }
    }
}

/// What is inside of something.
struct Parts<'a, 't> {
    writer: &'a mut Writer<'t>,
    at: usize,
    count: u32,
}

/// What is inside of an object whose names are the program's.
struct Record<'a, 't> {
    writer: &'a mut Writer<'t>,
    at: usize,
    step: u32,
}

macro_rules! integers {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<(), fmt::Error> {
            self.integer(i64::from(value));
            Ok(())
        })*
    };
}

/// What the model has none of.
macro_rules! nothing_of {
    ($($method:ident($($argument:ty),*) -> $result:ty;)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$result, fmt::Error> {
            Err(fmt::Error)
        })*
    };
}

impl<'a, 't> Serializer for &'a mut Writer<'t> {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Parts<'a, 't>;
    type SerializeTuple = Impossible<(), fmt::Error>;
    type SerializeTupleStruct = Impossible<(), fmt::Error>;
    type SerializeTupleVariant = Impossible<(), fmt::Error>;
    type SerializeMap = Parts<'a, 't>;
    type SerializeStruct = Record<'a, 't>;
    type SerializeStructVariant = Impossible<(), fmt::Error>;

    integers!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64);
    integers!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32);

    fn serialize_u64(self, value: u64) -> Result<(), fmt::Error> {
        match i64::try_from(value) {
            Ok(value) => self.integer(value),
            Err(_) => self.text(kind::RARE, rare::NUMBER, &value.to_string()),
        }
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<(), fmt::Error> {
        self.text(if self.is_number { kind::RARE } else { kind::TEXT }, rare::NUMBER, text);
        Ok(())
    }

    fn serialize_bool(self, value: bool) -> Result<(), fmt::Error> {
        self.word(kind::CONSTANT, if value { 2 } else { 1 });
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), fmt::Error> {
        self.word(kind::CONSTANT, 0);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), fmt::Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), fmt::Error> {
        value.serialize(self)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), fmt::Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), fmt::Error> {
        let number = self.told.known(variant, &mut self.tape.told);
        self.word(kind::KNOWN, number);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), fmt::Error> {
        if name == json::LARGE {
            let before = self.tape.words.len();
            if let Some(kept) = json::collect(|| value.serialize(&mut *self))? {
                self.tape.words.truncate(before);
                self.kept(kept);
            }
            return Ok(());
        }
        self.is_number = name == VERBATIM;
        let written = value.serialize(&mut *self);
        self.is_number = false;
        written
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'a, 't>, fmt::Error> {
        let at = self.open(1);
        Ok(Parts { writer: self, at, count: 0 })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'a, 't>, fmt::Error> {
        let at = self.open(2);
        Ok(Parts { writer: self, at, count: 0 })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Record<'a, 't>, fmt::Error> {
        let at = self.open(1);
        let step = self.told.root();
        Ok(Record { writer: self, at, step })
    }

    nothing_of! {
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }
}

impl ser::SerializeSeq for Parts<'_, '_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), fmt::Error> {
        self.count += 1;
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), fmt::Error> {
        self.writer.set(self.at, self.count << KIND_BITS | kind::ARRAY);
        Ok(())
    }
}

impl ser::SerializeMap for Parts<'_, '_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), fmt::Error> {
        self.count += 1;
        key.serialize(&mut *self.writer)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), fmt::Error> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), fmt::Error> {
        self.writer.set(self.at, rare::MAP << KIND_BITS | kind::RARE);
        self.writer.set(self.at + 1, self.count);
        Ok(())
    }
}

impl ser::SerializeStruct for Record<'_, '_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), fmt::Error> {
        self.step = self.writer.told.after(self.step, name);
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), fmt::Error> {
        let shape = self.writer.told.shape(self.step, &mut self.writer.tape.told);
        self.writer.set(self.at, shape << KIND_BITS | kind::SHAPE);
        Ok(())
    }
}
