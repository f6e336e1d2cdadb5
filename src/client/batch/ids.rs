//! Ids of sessions.

/// The ids of sessions, sorted. A vector needs less code than a map.
#[derive(Default)]
pub(super) struct Ids(Vec<String>);

impl Ids {
    fn place(&self, id: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|known| known.as_str().cmp(id))
    }

    pub(super) fn insert(&mut self, id: &str) {
        if let Err(place) = self.place(id) {
            self.0.insert(place, id.to_owned());
        }
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Ok(place) = self.place(id) {
            self.0.remove(place);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &String> {
        self.0.iter()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.place(id).is_ok()
    }
}
