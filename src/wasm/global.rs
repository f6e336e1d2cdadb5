//! The global object, and reading the properties of any value.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    pub(super) type Global;

    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    pub(super) static GLOBAL: Global;
}

/// The property, or undefined if it cannot be read.
pub(super) fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Whether there is such a property.
pub(super) fn has(of: &JsValue, name: &str) -> bool {
    Reflect::has(of, &JsValue::from_str(name)).unwrap_or(false)
}

/// The string in this property, unless it is empty.
pub(super) fn text(of: &JsValue, name: &str) -> Option<String> {
    field(of, name).as_string().filter(|text| !text.is_empty())
}
