//! Markers in titles, by which the session of an item is recognised.

use crate::core::id_hash::IdHash;
use crate::core::text;

/// The marker of an item: the random tag of its batch and a hash of its key. A title that this package derives contains it, so
/// that sessions with identical prompts are distinguished, also from those of other batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker(String);

/// Characters of a tag.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789_";

/// The number of characters of a tag.
const TAG_LENGTH: usize = 6;

/// Characters of the key that a derived title shows. The service's limit is unknown, and what it cuts off is not recognised.
const SHOWN_KEY: usize = 60;

impl Marker {
    /// The marker of the item with this key in the batch with this tag.
    pub fn of(batch: &str, key: &str) -> Self {
        let hash = IdHash::of(key).text(0);
        let hash: String = hash.iter().copied().map(char::from).collect();
        Self([&Self::prefix(batch), hash.as_str(), "]"].concat())
    }

    /// What the markers of all items of the batch with this tag begin with.
    fn prefix(batch: &str) -> String {
        ["[", batch, "-"].concat()
    }

    /// The title of the item with this key.
    pub fn title(&self, key: &str) -> String {
        let shown: String = key.chars().take(SHOWN_KEY).collect();
        [shown.trim(), " ", &self.0].concat()
    }

    /// The title of the item with this key, with the given one if there is one.
    pub fn title_with(&self, given: Option<&str>, key: &str) -> String {
        given.map_or_else(|| self.title(key), |given| [given, " ", &self.0].concat())
    }

    /// Whether the title contains the marker.
    pub fn is_in(&self, title: &str) -> bool {
        text::split_once(title, &self.0).is_some()
    }

    /// Whether the title contains the marker of any item of the batch with this tag.
    pub fn is_of_batch(title: &str, batch: &str) -> bool {
        text::split_once(title, &Self::prefix(batch)).is_some()
    }

    /// The text in the brackets of a marker of any batch, if the title ends with one.
    pub fn at_end_of(title: &str) -> Option<&str> {
        let (_, inner) = title.strip_suffix(']')?.rsplit_once('[')?;
        let (tag, hash) = inner.split_at_checked(TAG_LENGTH)?;
        let (number, _) = IdHash::parse(hash.strip_prefix('-')?.as_bytes())?;
        let is_marker = number == 0 && tag.bytes().all(|byte| ALPHABET.contains(&byte));
        is_marker.then_some(inner)
    }

    /// The tag of the batch with this name.
    pub fn tag_of(name: &str) -> String {
        let hash = IdHash::of(name).text(0);
        let letter = |byte: &u8| ALPHABET.get(usize::from(*byte) % ALPHABET.len()).copied().map_or('_', char::from);
        // What comes before is the number.
        hash.iter().skip(IdHash::LENGTH - TAG_LENGTH).map(letter).collect()
    }

    /// A tag from a random number in `0.0..1.0`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, and any tag is a tag")]
    pub fn tag(random: f64) -> String {
        let mut left = (random * 4_294_967_296.0) as usize;
        let mut tag = String::new();
        for _ in 0..TAG_LENGTH {
            tag.push(ALPHABET.get(left % ALPHABET.len()).copied().map_or('_', char::from));
            left /= ALPHABET.len();
        }
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_contains_the_marker_of_its_key_and_batch_alone() {
        let marker = Marker::of("abc234", "fix login");
        let title = marker.title("fix login");
        assert!(title.starts_with("fix login [abc234-") && title.ends_with(']'), "{title}");
        assert!(marker.is_in(&title) && Marker::is_of_batch(&title, "abc234"));
        assert!(!Marker::of("abc234", "fix logout").is_in(&title) && !Marker::of("xyz234", "fix login").is_in(&title));
    }

    #[test]
    fn a_marker_of_any_batch_is_recognised_at_the_end_of_a_title() {
        let marked = Marker::of("abc234", "fix login").title("fix login [1]");
        assert!(Marker::at_end_of(&marked).is_some_and(|inner| inner.starts_with("abc234-")), "{marked}");
        let others = [
            "Fix it",
            "[x]",
            "Fix [abc234-AAaaaaaa] it",
            "[ABC234-AAaaaaaa]",
            "[abc234-aaaaaaaa]",
            "[abc234-AAaaaaa]",
            "[äbc23-AAaaaaaa]",
        ];
        assert_eq!(others.map(Marker::at_end_of), [None; 7]);
    }

    #[test]
    fn long_keys_with_the_same_beginning_have_different_titles() {
        let keys = ["a", "b"].map(|end| "x".repeat(500) + end);
        let titles = keys.each_ref().map(|key| Marker::of("abc234", key).title(key));
        assert!(titles[0] != titles[1] && titles[0].len() < 90);
    }

    #[test]
    fn a_tag_has_six_characters() {
        assert_eq!([0.0, 0.5, 0.999_999].map(|random| Marker::tag(random).len()), [6; 3]);
        assert_eq!((Marker::tag_of("a").len(), Marker::tag_of("a")), (6, Marker::tag_of("a")));
        assert_ne!(Marker::tag_of("nightly-1"), Marker::tag_of("nightly-2"));
    }

    #[test]
    fn a_given_title_is_kept_and_gets_the_marker() {
        let marker = Marker::of("abc234", "key");
        assert!(marker.title_with(Some("Login"), "key").starts_with("Login [abc234-"));
        assert_eq!(marker.title_with(None, "key"), marker.title("key"));
    }
}
