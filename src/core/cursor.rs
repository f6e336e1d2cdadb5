//! How far a reader has come in a session's activities, so that each is given once and none is left out.
//!
//! Several activities may have the same time, so a position is a time and the ids seen at it. The service's filter is
//! exclusive (measured), therefore it is asked for what comes after the nanosecond before, and what was seen is
//! dropped by id.

use super::model::Activity;
use super::time::Timestamp;

/// A position in a session's activities. As text: nanoseconds since 1970, a colon, the ids seen at that time, and,
/// should there be any, a semicolon and the ids seen that have no time.
///
/// ```
/// use jules_wasm::core::cursor::Cursor;
/// let cursor = Cursor::parse("1787346421522664000:a1,b2").unwrap();
/// assert_eq!(cursor.filter().unwrap(), r#"create_time > "2026-08-21T21:07:01.522663999Z""#);
/// assert_eq!(cursor.to_string(), "1787346421522664000:a1,b2");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    watermark: Option<Timestamp>,
    seen: Vec<String>,
    /// Activities without a readable time have no place in the order; they are remembered for good.
    timeless: Vec<String>,
}

impl Cursor {
    /// Reads a cursor back, or `None` if the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (nanos, ids) = text.split_once(':')?;
        let watermark = match nanos {
            "" => None,
            digits => Some(Timestamp::from_digits(digits)?),
        };
        let (seen, timeless) = ids.split_once(';').unwrap_or((ids, ""));
        let list = |ids: &str| ids.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let cursor = Self { watermark, seen: list(seen), timeless: list(timeless) };
        (cursor.seen.len() + cursor.timeless.len() > 0).then_some(cursor)
    }

    /// A cursor that has seen nothing, but asks only for what is not older than `time`.
    pub fn starting_at(time: Timestamp) -> Self {
        Self { watermark: Some(time), ..Self::default() }
    }

    /// The time of the newest that was seen.
    pub fn watermark(&self) -> Option<Timestamp> {
        self.watermark
    }

    /// The filter that asks for everything that may be new; `None` asks for all.
    pub fn filter(&self) -> Option<String> {
        self.watermark.map(|time| format!("create_time > \"{}\"", time.just_before()))
    }

    /// Takes an activity in, if it is new, and gives the cursor after it; `None` if it was seen already.
    pub fn admit(&mut self, activity: &Activity) -> Option<String> {
        let time = Timestamp::parse(&activity.create_time);
        if time.is_some() && time > self.watermark {
            self.watermark = time;
            self.seen.clear();
        } else if time.is_some() && time < self.watermark {
            return None;
        }
        let known = if time.is_some() { &mut self.seen } else { &mut self.timeless };
        if known.contains(&activity.id) {
            return None;
        }
        known.push(activity.id.clone());
        Some(self.to_string())
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(time) = self.watermark {
            out.write_str(&time.digits())?;
        }
        write!(out, ":{}", self.seen.join(","))?;
        if self.timeless.is_empty() { Ok(()) } else { write!(out, ";{}", self.timeless.join(",")) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::{Node, decode};
    use super::super::mapping;
    use super::*;

    fn activity(id: &str, time: &str) -> Activity {
        let json = decode(format!(r#"{{"id":"{id}","createTime":"{time}"}}"#).as_bytes()).unwrap();
        mapping::activity(Node::of(&json))
    }

    fn admitted(cursor: &mut Cursor, activities: &[Activity]) -> String {
        activities.iter().filter(|a| cursor.admit(a).is_some()).map(|a| a.id.as_str()).collect()
    }

    #[test]
    fn activities_of_one_instant_are_each_admitted_once() {
        let batch = [activity("a", "2025-10-03T05:47:50.1231Z"), activity("b", "2025-10-03T05:47:50.123100Z")];
        let mut cursor = Cursor::default();
        assert_eq!(admitted(&mut cursor, &batch[..1]), "a");
        assert_eq!(admitted(&mut cursor, &batch), "b");
        assert_eq!(admitted(&mut cursor, &batch), "");
    }

    #[test]
    fn activities_within_one_millisecond_are_told_apart() {
        let batch = [activity("a", "2025-10-03T05:47:50.1231Z"), activity("b", "2025-10-03T05:47:50.1239Z")];
        let mut cursor = Cursor::default();
        assert_eq!(admitted(&mut cursor, &batch), "ab");
        assert_eq!(admitted(&mut cursor, &batch), "");
    }

    #[test]
    fn a_reader_goes_on_after_the_cursor_of_any_activity() {
        let times = ["50Z", "50.5Z", "50.5Z", "50.123456789Z", "51Z"];
        let mut batch: Vec<_> = ["a", "b", "c", "d", "e"]
            .iter()
            .zip(times)
            .map(|(id, t)| activity(id, &format!("2025-10-03T05:47:{t}")))
            .collect();
        batch.sort_by_key(|a| Timestamp::parse(&a.create_time));
        let mut cursor = Cursor::default();
        let cursors: Vec<_> = batch.iter().filter_map(|a| cursor.admit(a)).collect();
        assert_eq!(cursors.len(), 5);
        for (index, text) in cursors.iter().enumerate() {
            let mut resumed = Cursor::parse(text).unwrap();
            let rest: String = batch[index + 1..].iter().map(|a| a.id.as_str()).collect();
            assert_eq!(admitted(&mut resumed, &batch), rest);
        }
    }

    #[test]
    fn an_activity_without_a_time_is_given_once() {
        let mut cursor = Cursor::default();
        let batch = [activity("x", ""), activity("a", "2025-10-03T05:47:50Z"), activity("y", "soon")];
        assert_eq!(admitted(&mut cursor, &batch), "xay");
        assert_eq!(admitted(&mut cursor, &batch), "");
        assert_eq!(admitted(&mut Cursor::parse(&cursor.to_string()).unwrap(), &batch), "");
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "abc", "12", "12:", "x:y", "99999999999999999999999999999999999:a"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
