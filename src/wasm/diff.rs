//! Patches, for the façade.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::core::diff::{self, FileSection, Patch, Told};

#[wasm_bindgen]
extern "C" {
    /// A text that the façade has, as UTF-8.
    pub type Pieces;

    /// Writes the next piece, of [`PIECE`] bytes at most, and gives their number; 0 at the end.
    #[wasm_bindgen(method)]
    fn next(this: &Pieces, into: &mut [u8]) -> usize;

    /// Where the façade makes files.
    pub type Files;

    /// Makes them. The words are this instance's own memory, to be read before this returns.
    #[wasm_bindgen(method)]
    fn add(this: &Files, words: &[u32], text: &str);
}

/// How many bytes a piece may have.
const PIECE: usize = 3 << 14;

fn tell(files: &Files, sections: &[FileSection<'_>]) {
    let Told { words, text } = Told::of(sections);
    files.add(&words, &text);
}

/// The files of a patch that an answer holds, with the places of their parts in it. The bytes are what JSON has between
/// the quotes of a string, so that nothing need be made a string to be read.
#[wasm_bindgen(js_name = parsePatch)]
pub fn parse_patch(json: &[u8], files: &Files) {
    tell(files, &diff::sections(Patch::json(json)));
}

/// The files of a text of so many units of UTF-16, with places as JavaScript counts. The text comes in pieces: a string
/// argument of a megabyte costs a hundred times as much, and a new array of all bytes ten times.
#[wasm_bindgen(js_name = parsePatchText)]
pub fn parse_patch_text(text: &Pieces, units: usize, files: &Files) {
    let room = PIECE.min(3 * units);
    let mut bytes = vec![0; units + room];
    let mut length = 0;
    loop {
        if bytes.len() - length < room {
            bytes.resize(bytes.len() + units / 2 + room, 0);
        }
        match text.next(bytes.get_mut(length..).unwrap_or_default()) {
            0 => break,
            written => length += written,
        }
    }
    bytes.truncate(length);
    let mut sections = diff::sections(Patch::plain(&bytes));
    if length != units {
        diff::in_utf16(&bytes, &mut sections);
    }
    tell(files, &sections);
}

/// The content of a file of a patch that an answer holds, by the lines that create it.
#[wasm_bindgen(js_name = patchContent)]
pub fn content(lines: &[u8]) -> String {
    diff::content(Patch::json(lines))
}
