//! The one place where JSON is read. Whoever reads a body gets a [`Node`] and asks it for what it needs.
//!
//! The service drops every field that has its default value, and adds fields and variants without notice, so every
//! question about a field has an answer: a missing or ill-typed one reads as its default.

mod arena;
mod document;
mod escapes;
mod names;
mod run;
mod scan;
mod strings;
#[cfg(test)]
mod tests;
mod text;
mod write;

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::body::Body;

pub(super) use arena::Arena;
pub use document::{Document, Items, Node};
pub use escapes::{Unescaped, escape, unescaped};
pub use names::{Name, Names};
pub use text::{Kept, LargeText, Text};

/// A JSON value that owns its parts; also what is kept of things this client does not know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, its fields in the order in which they came.
    Object(Vec<(String, Json)>),
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(text) => serializer.serialize_newtype_struct(write::VERBATIM, text.as_str()),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// Why a body could not be read as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson(String);

impl fmt::Display for NotJson {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for NotJson {}

/// Reads a body. An empty one is `{}`: the service answers some calls with no body at all. Bytes that are no UTF-8 read
/// as U+FFFD.
///
/// ```
/// use jules_wasm::core::json::{Node, decode};
/// let body = decode(br#"{"plan":{"steps":[{"title":"Read"}]}}"#).unwrap();
/// let step = Node::of(&body).get("plan").get("steps").items().next().unwrap();
/// assert_eq!(step.get("title").text(), "Read");
/// assert_eq!(step.get("index").integer(), 0, "a dropped default is restored");
/// assert!(decode(b"<html>").is_err());
/// ```
pub fn decode(body: &[u8]) -> Result<Document, NotJson> {
    scan::read(&body.to_vec(), None)
}

/// [`decode`] for the body of an answer, which is looked at a piece at a time. Patches, media and outputs that are large
/// stay in there: see [`LargeText`].
pub fn read(body: &Body) -> Result<Document, NotJson> {
    scan::read(body.source(), Some(body))
}

impl Json {
    /// The value as JSON text.
    pub fn to_text(&self) -> String {
        let mut writer = write::Writer::default();
        writer.json(self);
        writer.out
    }

    /// Reads a text that is to be a value of its own, such as what a caller wrote.
    ///
    /// ```
    /// use jules_wasm::core::json::Json;
    /// assert_eq!(Json::read(b"[true]").unwrap(), Json::Array(vec![Json::Bool(true)]));
    /// ```
    pub fn read(text: &[u8]) -> Result<Self, NotJson> {
        decode(text).map(|document| Node::of(&document).to_json())
    }
}

/// Writes a value as JSON text, by way of serde: for tests and tools. For the types of this crate, which hold no
/// floating-point numbers, tuples or bytes.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> String {
    let mut writer = write::Writer::default();
    let written = value.serialize(&mut writer);
    debug_assert!(written.is_ok(), "a type that is not to be written");
    writer.out
}
