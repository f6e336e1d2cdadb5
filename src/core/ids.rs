//! Parts of URLs. Ids are validated by the façade (pkg-template/lib/ids.js).

/// The default base URL.
pub const DEFAULT_BASE_URL: &str = "https://jules.googleapis.com/v1alpha";

/// The resource name of a repository on GitHub, from `owner/repo`.
pub fn github_source(text: &str) -> String {
    ["sources/github/", text].concat()
}

/// The text in quotation marks, in one line and truncated, for messages.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let shown: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("\"{shown}{more}\"")
}

/// Appends `?name=value&…` with the values encoded.
pub fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    query.iter().fold(path.to_owned(), |url, (name, value)| with_parameter(&url, name, value))
}

/// Appends a parameter to a path with or without a query.
pub fn with_parameter(path: &str, name: &str, value: &str) -> String {
    // Room for a few characters that become longer by encoding.
    let mut url = String::with_capacity(path.len() + name.len() + value.len() + 32);
    url.push_str(path);
    url.push(if path.bytes().any(|byte| byte == b'?') { '&' } else { '?' });
    url.push_str(name);
    url.push('=');
    encode_into(&mut url, value);
    url
}

/// Percent-encodes everything except the unreserved characters of RFC 3986. By hand, since the usual crate adds seven kilobytes of
/// panic messages.
fn encode_into(url: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            url.push(char::from(byte));
        } else {
            url.push('%');
            for digit in [byte >> 4, byte & 15] {
                url.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_query_are_encoded() {
        let url = with_query("sessions", &[("filter", "create_time > \"2026\""), ("pageSize", "10")]);
        assert_eq!(url, "sessions?filter=create_time%20%3E%20%222026%22&pageSize=10");
    }
}
