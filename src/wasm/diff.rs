//! Patches, for the façade.

use std::borrow::Cow;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::exchange::to_js;
use crate::core::diff;
use crate::core::json;

/// The files of a patch, with the places of their parts in it, as JavaScript counts. The patch comes as bytes: a string
/// argument of a megabyte costs a hundred times as much. With `is_json` they are what JSON has between the quotes of a
/// string, so that an answer's patch need not be made a string to be read.
#[wasm_bindgen(js_name = parsePatch)]
pub fn parse_patch(bytes: &[u8], is_json: bool) -> JsValue {
    let patch = if is_json { Cow::Owned(json::unescaped(bytes)) } else { String::from_utf8_lossy(bytes) };
    let mut sections = diff::sections(&patch);
    diff::in_utf16(&patch, &mut sections);
    to_js(&sections)
}
