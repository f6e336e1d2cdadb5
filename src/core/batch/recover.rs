//! What a list of sessions proves about creates that a crash has interrupted.

use super::marker::Marker;
use super::record::Begun;
use super::tick_state::beginning;
use crate::core::outcome::reconcile::{Certainty, Match, Shown, Start, Wanted, weigh};
use crate::core::text;

/// A create that is searched for.
#[derive(Debug, Clone)]
pub struct Sought {
    begun: Begun,
    start: Start,
    marker: Marker,
    /// Whether only the beginning of the prompt is known.
    is_cut: bool,
}

impl Sought {
    /// The create of the item with this key in the batch with this tag.
    pub fn new(begun: Begun, batch: &str, key: &str) -> Self {
        let mut start = Start::default();
        begun.since.into_iter().for_each(|since| start.observe(since, 0));
        Self { begun, start, marker: Marker::of(batch, key), is_cut: false }
    }

    /// The same, of whose prompt only the beginning is known.
    pub fn with_beginning(begun: Begun, batch: &str, key: &str) -> Self {
        Self { is_cut: true, ..Self::new(begun, batch, key) }
    }

    /// An item whose record was lost: nothing is known of it but the title that it would have.
    pub fn of_lost_record(batch: &str, key: &str) -> Self {
        let marker = Marker::of(batch, key);
        let begun = Begun { title: marker.title(key), ..Begun::default() };
        Self { begun, start: Start::default(), marker, is_cut: false }
    }

    /// When the create began.
    pub fn start(&self) -> &Start {
        &self.start
    }

    /// What the journal says of it.
    pub fn begun(&self) -> &Begun {
        &self.begun
    }

    fn is_marked(&self) -> bool {
        self.marker.is_in(&self.begun.title)
    }

    fn compare(&self, shown: &Shown<'_>, keeps_titles: bool) -> Match {
        if self.is_marked() {
            if self.marker.is_in(shown.title) {
                return Match::Exact;
            }
            if keeps_titles || self.begun.prompt.is_empty() {
                return Match::None;
            }
        }
        let title = Some(self.begun.title.as_str()).filter(|title| !title.is_empty());
        let wanted = Wanted { prompt: &self.begun.prompt, title, source: &self.begun.source, keeps_titles };
        let cut = self.is_cut.then(|| beginning(shown.prompt));
        wanted.compare(&Shown { prompt: cut.as_deref().unwrap_or(shown.prompt), ..*shown }, &self.start)
    }

    /// Whether the results of both cannot be distinguished.
    fn is_equal(&self, other: &Self) -> bool {
        let Begun { prompt, title, source, .. } = &self.begun;
        (prompt, title, source) == (&other.begun.prompt, &other.begun.title, &other.begun.source)
    }
}

/// Whether this session proves that the service keeps titles: its title has the marker of a batch, and its prompt does not. A batch with
/// a single item usually finds this proof only in a session of another batch.
fn proves_titles(shown: &Shown<'_>, batch: &str) -> bool {
    let is_of_another =
        || Marker::at_end_of(shown.title).is_some_and(|inner| text::split_once(shown.prompt, inner).is_none());
    Marker::is_of_batch(shown.title, batch) || is_of_another()
}

/// What a complete list, newest first and without the sessions of other items, proves about each of these creates. A session is
/// the result of at most one. `keeps_titles`: whether the service is known to keep titles; otherwise the list may prove it.
pub fn recover(sought: &[Sought], shown: &[Shown<'_>], batch: &str, keeps_titles: bool) -> Vec<Certainty<usize>> {
    let keeps_titles = keeps_titles || shown.iter().any(|shown| proves_titles(shown, batch));
    let mut is_taken = vec![false; shown.len()];
    let mut certainties = Vec::new();
    for (number, create) in sought.iter().enumerate() {
        let matches = shown.iter().zip(&is_taken).enumerate().map(|(index, (shown, is_taken))| {
            (index, if *is_taken { Match::None } else { create.compare(shown, keeps_titles) })
        });
        let equals = sought.iter().skip(number).filter(|other| other.is_equal(create)).count();
        let certainty = weigh(matches, equals);
        if let Certainty::Found(index) = certainty {
            is_taken.iter_mut().skip(index).take(1).for_each(|taken| *taken = true);
        }
        certainties.push(certainty);
    }
    certainties
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Timestamp;

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp::new(1_800_000_000 + seconds, 0))
    }

    fn sought(key: &str, title: Option<&str>) -> Sought {
        let title = title.map_or_else(|| Marker::of("abcdef", key).title(key), str::to_owned);
        Sought::new(Begun { prompt: "Fix it".into(), title, source: String::new(), since: at(0) }, "abcdef", key)
    }

    fn shown(title: &str) -> Shown<'_> {
        Shown { prompt: "Fix it", title, source: "", created: at(1) }
    }

    fn title(key: &str) -> String {
        Marker::of("abcdef", key).title(key)
    }

    #[test]
    fn identical_prompts_are_distinguished_by_their_markers() {
        let (a, b) = (title("a"), title("b"));
        let list = [shown(&b), shown("Fix it"), shown(&a)];
        let found = recover(&[sought("a", None), sought("b", None), sought("c", None)], &list, "abcdef", false);
        assert_eq!(found, [Certainty::Found(2), Certainty::Found(0), Certainty::NotThere]);
    }

    #[test]
    fn while_titles_may_not_be_kept_an_equal_prompt_is_a_candidate() {
        let found = |keeps| recover(&[sought("a", None)], &[shown("Fix it")], "abcdef", keeps);
        assert_eq!([false, true].map(found), [[Certainty::Unknown(vec![0])], [Certainty::NotThere]]);
    }

    #[test]
    fn a_derived_title_of_another_batch_proves_that_titles_are_kept_unless_the_prompt_contains_it() {
        let other = Marker::of("xyz234", "b").title("b");
        let found = |list: &[Shown<'_>]| recover(&[sought("a", None)], list, "abcdef", false);
        assert_eq!(found(&[shown("Fix it"), shown(&other)]), [Certainty::NotThere]);
        let copied = Shown { prompt: &other, ..shown(&other) };
        assert_eq!(found(&[shown("Fix it"), copied]), [Certainty::Unknown(vec![0])]);
    }

    #[test]
    fn the_beginning_of_a_prompt_makes_a_candidate() {
        let prompt = "Fix it. ".repeat(99);
        let begun = Begun { prompt: beginning(&prompt), title: title("a"), source: String::new(), since: at(0) };
        let sought = [Sought::with_beginning(begun, "abcdef", "a")];
        let of = |prompt| recover(&sought, &[Shown { prompt, ..shown("Fix it") }], "abcdef", false);
        assert_eq!([of(&prompt), of("Do it")], [[Certainty::Unknown(vec![0])], [Certainty::NotThere]]);
    }

    #[test]
    fn equal_creates_with_a_given_title_share_their_results() {
        let both = [sought("a", Some("Login")), sought("b", Some("Login"))];
        let list = [shown("Login"), shown("Login"), shown("Login")];
        let certainties = |shown: usize| recover(&both, &list[..shown], "abcdef", false);
        assert_eq!(certainties(0), [Certainty::NotThere, Certainty::NotThere]);
        assert_eq!(certainties(1), [Certainty::Found(0), Certainty::NotThere]);
        assert_eq!(certainties(2), [Certainty::Found(1), Certainty::Found(0)]);
        assert!(matches!(certainties(3)[0], Certainty::Unknown(_)));
    }

    #[test]
    fn an_item_without_a_record_is_found_by_its_marker_alone() {
        let lost = || Sought::of_lost_record("abcdef", "a");
        let list = [shown("Fix it"), shown("Another")];
        assert_eq!(recover(&[lost()], &list, "abcdef", false), [Certainty::NotThere]);
        let marked = title("a");
        assert_eq!(recover(&[lost()], &[shown(&marked)], "abcdef", false), [Certainty::Found(0)]);
    }
}
