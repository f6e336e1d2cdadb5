//! The recorded answers, and how the product reads each.

use jules_wasm::core::failure::Exchange;
use jules_wasm::core::http::{Method, Response};
use jules_wasm::core::json::{self, Json, Node};
use jules_wasm::core::mapping;
use serde::Serialize;
use serde_json::{Value, json};

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Session,
    Sessions,
    Activity,
    Activities,
    Source,
    Sources,
    Error,
}

pub struct Fixture {
    pub name: String,
    pub kind: Kind,
    pub wire: Value,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        // The first that fits counts.
        let kinds = [
            ("sessions-list-", Self::Sessions),
            ("session-", Self::Session),
            ("activities-", Self::Activities),
            ("activity-", Self::Activity),
            ("sources-list-", Self::Sources),
            ("source", Self::Source),
            ("error-", Self::Error),
            ("list-empty", Self::Sessions),
            ("empty-response", Self::Session),
        ];
        kinds.iter().find(|(start, _)| name.starts_with(start)).map(|(_, kind)| *kind)
    }

    /// The model of an answer, as a caller sees it.
    pub fn read(self, wire: &Value) -> Value {
        let body = json::decode(wire.to_string().as_bytes()).unwrap();
        let node = Node::of(&body);
        match self {
            Self::Session => shown(&mapping::session(node)),
            Self::Sessions => shown(&mapping::sessions(node)),
            Self::Activity => shown(&mapping::activity(node)),
            Self::Activities => shown(&mapping::page(node, "activities", mapping::activity)),
            Self::Source => shown(&mapping::source(node)),
            Self::Sources => shown(&mapping::page(node, "sources", mapping::source)),
            Self::Error => {
                let exchange = Exchange {
                    method: Method::Get,
                    url: "https://service.test/v1alpha/x",
                    attempts: 1,
                    has_contact: true,
                };
                let body = wire.to_string().into_bytes().into();
                shown(&exchange.error_status(&Response { status: 400, body, ..Response::default() }, false).1)
            }
        }
    }
}

fn shown<T: Serialize>(model: &T) -> Value {
    serde_json::from_str(&json::encode(model)).unwrap()
}

fn folder() -> String {
    format!("{}/tests/fixtures", env!("CARGO_MANIFEST_DIR"))
}

pub fn load(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(format!("{}/{name}.json", folder())).unwrap()).unwrap()
}

/// All recorded answers.
pub fn all() -> Vec<Fixture> {
    let names = std::fs::read_dir(folder()).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".json").map(str::to_owned)
    });
    let mut fixtures: Vec<_> = names
        .filter(|name| !name.starts_with("request-"))
        .map(|name| {
            let kind = Kind::of(&name).unwrap_or_else(|| panic!("nobody reads {name}"));
            Fixture { wire: load(&name), kind, name }
        })
        .collect();
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(fixtures.len() > 35, "only {}", fixtures.len());
    fixtures
}

#[test]
fn what_is_not_known_is_kept_to_the_letter() {
    for fixture in all() {
        let text = fixture.wire.to_string();
        let copy = Node::of(&json::decode(text.as_bytes()).unwrap()).to_json();
        assert_eq!(json::encode(&copy), text, "{}", fixture.name);
    }
}

#[test]
fn null_and_nothing_read_the_same() {
    for kind in [Kind::Session, Kind::Sessions, Kind::Activities, Kind::Sources] {
        assert_eq!(kind.read(&json!(null)), kind.read(&json!({})), "{kind:?}");
        assert_eq!(kind.read(&json!([])), kind.read(&json!({})), "{kind:?}");
    }
    assert_eq!(json::decode(b"").unwrap(), Json::Object(Vec::new()));
}
