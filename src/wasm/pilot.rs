//! The auto-pilot of the façade.

use futures_util::future::LocalBoxFuture;
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::given::{function, given};
use super::json::Json;
use super::results::IntoJs;
use crate::client::{Pilot, Piloted};
use crate::core::error::{Error, ErrorKind};
use crate::core::json_view::JsonView;
use crate::core::pilot::{Decision, Occasion, PilotOptions};
use crate::core::wait::Waited;

/// The function `decide` of pkg-template/lib/autopilot.js, with the options.
pub(super) struct JsPilot {
    decide: Function,
    options: PilotOptions,
}

impl JsPilot {
    /// The auto-pilot in the options of a call.
    pub(super) fn of(options: &JsValue) -> Option<Self> {
        let own = given(options).get("autopilot");
        let options = PilotOptions::read(&own);
        Some(Self { decide: function(&own.into_js(), "decide")?, options })
    }

    pub(super) fn piloted(&self) -> Piloted<'_, Json> {
        Piloted { pilot: self, options: self.options.clone() }
    }
}

impl Pilot<Json> for JsPilot {
    fn decide<'a>(&'a self, occasion: Occasion, waited: &Waited<Json>) -> LocalBoxFuture<'a, Result<Decision, Error>> {
        let session = waited.session.id.clone();
        let called = self.decide.call2(&JsValue::UNDEFINED, &occasion.name().into(), &waited.clone().into_js());
        Box::pin(async move {
            // It never throws or rejects.
            let decided = match called {
                Ok(promise) => JsFuture::from(Promise::resolve(&promise)).await.unwrap_or_default(),
                Err(_) => JsValue::UNDEFINED,
            };
            let decided = given(&decided);
            match (decided.get("problem").string(), decided.get("reply").string()) {
                (Some(problem), _) => Err(failed(&problem, session)),
                (None, Some(reply)) => Ok(Decision::Reply(reply)),
                _ if decided.get("approve").flag() == Some(true) => Ok(Decision::Approve),
                _ => Ok(Decision::Decline),
            }
        })
    }
}

fn failed(problem: &str, session: String) -> Error {
    let message = [
        "The auto-pilot of the session ",
        &session,
        " cannot go on: ",
        problem,
        ". Nothing was sent for this, and the session waits. Correct the function and call again, or answer with approve() or send().",
    ];
    let message = message.concat();
    let mut error = Error::new(ErrorKind::Autopilot, message);
    error.session_id = Some(session);
    error
}
