//! JSON values parsed by the engine.

use js_sys::{Array, JSON, JsString, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::engine::{self, with_engine};
use crate::core::json_view::JsonView;

/// A value held by the engine. A clone is another handle.
#[derive(Debug, Clone)]
pub struct Json(JsValue);

impl Json {
    /// The value itself.
    pub fn into_js(self) -> JsValue {
        self.0
    }
}

impl From<JsValue> for Json {
    fn from(value: JsValue) -> Self {
        Self(value)
    }
}

impl Default for Json {
    fn default() -> Self {
        Self(JsValue::NULL)
    }
}

impl JsonView for Json {
    fn get(&self, name: &str) -> Self {
        // The engine throws for values that are not objects, which have no fields.
        Self(Reflect::get(&self.0, &JsValue::from_str(name)).unwrap_or(JsValue::NULL))
    }

    fn is_null(&self) -> bool {
        self.0.is_null() || self.0.is_undefined()
    }

    fn is_object(&self) -> bool {
        self.0.is_object() && !Array::is_array(&self.0)
    }

    fn string(&self) -> Option<String> {
        self.0.as_string()
    }

    fn number(&self) -> Option<u64> {
        let number = self.0.as_f64().filter(|number| *number >= 0.0 && number.trunc() == *number)?;
        // Exact: the façade allows no number that is not a safe integer.
        Some(number as u64)
    }

    fn flag(&self) -> Option<bool> {
        self.0.as_bool()
    }

    fn items(&self) -> Vec<Self> {
        self.0.dyn_ref::<Array>().map(|items| items.iter().map(Self).collect()).unwrap_or_default()
    }

    fn names(&self) -> Vec<String> {
        if !self.is_object() {
            return Vec::new();
        }
        Object::keys(self.0.unchecked_ref::<Object>()).iter().filter_map(|name| name.as_string()).collect()
    }

    fn to_text(&self) -> String {
        // Fails for values that are nested too deeply.
        JSON::stringify(&self.0).ok().and_then(|text| text.as_string()).unwrap_or_default()
    }

    fn of_string(text: &str) -> Self {
        Self(text.into())
    }

    fn with(&self, fields: Vec<(&str, Self)>) -> Self {
        let object = Object::new();
        if self.is_object() {
            Object::assign(&object, self.0.unchecked_ref::<Object>());
        }
        for (name, value) in fields {
            let name = JsValue::from_str(name);
            // Cannot fail on our own object.
            let _ = if value.is_null() {
                Reflect::delete_property(&object, &name)
            } else {
                Reflect::set(&object, &name, &value.0)
            };
        }
        Self(object.into())
    }

    fn is_same(&self, other: &Self) -> bool {
        with_engine(|engine| engine.is_same(&self.0, &other.0).unwrap_or(false))
    }

    fn has_text(&self, name: &str) -> bool {
        self.get(name).0.dyn_ref::<JsString>().is_some_and(|text| text.length() > 0)
    }

    fn entries(self, list: &str) -> Vec<Self> {
        with_engine(|engine| engine.entries(&self.0, list)).into_iter().map(Self).collect()
    }

    fn rows(&self, list: &str) -> Option<String> {
        Some(with_engine(|engine| engine.rows(&self.0, list)))
    }
}

/// A list of values for JavaScript.
pub(super) fn array(items: Vec<Json>) -> JsValue {
    engine::array(items.into_iter().map(Json::into_js).collect())
}
