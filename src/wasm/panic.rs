//! Panic messages. A panic cannot be caught: the instance traps, and the façade reads the message here.

use std::cell::RefCell;

use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

#[wasm_bindgen(start)]
fn keep_the_words_of_a_panic() {
    std::panic::set_hook(Box::new(|info| LAST.with(|last| last.replace(Some(info.to_string()))).map_or((), drop)));
}

/// The message of the panic that trapped this instance, if any.
#[wasm_bindgen(js_name = lastPanic)]
pub fn last_panic() -> Option<String> {
    LAST.with(RefCell::take)
}
