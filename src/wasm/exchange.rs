//! What crosses the boundary: all values in, all values out.
//!
//! Out goes a tape, of which the façade's reader makes objects in one call: measured to be several times as fast as JSON
//! text, and building objects field by field from here is slower than either. In come options and configurations, which
//! are small.

use std::cell::RefCell;

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::host::Bytes;
use crate::core::error::Error;
use crate::core::json::Json;
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

/// How many values of a caller's object are looked at. Configurations have some ten.
const MOST_VALUES: u32 = 1000;

/// A caller's value. `name` is what it is called in errors.
pub(super) fn from_js(value: &JsValue, name: &str) -> Result<Json, Error> {
    refuse_what_is_no_data(value, name, "", &mut { MOST_VALUES })?;
    let text = JSON::stringify(value).map_err(|_| Error::invalid(name, "cannot be written as JSON"))?;
    match text.as_string() {
        None => Ok(Json::Null),
        Some(text) => Json::read(text.as_bytes()).map_err(|problem| Error::invalid(name, problem)),
    }
}

/// Functions, symbols, NaN and infinity are no data; JSON would leave them out without a word. Looks at the first `left`
/// values: objects that hold one another have no end. `within` goes before the names of its own: empty, or such as `config.`.
fn refuse_what_is_no_data(value: &JsValue, name: &str, within: &str, left: &mut u32) -> Result<(), Error> {
    let kind = type_of(value);
    if value.as_f64().is_some_and(|number| !number.is_finite()) {
        return Err(Error::invalid(name, "must be a finite number"));
    }
    if matches!(kind.as_str(), "function" | "symbol" | "bigint") {
        return Err(Error::invalid(name, format!("must be plain data, not a {kind} that JSON cannot hold")));
    }
    *left = left.saturating_sub(1);
    if !value.is_object() || *left == 0 {
        return Ok(());
    }
    // Whatever runs code of the caller's (a getter, a proxy) may throw; uncaught, that would be the end of this instance.
    for key in Reflect::own_keys(value).map_err(|_| unreadable(name))?.iter() {
        let Some(key_name) = key.as_string() else { continue };
        let name = [within, &key_name].concat();
        let field = Reflect::get(value, &key).map_err(|_| unreadable(&name))?;
        refuse_what_is_no_data(&field, &name, &[&name, "."].concat(), left)?;
    }
    Ok(())
}

fn unreadable(name: &str) -> Error {
    Error::invalid(name, "cannot be read: reading it throws an error")
}

fn type_of(value: &JsValue) -> String {
    value.js_typeof().as_string().unwrap_or_default()
}

/// A caller's options: those that are data, and, apart from them, those named in `others` (functions, signals).
pub(super) fn split<const N: usize>(
    options: &JsValue,
    what: &str,
    others: [&str; N],
) -> Result<(Json, [JsValue; N]), Error> {
    if options.is_undefined() || options.is_null() {
        return Ok((Json::Null, others.map(|_| JsValue::UNDEFINED)));
    }
    if !options.is_object() || options.is_function() {
        return Err(Error::invalid(what, format!("must be an object, not a {}", type_of(options))));
    }
    let data = Object::try_assign(&Object::new(), options.unchecked_ref::<Object>()).map_err(|_| unreadable(what))?;
    let taken = others.map(|name| {
        let key = JsValue::from_str(name);
        let value = Reflect::get(&data, &key).unwrap_or(JsValue::UNDEFINED);
        // Cannot fail on an object of our own making.
        let _ = Reflect::delete_property(&data, &key);
        value
    });
    // No limit, in JavaScript's words. JSON has none for it.
    let timeout = JsValue::from_str("timeoutMs");
    if Reflect::get(&data, &timeout).is_ok_and(|given| given.as_f64() == Some(f64::INFINITY)) {
        let _ = Reflect::set(&data, &timeout, &JsValue::NULL);
    }
    Ok((from_js(&data, what)?, taken))
}
