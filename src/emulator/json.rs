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
