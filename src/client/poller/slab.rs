//! A slab with generational keys: a key stays valid until its value is removed, and never refers to another value.

/// The key of a value of a [`Slab`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::client) struct Key {
    index: u32,
    generation: u32,
}

/// The number of values in a row. A single row would be copied each time it grows, and be half empty.
const ROW: usize = 64;

type Slot<T> = Option<(u32, T)>;

/// A collection of values with stable keys.
#[derive(Debug)]
pub(super) struct Slab<T> {
    /// The values with their generation. All rows except the last are full.
    rows: Vec<Vec<Slot<T>>>,
    free: Vec<u32>,
    /// The number of slots, and of all values ever inserted.
    slots: u32,
    generations: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), free: Vec::new(), slots: 0, generations: 0 }
    }
}

impl<T> Slab<T> {
    pub(super) fn insert(&mut self, value: T) -> Key {
        // Generations start at 1, so that the default key is never valid.
        self.generations = self.generations.wrapping_add(1).max(1);
        let generation = self.generations;
        let filled = Some((generation, value));
        let free = self.free.pop();
        match free.and_then(|index| Some((index, self.slot_mut(index)?))) {
            Some((index, slot)) => {
                *slot = filled;
                Key { index, generation }
            }
            None => {
                let index = self.slots;
                self.slots += 1;
                match self.rows.last_mut().filter(|row| row.len() < ROW) {
                    Some(row) => row.push(filled),
                    None => self.rows.push(vec![filled]),
                }
                Key { index, generation }
            }
        }
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot<T>> {
        let index = index as usize;
        self.rows.get_mut(index / ROW)?.get_mut(index % ROW)
    }

    pub(super) fn get(&self, key: Key) -> Option<&T> {
        let index = key.index as usize;
        let (generation, value) = self.rows.get(index / ROW)?.get(index % ROW)?.as_ref()?;
        (*generation == key.generation).then_some(value)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let (generation, value) = self.slot_mut(key.index)?.as_mut()?;
        (*generation == key.generation).then_some(value)
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<T> {
        let (_, value) = self.slot_mut(key.index)?.take_if(|(generation, _)| *generation == key.generation)?;
        self.free.push(key.index);
        if self.is_empty() {
            // Release the memory, for example after ten thousand waits.
            *self = Self { generations: self.generations, ..Self::default() };
        }
        Some(value)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.free.len() == self.slots as usize
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (Key, &mut T)> {
        (0..).zip(self.rows.iter_mut().flatten()).filter_map(|(index, slot)| {
            let (generation, value) = slot.as_mut()?;
            Some((Key { index, generation: *generation }, value))
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        (0..).zip(self.rows.iter().flatten()).filter_map(|(index, slot)| {
            let (generation, value) = slot.as_ref()?;
            Some((Key { index, generation: *generation }, value))
        })
    }
}

/// A list of keys that needs no allocation for a single one, the usual case.
#[derive(Debug, Default)]
pub(super) enum Keys {
    #[default]
    None,
    One(Key),
    Many(Vec<Key>),
}

impl Keys {
    pub(super) fn push(&mut self, key: Key) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(key),
            Self::One(first) => Self::Many(vec![first, key]),
            Self::Many(mut keys) => {
                keys.push(key);
                Self::Many(keys)
            }
        };
    }

    pub(super) fn remove(&mut self, key: Key) {
        match self {
            Self::One(only) if *only == key => *self = Self::None,
            Self::Many(keys) => keys.retain(|known| *known != key),
            Self::None | Self::One(_) => {}
        }
    }
}

impl std::ops::Deref for Keys {
    type Target = [Key];

    fn deref(&self) -> &[Key] {
        match self {
            Self::None => &[],
            Self::One(key) => std::slice::from_ref(key),
            Self::Many(keys) => keys,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_valid_only_for_its_own_value() {
        let mut slab = Slab::default();
        let (a, b) = (slab.insert('a'), slab.insert('b'));
        assert_eq!(slab.remove(a), Some('a'));
        let c = slab.insert('c');
        assert_eq!((slab.get(a), slab.get(b), slab.get(c)), (None, Some(&'b'), Some(&'c')));
        assert_eq!((slab.remove(a), slab.get_mut(c).copied()), (None, Some('c')));
        assert_eq!(slab.iter().map(|(_, value)| *value).collect::<String>(), "cb");
    }

    #[test]
    fn an_empty_slab_keeps_no_memory_and_no_valid_keys() {
        let mut slab = Slab::default();
        let keys: Vec<_> = (0..100).map(|n| slab.insert(n)).collect();
        assert!(keys.iter().all(|key| slab.remove(*key).is_some()) && slab.is_empty());
        assert_eq!(slab.rows.capacity() + slab.free.capacity(), 0);
        let again = slab.insert(7);
        assert!(keys.iter().all(|key| slab.get(*key).is_none()));
        assert_eq!(slab.get(again), Some(&7));
    }

    #[test]
    fn keys_keep_their_order() {
        let mut slab = Slab::default();
        let all: Vec<_> = (0..4).map(|n| slab.insert(n)).collect();
        let mut keys = Keys::default();
        for (count, key) in all.iter().enumerate() {
            assert_eq!(&*keys, &all[..count]);
            keys.push(*key);
        }
        keys.remove(all[1]);
        assert_eq!(&*keys, [all[0], all[2], all[3]]);
        all.iter().for_each(|key| keys.remove(*key));
        assert!(keys.is_empty());
        keys = Keys::default();
        keys.push(all[0]);
        keys.remove(all[1]);
        assert_eq!(&*keys, [all[0]]);
        keys.remove(all[0]);
        assert!(keys.is_empty());
    }
}
