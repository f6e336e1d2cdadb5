//! The query of a request: names, values, percent-encoding.

/// The names and values of a query, decoded, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

/// The parameters that every Google API takes, whatever the operation.
const SYSTEM: [&str; 5] = ["alt", "fields", "key", "prettyPrint", "quotaUser"];

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name, true), decode(value, true))
                })
                .collect(),
        )
    }

    /// The value of a parameter, unless it is missing or empty. The last one counts: whether the service refuses a
    /// repeated name is unknown.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(given, _)| is_field(given, name));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The first name that is neither one of `known` nor a parameter of every API.
    pub(super) fn unknown_name(&self, known: &[&str]) -> Option<&str> {
        let is_known = |name: &str| known.iter().chain(&SYSTEM).any(|field| is_field(name, field));
        self.0.iter().map(|(name, _)| name.as_str()).find(|name| !is_known(name))
    }
}

/// Whether `given` names the field `field` (in camelCase): proto3 takes a field by either of its two names.
pub(super) fn is_field(given: &str, field: &str) -> bool {
    given == field || given == snake_case(field)
}

/// `sourceContext` as `source_context`.
pub(super) fn snake_case(field: &str) -> String {
    let mut snake = String::with_capacity(field.len() + 4);
    for letter in field.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Takes percent-encoding off, and `+` for a space in a query. What is no valid escape stays as it is.
pub(super) fn decode(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let escaped = match (first, tail) {
            (b'%', [high, low, after @ ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| (high * 16 + low, after)),
            _ => None,
        };
        match escaped {
            Some((byte, after)) => {
                bytes.push(byte);
                rest = after;
            }
            None if *first == b'+' && plus_is_space => bytes.push(b' '),
            None => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
