//! Reads errors of `fetch`.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::global::{field, text};
use crate::core::http::FetchError;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Request)]
    type Sendable;

    #[wasm_bindgen(constructor, catch, js_class = "Request")]
    fn new(url: &JsValue, init: &JsValue) -> Result<Sendable, JsValue>;
}

/// The largest depth of causes. Causes may be circular.
const DEEPEST: usize = 5;

/// The error and its causes, from the outside in, which in Node contain the system's code and message. The cause of several failed
/// connection attempts contains them in `errors`.
fn chain(error: &JsValue) -> Vec<JsValue> {
    let next = |error: &JsValue| {
        let cause = field(error, "cause");
        let first = || field(error, "errors").dyn_into::<Array>().map_or(JsValue::UNDEFINED, |errors| errors.get(0));
        Some(if cause.is_undefined() { first() } else { cause }).filter(JsValue::is_object)
    };
    std::iter::successors(Some(error.clone()), next).take(DEEPEST).collect()
}

/// Reads an error of the runtime. `answered`: the status had already arrived.
pub(super) fn fetch_error(error: &JsValue, answered: bool) -> FetchError {
    let chain = chain(error);
    let code = chain.iter().rev().find_map(|error| text(error, "code"));
    let said = text(error, "message").or_else(|| error.as_string()).unwrap_or_else(|| "fetch failed".to_owned());
    let mut details: Vec<String> = chain.iter().skip(1).filter_map(|cause| text(cause, "message")).collect();
    details.retain(|detail| *detail != said);
    if details.is_empty() {
        details.extend(code.clone());
    }
    let message = if details.is_empty() { said } else { [&said, " (", &details.join(": "), ")"].concat() };
    let name = text(error, "name").unwrap_or_else(|| "Error".to_owned());
    FetchError { name, message, code, answered, ..FetchError::default() }
}

/// Whether an error belongs to a framework: internal errors of Next.js and React have a `digest`.
pub(super) fn is_of_framework(error: &JsValue) -> bool {
    text(error, "digest").is_some()
}

/// Whether the runtime cannot create a `Request` from this, and so `fetch` rejects it: the only check that all runtimes share.
/// Without the signal, which may be of another realm.
pub(super) fn is_unsendable(url: &JsValue, method: &str, headers: &Object) -> bool {
    let init = Object::new();
    // Cannot fail on our own object.
    let _ = Reflect::set(&init, &"method".into(), &method.into());
    let _ = Reflect::set(&init, &"headers".into(), headers);
    // Without `Request` this is a ReferenceError.
    Sendable::new(url, &init).is_err_and(|error| text(&error, "name").as_deref() == Some("TypeError"))
}
