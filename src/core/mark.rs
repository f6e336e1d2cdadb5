//! The text of a cursor, as an activity carries it.

use std::fmt;

use serde::{Serialize, Serializer};

use super::id_hash::IdHash;
use super::json::Text;
use super::time::{Digits, Timestamp};

/// The text of a [`Cursor`](super::cursor::Cursor). That of an activity which was not read by a reader is not written
/// before somebody asks: a reader replaces it.
#[derive(Clone)]
pub struct Mark(Written);

#[derive(Clone)]
enum Written {
    Whole(Text),
    Alone { time: Option<Timestamp>, id: Text },
}

impl Mark {
    /// The cursor of a reader who has seen what is older than this activity, and of its own time this one alone.
    pub fn alone(create_time: &str, id: &Text) -> Self {
        Self(Written::Alone { time: Timestamp::parse(create_time), id: id.clone() })
    }

    /// Gives the parts of which the text is made.
    pub(super) fn parts<T>(&self, give: impl FnOnce(&[&str]) -> T) -> T {
        match &self.0 {
            Written::Whole(text) => give(&[text]),
            Written::Alone { time, id } => {
                let hash = IdHash::of(id).text(0);
                let hash = std::str::from_utf8(&hash).unwrap_or_default();
                let [mut room, mut other] = <[Digits; 2]>::default();
                let floor = time.map_or("", |time| time.just_before().digits_in(&mut room));
                let newest = time.map_or("", |time| time.digits_in(&mut other));
                give(&[floor, ":", newest, ":", hash])
            }
        }
    }

    fn text(&self) -> String {
        self.parts(|parts| parts.concat())
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
