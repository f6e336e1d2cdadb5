//! Strings of a document: short ones share its text, large ones stay in the body that they came in.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use serde::{Serialize, Serializer};

use super::escapes::unescaped;
use crate::core::body::Body;

/// A string of an answer. Costs no allocation of its own: it is a part of the text that all short strings of its
/// document share, and keeps that alive. For what is kept for long, make a `String` of it.
#[derive(Clone)]
pub struct Text(Repr);

#[derive(Clone)]
enum Repr {
    Constant(&'static str),
    Part { of: Rc<String>, start: u32, length: u32 },
}

impl Text {
    /// A text known beforehand.
    pub const fn constant(text: &'static str) -> Self {
        Self(Repr::Constant(text))
    }

    pub(super) fn part(of: &Rc<String>, start: u32, length: u32) -> Self {
        if length == 0 { Self::default() } else { Self(Repr::Part { of: Rc::clone(of), start, length }) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Constant(text) => text,
            Repr::Part { of, start, length } => {
                let start = *start as usize;
                of.get(start..start + *length as usize).unwrap_or_default()
            }
        }
    }

    /// What follows the last `/`, or all of it.
    #[must_use]
    pub fn last_part(&self) -> Self {
        let text = self.as_str();
        self.without_first(text.bytes().rposition(|byte| byte == b'/').map_or(0, |at| at + 1))
    }

    /// The text after `prefix`, if it begins with that.
    pub fn after(&self, prefix: &str) -> Option<Self> {
        self.as_str().starts_with(prefix).then(|| self.without_first(prefix.len()))
    }

    fn without_first(&self, count: usize) -> Self {
        match &self.0 {
            Repr::Constant(text) => Self(Repr::Constant(text.get(count..).unwrap_or_default())),
            Repr::Part { of, start, length } => {
                let count = u32::try_from(count).unwrap_or(*length).min(*length);
                Self(Repr::Part { of: Rc::clone(of), start: start + count, length: length - count })
            }
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::constant("")
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self::part(&Rc::new(text), 0, length)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<Text> for String {
    fn eq(&self, other: &Text) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<Text> for &str {
    fn eq(&self, other: &Text) -> bool {
        *self == other.as_str()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), out)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// A string that may be large: a patch, an image, what a command printed. A large one of an answer is left in the
/// answer's body, as JSON wrote it, until somebody asks for it. Has no `&str` to read by mistake.
#[derive(Clone)]
pub struct LargeText(Large);

#[derive(Clone)]
enum Large {
    Here(Text),
    Kept(Kept),
}

/// A string as it stands in a body, without its quotes.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Whose bytes these are.
    pub body: Body,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl LargeText {
    pub(super) fn kept(body: &Body, start: usize, end: usize) -> Self {
        Self(Large::Kept(Kept { body: body.clone(), start, end }))
    }

    /// All of it, decoded.
    pub fn text(&self) -> Text {
        match &self.0 {
            Large::Here(text) => text.clone(),
            Large::Kept(Kept { body, start, end }) => unescaped(&body.slice(*start, *end)).into(),
        }
    }

    /// Where it is kept, or it itself.
    pub(in crate::core) fn kept_or_here(&self) -> Result<&Kept, &Text> {
        match &self.0 {
            Large::Here(text) => Err(text),
            Large::Kept(kept) => Ok(kept),
        }
    }

    /// Whether it is the empty string.
    pub fn is_empty(&self) -> bool {
        matches!(&self.0, Large::Here(text) if text.is_empty())
    }
}

impl Default for LargeText {
    fn default() -> Self {
        Text::default().into()
    }
}

impl From<Text> for LargeText {
    fn from(text: Text) -> Self {
        Self(Large::Here(text))
    }
}

impl From<String> for LargeText {
    fn from(text: String) -> Self {
        Text::from(text).into()
    }
}

impl From<&str> for LargeText {
    fn from(text: &str) -> Self {
        Text::from(text).into()
    }
}

impl PartialEq for LargeText {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Large::Kept(a), Large::Kept(b)) => a.is_written_as(b),
            _ => self.text() == other.text(),
        }
    }
}

impl Kept {
    /// Compared as they are written, a piece at a time, so that neither is in memory as a whole. One string written in
    /// two ways, which no service does, is taken for two.
    fn is_written_as(&self, other: &Self) -> bool {
        const PIECE: usize = 4096;
        let length = self.end - self.start;
        if length != other.end - other.start {
            return false;
        }
        let is_same = self.body.is(&other.body) && self.start == other.start;
        let mut at = if is_same { length } else { 0 };
        while at < length {
            let end = length.min(at + PIECE);
            let piece = |of: &Self| of.body.slice(of.start + at, of.start + end);
            if piece(self) != piece(other) {
                return false;
            }
            at = end;
        }
        true
    }
}

impl fmt::Debug for LargeText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Large::Here(text) => fmt::Debug::fmt(text, out),
            Large::Kept(Kept { start, end, .. }) => write!(out, "LargeText({} bytes)", end - start),
        }
    }
}

impl Serialize for LargeText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}
