//! What an answer has to hold to be one: the only such rule. The service drops every field that has its default value, so
//! most may be missing; but an answer that holds nothing at all comes from something else, and read as a session it would be
//! one without an id and in no state, for which a wait would never end. Nor is an error an answer, whatever its status: read
//! as a list it would be an empty one, in which what was created is not found and so is created again.

use super::http::Body;
use super::json_view::JsonView;
use super::session::has_name;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// That something is done. The service answers with `{}`, with no body at all, or with what it has changed.
    Nothing,
    /// A page of a list: an object, without any field if the list is empty.
    Page,
    /// A whole resource, which has a name.
    Whole,
    /// Some fields of a session, of which two hardly ever have their default value.
    Snapshot,
}

impl Expected {
    /// What keeps this body from being what was asked for, as the end of a sentence about it; `None`, if nothing does.
    pub fn problem<J: JsonView>(self, body: &Body<J>) -> Option<&'static str> {
        let json = match body {
            Body::Json(json) => json,
            Body::Text(text) if !text.trim().is_empty() => return Some("is no JSON"),
            Body::Text(_) if self == Self::Nothing => return None,
            Body::Text(_) if self == Self::Page => return Some("is empty"),
            Body::Text(_) | Body::TooLarge => &J::default(),
        };
        let has = |name| json.text(name).is_some();
        match self {
            // A resource may come to have an error too: a session could say so why it failed.
            _ if json.has_object("error") && !has_name(json) => Some("reports an error"),
            Self::Nothing => None,
            _ if !json.is_object() && !matches!(body, Body::Text(_)) => Some("is no object"),
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
    fn what_says_nothing_is_an_answer_only_where_nothing_is_to_be_said() {
        for body in ["", " \n", "null", "[]", "\"str\"", "7", "true"] {
            assert!(is_one(Nothing, body), "{body}");
            for expected in [Page, Whole, Snapshot] {
                assert!(!is_one(expected, body), "{expected:?} {body}");
            }
        }
    }

    #[test]
    fn what_is_no_json_is_no_answer_to_anything() {
        assert_eq!([Nothing, Page, Whole, Snapshot].map(|expected| is_one(expected, "<html>")), [false; 4]);
    }

    #[test]
    fn an_error_is_no_answer_to_anything() {
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
