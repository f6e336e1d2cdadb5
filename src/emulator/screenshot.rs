//! A screenshot: a small drawing of a web page, as a PNG.

const WIDTH: usize = 200;
const HEIGHT: usize = 120;
const PIXELS_PER_BYTE: usize = 4;

/// The colours of background, bar, card and accent.
type Palette = [[u8; 3]; 4];

const PALETTES: [Palette; 3] = [
    [[0xfa, 0xf7, 0xf2], [0x5d, 0x40, 0x37], [0xe8, 0xdc, 0xce], [0xc6, 0x8b, 0x59]],
    [[0xf5, 0xf8, 0xfa], [0x1f, 0x3a, 0x5f], [0xd8, 0xe3, 0xec], [0x3a, 0x86, 0xb7]],
    [[0xf6, 0xf9, 0xf4], [0x2f, 0x4f, 0x3a], [0xd9, 0xe8, 0xd8], [0x6a, 0xa8, 0x5c]],
];

/// The PNG as base64, as in an artifact. `choice` selects the colours and how many cards are done.
pub(super) fn png_base64(choice: u64) -> String {
    base64(&png(choice))
}

fn png(choice: u64) -> Vec<u8> {
    let choice = usize::try_from(choice % 3).unwrap_or(0);
    let palette = PALETTES.get(choice).unwrap_or(&PALETTES[0]);
    let mut rows = Vec::with_capacity(HEIGHT * (1 + WIDTH / PIXELS_PER_BYTE));
    for y in 0..HEIGHT {
        // Each row begins with its filter type: none.
        rows.push(0);
        for x in (0..WIDTH).step_by(PIXELS_PER_BYTE) {
            rows.push((0..PIXELS_PER_BYTE).fold(0, |byte, offset| byte << 2 | colour(x + offset, y, choice)));
        }
    }
    let side = |length: usize| u32::try_from(length).unwrap_or(0).to_be_bytes();
    let mut header = Vec::from(side(WIDTH));
    header.extend(side(HEIGHT));
    // Two bits per pixel, colours from a palette.
    header.extend([2, 3, 0, 0, 0]);

    let mut png = Vec::from(*b"\x89PNG\r\n\x1a\n");
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"PLTE", palette.as_flattened());
    chunk(&mut png, b"IDAT", &zlib(&rows));
    chunk(&mut png, b"IEND", &[]);
    png
}

/// The colour of a pixel of a browser window: a bar with three buttons, a heading, lines of text, and cards of which `done`
/// are done.
fn colour(x: usize, y: usize, done: usize) -> u8 {
    let within = |left: usize, top: usize, width: usize, height: usize| {
        (left..left + width).contains(&x) && (top..top + height).contains(&y)
    };
    if y < 16 {
        return if (0..3).any(|button| within(8 + 10 * button, 5, 6, 6)) { 2 } else { 1 };
    }
    if within(14, 26, 90, 8) {
        return 1;
    }
    if within(14, 40, 150, 3) || within(14, 46, 120, 3) {
        return 2;
    }
    for card in 0..3 {
        let left = 14 + 60 * card;
        if within(left + 8, 68, 36, 18) {
            return if card <= done { 3 } else { 0 };
        }
        if within(left + 8, 92, 28, 3) {
            return 1;
        }
        if within(left, 60, 52, 46) {
            return 2;
        }
    }
    0
}

/// The zlib format with one stored, uncompressed block: the data is small.
fn zlib(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let mut out = vec![0x78, 0x01, 0x01];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(data);
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65_521;
        (a, (a + b) % 65_521)
    });
    out.extend((b << 16 | a).to_be_bytes());
    out
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    png.extend(kind);
    png.extend(data);
    let checked = kind.iter().chain(data);
    png.extend((!checked.fold(u32::MAX, |crc, &byte| crc32_step(crc, byte))).to_be_bytes());
}

fn crc32_step(crc: u32, byte: u8) -> u32 {
    (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| bits << 8 | usize::from(group.get(at).copied().unwrap_or(0)));
        for place in 0..4 {
            let letter = if place <= group.len() { ALPHABET.get(bits >> (18 - 6 * place) & 63) } else { None };
            text.push(char::from(letter.copied().unwrap_or(b'=')));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_encoded_as_base64_with_padding() {
        let written = ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes()));
        assert_eq!(written, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }

    #[test]
    fn a_chunk_ends_with_the_checksum_that_png_readers_expect() {
        let mut end = Vec::new();
        chunk(&mut end, b"IEND", &[]);
        assert_eq!(end, b"\0\0\0\0IEND\xae\x42\x60\x82");
    }
}
