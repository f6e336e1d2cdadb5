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
        self.knows(name);
        let at = self.object.iter().position(|(known, _)| known == name)?;
        Some(self.object.swap_remove(at).1).filter(|value| *value != Json::Null)
    }

    /// There is an option of this name, which is no data and is taken elsewhere.
    // Not inlined: there are many calls.
    #[inline(never)]
    pub fn knows(&mut self, name: &'static str) {
        self.known.push(name);
    }

    fn wrong(&self, name: &str, expected: &str, found: &Json) -> Error {
        self.invalid(name, format!("must be {expected}, not {}", kind_of(found)))
    }

    /// The field `name` cannot be right.
    pub fn invalid(&self, name: &str, problem: impl std::fmt::Display) -> Error {
        Error::invalid(&[self.prefix, name].concat(), problem)
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

    /// The same for what is counted: parts of one are refused.
    pub fn count(&mut self, name: &'static str, least: u64) -> Result<Option<u64>, Error> {
        // What JavaScript writes with an exponent is whole, or less than any that is counted.
        let is_whole = |text: &str| text.bytes().all(|byte| byte != b'.') || text.bytes().any(|byte| byte == b'e');
        match self.object.iter().find(|(known, _)| known == name) {
            Some((_, Json::Number(text))) if !is_whole(text) => {
                Err(self.invalid(name, format!("must be a whole number of at least {least}, not {text}")))
            }
            _ => self.number(name, least),
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

/// A string that a caller gave by itself, and that holds more than white space. `name` is what it is called in errors.
///
/// ```
/// use jules_wasm::core::fields::text_given;
/// use jules_wasm::core::json::Json;
/// let error = text_given("activity id", Json::Null).unwrap_err();
/// assert_eq!(error.message, "activity id: is missing; it must be a string. No request was sent.");
/// ```
pub fn text_given(name: &'static str, value: Json) -> Result<String, Error> {
    Fields::of(Json::Object(vec![(name.to_owned(), value)]), name)?.required_text(name)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_string_that_is_missing_empty_or_something_else_is_told_as_what_it_is() {
        assert_eq!(text_given("state", json("\"x\"")).as_deref(), Ok("x"));
        for (given, problem) in [
            ("null", "is missing; it must be a string"),
            ("7", "must be a string, not a number"),
            ("{}", "must be a string, not an object"),
            ("\" \"", "must not be empty"),
        ] {
            let error = text_given("state", json(given)).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("state"));
            assert_eq!(error.message, format!("state: {problem}. No request was sent."));
        }
    }

    #[test]
    fn what_is_counted_has_no_parts_and_what_is_measured_may_have() {
        let read = |number: &str| Fields::of(json(&format!("{{\"n\":{number}}}")), "x").unwrap();
        for (number, counted, measured) in [
            ("7", Some(7), Some(7)),
            ("1e3", Some(u64::MAX), Some(u64::MAX)),
            ("1.5", None, Some(1)),
            ("1.5e+21", Some(u64::MAX), Some(u64::MAX)),
            ("0.5", None, None),
            ("0", None, None),
            ("1e-7", None, None),
        ] {
            assert_eq!(read(number).count("n", 1).ok().flatten(), counted, "{number}");
            assert_eq!(read(number).number("n", 1).ok().flatten(), measured, "{number}");
        }
    }
}
