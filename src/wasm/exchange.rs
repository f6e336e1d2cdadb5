//! What crosses the boundary: all values in, all values out.
//!
//! Out goes JSON text, which the runtime's own parser makes objects of: measured to be faster than building them field
//! by field from here. In come options and configurations, which are small.

use js_sys::{JSON, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::core::error::Error;
use crate::core::json::{self, Json};

/// A value for JavaScript.
pub(super) fn to_js<T: Serialize + ?Sized>(value: &T) -> JsValue {
    JSON::parse(&json::encode(value)).unwrap_or(JsValue::UNDEFINED)
}

/// An error for the façade, as plain data.
pub(super) fn error_to_js(error: &Error) -> JsValue {
    to_js(error)
}

/// A caller's value. `name` is what it is called in errors: functions, symbols and the like are no data.
pub(super) fn from_js(value: &JsValue, name: &str) -> Result<Json, Error> {
    serde_wasm_bindgen::from_value(value.clone()).map_err(|problem| match culprit(value) {
        Some((field, inner)) => match from_js(&inner, &field) {
            Err(error) => error,
            Ok(_) => Error::invalid(name, problem),
        },
        None => Error::invalid(name, format!("must be plain data, not {}", type_of(value))),
    })
}

/// The first field of an object that is no data.
fn culprit(value: &JsValue) -> Option<(String, JsValue)> {
    if value.is_function() || !value.is_object() {
        return None;
    }
    Object::keys(value.unchecked_ref::<Object>()).iter().find_map(|key| {
        let field = Reflect::get(value, &key).ok()?;
        let is_data = serde_wasm_bindgen::from_value::<Json>(field.clone()).is_ok();
        (!is_data).then(|| (key.as_string().unwrap_or_default(), field))
    })
}

fn type_of(value: &JsValue) -> String {
    format!("a {}", value.js_typeof().as_string().unwrap_or_default())
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
        return Err(Error::invalid(what, format!("must be an object, not {}", type_of(options))));
    }
    let data = Object::assign(&Object::new(), options.unchecked_ref::<Object>());
    let taken = others.map(|name| {
        let key = JsValue::from_str(name);
        let value = Reflect::get(&data, &key).unwrap_or(JsValue::UNDEFINED);
        // Cannot fail on an object of our own making.
        let _ = Reflect::delete_property(&data, &key);
        value
    });
    Ok((from_js(&data, what)?, taken))
}
