//! The view of values that `serde_json` has parsed: for tests, and for hosts outside of JavaScript.

use serde_json::Value;

use super::json_view::JsonView;

impl JsonView for Value {
    fn get(&self, name: &str) -> Self {
        self.as_object().and_then(|fields| fields.get(name)).cloned().unwrap_or_default()
    }

    fn is_null(&self) -> bool {
        self.is_null()
    }

    fn is_object(&self) -> bool {
        self.is_object()
    }

    fn string(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }

    fn number(&self) -> Option<u64> {
        self.as_u64()
    }

    fn flag(&self) -> Option<bool> {
        self.as_bool()
    }

    fn items(&self) -> Vec<Self> {
        self.as_array().cloned().unwrap_or_default()
    }

    fn names(&self) -> Vec<String> {
        self.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
    }

    fn to_text(&self) -> String {
        self.to_string()
    }

    fn of_string(text: &str) -> Self {
        text.into()
    }

    fn with(&self, fields: Vec<(&str, Self)>) -> Self {
        let mut object = self.as_object().cloned().unwrap_or_default();
        for (name, value) in fields {
            if value.is_null() {
                object.remove(name);
            } else {
                object.insert(name.to_owned(), value);
            }
        }
        object.into()
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }

    fn has_object(&self, name: &str) -> bool {
        self.as_object().and_then(|fields| fields.get(name)).is_some_and(Self::is_object)
    }

    fn entries(mut self, list: &str) -> Vec<Self> {
        match self.get_mut(list).map(Self::take) {
            Some(Self::Array(items)) => items,
            _ => Vec::new(),
        }
    }
}
