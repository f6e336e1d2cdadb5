//! How far a reader has come in a session's activities, so that each is given once and none is left out.
//!
//! Several activities may have the same time, so a position is a time and the ids seen at it. The service's filter is
//! exclusive (measured), therefore it is asked for what comes after the nanosecond before, and what was seen is
//! dropped by id.

use std::fmt;

use serde::{Serialize, Serializer};

use super::json::Text;
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
        self.watermark.map(|time| later_than(time.just_before()))
    }

    /// The filter that asks for what is later than everything known, and so does not bring the last of that again: for
    /// when the list has shown all that there was. `None` if the service's times are so coarse that what comes may have
    /// the same: they have microseconds in practice, but no documentation promises that.
    pub fn narrow_filter(&self) -> Option<String> {
        let time = self.watermark.filter(|time| time.is_finer_than_millis() && !self.seen.is_empty())?;
        Some(later_than(time))
    }

    /// Takes an activity in, if it is new, and gives the cursor after it; `None` if it was seen already.
    pub fn admit(&mut self, activity: &Activity) -> Option<Mark> {
        let time = Timestamp::parse(&activity.create_time);
        if time.is_some() && time > self.watermark {
            self.watermark = time;
            self.seen.clear();
        } else if time.is_some() && time < self.watermark {
            return None;
        }
        let known = if time.is_some() { &mut self.seen } else { &mut self.timeless };
        if known.iter().any(|id| activity.id == *id) {
            return None;
        }
        // A copy: the reader is there for longer than what it has read.
        known.push(activity.id.to_string());
        // Of a reader that began at a time, and has seen nothing yet that has one, the mark of this alone would lose that.
        let is_alone = time == self.watermark && self.seen.len() + self.timeless.len() == 1;
        Some(if is_alone { Mark::of(time, &activity.id) } else { self.to_string().into() })
    }
}

fn later_than(time: Timestamp) -> String {
    format!("create_time > \"{time}\"")
}

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(time) = self.watermark {
            out.write_str(&time.digits())?;
        }
        write!(out, ":{}", self.seen.join(","))?;
        if self.timeless.is_empty() { Ok(()) } else { write!(out, ";{}", self.timeless.join(",")) }
    }
}

/// The text of a [`Cursor`] as an activity carries it. Most are those of one activity alone; these are not written
/// before somebody asks.
#[derive(Clone)]
pub struct Mark(Written);

#[derive(Clone)]
enum Written {
    Whole(Text),
    Alone { time: Option<Timestamp>, id: Text },
}

impl Mark {
    /// The cursor of a reader who has seen this one activity alone.
    pub fn alone(create_time: &str, id: &Text) -> Self {
        Self::of(Timestamp::parse(create_time), id)
    }

    fn of(time: Option<Timestamp>, id: &Text) -> Self {
        Self(Written::Alone { time, id: id.clone() })
    }

    /// Gives the parts of which the text is made.
    pub(super) fn parts<T>(&self, give: impl FnOnce(&[&str]) -> T) -> T {
        match &self.0 {
            Written::Whole(text) => give(&[text]),
            Written::Alone { time: Some(time), id } => give(&[time.digits_in(&mut Default::default()), ":", id]),
            Written::Alone { time: None, id } => give(&[":;", id]),
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        self.parts(|parts| parts.iter().for_each(|part| text.push_str(part)));
        text
    }
}

/// That of a reader who has seen nothing.
impl Default for Mark {
    fn default() -> Self {
        Self(Written::Whole(Text::default()))
    }
}

impl From<String> for Mark {
    fn from(text: String) -> Self {
        Self(Written::Whole(text.into()))
    }
}

impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text())
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text(), out)
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
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
    fn what_is_later_is_asked_for_alone_only_where_times_are_fine() {
        let narrow = |time: &str| {
            let mut cursor = Cursor::default();
            admitted(&mut cursor, &[activity("a", time)]);
            cursor.narrow_filter()
        };
        let fine = r#"create_time > "2025-10-03T05:47:50.123456Z""#;
        assert_eq!(narrow("2025-10-03T05:47:50.123456Z").as_deref(), Some(fine));
        for coarse in ["2025-10-03T05:47:50Z", "2025-10-03T05:47:50.123Z", "2025-10-03T05:47:50.123000Z", ""] {
            assert_eq!(narrow(coarse), None, "{coarse}");
        }
        let start = Timestamp::parse("2025-10-03T05:47:50.123456Z").unwrap();
        assert_eq!(Cursor::starting_at(start).narrow_filter(), None, "nothing is known of that instant");
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
        for (index, mark) in cursors.iter().enumerate() {
            let mut resumed = Cursor::parse(&mark.to_string()).unwrap();
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
    fn an_activity_without_a_time_that_comes_first_keeps_where_reading_began() {
        let start = Timestamp::parse("2025-10-03T05:47:50Z").unwrap();
        let mark = Cursor::starting_at(start).admit(&activity("x", "")).unwrap();
        assert_eq!(Cursor::parse(&mark.to_string()).unwrap().watermark(), Some(start));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "abc", "12", "12:", "x:y", "99999999999999999999999999999999999:a"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
