//! The query string of a request.

/// The decoded names and values of a query string, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

/// The parameters that every Google API accepts, for any operation.
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

    /// The value of a parameter; `None` if it is missing or empty. Of repeated parameters the last one counts: whether the
    /// service rejects them is unknown.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(given, _)| is_field(given, name));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The first name that is neither in `known` nor a parameter of every API.
    pub(super) fn unknown_name(&self, known: &[&str]) -> Option<&str> {
        let is_known = |name: &str| known.iter().chain(&SYSTEM).any(|field| is_field(name, field));
        self.0.iter().map(|(name, _)| name.as_str()).find(|name| !is_known(name))
    }
}

/// Whether `given` is a name of `field` (in camelCase): proto3 accepts both of a field's names.
pub(super) fn is_field(given: &str, field: &str) -> bool {
    given == field || given == snake_case(field)
}

/// Converts `sourceContext` to `source_context`.
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

/// Decodes percent-encoding, and with `plus_is_space` also `+`. Invalid escapes are kept.
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
