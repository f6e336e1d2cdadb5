//! Validates the content of responses. The service omits every field with its default value, so most may be missing. But an
//! empty response comes from another server: read as a session, it would have no id and no state, and a wait would never end.
//! An error with a success status is invalid too: read as a list, it would be empty, and a created session would not be found
//! and be created again.

use super::http::Body;
use super::json_view::JsonView;
use super::session::has_name;

/// The expected content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// None. The service responds with `{}`, without a body, or with the changed resource.
    Nothing,
    /// A page of a list: an object, without fields if the list is empty.
    Page,
    /// A resource with a name.
    Whole,
    /// Some fields of a session, of which two rarely have their default value.
    Snapshot,
}

impl Expected {
    /// Why this body is not the expected content, as a predicate; `None` if it is.
    pub fn problem<J: JsonView>(self, body: &Body<J>) -> Option<&'static str> {
        let json = match body {
            Body::Json(json) => json,
            Body::Text(text) if !text.trim().is_empty() => return Some("is not JSON"),
            Body::Text(_) if self == Self::Nothing => return None,
            Body::Text(_) if self == Self::Page => return Some("is empty"),
            Body::Text(_) | Body::TooLarge => &J::default(),
        };
        let has = |name| json.text(name).is_some();
        match self {
            // A resource may have a field `error` in the future, such as a failed session.
            _ if json.has_object("error") && !has_name(json) => Some("reports an error"),
            Self::Nothing => None,
            _ if !json.is_object() && !matches!(body, Body::Text(_)) => Some("is not an object"),
            Self::Page => None,
            Self::Snapshot if has("state") || has("updateTime") => None,
            Self::Whole | Self::Snapshot if has_name(json) => None,
            Self::Whole => Some("has neither name nor id"),
            Self::Snapshot => Some("has neither state nor updateTime"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Expected::{self, Nothing, Page, Snapshot, Whole};
    use crate::core::http::Body;
    use serde_json::Value;

    fn is_one(expected: Expected, body: &str) -> bool {
        let body: Body<Value> = serde_json::from_str(body).map_or(Body::Text(body.to_owned()), Body::Json);
        expected.problem(&body).is_none()
    }

    #[test]
    fn an_empty_body_is_valid_only_without_expected_content() {
        for body in ["", " \n", "null", "[]", "\"str\"", "7", "true"] {
            assert!(is_one(Nothing, body), "{body}");
            for expected in [Page, Whole, Snapshot] {
                assert!(!is_one(expected, body), "{expected:?} {body}");
            }
        }
    }

    #[test]
    fn a_body_that_is_not_json_is_never_valid() {
        assert_eq!([Nothing, Page, Whole, Snapshot].map(|expected| is_one(expected, "<html>")), [false; 4]);
    }

    #[test]
    fn an_error_is_never_valid() {
        for body in [r#"{"error":{}}"#, r#"{"error":{"code":503},"state":"QUEUED"}"#] {
            assert_eq!([Nothing, Page, Whole, Snapshot].map(|expected| is_one(expected, body)), [false; 4], "{body}");
        }
        let failed = r#"{"name":"sessions/1","state":"FAILED","error":{"code":9,"message":"No such branch"}}"#;
        assert_eq!([Nothing, Whole, Snapshot].map(|expected| is_one(expected, failed)), [true; 3]);
        assert!(is_one(Nothing, r#"{"error":null}"#) && is_one(Page, r#"{"error":"none"}"#));
    }

    #[test]
    fn an_object_is_a_page_and_a_name_or_an_id_makes_it_a_resource() {
        for body in ["{}", r#"{"name":5}"#, r#"{"name":"","id":null}"#, r#"{"name":"sessions/"}"#, r#"{"prompt":"p"}"#]
        {
            assert_eq!(
                [Nothing, Page, Whole, Snapshot].map(|expected| is_one(expected, body)),
                [true, true, false, false]
            );
        }
        for body in [r#"{"name":"sessions/1"}"#, r#"{"id":"1"}"#, r#"{"name":5,"id":"1"}"#] {
            assert_eq!([Nothing, Page, Whole, Snapshot].map(|expected| is_one(expected, body)), [true; 4], "{body}");
        }
    }

    #[test]
    fn a_state_or_the_time_of_the_last_change_is_enough_for_a_poll() {
        for body in [r#"{"state":"SOMETHING_NEW"}"#, r#"{"updateTime":"2026-08-21T21:05:11Z"}"#] {
            assert_eq!([Whole, Snapshot].map(|expected| is_one(expected, body)), [false, true], "{body}");
        }
        assert!(!is_one(Snapshot, r#"{"state":5,"outputs":[]}"#));
    }
}
