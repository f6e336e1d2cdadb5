//! Rows: the few short texts of each entry of a page that decisions need. The host reads those of a whole page in one call.

use super::json_view::JsonView;

/// The separator of texts in a host's rows, which does not occur in ids, times and names of states.
pub const SEPARATOR: char = '\u{1f}';

/// An entry of a page that can be read from its row.
pub trait FromRow<J>: Sized {
    /// The field of a page that contains the entries.
    const LIST: &'static str;

    /// The number of texts in a row.
    const LENGTH: usize;

    /// The row of one entry, read field by field.
    fn row(entry: &J) -> Vec<String>;

    /// The entry of this row. A missing text counts as empty.
    fn from_row(row: &[&str], entry: J) -> Self;

    /// Reads a single entry.
    fn read(entry: J) -> Self {
        let row = Self::row(&entry);
        Self::from_row(&row.iter().map(String::as_str).collect::<Vec<_>>(), entry)
    }
}

/// The entries of a page.
pub fn entries<J: JsonView, T: FromRow<J>>(page: J) -> Vec<T> {
    let rows = page.rows(T::LIST);
    let entries = page.entries(T::LIST);
    let texts: Vec<_> = rows.as_deref().unwrap_or_default().split(SEPARATOR).collect();
    // A text that contains the separator would shift all later ones.
    if rows.is_none() || texts.len() != T::LENGTH * entries.len() {
        return entries.into_iter().map(T::read).collect();
    }
    texts.chunks(T::LENGTH).zip(entries).map(|(row, entry)| T::from_row(row, entry)).collect()
}

/// The name and the id of a resource. If one is missing it is derived from the other; both are empty if both are missing.
pub fn name_and_id(json: &impl JsonView, prefix: &str) -> (String, String) {
    match (json.text("name"), json.text("id")) {
        (Some(name), Some(id)) => (name, id),
        (Some(name), None) => {
            let id = name.rsplit('/').next().unwrap_or_default().to_owned();
            (name, id)
        }
        (None, Some(id)) => ([prefix, &id].concat(), id),
        (None, None) => Default::default(),
    }
}
