//! Patches, for the façade.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::exchange::to_js;
use crate::core::diff;

/// The files of a patch, with the places of their parts in it, as JavaScript counts. The patch comes as bytes: a string
/// argument of a megabyte costs a hundred times as much.
#[wasm_bindgen(js_name = parsePatch)]
pub fn parse_patch(patch: &[u8]) -> JsValue {
    let lossy;
    let patch = match std::str::from_utf8(patch) {
        Ok(patch) => patch,
        Err(_) => {
            lossy = String::from_utf8_lossy(patch);
            &lossy
        }
    };
    let mut sections = diff::sections(patch);
    diff::in_utf16(patch, &mut sections);
    to_js(&sections)
}
