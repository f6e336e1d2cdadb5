//! What the façade does for this instance with whole values, because the engine does it faster: reading the body of an answer,
//! the rows and the entries of a page.

use std::cell::RefCell;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// The functions of `lib/engine.js` in the façade.
    #[derive(Clone)]
    pub type Engine;

    /// A response as read by the engine.
    pub type ReadAnswer;

    /// Reads the result of `fetch`. Never rejects.
    #[wasm_bindgen(method)]
    pub(super) fn read(this: &Engine, answer: &JsValue, wants_date: bool, most_bytes: f64) -> Promise;

    /// The rows of the entries of a page (see `core::row`).
    #[wasm_bindgen(method)]
    pub(super) fn rows(this: &Engine, page: &JsValue, list: &str) -> String;

    /// The entries of a page.
    #[wasm_bindgen(method)]
    pub(super) fn entries(this: &Engine, page: &JsValue, list: &str) -> Vec<JsValue>;

    /// An array of these values.
    #[wasm_bindgen(method)]
    fn array(this: &Engine, items: Vec<JsValue>) -> JsValue;

    /// Whether two JSON values are equal. Throws if they are nested too deeply.
    #[wasm_bindgen(method, catch, js_name = isSame)]
    pub(super) fn is_same(this: &Engine, one: &JsValue, other: &JsValue) -> Result<bool, JsValue>;

    /// The status; undefined without a response.
    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &ReadAnswer) -> Option<u16>;

    #[wasm_bindgen(method, getter, js_name = statusText)]
    pub(super) fn status_text(this: &ReadAnswer) -> Option<String>;

    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    pub(super) fn retry_after(this: &ReadAnswer) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn date(this: &ReadAnswer) -> Option<String>;

    /// The parsed body; undefined if it is not JSON.
    #[wasm_bindgen(method, getter)]
    pub(super) fn json(this: &ReadAnswer) -> JsValue;

    /// The beginning of a body that is not JSON; undefined if it was too large.
    #[wasm_bindgen(method, getter)]
    pub(super) fn text(this: &ReadAnswer) -> Option<String>;

    /// Whether reading has failed with `error`.
    #[wasm_bindgen(method, getter, js_name = hasFailed)]
    pub(super) fn has_failed(this: &ReadAnswer) -> bool;

    #[wasm_bindgen(method, getter)]
    pub(super) fn error(this: &ReadAnswer) -> JsValue;

    /// Whether `fetch` has resolved, so that reading its response has failed.
    #[wasm_bindgen(method, getter)]
    pub(super) fn answered(this: &ReadAnswer) -> bool;

    /// Whether it has resolved with something other than a response.
    #[wasm_bindgen(method, getter, js_name = isNoResponse)]
    pub(super) fn is_no_response(this: &ReadAnswer) -> bool;
}

thread_local! {
    static ENGINE: RefCell<Option<Engine>> = const { RefCell::new(None) };
}

/// Sets the functions of the façade, before any other call.
#[wasm_bindgen(js_name = useEngine)]
pub fn use_engine(engine: Engine) {
    ENGINE.with_borrow_mut(|place| *place = Some(engine));
}

/// Calls the functions of the façade; returns the default if there are none.
pub(super) fn with_engine<T: Default>(work: impl FnOnce(&Engine) -> T) -> T {
    // Cloned first, since a function of the façade may call this instance.
    ENGINE.with_borrow(Clone::clone).as_ref().map(work).unwrap_or_default()
}

/// An array of these values, created by one call.
pub(super) fn array(items: Vec<JsValue>) -> JsValue {
    with_engine(|engine| engine.array(items))
}
