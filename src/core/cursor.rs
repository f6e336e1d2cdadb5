//! Cursors: positions in a session's activities, by which each is returned exactly once.
//!
//! An activity may become visible after a newer one: its time is that of the host that created it, and lists are read from
//! replicas (neither is documented). So a position is not just the time of the newest activity. It is a floor (a watermark, up
//! to which everything is settled) and the ids seen after it.

use std::fmt;

use super::id_hash::IdHash;
use super::time::{Digits, Timestamp};
use crate::planted::{Fault, planted};

/// The distance of the floor from the newest activity in milliseconds: an activity may become visible a minute after its time,
/// and is found within another minute.
const LATE_MS: i64 = 120_000;

/// The floor stays below this many of the newest activities, regardless of their times: one with a time hours in the future
/// must not settle activities of these hours.
const NEWEST_ABOVE_FLOOR: usize = 8;

/// The largest number of ids in the text of a cursor.
pub const MOST_IN_TEXT: usize = 32;

/// A position in a session's activities. Its text has three parts separated by colons: the floor and the time of the newest
/// activity, both in nanoseconds since 1970, and the activities seen after the floor, oldest first, each with its age relative
/// to the newest in seconds and the hash of its id.
///
/// ```
/// use jules_wasm::core::cursor::Cursor;
/// let cursor = Cursor::parse("1787346361522664000:1787346421522664000:ABbK3-x_").unwrap();
/// assert_eq!(cursor.filter().unwrap(), r#"create_time > "2026-08-21T21:06:01.522664Z""#);
/// assert_eq!(cursor.narrow_filter().unwrap(), r#"create_time > "2026-08-21T21:07:01.522664Z""#);
/// assert_eq!(cursor.to_string(), "1787346361522664000:1787346421522664000:ABbK3-x_");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Everything up to this time is settled: seen, or never returned any more. `None`: nothing is.
    floor: Option<Timestamp>,
    newest: Option<Timestamp>,
    /// The activities seen after the floor, sorted by time. Those without a readable time have that of their arrival.
    seen: Vec<(Timestamp, IdHash)>,
    /// Up to here the activities seen were read from a text, whose times are rounded to seconds.
    parsed_to: Option<Timestamp>,
}

impl Cursor {
    /// Reads a cursor back, or `None` if the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (floor, rest) = text.split_once(':')?;
        let (newest, hashes) = rest.split_once(':')?;
        let time = |digits: &str| match digits {
            "" => Some(None),
            digits => Timestamp::from_digits(digits).map(Some),
        };
        let (floor, newest) = (time(floor)?, time(newest)?);
        let mut cursor = Self { floor, newest, ..Self::default() };
        let last = cursor.place(None);
        let seen = hashes.as_bytes().chunks(IdHash::LENGTH).map(IdHash::parse);
        let seen: Vec<_> =
            seen.map(|seen| seen.map(|(ago_s, hash)| (second(last, ago_s), hash))).collect::<Option<_>>()?;
        if seen.len() > MOST_IN_TEXT || newest.is_none() && seen.is_empty() {
            return None;
        }
        for (time, hash) in seen.into_iter().filter(|(time, _)| Some(*time) > floor) {
            cursor.insert(time, hash);
        }
        cursor.parsed_to = Some(last);
        Some(cursor)
    }

    /// An empty cursor whose filter excludes activities older than `time`.
    pub fn starting_at(time: Timestamp) -> Self {
        Self { floor: Some(time.just_before()), ..Self::default() }
    }

    /// The time of the newest activity seen.
    pub fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.newest.is_none() && self.seen.is_empty()
    }

    /// The filter for everything that is not settled; `None` for all.
    pub fn filter(&self) -> Option<String> {
        self.floor.map(later_than)
    }

    /// The filter for activities from the newest seen on.
    pub fn onward_filter(&self) -> Option<String> {
        self.newest.map_or_else(|| self.filter(), |time| Some(not_older_than(time)))
    }

    /// The filter for activities after the newest seen. It includes the time of the newest if that is so coarse that new activities
    /// may have the same: times have microseconds in practice, but this is not documented. `None` if nothing was seen.
    pub fn narrow_filter(&self) -> Option<String> {
        self.newest.map(|time| if time.is_finer_than_millis() { later_than(time) } else { not_older_than(time) })
    }

    /// Whether the activity was seen or is settled. `time` is `None` if it is not readable.
    pub fn covers(&self, time: Option<Timestamp>, id: &str) -> bool {
        let hash = IdHash::of(id);
        let Some(time) = time else { return self.seen.iter().any(|(_, seen)| *seen == hash) };
        let is_among =
            |seen: Option<&[(Timestamp, IdHash)]>| seen.unwrap_or_default().iter().any(|(_, seen)| *seen == hash);
        let [start, end] = [self.before(time), self.up_to(time)];
        let parsed = self.parsed_to.map_or(0, |last| self.up_to(last));
        Some(time) <= self.floor || is_among(self.seen.get(start..end)) || is_among(self.seen.get(..parsed))
    }

    /// The number of activities seen that are older than this.
    fn before(&self, time: Timestamp) -> usize {
        self.seen.partition_point(|(seen, _)| *seen < time)
    }

    /// The number of activities seen that are not newer than this.
    fn up_to(&self, time: Timestamp) -> usize {
        self.seen.partition_point(|(seen, _)| *seen <= time)
    }

    /// Adds an activity if it is new. Returns whether it is.
    pub fn admit(&mut self, time: Option<Timestamp>, id: &str) -> bool {
        let is_late = time < self.newest;
        if self.covers(time, id) || planted(Fault::UnorderedDropped) && is_late {
            return false;
        }
        self.newest = self.newest.max(time);
        let place = self.place(time);
        self.insert(place, IdHash::of(id));
        true
    }

    fn insert(&mut self, place: Timestamp, hash: IdHash) {
        self.seen.insert(self.up_to(place), (place, hash));
    }

    /// The time by which an activity is sorted; one without a time comes last.
    fn place(&self, time: Option<Timestamp>) -> Timestamp {
        time.unwrap_or_else(|| self.newest.max(self.floor.map(Timestamp::just_after)).unwrap_or_default())
    }

    /// Everything visible was read: activities older than the largest lag are settled.
    pub fn settle(&mut self) {
        self.floor = self.settled_floor();
        self.seen.drain(..self.floor.map_or(0, |floor| self.up_to(floor)));
    }

    fn settled_floor(&self) -> Option<Timestamp> {
        let spared = self.seen.len().checked_sub(NEWEST_ABOVE_FLOOR).and_then(|index| self.seen.get(index));
        let floor = spared.map(|(time, _)| time.just_before());
        let late = self.newest.map(|time| time.plus_millis(-LATE_MS));
        // `None` is the minimum: both are needed.
        self.floor.max(floor.min(late))
    }

    /// The cursor after an activity of this time, if activities are read from old to new.
    pub fn after(&self, time: Option<Timestamp>) -> String {
        let read = time.map(Timestamp::just_before);
        self.written_above(self.floor.max(self.settled_floor().min(read)))
    }

    /// The text with this floor. It contains a limited number of ids; those left out are settled.
    fn written_above(&self, floor: Option<Timestamp>) -> String {
        let crowded = self.seen.len().checked_sub(MOST_IN_TEXT + 1).and_then(|index| self.seen.get(index));
        let floor = floor.max(crowded.map(|(time, _)| *time));
        let named = self.seen.get(floor.map_or(0, |floor| self.up_to(floor))..).unwrap_or_default();
        let mut text = String::with_capacity(48 + named.len() * IdHash::LENGTH);
        for time in [floor, self.newest] {
            if let Some(time) = time {
                text.push_str(time.digits_in(&mut Digits::default()));
            }
            text.push(':');
        }
        let last = self.place(None);
        for (time, hash) in named {
            text.extend(hash.text(seconds_ago(last, *time)).map(char::from));
        }
        text
    }
}

/// The age of an activity in the text of a cursor, relative to the newest: 1 plus the number of whole seconds between them, or 0
/// within the last second. Writing and reading it repeatedly does not change it.
fn seconds_ago(newest: Timestamp, time: Timestamp) -> u64 {
    let last_before = time.just_before().whole_seconds();
    u64::try_from(newest.whole_seconds().saturating_sub(last_before)).unwrap_or(0)
}

/// The time that [`seconds_ago`] has written, or less than a second later.
fn second(newest: Timestamp, ago_s: u64) -> Timestamp {
    let ago_s = i64::try_from(ago_s).unwrap_or(0);
    if ago_s == 0 { newest } else { Timestamp::new(newest.whole_seconds().saturating_sub(ago_s - 1), 0) }
}

/// The cursor of a reader that has seen all activities older than this one and, with the same time, only this one.
pub fn alone(create_time: Option<Timestamp>, id: &str) -> String {
    let [mut room, mut other] = <[Digits; 2]>::default();
    let floor = create_time.map_or("", |time| time.just_before().digits_in(&mut room));
    let newest = create_time.map_or("", |time| time.digits_in(&mut other));
    let hash = IdHash::of(id).text(0);
    [floor, ":", newest, ":", std::str::from_utf8(&hash).unwrap_or_default()].concat()
}

/// The filter for activities after this time.
pub fn later_than(time: Timestamp) -> String {
    format!("create_time > \"{time}\"")
}

/// The filter for activities with this time or later. That of the service is exclusive (measured by third parties).
pub fn not_older_than(time: Timestamp) -> String {
    later_than(if planted(Fault::ExclusiveFilter) { time } else { time.just_before() })
}

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.written_above(self.floor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Option<Timestamp> {
        Timestamp::parse(&format!("2025-10-03T05:{time}"))
    }

    /// The ids of these that are new, and the cursors after them.
    fn admitted(cursor: &mut Cursor, activities: &[(&str, Option<Timestamp>)]) -> (String, Vec<String>) {
        let new = activities.iter().filter(|(id, time)| cursor.admit(*time, id));
        let mut ids = String::new();
        let new: Vec<_> = new.map(|(id, time)| (*id, *time)).collect();
        ids.extend(new.iter().map(|(id, _)| *id));
        (ids, new.iter().map(|(_, time)| cursor.after(*time)).collect())
    }

    fn resumed(mark: &str) -> Cursor {
        Cursor::parse(mark).unwrap()
    }

    /// Reads activities one by one, at this interval. Returns the cursor after each.
    fn reads(count: usize, gap_ms: i64) -> (Vec<(String, Option<Timestamp>)>, Vec<String>) {
        let start = at("00:00Z").unwrap();
        let time = |index: usize| Some(start.plus_millis(gap_ms * i64::try_from(index).unwrap()));
        let all: Vec<_> = (0..count).map(|index| (format!("id {index}"), time(index))).collect();
        let mut cursor = Cursor::default();
        let marks = all.iter().map(|(id, time)| {
            assert!(cursor.admit(*time, id));
            cursor.after(*time)
        });
        let marks = marks.collect();
        (all, marks)
    }

    #[test]
    fn activities_with_the_same_time_are_admitted_once_each() {
        let batch = [("a", at("47:50.1231Z")), ("b", at("47:50.123100Z"))];
        let mut cursor = Cursor::default();
        assert_eq!(admitted(&mut cursor, &batch[..1]).0, "a");
        assert_eq!(admitted(&mut cursor, &batch).0, "b");
        assert_eq!(admitted(&mut cursor, &batch).0, "");
    }

    #[test]
    fn the_narrow_filter_excludes_the_newest_time_only_if_times_are_fine() {
        let narrow = |time: &str| {
            let mut cursor = Cursor::default();
            cursor.admit(at(time), "a");
            cursor.narrow_filter()
        };
        let later = |time: &str| Some(format!("create_time > \"2025-10-03T05:{time}\""));
        assert_eq!(narrow("47:50.123456Z"), later("47:50.123456Z"));
        assert_eq!(narrow("47:50.123Z"), later("47:50.122999999Z"));
        assert_eq!(narrow("47:50.123000Z"), later("47:50.122999999Z"));
        assert_eq!(narrow("47:50Z"), later("47:49.999999999Z"));
        assert_eq!(narrow("sometime"), None);
        assert_eq!(Cursor::starting_at(at("47:50.123456Z").unwrap()).narrow_filter(), None, "nothing was seen");
    }

    #[test]
    fn a_reader_continues_after_the_cursor_of_any_activity() {
        for gap_ms in [0, 1, 900, 20_000, 90_000] {
            let count = if gap_ms == 0 { MOST_IN_TEXT } else { 200 };
            let (all, marks) = reads(count, gap_ms);
            for (index, mark) in marks.iter().enumerate() {
                let mut cursor = resumed(mark);
                let new: Vec<_> = all.iter().filter(|(id, time)| cursor.admit(*time, id)).collect();
                assert_eq!(new, all[index + 1..].iter().collect::<Vec<_>>(), "{gap_ms} ms, after {index}");
            }
        }
    }

    #[test]
    fn a_late_activity_is_admitted_once_also_after_a_cursor() {
        let (all, marks) = reads(200, 4_000);
        let newest = all.last().unwrap().1.unwrap();
        let late = [("late", Some(newest.plus_millis(-59_000))), ("too", Some(newest.plus_millis(-1)))];
        let mut cursor = resumed(marks.last().unwrap());
        assert_eq!(admitted(&mut cursor, &late).0, "latetoo");
        let mark = cursor.after(late[1].1);
        assert_eq!(admitted(&mut cursor, &late).0, "");
        assert_eq!(admitted(&mut resumed(&mark), &late).0, "");
        assert!(all.iter().all(|(id, time)| !resumed(&mark).admit(*time, id)));
    }

    #[test]
    fn any_number_of_late_activities_is_admitted_by_any_number_of_readers() {
        for gap_ms in [700, 4_000, 26_000] {
            let (all, _) = reads(300, gap_ms);
            let mut cursor = Cursor::default();
            for (index, (id, time)) in all.iter().enumerate() {
                assert!(cursor.admit(*time, id), "{id}");
                // As late as the activities in a cursor.
                let before = time.unwrap().plus_millis(-gap_ms * 12 - 1).max(time.unwrap().plus_millis(-60_000));
                if index > 30 {
                    let late = format!("late {index}");
                    assert!(cursor.admit(Some(before), &late), "{late}");
                    assert!(!cursor.admit(Some(before), &late), "{late}");
                    assert!(!cursor.admit(all[index - 3].1, &all[index - 3].0));
                }
                cursor.settle();
                cursor = resumed(&cursor.after(*time));
            }
        }
    }

    #[test]
    fn the_cursor_of_a_late_activity_loses_no_others() {
        let (all, marks) = reads(20, 30_000);
        let newest = all.last().unwrap().1.unwrap();
        let late = ["x", "y", "z"].map(|id| (id, Some(newest.plus_millis(-80_001))));
        let mut cursor = resumed(&marks[10]);
        assert!(all.iter().filter(|(id, time)| cursor.admit(*time, id)).count() > 0);
        let mut before = cursor.clone();
        assert_eq!(admitted(&mut cursor, &late).0, "xyz");
        for (index, (id, time)) in late.iter().enumerate() {
            assert!(before.admit(*time, id));
            let mut resumed = resumed(&before.after(*time));
            assert_eq!(admitted(&mut resumed, &late).0, ["yz", "z", ""][index]);
        }
    }

    #[test]
    fn activities_older_than_the_largest_lag_are_settled() {
        let (all, _) = reads(100, 10_000);
        let mut cursor = Cursor::default();
        assert!(all.iter().filter(|(id, time)| cursor.admit(*time, id)).count() > 0);
        assert_eq!(cursor.filter(), None, "until all is read");
        cursor.settle();
        assert_eq!(cursor.filter(), Some(later_than(all[87].1.unwrap())), "of two minutes");
        assert!(all.iter().all(|(id, time)| !cursor.admit(*time, id)));
    }

    #[test]
    fn an_activity_with_a_future_time_settles_no_earlier_ones() {
        let (all, _) = reads(100, 10_000);
        let mut cursor = Cursor::default();
        for (index, (id, time)) in all.iter().enumerate() {
            if index == 50 {
                assert!(cursor.admit(at("59:59Z").map(|time| time.plus_millis(7_200_000)), "ahead"));
            }
            assert!(cursor.admit(*time, id), "{index}");
            cursor.settle();
            assert!(
                all[index..]
                    .iter()
                    .skip(1)
                    .all(|(id, time)| Cursor::parse(&cursor.to_string()).unwrap().admit(*time, id)),
                "{index}"
            );
        }
    }

    #[test]
    fn a_cursor_stays_short_and_repeats_nothing_with_many_activities_at_once() {
        for gap_ms in [0, 10] {
            let (all, marks) = reads(300, gap_ms);
            for (index, mark) in marks.iter().enumerate() {
                let text = mark.to_string();
                assert!(text.len() <= 2 * 20 + MOST_IN_TEXT * IdHash::LENGTH, "{text}");
                assert!(all[..=index].iter().all(|(id, time)| !resumed(mark).admit(*time, id)), "after {index}");
            }
        }
    }

    #[test]
    fn an_activity_without_a_time_is_admitted_once() {
        let batch = [("x", None), ("a", at("47:50Z")), ("y", None)];
        for mut cursor in [Cursor::default(), Cursor::starting_at(at("47:00Z").unwrap())] {
            assert_eq!(admitted(&mut cursor, &batch).0, "xay");
            assert_eq!(admitted(&mut cursor, &batch).0, "");
            assert_eq!(admitted(&mut resumed(&cursor.after(None)), &batch).0, "");
        }
    }

    #[test]
    fn a_first_activity_without_a_time_does_not_move_the_floor() {
        let mut cursor = Cursor::starting_at(at("47:50Z").unwrap());
        assert!(cursor.admit(None, "x"));
        assert_eq!(resumed(&cursor.after(None)).filter(), cursor.filter());
    }

    #[test]
    fn the_cursor_of_a_single_activity_excludes_older_ones() {
        let mark = alone(at("47:50.5Z"), "a");
        let batch = [("z", at("47:50.4Z")), ("a", at("47:50.5Z")), ("b", at("47:50.500Z")), ("c", at("47:51Z"))];
        assert_eq!(admitted(&mut resumed(&mark), &batch).0, "bc");
    }

    #[test]
    fn an_invalid_cursor_is_rejected() {
        let many = format!("1:1000000000:{}", "abcdefgh".repeat(MOST_IN_TEXT + 1));
        for text in [
            "",
            "abc",
            "12",
            "12:",
            "::",
            "1000000000::",
            "x:y:abcdefgh",
            "::abc",
            "::abc defg",
            "1787346421522664000:a1,b2",
            &many,
        ] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
