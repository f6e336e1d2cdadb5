//! The one place where JSON is read. Whoever reads a body gets a [`Node`] and asks it for what it needs.
//!
//! The service drops every field that has its default value, and adds fields and variants without notice, so every
//! question about a field has an answer: a missing or ill-typed one reads as its default.

mod read;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

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
pub fn decode(body: &[u8]) -> Result<Json, NotJson> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{FEFF}');
    if text.bytes().all(|byte| byte.is_ascii_whitespace()) {
        return Ok(Json::Object(Vec::new()));
    }
    read::read(text)
}

/// Writes a value as JSON text. For the types of this crate, which hold no floating-point numbers, tuples or bytes.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> String {
    let mut writer = write::Writer::default();
    let written = value.serialize(&mut writer);
    debug_assert!(written.is_ok(), "a type that is not to be written");
    writer.out
}

/// A place in a JSON document, which may be missing.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a>(Option<&'a Json>);

impl<'a> Node<'a> {
    /// The whole of a document.
    pub fn of(value: &'a Json) -> Self {
        Self(Some(value))
    }

    /// The field `name`; missing if this is no object or has none. An explicit `null` is missing too.
    pub fn get(self, name: &str) -> Node<'a> {
        let Some(Json::Object(fields)) = self.0 else { return Self(None) };
        // Of a name that occurs twice the last one counts, as in JavaScript.
        Self(fields.iter().rev().find(|(known, value)| known == name && *value != Json::Null).map(|(_, value)| value))
    }

    /// Whether there is anything here.
    pub fn exists(self) -> bool {
        self.0.is_some()
    }

    /// Whether there is an object here. A variant of a union is told by the presence of its object.
    pub fn is_object(self) -> bool {
        matches!(self.0, Some(Json::Object(_)))
    }

    /// The string here, or the empty one.
    pub fn text(self) -> String {
        self.str().unwrap_or_default().to_owned()
    }

    /// The string here, if there is one.
    pub fn str(self) -> Option<&'a str> {
        match self.0 {
            Some(Json::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The string here, unless it is missing or empty.
    pub fn optional_text(self) -> Option<String> {
        self.str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The integer here, or 0. Integers written as text, as proto3 does with long ones, count.
    pub fn integer(self) -> i64 {
        match self.0 {
            Some(Json::Number(text) | Json::Text(text)) => text.parse().unwrap_or(0),
            _ => 0,
        }
    }

    /// The boolean here, or false.
    pub fn boolean(self) -> bool {
        self.0 == Some(&Json::Bool(true))
    }

    /// The elements of the array here, or none.
    pub fn items(self) -> impl Iterator<Item = Node<'a>> {
        let items = match self.0 {
            Some(Json::Array(items)) => items.as_slice(),
            _ => &[],
        };
        items.iter().map(Node::of)
    }

    /// A copy of what is here; `null` if nothing is.
    pub fn to_json(self) -> Json {
        self.0.cloned().unwrap_or(Json::Null)
    }
}
