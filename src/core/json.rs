//! The one place where JSON is read. Whoever reads a body gets a [`Node`] and asks it for what it needs.
//!
//! The service drops every field that has its default value, and adds fields and variants without notice, so every
//! question about a field has an answer: a missing or ill-typed one reads as its default.

use std::fmt;

/// A JSON value that owns its parts; also what is kept of things this client does not know.
pub type Json = serde_json::Value;

/// Why a body could not be read as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson(String);

impl fmt::Display for NotJson {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for NotJson {}

/// Reads a body. An empty one is `{}`: the service answers some calls with no body at all.
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
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Json::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body).map_err(|error| NotJson(error.to_string()))
}

/// Writes a value as JSON text.
pub fn encode<T: serde::Serialize + ?Sized>(value: &T) -> String {
    // Our own types have string keys only and no failing serializer, so there is no error to report.
    serde_json::to_string(value).unwrap_or_default()
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
        Self(self.0.and_then(|value| value.get(name)).filter(|value| !value.is_null()))
    }

    /// Whether there is anything here.
    pub fn exists(self) -> bool {
        self.0.is_some()
    }

    /// Whether there is an object here. A variant of a union is told by the presence of its object.
    pub fn is_object(self) -> bool {
        self.0.is_some_and(Json::is_object)
    }

    /// The string here, or the empty one.
    pub fn text(self) -> String {
        self.str().unwrap_or_default().to_owned()
    }

    /// The string here, if there is one.
    pub fn str(self) -> Option<&'a str> {
        self.0.and_then(Json::as_str)
    }

    /// The string here, unless it is missing or empty.
    pub fn optional_text(self) -> Option<String> {
        self.str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The integer here, or 0. Integers written as text, as proto3 does with long ones, count.
    pub fn integer(self) -> i64 {
        self.0.and_then(|v| v.as_i64().or_else(|| v.as_str()?.parse().ok())).unwrap_or(0)
    }

    /// The boolean here, or false.
    pub fn boolean(self) -> bool {
        self.0.and_then(Json::as_bool).unwrap_or(false)
    }

    /// The elements of the array here, or none.
    pub fn items(self) -> impl Iterator<Item = Node<'a>> {
        self.0.and_then(Json::as_array).into_iter().flatten().map(Node::of)
    }

    /// The fields of the object here, or none.
    pub fn fields(self) -> impl Iterator<Item = (&'a str, Node<'a>)> {
        self.0.and_then(Json::as_object).into_iter().flatten().map(|(name, value)| (name.as_str(), Node::of(value)))
    }

    /// A copy of what is here; `null` if nothing is.
    pub fn to_json(self) -> Json {
        self.0.cloned().unwrap_or(Json::Null)
    }
}
