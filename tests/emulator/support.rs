//! An emulator whose time the test sets.

use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{Emulator, Options, Request, Response, VirtualClock};
use serde_json::{Value, json};

pub const KEY: &str = "test-key";
pub const STEP_MS: i64 = 1000;

pub struct Service {
    pub emulator: Emulator,
    pub now: Timestamp,
}

impl Service {
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        let now = Timestamp::parse("2026-08-21T21:05:11.104Z").unwrap();
        Self { emulator: Emulator::new(options).unwrap(), now }
    }

    /// With options in their JSON form.
    pub fn with_json(options: Value) -> Self {
        Self::with(Options::from_json(&options).unwrap())
    }

    pub fn wait_steps(&mut self, steps: i64) {
        self.now = self.now.plus_millis(steps * STEP_MS);
    }

    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let request = Request {
            method: method.to_owned(),
            target: format!("https://jules.googleapis.com/v1alpha{path}"),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.to_vec(),
        };
        self.emulator.handle(self.now, &request)
    }

    pub fn call(&mut self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let response = self.send(method, path, &[("X-Goog-Api-Key", KEY)], body.as_bytes());
        (response.status, serde_json::from_slice(&response.body).unwrap())
    }

    #[track_caller]
    pub fn ok(&mut self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method, path, body);
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    #[track_caller]
    pub fn get(&mut self, path: &str) -> Value {
        self.ok("GET", path, None)
    }

    #[track_caller]
    pub fn post(&mut self, path: &str, body: Value) -> Value {
        self.ok("POST", path, Some(body))
    }

    /// Creates a session and returns its path, `/sessions/ID`.
    #[track_caller]
    pub fn create(&mut self, body: Value) -> String {
        let session = self.post("/sessions", body);
        format!("/{}", session["name"].as_str().unwrap())
    }

    /// A session without a repository.
    #[track_caller]
    pub fn create_repoless(&mut self, prompt: &str) -> String {
        self.create(json!({"prompt": prompt}))
    }

    #[track_caller]
    /// Creates a session that waits for the approval of its plan.
    pub fn create_waiting(&mut self) -> String {
        let mut request = in_boba("x");
        request["requirePlanApproval"] = json!(true);
        let session = self.create(request);
        self.run_until(&session, &["AWAITING_PLAN_APPROVAL"]);
        session
    }

    pub fn state(&mut self, session: &str) -> String {
        self.get(session)["state"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub fn activities(&mut self, session: &str) -> Vec<Value> {
        let page = self.get(&format!("{session}/activities?pageSize=100"));
        page["activities"].as_array().cloned().unwrap_or_default()
    }

    /// Moves the time step by step until the session is in one of the states, and returns the session.
    #[track_caller]
    pub fn run_until(&mut self, session: &str, states: &[&str]) -> Value {
        for _ in 0..40 {
            let answer = self.get(session);
            if states.contains(&answer["state"].as_str().unwrap()) {
                return answer;
            }
            self.wait_steps(1);
        }
        panic!("the session was never in {states:?}")
    }
}

/// An emulator with a virtual clock.
pub struct VirtualService {
    pub emulator: Emulator,
    pub clock: VirtualClock,
}

impl VirtualService {
    pub fn new(options: Value, auto_advance: bool) -> Self {
        let emulator = Emulator::new(Options::from_json(&options).unwrap()).unwrap();
        Self { emulator, clock: VirtualClock::new(Timestamp::from_millis(0), auto_advance) }
    }

    pub fn send(&mut self, method: &str, path: &str, body: &Value) -> Response {
        let request = Request {
            method: method.to_owned(),
            target: format!("/v1alpha{path}"),
            headers: vec![("x-goog-api-key".to_owned(), KEY.to_owned())],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        self.clock.handle(&mut self.emulator, &request)
    }

    pub fn ok(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let response = self.send(method, path, body);
        assert_eq!(response.status, 200);
        serde_json::from_slice(&response.body).unwrap()
    }

    pub fn create(&mut self, body: &Value) -> String {
        format!("/{}", self.ok("POST", "/sessions", body)["name"].as_str().unwrap())
    }

    pub fn state(&mut self, session: &str) -> String {
        self.ok("GET", session, &Value::Null)["state"].as_str().unwrap().to_owned()
    }
}

/// A create request for the repository of the fixtures.
pub fn in_boba(prompt: &str) -> Value {
    json!({
        "prompt": prompt,
        "sourceContext": {
            "source": "sources/github/bobalover/boba",
            "githubRepoContext": {"startingBranch": "main"},
        },
    })
}

pub fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The name of an activity's event, such as `planGenerated`.
pub fn event(activity: &Value) -> String {
    let common = ["name", "id", "createTime", "originator", "description", "artifacts"];
    let fields = activity.as_object().unwrap().keys();
    fields.filter(|name| !common.contains(&name.as_str())).cloned().collect::<Vec<_>>().join(",")
}

pub fn events(activities: &[Value]) -> Vec<String> {
    activities.iter().map(event).collect()
}
