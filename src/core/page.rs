//! A page of a list.

use super::error::{Error, ErrorKind};
use super::json_view::JsonView;
use super::row::{self, FromRow};
use super::text;

/// The service's maximum page size.
pub const MAX_PAGE_SIZE: u32 = 100;

/// One page of a list.
#[derive(Debug, Clone, Default)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The token of the next page. A page may be empty although another one follows.
    pub next_page_token: Option<String>,
    /// The limit of entries per page from now on, after larger pages of this list were too large to read.
    pub most_entries: Option<u64>,
    /// The pages of the list up to this one.
    pub trail: Trail,
}

/// How many pages in a row may be empty. A service that filters what it has read may return many of them.
const MOST_EMPTY: usize = 500;

/// The pages of a list that were read: what shows that the list is endless.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail(
    /// The token of each page, between line breaks, and then a space for each empty page at the end. One string needs less code than
    /// a list and a number.
    String,
);

impl Trail {
    /// As the façade has kept it.
    pub fn of(text: Option<String>) -> Self {
        Self(text.unwrap_or_default())
    }

    /// As text.
    pub fn into_text(self) -> String {
        self.0
    }

    /// The trail after the page with this token.
    #[must_use]
    pub fn after(&self, token: Option<&str>, is_empty: bool) -> Self {
        let tokens = self.0.trim_end_matches(' ');
        let added = token.map(between_breaks).unwrap_or_default();
        let empty = " ".repeat(if is_empty { self.empty() + 1 } else { 0 });
        Self([tokens, &added, &empty].concat())
    }

    /// The number of empty pages at its end.
    fn empty(&self) -> usize {
        self.0.len() - self.0.trim_end_matches(' ').len()
    }

    /// Whether the page with this token may be read after these.
    ///
    /// # Errors
    /// The service repeats a page token, or returns nothing but empty pages.
    pub fn leads_to(&self, token: Option<&str>) -> Result<(), Error> {
        let is_repeated = token.is_some_and(|token| text::split_once(&self.0, &between_breaks(token)).is_some());
        let problem = if is_repeated {
            "the service has repeated the token of a page"
        } else if self.empty() >= MOST_EMPTY {
            "the last 500 pages were empty, and there is another one"
        } else {
            return Ok(());
        };
        let message =
            ["The list cannot be read to its end: ", problem, ". What was read of it is incomplete. Try again later."];
        Err(Error::new(ErrorKind::Decode, message.concat()))
    }
}

fn between_breaks(token: &str) -> String {
    ["\n", token, "\n"].concat()
}

impl<T> Page<T> {
    /// Reads a page.
    pub fn read<J: JsonView>(page: J) -> Self
    where
        T: FromRow<J>,
    {
        Self {
            next_page_token: next_page_token(&page),
            items: row::entries(page),
            most_entries: None,
            trail: Trail::default(),
        }
    }
}

/// The token of the next page.
pub fn next_page_token(page: &impl JsonView) -> Option<String> {
    page.text("nextPageToken")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(trail: &Trail, token: &str) -> Option<String> {
        trail.leads_to(Some(token)).err().map(|error| error.message.clone())
    }

    #[test]
    fn a_token_leads_on_unless_it_was_used_before() {
        let trail = Trail::default().after(None, true).after(Some("a"), false).after(Some("bb"), true);
        for (token, is_repeated) in [("a", true), ("bb", true), ("b", false), ("c", false)] {
            assert_eq!(problem(&trail, token).is_some_and(|text| text.contains("repeated")), is_repeated, "{token}");
        }
        assert_eq!(Trail::of(Some(trail.clone().into_text())), trail);
    }

    #[test]
    fn empty_pages_in_a_row_lead_on_up_to_a_limit() {
        let walk = |count: usize, trail: Trail| {
            (0..count).fold(trail, |trail, number| trail.after(Some(&number.to_string()), true))
        };
        let long = walk(MOST_EMPTY - 1, Trail::default());
        assert_eq!(problem(&long, "next"), None);
        assert!(problem(&long.after(Some("x"), true), "next").is_some_and(|text| text.contains("empty")));
        assert_eq!(problem(&walk(1, long.after(Some("y"), false)), "next"), None);
    }
}
