//! Ids and addresses: what callers may write for a session or a repository, and what goes into a URL.

use super::error::Error;

/// Where the service is.
pub const DEFAULT_BASE_URL: &str = "https://jules.googleapis.com/v1alpha";

/// Reads where the service is: without slashes at the end. Fails with what is wrong about it. What `fetch` would refuse at
/// each request is refused here once; and so is what would take the paths of requests for a part of its own. By hand, which
/// keeps the wasm small: what is wrong and passes all the same fails at the first request.
pub fn base_url(text: &str) -> Result<String, &'static str> {
    let url = text.trim();
    if url.bytes().any(|byte| byte <= b' ' || byte == b'\\') {
        return Err("must hold no white space and no backslash");
    }
    if url.bytes().any(|byte| matches!(byte, b'?' | b'#')) {
        return Err(
            "must have no query and no fragment, since the paths of requests are put behind it; a key is given as \
                    apiKey",
        );
    }
    let authority = match url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) {
        Some(rest) => rest.split('/').next().unwrap_or_default(),
        None if url.starts_with('/') => return Ok(url.trim_end_matches('/').to_owned()),
        None => return Err("must begin with \"https://\", \"http://\" or, in a page, \"/\""),
    };
    if authority.bytes().any(|byte| byte == b'@') {
        return Err("must hold no user and no password, which fetch refuses; a proxy's are given in headers");
    }
    if is_authority(authority) {
        Ok(url.trim_end_matches('/').to_owned())
    } else {
        Err("names no host that can be right")
    }
}

/// Whether this can be a host with or without a port.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((address, ""))) => (address, ""),
        Some(Some((address, rest))) => (address, rest.strip_prefix(':').unwrap_or("none")),
        Some(None) => return false,
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let is_of_host = |byte: u8| !b"\"%<>[]^`{|}".contains(&byte);
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok());
    !host.is_empty() && host.bytes().all(is_of_host) && is_port
}

/// Reads a session's id from an id, a resource name (`sessions/ID`) or the address of its page, which has `u/NUMBER/` in it
/// where somebody is logged in to several accounts. Anything else is an error, so that no text can reach another address
/// than that of a session.
///
/// ```
/// use jules_wasm::core::ids::session_id;
/// assert_eq!(session_id("sessions/314").unwrap(), "314");
/// assert_eq!(session_id("https://jules.google.com/session/314").unwrap(), "314");
/// assert!(session_id("../sources").is_err());
/// ```
pub fn session_id(text: &str) -> Result<String, Error> {
    let trimmed = text.trim();
    let id = match trimmed.strip_prefix("https://jules.google.com/") {
        Some(path) => {
            let account = path.strip_prefix("u/").and_then(|path| path.split_once('/'));
            let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            let path = account.filter(|(number, _)| is_number(number)).map_or(path, |(_, path)| path);
            path.strip_prefix("session/").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default())
        }
        None => Some(trimmed.strip_prefix("sessions/").unwrap_or(trimmed)),
    };
    match id {
        Some(id) if is_id(id) => Ok(id.to_owned()),
        _ => Err(Error::invalid(
            "session id",
            format!(
                "{} is no session id; give an id, \"sessions/ID\" or the address of the session's page",
                quoted(text)
            ),
        )),
    }
}

/// Checks the id of an activity of this session; its resource name (`sessions/ID/activities/ID`) is accepted too.
pub fn activity_id(session: &str, text: &str) -> Result<String, Error> {
    let (of, id) = match text.rsplit_once('/') {
        Some((parent, id)) => {
            (parent.strip_prefix("sessions/").and_then(|parent| parent.strip_suffix("/activities")), id)
        }
        None => (Some(session), text),
    };
    let problem = match of {
        Some(of) if is_id(id) && of == session => return Ok(id.to_owned()),
        Some(of) if is_id(id) && is_id(of) => format!("{} is one of another session than {session}", quoted(text)),
        _ => format!("{} is none", quoted(text)),
    };
    Err(Error::invalid("activity id", problem))
}

/// The resource name of a repository on GitHub, from `owner/repo`. `field` is named in the error.
pub fn github_source(field: &str, text: &str) -> Result<String, Error> {
    let is_part = |part: &str| {
        !matches!(part, "" | "." | "..") && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    match text.split_once('/') {
        Some((owner, repo)) if is_part(owner) && is_part(repo) => Ok(["sources/github/", owner, "/", repo].concat()),
        _ => Err(Error::invalid(field, format!("{} is no repository; write it as \"owner/repo\"", quoted(text)))),
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The text between quotation marks, in one line, cut if it is long, for messages.
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

/// Appends one parameter more to a path that may have a query already.
pub fn with_parameter(path: &str, name: &str, value: &str) -> String {
    // Room for the signs that grow when they are encoded, of which there are a few.
    let mut url = String::with_capacity(path.len() + name.len() + value.len() + 32);
    url.push_str(path);
    url.push(if path.bytes().any(|byte| byte == b'?') { '&' } else { '?' });
    url.push_str(name);
    url.push('=');
    encode_into(&mut url, value);
    url
}

/// Percent-encodes everything but what RFC 3986 calls unreserved. By hand: the usual crate brings seven kilobytes of
/// panic messages with it.
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
    fn an_id_a_name_and_the_address_of_the_page_are_accepted() {
        for text in [
            "14550388554331055113",
            "sessions/14550388554331055113",
            "https://jules.google.com/session/14550388554331055113",
            "https://jules.google.com/session/14550388554331055113/code?x=1#y",
            "https://jules.google.com/session/14550388554331055113/",
            "https://jules.google.com/u/0/session/14550388554331055113",
            "https://jules.google.com/u/12/session/14550388554331055113/?x",
            " 14550388554331055113\n",
        ] {
            assert_eq!(session_id(text).unwrap(), "14550388554331055113", "{text}");
        }
    }

    #[test]
    fn nothing_else_is_accepted_as_a_session_id() {
        for text in [
            "",
            "sessions/",
            "../sources",
            "1/2",
            "a b",
            "sessions/../x",
            "1:approvePlan",
            "1?x",
            "%2e%2e",
            "https://evil.test/session/1",
            "https://jules.google.com/repo/1",
            "https://jules.google.com/u/x/session/1",
            "https://jules.google.com/u/0/u/0/session/1",
            "https://jules.google.com/u/0",
        ] {
            let error = session_id(text).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("session id"), "{text}");
        }
    }

    #[test]
    fn an_activity_is_named_by_its_id_or_within_its_own_session() {
        assert_eq!(activity_id("1", "a").unwrap(), "a");
        assert_eq!(activity_id("1", "sessions/1/activities/a").unwrap(), "a");
        for (text, problem) in [
            ("sessions/2/activities/a", "another session than 1"),
            ("", "is none"),
            ("../x", "is none"),
            ("a/../..", "is none"),
            ("sessions/1/activities/", "is none"),
            ("sessions/1/x/activities/a", "is none"),
            ("sessions/1", "is none"),
        ] {
            let error = activity_id("1", text).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("activity id"), "{text}");
            assert!(error.message.split(problem).count() > 1, "{error}");
        }
    }

    #[test]
    fn where_the_service_is_can_be_a_host_a_path_below_it_or_a_path_of_the_page() {
        for (text, url) in [
            ("https://jules.googleapis.com/v1alpha", "https://jules.googleapis.com/v1alpha"),
            ("http://127.0.0.1:8787/v1alpha//", "http://127.0.0.1:8787/v1alpha"),
            ("http://[::1]:8787", "http://[::1]:8787"),
            ("https://[2001:db8::1]/jules", "https://[2001:db8::1]/jules"),
            ("https://bücher.test/@team/a%20b", "https://bücher.test/@team/a%20b"),
            ("https://x.test:\n", "https://x.test:"),
            ("/api/jules/", "/api/jules"),
            ("/", ""),
        ] {
            assert_eq!(base_url(text).as_deref(), Ok(url), "{text}");
        }
    }

    #[test]
    fn what_no_request_can_go_to_is_told_by_what_is_wrong() {
        for (problem, texts) in [
            ("must begin with", &["", "x.test", "ftp://x", "https:/x", "file:///x", "api/jules"][..]),
            ("query", &["https://x.y/v1?key=k", "https://x.y/v1#a", "/api?x", "https://x.y/?"]),
            ("no user", &["https://user:password@x.y", "http://user@x.y/v1"]),
            ("white space", &["https://x y", "https://x.y/a b", "https://x\\y", "https://x.y/a\nb"]),
            (
                "no host",
                &[
                    "https://",
                    "https:///v1",
                    "http://:80",
                    "http://[bad",
                    "http://[]",
                    "http://[::1]x",
                    "http://[::1]80",
                    "http://x:port",
                    "http://x:65536",
                    "http://x:+1",
                    "http://a:1:2",
                    "http://x]y",
                    "http://<x>",
                ],
            ),
        ] {
            for text in texts {
                let told = base_url(text).unwrap_err();
                assert!(told.split(problem).count() > 1, "{text}: {told}");
            }
        }
    }

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        assert_eq!(github_source("github", "bobalover/boba-web.js").unwrap(), "sources/github/bobalover/boba-web.js");
        for text in ["", "boba", "a/", "/b", "a/b/c", "a/..", "a b/c", "https://github.com/a/b", "a/b?x"] {
            assert_eq!(
                github_source("source.github", text).unwrap_err().field.as_deref(),
                Some("source.github"),
                "{text}"
            );
        }
    }

    #[test]
    fn values_of_a_query_are_encoded() {
        let url = with_query("sessions", &[("filter", "create_time > \"2026\""), ("pageSize", "10")]);
        assert_eq!(url, "sessions?filter=create_time%20%3E%20%222026%22&pageSize=10");
    }
}
