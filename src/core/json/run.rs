//! Looking for the end of what can be copied as it is.

/// How many bytes there are before the first quote, backslash or control character, and whether all are ASCII. Eight at
/// a time: of a word's bytes below 0x80 those that are zero, or less than a space, get their highest bit.
#[inline]
pub(super) fn plain_run(bytes: &[u8]) -> (usize, bool) {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let mut length = 0;
    let mut seen = 0;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
        let quote = word ^ (ONES * 0x22);
        let backslash = word ^ (ONES * 0x5C);
        let zeros = quote.wrapping_sub(ONES) & !quote | backslash.wrapping_sub(ONES) & !backslash;
        let found = (zeros | word.wrapping_sub(ONES * 0x20) & !word) & HIGH;
        if found != 0 {
            let before = found.trailing_zeros() & !7;
            seen |= word & HIGH & !(u64::MAX << before);
            return (length + before as usize / 8, seen == 0);
        }
        seen |= word & HIGH;
        length += 8;
    }
    let mut is_ascii = seen == 0;
    for byte in chunks.remainder() {
        if matches!(byte, b'"' | b'\\' | ..0x20) {
            break;
        }
        is_ascii &= byte.is_ascii();
        length += 1;
    }
    (length, is_ascii)
}
