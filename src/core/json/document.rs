//! A body that was read, and how it is asked for what it holds.

use std::fmt;
use std::rc::Rc;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::names::{self, FIRST_UNKNOWN, Name, Names};
use super::text::{LargeText, Text};
use super::{Json, write};
use crate::core::body::Body;

/// What a word of a document tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Null = 0,
    False = 1,
    True = 2,
    /// Its length; in the next word, where it begins in the text.
    Number = 3,
    /// Its length; in the next word, where it begins in the text.
    Text = 4,
    /// In the next two words, where it begins and ends in the body.
    Kept = 5,
    /// How many words it is long, with this one. For each field there follow its name and its value.
    Object = 6,
    /// How many words it is long, with this one.
    Array = 7,
}

const TAG_BITS: u32 = 3;

/// A word of a document.
pub(super) const fn entry(tag: Tag, number: u32) -> u32 {
    number << TAG_BITS | tag as u32
}

const TAGS: [Tag; 8] = [Tag::Null, Tag::False, Tag::True, Tag::Number, Tag::Text, Tag::Kept, Tag::Object, Tag::Array];

/// A JSON document: its structure as words, its short strings as one text, its large ones still in the body. Dropped as
/// a whole, and made with a handful of allocations.
#[derive(Clone, Debug)]
pub struct Document {
    pub(super) words: Vec<u32>,
    /// The names that are not known by a number: where they are in the text.
    pub(super) names: Vec<(u32, u32)>,
    pub(super) text: Rc<String>,
    pub(super) body: Option<Body>,
}

impl Document {
    /// Whether these bytes would read as the same. Large ones are not compared: `false` then.
    pub fn is_of(&self, body: &Body) -> bool {
        const LARGEST: usize = 1024;
        let is_alike = |own: &Body| own.len() <= LARGEST && own.len() == body.len() && own.to_vec() == body.to_vec();
        self.body.as_ref().is_some_and(is_alike)
    }

    /// Whether one is a clone of the other.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.text, &other.text)
    }

    fn word(&self, at: usize) -> u32 {
        self.words.get(at).copied().unwrap_or(0)
    }

    fn tag(&self, at: usize) -> Tag {
        TAGS.get((self.word(at) & ((1 << TAG_BITS) - 1)) as usize).copied().unwrap_or(Tag::Null)
    }

    fn number(&self, at: usize) -> u32 {
        self.word(at) >> TAG_BITS
    }

    /// Where the value after the one at `at` begins.
    #[inline(always)]
    fn after(&self, at: usize) -> usize {
        at + match self.tag(at) {
            Tag::Null | Tag::False | Tag::True => 1,
            Tag::Number | Tag::Text => 2,
            Tag::Kept => 3,
            Tag::Object | Tag::Array => self.number(at).max(1) as usize,
        }
    }

    fn str(&self, at: usize) -> &str {
        let start = self.word(at + 1) as usize;
        self.text.get(start..start + self.number(at) as usize).unwrap_or_default()
    }

    fn name(&self, number: u32) -> &str {
        if let Some(known) = names::text(number) {
            return known;
        }
        let place = number.checked_sub(FIRST_UNKNOWN).and_then(|index| self.names.get(index as usize));
        let (start, length) = place.copied().unwrap_or_default();
        self.text.get(start as usize..(start + length) as usize).unwrap_or_default()
    }
}

impl Default for Document {
    /// `null`.
    fn default() -> Self {
        Self { words: Vec::new(), names: Vec::new(), text: Rc::default(), body: None }
    }
}

impl PartialEq<Json> for Document {
    fn eq(&self, other: &Json) -> bool {
        Node::of(self).to_json() == *other
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        *self == Node::of(other).to_json()
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Node::of(self).serialize(serializer)
    }
}

/// A place in a document, which may be missing.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    document: &'a Document,
    at: usize,
}

/// Where there is nothing. It reads as `null`.
const NOWHERE: usize = usize::MAX;

impl<'a> Node<'a> {
    /// The whole of a document.
    pub fn of(document: &'a Document) -> Self {
        Self { document, at: 0 }
    }

    fn nowhere(self) -> Self {
        Self { at: NOWHERE, ..self }
    }

    fn tag(self) -> Tag {
        self.document.tag(self.at)
    }

    /// The fields here, each with its name; none if this is no object. What is `null` is left out.
    pub(in crate::core) fn fields(self) -> Fields<'a> {
        Fields { nulls: false, ..self.every_field() }
    }

    /// The fields here, with those that are `null`.
    fn every_field(self) -> Fields<'a> {
        let (at, end) = self.inside(Tag::Object);
        Fields { document: self.document, at, end, nulls: true }
    }

    /// Where what is in an object or an array begins and ends; nowhere, if here is something else.
    fn inside(self, tag: Tag) -> (usize, usize) {
        if self.tag() == tag { (self.at + 1, self.document.after(self.at)) } else { (0, 0) }
    }

    /// The field of a known name; missing if this is no object or has none. An explicit `null` is missing too. Of a name
    /// that occurs twice the last one counts, as in JavaScript.
    pub fn at(self, Name(name): Name) -> Node<'a> {
        let mut found = self.nowhere();
        self.walk(|known, value| {
            if known == name {
                found.at = value;
            }
        });
        found
    }

    /// [`Node::at`] for several names, by one walk.
    pub fn pick<const COUNT: usize>(self, names: &Names<COUNT>) -> [Node<'a>; COUNT] {
        let mut found = [self.nowhere(); COUNT];
        self.fill(&names.places, &mut found);
        found
    }

    fn fill(self, places: &[u8], found: &mut [Node<'a>]) {
        self.walk(|name, value| {
            let place = places.get(name as usize).and_then(|place| found.get_mut(usize::from(*place)));
            if let Some(place) = place {
                place.at = value;
            }
        });
    }

    /// Gives the name of each field that is not `null`, and where its value is. All of a list goes through here, so it
    /// is no iterator, which would have its place in memory.
    #[inline(always)]
    fn walk(self, mut take: impl FnMut(u32, usize)) {
        let (mut at, end) = self.inside(Tag::Object);
        while at < end {
            let (name, value) = (self.document.word(at), at + 1);
            at = self.document.after(value);
            if self.document.tag(value) != Tag::Null {
                take(name, value);
            }
        }
    }

    /// [`Node::at`] for any name.
    pub fn get(self, name: &str) -> Node<'a> {
        if let Some(known) = names::find(name.as_bytes()) {
            return self.at(known);
        }
        let mut found = self.nowhere();
        for (Name(known), node) in self.fields() {
            if self.document.name(known) == name {
                found = node;
            }
        }
        found
    }

    /// Whether there is anything here.
    pub fn exists(self) -> bool {
        self.at != NOWHERE
    }

    /// Whether there is an object here. A variant of a union is told by the presence of its object.
    pub fn is_object(self) -> bool {
        self.tag() == Tag::Object
    }

    /// Whether there is an object or an array here that holds nothing.
    pub fn is_empty(self) -> bool {
        matches!(self.tag(), Tag::Object | Tag::Array) && self.document.number(self.at) <= 1
    }

    /// The string here, or the empty one.
    pub fn text(self) -> Text {
        match self.tag() {
            Tag::Text => {
                let (at, length) = (self.document.word(self.at + 1), self.document.number(self.at));
                Text::part(&self.document.text, at, length)
            }
            Tag::Kept => self.large_text().text(),
            _ => Text::default(),
        }
    }

    /// The string here, or the empty one; a large one is left in the body.
    pub fn large_text(self) -> LargeText {
        match (self.tag(), &self.document.body) {
            (Tag::Kept, Some(body)) => {
                let offset = |at| self.document.word(at) as usize;
                LargeText::kept(body, offset(self.at + 1), offset(self.at + 2))
            }
            (Tag::Text, _) => self.text().into(),
            _ => LargeText::default(),
        }
    }

    /// The string here, if there is one that is not left in the body: see [`Node::large_text`].
    pub fn str(self) -> Option<&'a str> {
        (self.tag() == Tag::Text).then(|| self.document.str(self.at))
    }

    /// The string here, unless it is missing or empty.
    pub fn optional_text(self) -> Option<Text> {
        match self.tag() {
            Tag::Text if self.document.number(self.at) == 0 => None,
            Tag::Text | Tag::Kept => Some(self.text()),
            _ => None,
        }
    }

    /// The integer here, or 0. Integers written as text, as proto3 does with long ones, count.
    pub fn integer(self) -> i64 {
        match self.tag() {
            Tag::Number | Tag::Text => self.document.str(self.at).parse().unwrap_or(0),
            _ => 0,
        }
    }

    /// The boolean here, or false.
    pub fn boolean(self) -> bool {
        self.tag() == Tag::True
    }

    /// The elements of the array here, or none.
    pub fn items(self) -> Items<'a> {
        let (at, end) = self.inside(Tag::Array);
        Items { document: self.document, at, end }
    }

    #[inline(never)]
    fn count(self) -> usize {
        self.items().count()
    }

    /// What `read` makes of the elements of the array here. A loop: adapters of iterators cost kilobytes of wasm.
    pub(in crate::core) fn list<T>(self, read: impl Fn(Node<'a>) -> T) -> Vec<T> {
        let mut list = Vec::with_capacity(self.count());
        for item in self.items() {
            list.push(read(item));
        }
        list
    }

    /// A copy of what is here, whole; `null` if nothing is.
    pub fn to_json(self) -> Json {
        let (at, tag) = (self.at, self.tag());
        match tag {
            Tag::Null => Json::Null,
            Tag::False | Tag::True => Json::Bool(tag == Tag::True),
            Tag::Number => Json::Number(self.document.str(at).to_owned()),
            Tag::Text => Json::Text(self.document.str(at).to_owned()),
            Tag::Kept => Json::Text(self.text().into()),
            Tag::Array => Json::Array(self.list(Node::to_json)),
            Tag::Object => {
                let mut fields = Vec::new();
                for (name, node) in self.every_field() {
                    fields.push((self.document.name(name.0).to_owned(), node.to_json()));
                }
                Json::Object(fields)
            }
        }
    }
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    document: &'a Document,
    at: usize,
    end: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        let at = self.at;
        if at >= self.end {
            return None;
        }
        self.at = self.document.after(at);
        Some(Node { document: self.document, at })
    }
}

/// The fields of an object.
#[derive(Clone, Debug)]
pub(in crate::core) struct Fields<'a> {
    document: &'a Document,
    at: usize,
    end: usize,
    nulls: bool,
}

impl<'a> Iterator for Fields<'a> {
    type Item = (Name, Node<'a>);

    fn next(&mut self) -> Option<(Name, Node<'a>)> {
        while self.at < self.end {
            let (name, value) = (Name(self.document.word(self.at)), self.at + 1);
            self.at = self.document.after(value);
            if self.nulls || self.document.tag(value) != Tag::Null {
                return Some((name, Node { document: self.document, at: value }));
            }
        }
        None
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (at, tag) = (self.at, self.tag());
        match tag {
            Tag::Null => serializer.serialize_unit(),
            Tag::False | Tag::True => serializer.serialize_bool(tag == Tag::True),
            Tag::Number => serializer.serialize_newtype_struct(write::VERBATIM, self.document.str(at)),
            Tag::Text => serializer.serialize_str(self.document.str(at)),
            Tag::Kept => self.large_text().serialize(serializer),
            Tag::Array => {
                let mut sequence = serializer.serialize_seq(None)?;
                for item in self.items() {
                    sequence.serialize_element(&item)?;
                }
                sequence.end()
            }
            Tag::Object => {
                let mut map = serializer.serialize_map(None)?;
                for (name, node) in self.every_field() {
                    map.serialize_entry(self.document.name(name.0), &node)?;
                }
                map.end()
            }
        }
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_json(), out)
    }
}
