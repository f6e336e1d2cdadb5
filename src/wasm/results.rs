//! Results of use-cases for the façade: the service's JSON as parsed by the engine, with the decisions. The façade creates the
//! public objects from them.

use js_sys::{Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::engine;
use super::json::{Json, array};
use crate::client::{FeedEvent, Incomplete, Info, Outcome};
use crate::core::activity::Activity;
use crate::core::close_report::CloseReport;
use crate::core::error::Error;
use crate::core::page::{Page, Trail};
use crate::core::session::Session;
use crate::core::wait::Waited;

/// A value that goes to the façade.
pub trait IntoJs {
    /// The value for JavaScript.
    fn into_js(self) -> JsValue;
}

/// A time in milliseconds; undefined if there is none.
#[expect(clippy::cast_precision_loss, reason = "exact up to some 285,000 years")]
pub(super) fn number(millis: Option<u64>) -> JsValue {
    millis.map(|millis| millis as f64).into()
}

/// An error for the façade, as plain data.
pub(super) fn error_to_js(error: &Error) -> JsValue {
    // Cannot fail: an error is plain data.
    error.serialize(&Serializer::new()).unwrap_or(JsValue::UNDEFINED)
}

pub(super) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Cannot fail on our own object.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
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
            object(&[("type", change.name().into()), ("session", session.into_js()), ("cursor", cursor.into())]).into()
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
        let mut without_artifacts: Vec<JsValue> = Vec::new();
        for (index, activity) in self.iter().enumerate() {
            cursors.push_str(&activity.cursor());
            cursors.push('\n');
            if activity.omits_artifacts {
                without_artifacts.push(index.into());
            }
        }
        let entries = array(self.into_iter().map(|activity| activity.json).collect());
        object(&[
            ("entries", entries),
            ("cursors", cursors.into()),
            ("withoutArtifacts", engine::array(without_artifacts)),
        ])
    }
}

/// A page of a list. The request for the next one repeats `trail`.
fn page(items: JsValue, next_page_token: Option<String>, trail: Trail) -> JsValue {
    object(&[("items", items), ("nextPageToken", next_page_token.into()), ("trail", trail.into_text().into())])
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
        object(&[("session", session.into_js()), ("activities", activities.into_js()), ("cursor", cursor.into())])
    }
}

impl IntoJs for Outcome<Json> {
    fn into_js(self) -> JsValue {
        let Self { session, failure_reason, change_set, incomplete } = self;
        let part = |Incomplete { what, error }: Incomplete| {
            object(&[("what", what.name().into()), ("error", error_to_js(&error))])
        };
        object(&[
            ("session", session.into_js()),
            ("failureReason", failure_reason.into()),
            ("changeSet", change_set.into_js()),
            ("incomplete", engine::array(incomplete.into_iter().map(part).collect())),
        ])
    }
}

impl IntoJs for Waited<Json> {
    fn into_js(self) -> JsValue {
        let Self { reason, session, plan, question, silent_ms, request: _ } = self;
        object(&[
            ("reason", reason.name().into()),
            ("session", session.into_js()),
            ("plan", plan.into_js()),
            ("question", question.into()),
            ("silentMs", number(silent_ms)),
        ])
    }
}
