//! What an answer has to hold to be one: the only such rule. The service drops every field that has its default value, so
//! most may be missing; but what holds nothing at all is of somebody else, and read as a session it would be one without an
//! id and in no state, for which one would wait for ever. Nor is an error an answer, whatever its status: read as a list it
//! would be an empty one, in which what was made is not found and so is made again.

use super::body::Body;
use super::json::{Name, Node};
use super::mapping;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// That something is done. The service answers with `{}`, with no body at all, or with what it has changed.
    Nothing,
    /// A page of a list: an object, without any field if the list is empty.
    Page,
    /// Something whole, which tells what it is.
    Whole,
    /// Some fields of a session, of which two hardly ever have their default value.
    Sight,
}

impl Expected {
    /// What keeps this answer, of which `node` was read, from being what was asked for, as the end of a sentence about its
    /// body; `None`, if nothing does.
    pub fn problem(self, body: &Body, node: Node<'_>) -> Option<&'static str> {
        let has = |name| node.at(name).optional_text().is_some();
        match self {
            // What has a name may come to have an error too: a session could tell so why it failed.
            _ if node.get("error").is_object() && !mapping::is_named(node) => Some("tells of an error"),
            Self::Nothing => None,
            _ if !node.is_object() => Some("is no object"),
            Self::Page if node.is_empty() && body.text(usize::MAX).trim().is_empty() => Some("is empty"),
            Self::Page => None,
            Self::Sight if has(Name::STATE) || has(Name::UPDATE_TIME) => None,
            Self::Whole | Self::Sight if mapping::is_named(node) => None,
            Self::Whole => Some("has neither name nor id"),
            Self::Sight => Some("has neither state nor updateTime"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::Expected::{self, Nothing, Page, Sight, Whole};

    fn is_one(expected: Expected, body: &str) -> bool {
        let document = json::decode(body.as_bytes()).unwrap();
        expected.problem(&body.into(), json::Node::of(&document)).is_none()
    }

    #[test]
    fn what_tells_nothing_is_an_answer_only_where_nothing_is_to_be_told() {
        for body in ["", " \n", "null", "[]", "\"str\"", "7", "true"] {
            assert!(is_one(Nothing, body), "{body}");
            for expected in [Page, Whole, Sight] {
                assert!(!is_one(expected, body), "{expected:?} {body}");
            }
        }
    }

    #[test]
    fn an_error_is_no_answer_to_anything() {
        for body in [r#"{"error":{}}"#, r#"{"error":{"code":503},"state":"QUEUED"}"#] {
            assert_eq!([Nothing, Page, Whole, Sight].map(|expected| is_one(expected, body)), [false; 4], "{body}");
        }
        let failed = r#"{"name":"sessions/1","state":"FAILED","error":{"code":9,"message":"No such branch"}}"#;
        assert_eq!([Nothing, Whole, Sight].map(|expected| is_one(expected, failed)), [true; 3]);
        assert!(is_one(Nothing, r#"{"error":null}"#) && is_one(Page, r#"{"error":"none"}"#));
    }

    #[test]
    fn an_object_is_a_page_and_a_name_or_an_id_makes_it_something_whole() {
        for body in ["{}", r#"{"name":5}"#, r#"{"name":"","id":null}"#, r#"{"name":"sessions/"}"#, r#"{"prompt":"p"}"#]
        {
            assert_eq!(
                [Nothing, Page, Whole, Sight].map(|expected| is_one(expected, body)),
                [true, true, false, false]
            );
        }
        for body in [r#"{"name":"sessions/1"}"#, r#"{"id":"1"}"#, r#"{"name":5,"id":"1"}"#] {
            assert_eq!([Nothing, Page, Whole, Sight].map(|expected| is_one(expected, body)), [true; 4], "{body}");
        }
    }

    #[test]
    fn a_state_or_the_time_of_the_last_change_is_enough_for_a_look() {
        for body in [r#"{"state":"SOMETHING_NEW"}"#, r#"{"updateTime":"2026-08-21T21:05:11Z"}"#] {
            assert_eq!([Whole, Sight].map(|expected| is_one(expected, body)), [false, true], "{body}");
        }
        assert!(!is_one(Sight, r#"{"state":5,"outputs":[]}"#));
    }
}
