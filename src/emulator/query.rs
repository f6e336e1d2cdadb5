//! The query string of a request.

/// The decoded names and values of a query string, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

/// The parameters that every Google API accepts, for any operation.
const SYSTEM: [&str; 5] = ["alt", "fields", "key", "prettyPrint", "quotaUser"];

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
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
