//! Reads an object that a caller wrote: options, configurations. Every mistake is told by the field's name.

use super::error::Error;
use super::json::Json;

/// The fields of an object that a caller wrote. Each is taken once; [`Fields::finish`] refuses what is left over, so
/// that a misspelt option is told instead of ignored. `null` counts as not given.
#[derive(Debug)]
pub struct Fields<'a> {
    /// Put before the names in messages: empty, or such as `config.`.
    prefix: &'a str,
    /// What the object is, for messages.
    what: &'a str,
    object: Vec<(String, Json)>,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Reads `value`, which is `what` (such as "the session's configuration"). Nothing given is an empty object.
    pub fn of(value: Json, what: &'a str) -> Result<Self, Error> {
        Self::nested(value, what, "")
    }

    fn nested(value: Json, what: &'a str, prefix: &'a str) -> Result<Self, Error> {
        match value {
            Json::Null => Ok(Vec::new()),
            Json::Object(object) => Ok(object),
            other => Err(Error::invalid(what, format!("must be an object, not {}", kind_of(&other)))),
        }
        .map(|object| Self { prefix, what, object, known: Vec::new() })
    }

    fn take(&mut self, name: &'static str) -> Option<Json> {
        self.known.push(name);
        let at = self.object.iter().position(|(known, _)| known == name)?;
        Some(self.object.swap_remove(at).1).filter(|value| *value != Json::Null)
    }

    fn wrong(&self, name: &str, expected: &str, found: &Json) -> Error {
        self.invalid(name, format!("must be {expected}, not {}", kind_of(found)))
    }

    /// The field `name` cannot be right.
    pub fn invalid(&self, name: &str, problem: impl std::fmt::Display) -> Error {
        Error::invalid(&format!("{}{name}", self.prefix), problem)
    }

    /// A string.
    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(name, "a string", &other)),
        }
    }

    /// A string that is there and holds more than white space.
    pub fn required_text(&mut self, name: &'static str) -> Result<String, Error> {
        match self.text(name)? {
            None => Err(self.invalid(name, "is missing; it must be a string")),
            Some(text) if text.trim().is_empty() => Err(self.invalid(name, "must not be empty")),
            Some(text) => Ok(text),
        }
    }

    /// One string, or several of them in an array; empty if nothing was given.
    pub fn text_or_texts(&mut self, name: &'static str) -> Result<Vec<String>, Error> {
        let items = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Json::Array(items)) => items,
            Some(other) => vec![other],
        };
        let text = |item| match item {
            Json::Text(text) => Ok(text),
            other => Err(self.wrong(name, "a string or an array of strings", &other)),
        };
        items.into_iter().map(text).collect()
    }

    /// A boolean.
    pub fn boolean(&mut self, name: &'static str) -> Result<Option<bool>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Bool(value)) => Ok(Some(value)),
            Some(other) => Err(self.wrong(name, "a boolean", &other)),
        }
    }

    /// A whole number of at least `least`; parts of one are dropped, and what is too large for a `u64` is its largest.
    pub fn number(&mut self, name: &'static str, least: u64) -> Result<Option<u64>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Number(text)) => match whole(&text) {
                Some(number) if number >= least => Ok(Some(number)),
                _ => Err(self.invalid(name, format!("must be a number of at least {least}, not {text}"))),
            },
            Some(other) => Err(self.wrong(name, "a number", &other)),
        }
    }

    /// An object, whose fields are then named with `prefix` before them.
    pub fn object<'b>(&mut self, name: &'static str, prefix: &'b str) -> Result<Option<Fields<'b>>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Object(object)) => {
                Ok(Some(Fields { prefix, what: prefix.trim_end_matches('.'), object, known: Vec::new() }))
            }
            Some(other) => Err(self.wrong(name, "an object", &other)),
        }
    }

    /// An object of strings, such as headers.
    pub fn texts(&mut self, name: &'static str) -> Result<Vec<(String, String)>, Error> {
        let object = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Json::Object(object)) => object,
            Some(other) => return Err(self.wrong(name, "an object of strings", &other)),
        };
        let text = |(key, value): (String, Json)| match value {
            Json::Text(text) => Ok((key, text)),
            other => Err(self.invalid(&format!("{name}.{key}"), format!("must be a string, not {}", kind_of(&other)))),
        };
        object.into_iter().map(text).collect()
    }

    /// Refuses whatever was not asked for.
    pub fn finish(self) -> Result<(), Error> {
        let Some((unknown, _)) = self.object.first() else { return Ok(()) };
        let known: Vec<_> = self.known.iter().map(|name| format!("\"{name}\"")).collect();
        Err(self.invalid(unknown, format!("is not an option of {}; known are {}", self.what, known.join(", "))))
    }
}

/// The whole part of a number as JSON writes it; `None` if it is negative.
fn whole(number: &str) -> Option<u64> {
    let digits = number.split(['.', 'e', 'E']).next().unwrap_or_default();
    match (digits.strip_prefix('-'), number.contains(['e', 'E'])) {
        (Some(digits), false) => (digits.trim_matches('0').is_empty() && !number.contains('.')).then_some(0),
        (Some(_), true) => None,
        // JavaScript writes exponents from 10²¹ on, and below 10⁻⁶.
        (None, true) => Some(if number.contains('-') { 0 } else { u64::MAX }),
        (None, false) => Some(digits.parse().unwrap_or(u64::MAX)),
    }
}

fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::Text(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}
