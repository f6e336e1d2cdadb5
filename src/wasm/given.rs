//! Reads the input of the façade, which is complete and valid (see pkg-template/lib/given.js).

use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};

use super::json::Json;
use crate::client::{Bounds, Span, StreamOptions};
use crate::core::cursor::Cursor;
use crate::core::error::Error;
use crate::core::ids;
use crate::core::json_view::JsonView;
use crate::core::options::Limits;

/// The view of options.
pub(super) fn given(options: &JsValue) -> Json {
    Json::from(options.clone())
}

fn field(options: &JsValue, name: &str) -> Option<JsValue> {
    Some(given(options).get(name).into_js()).filter(|value| !value.is_undefined())
}

/// A function of the caller in the options.
pub(super) fn function(options: &JsValue, name: &str) -> Option<Function> {
    field(options, name)?.dyn_into().ok()
}

/// The signal of the caller in the options.
pub(super) fn signal(options: &JsValue) -> Option<JsValue> {
    field(options, "signal")
}

/// The time that a call has.
pub(super) fn bounds(options: &JsValue) -> Bounds {
    let given = given(options);
    let limits = Limits { timeout_ms: given.get("timeoutMs").number() };
    Bounds { limits, whole_ms: given.get("wholeMs").number(), ..Bounds::default() }
}

/// The options of the stream with this name. Fails if the cursor, which the façade does not parse, is none.
pub(super) fn stream_options(options: &JsValue, span: &str) -> Result<StreamOptions, Error> {
    let given = given(options);
    let parse = |text: String| {
        let problem = || format!("{} is not a cursor; pass the `cursor` of an activity", ids::quoted(&text));
        Cursor::parse(&text).ok_or_else(|| Error::invalid("after", problem()))
    };
    Ok(StreamOptions {
        after: given.get("after").string().map(parse).transpose()?,
        follow: given.get("follow").flag().unwrap_or(false),
        timeout_ms: given.get("timeoutMs").number(),
        whole_ms: given.get("wholeMs").number(),
        exclude_originator: given.get("exclude").get("originator").string().map(|name| name.to_ascii_lowercase()),
        span: match span {
            "history" => Span::SoFar,
            "updates" => Span::ToCome,
            _ => Span::All,
        },
        without_artifacts: given.get("artifacts").flag() == Some(false),
    })
}
