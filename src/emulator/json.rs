//! The service's JSON. Independent of the client's, so that a fault of one cannot hide the same fault of the other.

/// A JSON value.
pub type Json = serde_json::Value;

/// Parses a body; an empty one is `{}`.
pub fn decode(body: &[u8]) -> Result<Json, serde_json::Error> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Json::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body)
}

/// Serializes JSON with indentation, which is the service's default.
pub(super) fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Serializes JSON without whitespace, for `prettyPrint=false`.
pub fn encode(value: &Json) -> String {
    value.to_string()
}

/// Removes the fields of an object that have their default values: the service omits them.
pub(super) fn without_defaults(mut json: Json) -> Json {
    if let Json::Object(fields) = &mut json {
        fields.retain(|_, value| match value {
            Json::Null => false,
            Json::Bool(flag) => *flag,
            Json::Number(number) => number.as_f64() != Some(0.0),
            Json::String(text) => !text.is_empty(),
            Json::Array(items) => !items.is_empty(),
            Json::Object(_) => true,
        });
    }
    json
}

/// The approximate size of a value in memory.
pub(super) fn size_in_bytes(json: &Json) -> usize {
    const NODE: usize = 32;
    let content = match json {
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(size_in_bytes).fold(0, usize::saturating_add),
        Json::Object(fields) => {
            fields.iter().map(|(name, field)| NODE + name.len() + size_in_bytes(field)).fold(0, usize::saturating_add)
        }
        _ => 0,
    };
    content.saturating_add(NODE)
}
