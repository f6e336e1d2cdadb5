//! The service's JSON. Apart from the client's: what is tested must not be read by what it is tested with.

/// A JSON value.
pub type Json = serde_json::Value;

/// Reads a body; an empty one is `{}`.
pub fn decode(body: &[u8]) -> Result<Json, serde_json::Error> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Json::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body)
}

/// JSON as the service writes it unless `prettyPrint=false` is asked for.
pub(super) fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Writes a value.
pub fn encode(value: &Json) -> String {
    value.to_string()
}
