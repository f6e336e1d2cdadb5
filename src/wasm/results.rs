//! Results of use-cases for the façade: the service's JSON as parsed by the engine, with the decisions. The façade creates the
//! public objects from them.

use js_sys::{Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::json::{Json, array};
use crate::client::{CloseReport, FeedEvent, Info, Outcome};
use crate::core::activity::Activity;
use crate::core::error::Error;
use crate::core::page::{Page, Trail};
use crate::core::session::Session;
use crate::core::wait::Waited;

/// A value that goes to the façade.
pub trait IntoJs {
    /// The value for JavaScript.
    fn into_js(self) -> JsValue;
}

/// A small value of plain data.
pub(super) fn plain<T: Serialize + ?Sized>(value: &T) -> JsValue {
    // Fails only on types that this crate does not pass.
    value.serialize(&Serializer::new().serialize_maps_as_objects(true)).unwrap_or(JsValue::UNDEFINED)
}

/// An error for the façade, as plain data.
pub(super) fn error_to_js(error: &Error) -> JsValue {
    plain(error)
}

pub(super) fn object<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Cannot fail on our own object.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &value);
    }
    object.into()
}

impl IntoJs for () {
    fn into_js(self) -> JsValue {
        JsValue::UNDEFINED
    }
}

impl IntoJs for String {
    fn into_js(self) -> JsValue {
        self.into()
    }
}

impl IntoJs for Json {
    fn into_js(self) -> JsValue {
        Json::into_js(self)
    }
}

impl<T: IntoJs> IntoJs for Option<T> {
    fn into_js(self) -> JsValue {
        self.map_or(JsValue::UNDEFINED, T::into_js)
    }
}

impl IntoJs for CloseReport {
    fn into_js(self) -> JsValue {
        self.to_text().into()
    }
}

impl IntoJs for Vec<FeedEvent<Json>> {
    fn into_js(self) -> JsValue {
        let event = |FeedEvent { change, session, cursor }: FeedEvent<Json>| {
            object([("type", change.name().into()), ("session", session.into_js()), ("cursor", cursor.into())]).into()
        };
        array(self.into_iter().map(event).collect())
    }
}

impl IntoJs for Session<Json> {
    fn into_js(self) -> JsValue {
        self.json.into_js()
    }
}

impl IntoJs for Activity<Json> {
    fn into_js(self) -> JsValue {
        vec![self].into_js()
    }
}

/// Entries with their cursors, which are joined by line breaks, since one string crosses faster than many.
impl IntoJs for Vec<Activity<Json>> {
    fn into_js(self) -> JsValue {
        let mut cursors = String::new();
        let mut without_artifacts = Vec::new();
        for (index, activity) in self.iter().enumerate() {
            cursors.push_str(&activity.cursor());
            cursors.push('\n');
            if activity.omits_artifacts {
                without_artifacts.push(index);
            }
        }
        let entries = array(self.into_iter().map(|activity| activity.json).collect());
        let without_artifacts = plain(&without_artifacts);
        object([("entries", entries), ("cursors", cursors.into()), ("withoutArtifacts", without_artifacts)])
    }
}

/// A page of a list. The request for the next one repeats `trail`.
fn page(items: JsValue, next_page_token: Option<String>, trail: Trail) -> JsValue {
    object([("items", items), ("nextPageToken", next_page_token.into()), ("trail", trail.into_text().into())])
}

impl IntoJs for Page<Session<Json>> {
    fn into_js(self) -> JsValue {
        page(array(self.items.into_iter().map(|session| session.json).collect()), self.next_page_token, self.trail)
    }
}

impl IntoJs for Page<Activity<Json>> {
    fn into_js(self) -> JsValue {
        page(self.items.into_js(), self.next_page_token, self.trail)
    }
}

impl IntoJs for Page<Json> {
    fn into_js(self) -> JsValue {
        page(array(self.items), self.next_page_token, self.trail)
    }
}

impl IntoJs for Info<Json> {
    fn into_js(self) -> JsValue {
        let Self { session, activities, cursor } = self;
        object([("session", session.into_js()), ("activities", activities.into_js()), ("cursor", cursor.into())])
    }
}

impl IntoJs for Outcome<Json> {
    fn into_js(self) -> JsValue {
        let Self { session, failure_reason, change_set, incomplete } = self;
        object([
            ("session", session.into_js()),
            ("failureReason", failure_reason.into()),
            ("changeSet", change_set.into_js()),
            ("incomplete", plain(&incomplete)),
        ])
    }
}

impl IntoJs for Waited<Json> {
    fn into_js(self) -> JsValue {
        let Self { reason, session, plan, question, silent_ms, request: _ } = self;
        object([
            ("reason", reason.name().into()),
            ("session", session.into_js()),
            ("plan", plan.into_js()),
            ("question", question.into()),
            ("silentMs", plain(&silent_ms)),
        ])
    }
}
