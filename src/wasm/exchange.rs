//! What crosses the boundary: all values in, all values out.
//!
//! Out goes a tape, of which the façade's reader makes objects in one call: measured to be several times as fast as JSON
//! text, and building objects field by field from here is slower than either. In come options and configurations, which
//! are small.

use std::cell::RefCell;

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::host::Bytes;
use crate::core::error::Error;
use crate::core::tape::{Emit, Tape, Told};

#[wasm_bindgen]
extern "C" {
    /// The façade's reader of tapes.
    pub type TapeReader;

    /// Makes the value. The words and both texts are this instance's own memory, to be read before this returns.
    #[wasm_bindgen(method)]
    fn read(this: &TapeReader, words: &[u32], text: &[u8], wide: &[u8], told: &str, bodies: &Array) -> JsValue;
}

thread_local! {
    static READER: RefCell<Option<(TapeReader, Told)>> = const { RefCell::new(None) };
}

/// Gives this instance the reader of its tapes, before anything else is called.
#[wasm_bindgen(js_name = useReader)]
pub fn use_reader(reader: TapeReader) {
    READER.with(|place| place.replace(Some((reader, Told::default()))));
}

/// A value for JavaScript.
pub(super) fn to_js(value: &dyn Emit) -> JsValue {
    READER.with(|place| {
        let mut place = place.borrow_mut();
        let Some((reader, told)) = place.as_mut() else { return JsValue::UNDEFINED };
        let tape = Tape::write(value, told);
        let bodies = Array::new();
        for body in &tape.bodies {
            bodies.push(&Bytes::of(body.source()));
        }
        reader.read(&tape.words, &tape.text, tape.wide.as_bytes(), &tape.told, &bodies)
    })
}

/// An error for the façade, as plain data.
pub(super) fn error_to_js(error: &Error) -> JsValue {
    to_js(error)
}
