//! Reads the input of the façade, which is complete and valid (see pkg-template/lib/given.js).

use js_sys::{Function, Reflect};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

use crate::client::{Span, StreamOptions};
use crate::core::cursor::Cursor;
use crate::core::error::{Error, ErrorKind};
use crate::core::ids;

/// Reads a value of the façade. Fails only by a bug of this package.
pub(super) fn read<T: DeserializeOwned>(given: &JsValue) -> Result<T, Error> {
    serde_wasm_bindgen::from_value(given.clone()).map_err(|error| {
        Error::new(
            ErrorKind::Internal,
            format!("jules-wasm gave its core what it cannot read: {error}. Nothing was sent."),
        )
    })
}

fn field(options: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(options, &JsValue::from_str(name)).ok().filter(|value| !value.is_undefined())
}

/// A function of the caller in the options.
pub(super) fn function(options: &JsValue, name: &str) -> Option<Function> {
    field(options, name)?.dyn_into().ok()
}

/// The signal of the caller in the options.
pub(super) fn signal(options: &JsValue) -> Option<JsValue> {
    field(options, "signal")
}

/// The options of all calls that are data.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallGiven {
    pub(super) timeout_ms: Option<u64>,
    pub(super) whole_ms: Option<u64>,
}

/// The options of `info()`.
#[derive(Deserialize)]
pub(super) struct InfoGiven {
    pub(super) activities: bool,
}

/// The options of `result()`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultGiven {
    pub(super) throw_on_failure: Option<bool>,
}

/// The options of a stream.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StreamGiven {
    after: Option<String>,
    follow: bool,
    artifacts: bool,
    exclude: Option<Exclude>,
    timeout_ms: Option<u64>,
    whole_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Exclude {
    originator: Option<String>,
}

impl StreamGiven {
    /// The options of the stream with this name. The cursor is parsed only here, so it may still be invalid.
    pub(super) fn options(self, span: &str) -> Result<StreamOptions, Error> {
        let parse = |text: String| {
            let problem = || format!("{} is not a cursor; pass the `cursor` of an activity", ids::quoted(&text));
            Cursor::parse(&text).ok_or_else(|| Error::invalid("after", problem()))
        };
        Ok(StreamOptions {
            after: self.after.map(parse).transpose()?,
            follow: self.follow,
            timeout_ms: self.timeout_ms,
            whole_ms: self.whole_ms,
            exclude_originator: self
                .exclude
                .and_then(|exclude| exclude.originator)
                .map(|name| name.to_ascii_lowercase()),
            span: match span {
                "history" => Span::SoFar,
                "updates" => Span::ToCome,
                _ => Span::All,
            },
            without_artifacts: !self.artifacts,
        })
    }
}
