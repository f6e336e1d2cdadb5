//! Values under keys that stay good until their value is removed, and are never taken for those of another value.

/// Names a value of a [`Slab`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::client) struct Key {
    index: u32,
    turn: u32,
}

/// Many values of one kind.
#[derive(Debug)]
pub(super) struct Slab<T> {
    /// Each with the turn at which it was put here.
    slots: Vec<Option<(u32, T)>>,
    free: Vec<u32>,
    /// Counts the values that were ever here.
    turns: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), turns: 0 }
    }
}

impl<T> Slab<T> {
    pub(super) fn insert(&mut self, value: T) -> Key {
        let turn = self.turns;
        self.turns = turn.wrapping_add(1);
        let filled = Some((turn, value));
        let free = self.free.pop();
        match free.and_then(|index| Some((index, self.slots.get_mut(index as usize)?))) {
            Some((index, slot)) => {
                *slot = filled;
                Key { index, turn }
            }
            None => {
                self.slots.push(filled);
                Key { index: u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX), turn }
            }
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&T> {
        let (turn, value) = self.slots.get(key.index as usize)?.as_ref()?;
        (*turn == key.turn).then_some(value)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let (turn, value) = self.slots.get_mut(key.index as usize)?.as_mut()?;
        (*turn == key.turn).then_some(value)
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<T> {
        let (_, value) = self.slots.get_mut(key.index as usize)?.take_if(|(turn, _)| *turn == key.turn)?;
        self.free.push(key.index);
        if self.is_empty() {
            // Ten thousand waits that are over leave no memory behind.
            (self.slots, self.free) = (Vec::new(), Vec::new());
        }
        Some(value)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.free.len() == self.slots.len()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (Key, &mut T)> {
        (0..).zip(&mut self.slots).filter_map(|(index, slot)| {
            let (turn, value) = slot.as_mut()?;
            Some((Key { index, turn: *turn }, value))
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        (0..).zip(&self.slots).filter_map(|(index, slot)| {
            let (turn, value) = slot.as_ref()?;
            Some((Key { index, turn: *turn }, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_good_for_its_own_value_and_for_no_later_one() {
        let mut slab = Slab::default();
        let (a, b) = (slab.insert('a'), slab.insert('b'));
        assert_eq!(slab.remove(a), Some('a'));
        let c = slab.insert('c');
        assert_eq!((slab.get(a), slab.get(b), slab.get(c)), (None, Some(&'b'), Some(&'c')));
        assert_eq!((slab.remove(a), slab.get_mut(c).copied()), (None, Some('c')));
        assert_eq!(slab.iter().map(|(_, value)| *value).collect::<String>(), "cb");
    }

    #[test]
    fn what_is_emptied_keeps_no_memory_and_no_key_of_before() {
        let mut slab = Slab::default();
        let keys: Vec<_> = (0..100).map(|n| slab.insert(n)).collect();
        assert!(keys.iter().all(|key| slab.remove(*key).is_some()) && slab.is_empty());
        assert_eq!(slab.slots.capacity() + slab.free.capacity(), 0);
        let again = slab.insert(7);
        assert!(keys.iter().all(|key| slab.get(*key).is_none()));
        assert_eq!(slab.get(again), Some(&7));
    }
}
