//! Where short strings are put together: those of a document, and those that cross to JavaScript.

use super::run::{BLOCK, Bytes, first, high, marks, up_to};

/// Text that is written a block at a time, of which only the beginning may count. A copy of unknown length would be a
/// call for each string, which in wasm costs more than the copy.
#[derive(Debug, Default)]
pub(in crate::core) struct Arena {
    bytes: Vec<u8>,
    /// How much of it counts.
    pub(in crate::core) filled: usize,
}

impl Arena {
    pub(super) fn of(room: usize) -> Self {
        Self { bytes: vec![0; room + BLOCK], filled: 0 }
    }

    /// Copies what there is up to the first quote, and tells how long that is and whether all is ASCII. `None` where it has
    /// no end in sight, or other marks in it.
    #[inline(always)]
    pub(super) fn copy_plain(&mut self, mut from: &[u8]) -> Option<(usize, bool)> {
        let mut room = self.bytes.get_mut(self.filled..)?;
        let mut length = 0;
        let mut beyond_ascii = 0;
        loop {
            let (block, rest): (&Bytes, _) = from.split_first_chunk()?;
            let (place, more): (&mut Bytes, _) = room.split_first_chunk_mut()?;
            *place = *block;
            let marks = marks(block);
            if marks != 0 {
                let last = first(marks);
                if block.get(last) != Some(&b'"') {
                    return None;
                }
                return Some((length + last, (beyond_ascii | high(block) & up_to(last)) == 0));
            }
            beyond_ascii |= high(block);
            length += BLOCK;
            (from, room) = (rest, more);
        }
    }

    /// Adds all of this if it is ASCII; tells whether it is.
    #[inline(never)]
    pub(in crate::core) fn push_ascii(&mut self, bytes: &[u8]) -> bool {
        let end = self.filled + bytes.len();
        while self.bytes.len() < end {
            self.grow();
        }
        let is_ascii = self.bytes.get_mut(self.filled..end).is_some_and(|room| copy_ascii(bytes, room));
        if is_ascii {
            self.filled = end;
        }
        is_ascii
    }

    /// Writes a block behind what counts.
    #[inline(always)]
    pub(super) fn put(&mut self, block: &Bytes) {
        loop {
            if let Some(place) = self.bytes.get_mut(self.filled..).and_then(<[u8]>::first_chunk_mut) {
                *place = *block;
                return;
            }
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.bytes.resize(4 * self.bytes.len() + 64 * BLOCK, 0);
    }

    pub(super) fn add(&mut self, character: char) {
        let mut block = [0; BLOCK];
        let length = character.encode_utf8(&mut block).len();
        self.put(&block);
        self.filled += length;
    }

    pub(super) fn from(&self, start: usize) -> &[u8] {
        self.bytes.get(start..self.filled).unwrap_or_default()
    }

    /// Makes the bytes from `start` on UTF-8, if they are not.
    #[cold]
    pub(super) fn mend(&mut self, start: usize) {
        if std::str::from_utf8(self.from(start)).is_err() {
            let mended = String::from_utf8_lossy(self.from(start)).into_owned();
            self.bytes.truncate(start);
            self.bytes.extend_from_slice(mended.as_bytes());
            self.filled = self.bytes.len();
        }
    }

    pub(in crate::core) fn whole(mut self) -> Vec<u8> {
        self.bytes.truncate(self.filled);
        self.bytes
    }
}

/// Copies as long as it is ASCII; tells whether all is. The last block, or what is shorter than one, is copied from its
/// end: that a part is copied twice does no harm. (Loops without an early end the compiler would make calls of.)
#[inline(always)]
fn copy_ascii(mut from: &[u8], mut to: &mut [u8]) -> bool {
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    if let (Some(end), Some(place)) = (from.last_chunk(), to.last_chunk_mut()) {
        *place = *end;
        if high(end) != 0 {
            return false;
        }
        while let (Some((block, rest)), Some((place, room))) = (from.split_first_chunk(), to.split_first_chunk_mut()) {
            *place = *block;
            if high(block) != 0 {
                return false;
            }
            (from, to) = (rest, room);
        }
        return true;
    }
    if let (Some(start), Some(end)) = (from.first_chunk(), from.last_chunk()) {
        if let Some(place) = to.first_chunk_mut::<8>() {
            *place = *start;
        }
        if let Some(place) = to.last_chunk_mut::<8>() {
            *place = *end;
        }
        return (u64::from_le_bytes(*start) | u64::from_le_bytes(*end)) & HIGH == 0;
    }
    for (byte, place) in from.iter().zip(to) {
        *place = *byte;
        if !byte.is_ascii() {
            return false;
        }
    }
    true
}
