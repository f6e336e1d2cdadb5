//! Patches, for the façade.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::exchange::to_js;
use crate::core::diff;

/// The files of a patch. The patch comes as bytes: a string argument of a megabyte costs a hundred times as much.
#[wasm_bindgen(js_name = parsePatch)]
pub fn parse_patch(patch: &[u8]) -> JsValue {
    to_js(&diff::parse(&String::from_utf8_lossy(patch)))
}
