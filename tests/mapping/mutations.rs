//! Every part of every recorded answer, in turn: taken away, renamed, made something else.

use crate::fixtures::{Fixture, Kind, all};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The pointers (RFC 6901) of everything in a document but the document itself.
fn pointers(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut children = |key: &str, child: &Value| {
        let key = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
        found.push(key.clone());
        found.extend(pointers(child).into_iter().map(|below| key.clone() + &below));
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| children(&index.to_string(), item)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| children(name, field)),
        _ => {}
    }
    found
}

fn parent_and_key(pointer: &str) -> (&str, String) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    (parent, key.replace("~1", "/").replace("~0", "~"))
}

fn without(wire: &Value, pointer: &str) -> Value {
    let (parent, key) = parent_and_key(pointer);
    let mut wire = wire.clone();
    match wire.pointer_mut(parent).unwrap() {
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        Value::Object(fields) => drop(fields.remove(&key)),
        _ => panic!("{pointer}"),
    }
    wire
}

fn replaced(wire: &Value, pointer: &str, by: Value) -> Value {
    let mut wire = wire.clone();
    *wire.pointer_mut(pointer).unwrap() = by;
    wire
}

fn renamed(wire: &Value, pointer: &str) -> Option<Value> {
    let (parent, key) = parent_and_key(pointer);
    let mut wire = wire.clone();
    let fields = wire.pointer_mut(parent)?.as_object_mut()?;
    let value = fields.remove(&key)?;
    fields.insert("futureField".to_owned(), value);
    Some(wire)
}

/// A value of every type, and those at the edges of the types.
fn wrong_values() -> [Value; 14] {
    [
        json!(null),
        json!(7),
        json!(-1),
        json!(1.5e300),
        json!(u64::MAX),
        json!(true),
        json!(false),
        json!(""),
        json!("text"),
        json!("\u{0}\u{FFFF}/:,;"),
        json!([]),
        json!([null, 7, "text", [], {}]),
        json!({}),
        json!({"futureField": {"a": [1]}}),
    ]
}

/// Everything that can become of one part of an answer, with the words for it.
fn mutations(wire: &Value, pointer: &str) -> Vec<(String, Value)> {
    let mut found = vec![(format!("without {pointer}"), without(wire, pointer))];
    found.extend(renamed(wire, pointer).map(|wire| (format!("with {pointer} renamed"), wire)));
    for value in wrong_values() {
        found.push((format!("with {value} at {pointer}"), replaced(wire, pointer, value)));
    }
    found
}

fn lists(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Sessions => Some("sessions"),
        Kind::Activities => Some("activities"),
        Kind::Sources => Some("sources"),
        _ => None,
    }
}

#[test]
fn nothing_that_is_missing_or_wrong_makes_reading_fail() {
    let mut count = 0;
    for Fixture { name, kind, wire } in all() {
        for pointer in pointers(&wire) {
            for (what, wire) in mutations(&wire, &pointer) {
                let read = std::panic::catch_unwind(|| kind.read(&wire));
                assert!(read.is_ok_and(|model| model.is_object()), "{name} {what}");
                count += 1;
            }
        }
    }
    assert!(count > 10_000, "only {count}");
}

#[test]
fn a_broken_entry_never_costs_the_others_of_its_list() {
    let mut count = 0;
    for Fixture { name, kind, wire } in all() {
        let Some(key) = lists(kind) else { continue };
        let whole = kind.read(&wire)["items"].as_array().unwrap().clone();
        for pointer in pointers(&wire).iter().filter(|pointer| pointer.starts_with(&format!("/{key}/"))) {
            let mut parts = pointer.split('/').skip(2);
            let index: usize = parts.next().unwrap().parse().unwrap();
            let is_entry = parts.next().is_none();
            for (what, mutated) in mutations(&wire, pointer) {
                let mut items = kind.read(&mutated)["items"].as_array().unwrap().clone();
                let mut others = whole.clone();
                others.remove(index);
                // What is left of a session that does not tell whose it is nobody can ask for; of all else the raw is kept.
                if !(is_entry && (kind == Kind::Sessions || what.starts_with("without"))) {
                    assert_eq!(items.len(), whole.len(), "{name} {what}");
                    items.remove(index);
                }
                assert_eq!(items, others, "{name} {what}");
                count += 1;
            }
        }
    }
    assert!(count > 5_000, "only {count}");
}

/// Everything in a model that is no list or object, by its pointer.
fn leaves(model: &Value) -> BTreeMap<String, String> {
    let all = pointers(model).into_iter().filter_map(|pointer| {
        let value = model.pointer(&pointer)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (!value.is_array() && !value.is_object()).then_some((pointer, text))
    });
    all.collect()
}

/// Whether something in the model follows from a value of the answer otherwise than by holding it.
fn follows_from(model: &str, wire: &str) -> bool {
    let ends = |pointer: &str, key: &str| pointer.ends_with(&format!("/{key}"));
    ends(wire, "state") && (ends(model, "state") || ends(model, "rawState"))
        || (ends(wire, "createTime") || ends(wire, "id") || ends(wire, "name")) && ends(model, "cursor")
}

#[test]
fn a_wrong_value_changes_nothing_but_what_is_made_of_it() {
    let mut count = 0;
    // Of an error everything is in the message too.
    for Fixture { name, kind, wire } in all().into_iter().filter(|fixture| fixture.kind != Kind::Error) {
        let before = leaves(&kind.read(&wire));
        for (pointer, old) in leaves(&wire) {
            for value in [json!(null), json!([]), json!({}), json!({"futureField": 1})] {
                let after = leaves(&kind.read(&replaced(&wire, &pointer, value.clone())));
                for (place, shown) in before.iter().filter(|(place, shown)| after.get(*place) != Some(shown)) {
                    let is_made_of_it = shown.to_lowercase().contains(&old.to_lowercase());
                    assert!(
                        is_made_of_it || follows_from(place, &pointer),
                        "{name} with {value} at {pointer}: {place} was {shown}, is {:?}",
                        after.get(place)
                    );
                    count += 1;
                }
            }
        }
    }
    assert!(count > 500, "only {count}");
}

#[test]
fn an_unknown_state_is_kept_beside_the_unspecified_one() {
    let mut count = 0;
    for Fixture { name, kind, wire } in all().into_iter().filter(|f| matches!(f.kind, Kind::Session | Kind::Sessions)) {
        for pointer in pointers(&wire).into_iter().filter(|pointer| pointer.ends_with("/state")) {
            let place = pointer.trim_end_matches("/state").replace("/sessions/", "/items/");
            for state in ["CANCELLED", "RUNNING", "completed", "", "ÜBER"] {
                let model = kind.read(&replaced(&wire, &pointer, json!(state)));
                let session = model.pointer(&place).unwrap();
                assert_eq!(session["state"], json!("unspecified"), "{name} {pointer}");
                assert_eq!(session["rawState"], json!(state), "{name} {pointer}");
                count += 1;
            }
        }
    }
    assert!(count > 50, "only {count}");
}

#[test]
fn an_unknown_event_is_kept_whole() {
    let events = [
        "agentMessaged",
        "userMessaged",
        "planGenerated",
        "planApproved",
        "progressUpdated",
        "sessionCompleted",
        "sessionFailed",
    ];
    let mut seen = Vec::new();
    for Fixture { name, kind, wire } in all().into_iter().filter(|f| f.kind == Kind::Activities) {
        for (index, activity) in wire["activities"].as_array().unwrap().iter().enumerate() {
            for event in events.iter().filter(|event| activity.get(event).is_some()) {
                let mutated = renamed(&wire, &format!("/activities/{index}/{event}")).unwrap();
                let shown = kind.read(&mutated)["items"][index].clone();
                assert_eq!(shown["type"], json!("unknown"), "{name} {index}");
                assert_eq!(shown["raw"], mutated["activities"][index], "{name} {index}");
                assert_eq!(shown["id"], activity["id"]);
                seen.push(*event);
            }
        }
    }
    assert!(events.iter().all(|event| seen.contains(event)), "{seen:?}");
}

#[test]
fn an_unknown_artifact_output_or_source_is_kept_whole() {
    let unions = ["changeSet", "media", "bashOutput", "pullRequest", "githubRepo"];
    let mut seen = Vec::new();
    for Fixture { name, kind, wire } in all() {
        for pointer in pointers(&wire) {
            let (parent, member) = parent_and_key(&pointer);
            if !unions.contains(&member.as_str()) {
                continue;
            }
            let mutated = renamed(&wire, &pointer).unwrap();
            let place = ["/sessions/", "/activities/", "/sources/"]
                .iter()
                .find_map(|list| parent.strip_prefix(list))
                .map_or_else(|| parent.to_owned(), |rest| format!("/items/{rest}"));
            let shown = kind.read(&mutated).pointer(&place).unwrap().clone();
            assert_eq!(shown["type"], json!("unknown"), "{name} {pointer}");
            assert_eq!(shown["raw"], *mutated.pointer(parent).unwrap(), "{name} {pointer}");
            seen.push(member);
        }
    }
    assert!(unions.iter().all(|member| seen.iter().any(|known| known == member)), "{seen:?}");
}
