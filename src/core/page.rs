//! A page of a list.

use super::json_view::JsonView;
use super::row::{self, FromRow};

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
    /// Whether the token of the next page was left out because it was used before: the list cannot be read to its end.
    pub repeats_token: bool,
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
            repeats_token: false,
        }
    }
}

/// The token of the next page.
pub fn next_page_token(page: &impl JsonView) -> Option<String> {
    page.text("nextPageToken")
}
