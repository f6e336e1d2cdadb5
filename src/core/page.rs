//! A page of a list.

use super::json_view::JsonView;
use super::row::{self, FromRow};

/// One page of a list.
#[derive(Debug, Clone, Default)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Asks for the next page. A page may be empty and yet have a next one.
    pub next_page_token: Option<String>,
    /// How many entries are asked for at most from now on: larger pages of this list are too large to be read.
    pub most_entries: Option<u64>,
}

impl<T> Page<T> {
    /// Reads a page.
    pub fn read<J: JsonView>(page: J) -> Self
    where
        T: FromRow<J>,
    {
        Self { next_page_token: next_page_token(&page), items: row::entries(page), most_entries: None }
    }
}

/// The token of the page after this one.
pub fn next_page_token(page: &impl JsonView) -> Option<String> {
    page.text("nextPageToken")
}
