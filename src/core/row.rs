//! What decisions need of each entry of a page: a few short texts. The host reads those of a whole page at once.

use super::json_view::JsonView;

/// What stands between two texts of a host's rows. Ids, times and names of states have no such character.
pub const SEPARATOR: char = '\u{1f}';

/// An entry of a page as decisions see it, with the entry itself.
pub trait FromRow<J>: Sized {
    /// The field in which a page has its entries.
    const LIST: &'static str;

    /// How many texts make a row.
    const LENGTH: usize;

    /// The row of one entry, read field by field.
    fn row(entry: &J) -> Vec<String>;

    /// The entry of this row. A text that is missing counts as empty.
    fn from_row(row: &[&str], entry: J) -> Self;

    /// One entry by itself.
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
    // A text with the separator in it would move all that come after it.
    if rows.is_none() || texts.len() != T::LENGTH * entries.len() {
        return entries.into_iter().map(T::read).collect();
    }
    texts.chunks(T::LENGTH).zip(entries).map(|(row, entry)| T::from_row(row, entry)).collect()
}

/// The name and the id of a resource, each made of the other where one is missing; both empty if there is neither.
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
