//! What a panic said. It cannot be caught: the instance traps, and the façade asks here for the words.

use std::cell::RefCell;

use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

#[wasm_bindgen(start)]
fn keep_the_words_of_a_panic() {
    std::panic::set_hook(Box::new(|info| LAST.with(|last| last.replace(Some(info.to_string()))).map_or((), drop)));
}

/// What the panic said that trapped this instance, if it was one.
#[wasm_bindgen(js_name = lastPanic)]
pub fn last_panic() -> Option<String> {
    LAST.with(RefCell::take)
}
