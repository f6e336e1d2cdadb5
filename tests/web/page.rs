//! A client with a `fetch` that records its calls.

use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use jules_wasm::wasm::client::Client;
use jules_wasm::wasm::engine::use_engine;
use jules_wasm::wasm::stream::Stream;
use jules_wasm::wasm::task::use_end;
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The beginning of a custom `fetch`.
const RECORD: &str = "state.calls.push({ url, method: init.method, headers: { ...init.headers }, body: init.body,
  redirect: init.redirect, cache: init.cache, fields: Object.keys(init), aborted: () => init.signal.aborted, signal: init.signal });";

/// The functions that a custom `fetch` can use.
const HELPERS: &str = "const json = (value, status = 200, headers = {}) =>
  new Response(JSON.stringify(value), { status, headers });
const never = () => new Promise(() => {});";

/// Runs JavaScript.
pub fn js(code: &str) -> JsValue {
    Function::new_no_args(code).call0(&JsValue::UNDEFINED).unwrap()
}

pub fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap()
}

pub fn set(object: &JsValue, name: &str, value: &JsValue) {
    Reflect::set(object, &JsValue::from_str(name), value).unwrap();
}

/// A JavaScript value as JSON.
pub fn data(value: &JsValue) -> Value {
    let text = JSON::stringify(value).unwrap().as_string();
    text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
}

/// Waits for some milliseconds of real time.
pub async fn pass(millis: u32) {
    gloo_timers::future::TimeoutFuture::new(millis).await;
}

/// The record of the `fetch` of one test.
pub struct Page {
    pub state: JsValue,
    pub options: JsValue,
}

impl Page {
    /// `fetch` is the body of an async function of `url`, `init` and `state`.
    pub fn new(fetch: &str) -> Self {
        give_functions();
        let state = js("return { calls: [] }");
        let code = format!("{HELPERS}\nreturn async (url, init) => {{ {RECORD}\n{fetch} }}");
        let fetch = Function::new_with_args("state", &code).call1(&JsValue::UNDEFINED, &state).unwrap();
        let options = js("return { apiKey: 'a-key-of-the-tests', config: { rateLimitRetry: { maxRetryTimeMs: 0 } } }");
        set(&options, "fetch", &fetch);
        Self { state, options }
    }

    /// Sets options: a JavaScript object, which may use `state`.
    pub fn with(self, options: &str) -> Self {
        let made = Function::new_with_args("state", &format!("return {options}"));
        let made = made.call1(&JsValue::UNDEFINED, &self.state).unwrap();
        Object::assign(self.options.unchecked_ref::<Object>(), made.unchecked_ref::<Object>());
        self
    }

    pub fn client(&self) -> Client {
        client_with(&self.options)
    }

    pub fn calls(&self) -> Array {
        get(&self.state, "calls").unchecked_into()
    }

    /// A call of `fetch` as JSON.
    pub fn call(&self, index: u32) -> Value {
        data(&self.calls().get(index))
    }

    /// Whether the signal of a call of fetch is aborted.
    pub fn is_aborted(&self, index: u32) -> bool {
        get(&get(&self.calls().get(index), "signal"), "aborted").as_bool().unwrap()
    }
}

/// Sets the functions of the façade and the function for the ends of calls.
pub fn give_functions() {
    let sources = [
        include_str!("../../pkg-template/lib/errors.js"),
        include_str!("../../pkg-template/lib/builtins.js"),
        include_str!("../../pkg-template/lib/engine.js"),
    ];
    use_engine(js(&format!("{}\nreturn engine", joined(&sources))).unchecked_into());
    use_end(js("return (call, isOk, value) => (isOk ? call.resolve : call.reject)(value)").unchecked_into(), None);
}

/// The result or rejection of a promise as JSON.
pub async fn settled(promise: Promise) -> Result<Value, Value> {
    match JsFuture::from(promise).await {
        Ok(value) => Ok(data(&value)),
        Err(error) => Err(data(&error)),
    }
}

/// Modules of the façade as one script.
fn joined(sources: &[&str]) -> String {
    let code: String =
        sources.concat().lines().filter(|line| !line.starts_with("import ")).map(|line| format!("{line}\n")).collect();
    code.replace("\nexport ", "\n")
}

/// The input validation of the façade, which completes options.
fn checks() -> JsValue {
    let sources = [
        include_str!("../../pkg-template/lib/table.js"),
        include_str!("../../pkg-template/lib/errors.js"),
        include_str!("../../pkg-template/lib/builtins.js"),
        include_str!("../../pkg-template/lib/ids.js"),
        include_str!("../../pkg-template/lib/signals.js"),
        include_str!("../../pkg-template/lib/given.js"),
    ];
    let completed = "clientOptionsOf: (given) => inEnvironment(clientOptionsOf(given)), configurationOf, optionsOf";
    js(&format!("{}\nreturn {{ {completed} }}", joined(&sources)))
}

/// The result of an input function of the façade.
fn checked(function: &str, given: &[&JsValue]) -> JsValue {
    let given: Array = given.iter().copied().collect();
    get(&checks(), function).unchecked_into::<Function>().apply(&JsValue::UNDEFINED, &given).unwrap()
}

/// A client with these options of a caller.
pub fn client_with(options: &JsValue) -> Client {
    Client::new(&checked("clientOptionsOf", &[options]))
}

/// A stream of a session.
pub fn stream(client: &Client, options: &JsValue) -> Stream {
    let options = checked("optionsOf", &[&"stream".into(), options, &"stream()".into()]);
    client.stream("77", "stream", &options).unwrap_or_else(|error| panic!("{}", data(&error)))
}

/// Calls a use-case of a client.
pub fn begin(client: &Client, name: &str, argument: &JsValue, options: &JsValue) -> Promise {
    let id = "77".to_owned();
    let kind = if name == "info" { name } else { "call" };
    let options = checked("optionsOf", &[&kind.into(), options, &format!("{name}()").into()]);
    promised(|call| match name {
        "info" => client.info(id.clone(), argument.as_string(), &options, call),
        "waitFor" => client.wait_for(id.clone(), &argument.as_string().unwrap(), &options, call),
        _ => client.create(name, &checked("configurationOf", &[argument]), &options, call),
    })
}

/// The next activities of a stream.
pub fn next(stream: &Stream) -> Promise {
    promised(|call| stream.next(call))
}

fn promised(begin: impl Fn(JsValue)) -> Promise {
    Promise::new(&mut |resolve, reject| {
        let call = Object::new();
        set(&call, "resolve", &resolve);
        set(&call, "reject", &reject);
        begin(call.into());
    })
}
