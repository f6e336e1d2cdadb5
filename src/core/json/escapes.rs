//! What JSON has between the quotes of a string, as text, without reading it as JSON once more: it was read before, when
//! it was found.

use crate::core::block::{BLOCK, Block, padded};

/// The character of the escape with which `bytes` begin, and how many bytes that takes. Half a pair of surrogates is no
/// character; it reads as U+FFFD. A backslash that begins no escape stands for itself.
pub fn escape(bytes: &[u8]) -> (char, usize) {
    bytes.get(1).and_then(|letter| short(*letter)).map_or_else(|| long(bytes), |byte| (char::from(byte), 2))
}

/// What a backslash and this letter stand for.
#[inline(always)]
pub(super) fn short(letter: u8) -> Option<u8> {
    Some(match letter {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x8,
        b'f' => 0xC,
        b'"' | b'\\' | b'/' => letter,
        _ => return None,
    })
}

/// `\u` and four digits, or twice that.
fn long(bytes: &[u8]) -> (char, usize) {
    const LENGTH: usize = 6;
    let Some(first) = unit(bytes) else { return ('\\', 1) };
    let second = bytes.get(LENGTH..).and_then(unit);
    match second.and_then(|second| pair(first, second)) {
        Some(character) => (character, 2 * LENGTH),
        None => (alone(first), LENGTH),
    }
}

/// Whether a unit of UTF-16 is the first half of a pair.
pub(super) fn begins_pair(unit: u32) -> bool {
    (0xD800..0xDC00).contains(&unit)
}

/// The character of two units, if they are the halves of a pair.
pub(super) fn pair(first: u32, second: u32) -> Option<char> {
    let is_pair = begins_pair(first) && (0xDC00..0xE000).contains(&second);
    let code = is_pair.then(|| 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00));
    code.and_then(char::from_u32)
}

/// The character of a unit that is none of a pair; half of one is no character.
pub(super) fn alone(unit: u32) -> char {
    char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(..6)?.strip_prefix(br"\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// Text that is put together of pieces of such strings.
#[derive(Debug)]
pub struct Unescaped {
    /// Longer than the text by some blocks, which are written as wholes.
    room: Vec<u8>,
    length: usize,
}

impl Unescaped {
    /// Room for as many bytes as are in all pieces: no escape is shorter than what it stands for.
    pub fn with_room_for(bytes: usize) -> Self {
        Self { room: vec![0; bytes + 2 * BLOCK], length: 0 }
    }

    /// Adds what these bytes stand for, up to a line end and with that, and goes past it; false if there is none.
    pub fn add_line(&mut self, bytes: &mut &[u8]) -> bool {
        let mut rest = *bytes;
        let mut byte = 0;
        while byte != b'\n' && !rest.is_empty() {
            let run = self.add_run(rest);
            rest = rest.get(run..).unwrap_or_default();
            let Some([b'\\', letter]) = rest.first_chunk() else {
                // Not even half an escape, or the block had none.
                if rest == b"\\" {
                    rest = &[];
                    self.push('\\');
                }
                continue;
            };
            let length = match short(*letter) {
                Some(short) => {
                    byte = short;
                    self.push(char::from(byte));
                    2
                }
                None => {
                    let (character, length) = long(rest);
                    byte = if character == '\n' { b'\n' } else { 0 };
                    self.push(character);
                    length
                }
            };
            rest = rest.get(length..).unwrap_or_default();
        }
        *bytes = rest;
        byte == b'\n'
    }

    /// Adds what is before the first backslash, a block at most, and tells how much that is.
    #[inline(always)]
    fn add_run(&mut self, bytes: &[u8]) -> usize {
        let last;
        let block = match bytes.first_chunk() {
            Some(block) => block,
            None => {
                last = padded(bytes);
                &last
            }
        };
        if let Some(room) = self.room.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut) {
            *room = *block;
        }
        let backslash = Block::of(block).places_of(b'\\').bits().trailing_zeros() as usize;
        let run = backslash.min(bytes.len());
        self.length += run;
        run
    }

    /// Adds a character.
    #[inline(always)]
    pub fn push(&mut self, character: char) {
        let room = self.room.get_mut(self.length..).unwrap_or_default();
        if let (true, Some(first)) = (character.is_ascii(), room.first_mut()) {
            *first = character as u8;
            self.length += 1;
        } else if room.len() >= character.len_utf8() {
            self.length += character.encode_utf8(room).len();
        }
    }

    /// Adds bytes as they are.
    pub fn add_plain(&mut self, bytes: &[u8]) {
        if let Some(room) = self.room.get_mut(self.length..self.length + bytes.len()) {
            room.copy_from_slice(bytes);
            self.length += bytes.len();
        }
    }

    /// Takes off the last byte, which is a character.
    pub fn pop(&mut self) {
        self.length = self.length.saturating_sub(1);
    }

    /// The text. Bytes that are no UTF-8 read as U+FFFD.
    pub fn into_text(mut self) -> String {
        self.room.truncate(self.length);
        String::from_utf8(self.room).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

/// The string that stands between quotes as `bytes`.
///
/// ```
/// assert_eq!(jules_wasm::core::json::unescaped(br"a\nb"), "a\nb");
/// ```
pub fn unescaped(mut bytes: &[u8]) -> String {
    let mut text = Unescaped::with_room_for(bytes.len());
    while text.add_line(&mut bytes) {}
    text.into_text()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::{Node, decode};
    use super::*;
    use proptest::prelude::*;

    /// Pieces of what may be between quotes, so that all kinds of escapes meet.
    fn inside() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            prop::sample::select(vec![r"\n", r"\t", r"\r", r"\b", r"\f", r"\/", r"\\", "\\\"", r"\u000a", r"\u00e9"]),
            prop::sample::select(vec![
                r"\ud83d",
                r"\uDE00",
                r"\ud83d\ude00",
                "é",
                "😀",
                "a",
                "nu",
                "sixteen letters.",
                ""
            ]),
        ];
        let bytes = prop_oneof![9 => piece.prop_map(|piece| piece.as_bytes().to_vec()), 1 => Just(vec![0xE9])];
        prop::collection::vec(bytes, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn it_reads_as_the_reader_does(inside in inside()) {
            let document = decode(&[b"\"", &inside[..], b"\""].concat()).unwrap();
            let text = Node::of(&document).text();
            prop_assert_eq!(unescaped(&inside), text.as_str());
        }

        #[test]
        fn no_bytes_make_it_longer_or_panic(bytes in prop::collection::vec(prop::sample::select(b"\\nu0dD8ac\"\n\xE9x".to_vec()), 0..50)) {
            let mut text = Unescaped::with_room_for(bytes.len());
            let mut rest = &bytes[..];
            while text.add_line(&mut rest) {}
            prop_assert!(rest.is_empty() && text.length <= bytes.len());
        }
    }

    #[test]
    fn what_is_no_escape_stands_for_itself() {
        for text in [r"\", r"\x", r"\u12", r"a\u12g4b", r"\é"] {
            assert_eq!(unescaped(text.as_bytes()), text);
        }
    }
}
