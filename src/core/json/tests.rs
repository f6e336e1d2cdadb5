use super::*;

fn round_trip(text: &str) -> String {
    encode(&decode(text.as_bytes()).unwrap())
}

#[test]
fn a_document_knows_the_bytes_that_would_read_as_the_same() {
    let body = |text: &str| Body::from(text);
    let document = read(&body(r#"{"state":"QUEUED"}"#)).unwrap();
    assert!(document.is_of(&body(r#"{"state":"QUEUED"}"#)));
    assert!(!document.is_of(&body(r#"{"state":"PAUSED"}"#)) && !document.is_of(&body("{}")));
    assert!(document.is(&document.clone()) && !document.is(&read(&body(r#"{"state":"QUEUED"}"#)).unwrap()));
}

#[test]
fn every_kind_of_value_comes_out_as_it_went_in() {
    for text in [
        "null",
        "true",
        "false",
        "0",
        "-0.5e+10",
        "31415926535897932384",
        "1E400",
        "\"\"",
        "[]",
        "{}",
        r#"{"b":[1,"2",{"c":null}],"a":"\"\\\n\r\t\u0001é😀"}"#,
    ] {
        assert_eq!(round_trip(text), text);
    }
}

#[test]
fn white_space_and_escapes_are_read() {
    assert_eq!(round_trip(" {\n\"a\" :\t[ 1 , 2 ]\r} "), r#"{"a":[1,2]}"#);
    assert_eq!(round_trip(r#""\u0041\/\b\f\ud83d\ude00""#), "\"A/\\u0008\\u000c😀\"");
}

#[test]
fn half_a_surrogate_pair_reads_as_the_replacement_character() {
    assert_eq!(round_trip(r#""\ud83d-""#), "\"\u{FFFD}-\"");
    assert_eq!(round_trip(r#""\ud83d\u0041\ude00""#), "\"\u{FFFD}A\u{FFFD}\"");
}

#[test]
fn what_is_no_json_is_refused_with_the_place() {
    for text in [
        "<html>",
        "{",
        "[1,",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "01",
        "-",
        "1.",
        "1e",
        ".5",
        "+1",
        "nul",
        "{} {}",
        "[1,]",
        "{\"a\":1,}",
        "'a'",
    ] {
        let problem = decode(text.as_bytes()).unwrap_err().to_string();
        assert!(problem.contains("byte"), "{text}: {problem}");
    }
}

#[test]
fn a_body_that_was_cut_is_told_as_such() {
    assert_eq!(decode(br#"{"name": "sess"#).unwrap_err().to_string(), "it ends early, after 14 bytes");
}

#[test]
fn nesting_that_would_overflow_the_stack_is_refused() {
    let deep = "[".repeat(100_000);
    assert!(decode(deep.as_bytes()).unwrap_err().to_string().contains("nested too deeply"));
    let fine = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert!(decode(fine.as_bytes()).is_ok());
}

#[test]
fn no_body_and_a_byte_order_mark_do_no_harm() {
    assert_eq!(decode(b"").unwrap(), Json::Object(Vec::new()));
    assert_eq!(decode(b" \n").unwrap(), Json::Object(Vec::new()));
    assert_eq!(encode(&decode("\u{FEFF}[1]".as_bytes()).unwrap()), "[1]");
    assert_eq!(encode(&decode(b"\"\xFF\"").unwrap()), "\"\u{FFFD}\"");
}

fn large(patch: &str) -> LargeText {
    let document = read(&format!(r#"{{"unidiffPatch":"{patch}"}}"#).into()).unwrap();
    Node::of(&document).get("unidiffPatch").large_text()
}

#[test]
fn large_texts_are_compared_wherever_they_are() {
    let text = "x".repeat(10_000);
    assert!(large(&text).kept_or_here().is_ok());
    assert_eq!(large(&text), large(&text));
    assert_eq!(large(&text), LargeText::from(text.as_str()));
    assert_ne!(large(&text), large(&format!("{text}x")));
    assert_ne!(large(&text), large(&text.replacen("xx", "xy", 1)));
    assert_eq!(format!("{:?}", large(&text)), "LargeText(10000 bytes)", "it is not printed");
}

#[test]
fn a_large_string_that_is_cut_or_broken_is_refused() {
    let start = format!(r#"{{"data":"{}"#, "x".repeat(600));
    for end in ["", "\\", "\\u12", "\n", "\\q\"}", "\"", "\",}"] {
        assert!(read(&format!("{start}{end}").into()).is_err(), "{end:?}");
    }
    assert!(read(&format!("{start}\"}}").into()).is_ok());
}

#[test]
fn an_ill_typed_field_reads_as_its_default() {
    let body = decode(br#"{"a":1,"b":"x","c":null,"d":[1],"e":"12","f":1.5}"#).unwrap();
    let node = Node::of(&body);
    assert_eq!(node.get("a").text(), "");
    assert_eq!(node.get("b").integer(), 0);
    assert!(!node.get("c").exists());
    assert_eq!(node.get("d").items().count(), 1);
    assert_eq!(node.get("e").integer(), 12);
    assert_eq!(node.get("f").integer(), 0);
    assert_eq!(node.get("b").items().count(), 0);
    assert!(!node.get("a").get("b").is_object());
}

#[cfg(not(target_arch = "wasm32"))]
mod against_the_usual_reader {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_value_is_read_and_written_alike(value in values(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let written = encode(&decode(text.as_bytes()).unwrap());
            prop_assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        }

        #[test]
        fn damaged_text_is_read_or_refused_alike(value in values(), at: prop::sample::Index, with in "[\\[\\]{},:\"\\\\0-9eE.truefalsn -]{0,2}") {
            let text = serde_json::to_string(&value).unwrap();
            let at = at.index(text.len() + 1);
            prop_assume!(text.is_char_boundary(at));
            let (before, after) = text.split_at(at);
            let mut after = after.chars();
            after.next();
            let damaged = format!("{before}{with}{}", after.as_str());
            prop_assume!(!damaged.trim().is_empty());
            let usual = serde_json::from_str::<Value>(&damaged);
            // The usual reader refuses numbers that no float can hold and lone surrogates, which are kept here.
            let usual_refuses = usual.as_ref().is_err_and(|e| !e.to_string().contains("out of range") && !e.to_string().contains("surrogate"));
            let ours = decode(damaged.as_bytes());
            if usual.is_ok() {
                prop_assert!(ours.is_ok(), "{damaged}: {ours:?}");
            } else if usual_refuses && !damaged.contains("\\ud") {
                prop_assert!(ours.is_err(), "{damaged}");
            }
        }

        #[test]
        fn no_bytes_whatever_make_it_panic(bytes: Vec<u8>) {
            let _ = decode(&bytes);
            let _ = read(&bytes.into());
        }

        #[test]
        fn where_a_chunk_of_the_body_ends_makes_no_difference(value in values(), before_the_border in 0usize..80) {
            let text = serde_json::to_string(&value).unwrap();
            let padded = format!("{}{text}", " ".repeat(64 * 1024 - before_the_border));
            prop_assert_eq!(decode(padded.as_bytes()).unwrap(), decode(text.as_bytes()).unwrap());
            let cut = padded.len() - text.len() / 2 - 1;
            prop_assert!(decode(&padded.as_bytes()[..cut]).is_err() || value.is_number() || cut <= padded.len() - text.len());
        }

        #[test]
        fn a_large_string_is_the_same_kept_or_not(piece: String, count in 1usize..4000, shift in 0usize..40) {
            let patch = piece.repeat(count);
            let text = format!("{}{}", " ".repeat(shift), serde_json::json!({"gitPatch": {"unidiffPatch": patch}, "title": patch}));
            let document = read(&text.clone().into()).unwrap();
            let node = Node::of(&document);
            let kept = node.get("gitPatch").get("unidiffPatch");
            prop_assert_eq!(kept.str().is_none(), serde_json::to_string(&patch).unwrap().len() - 2 >= 512 && kept.large_text().kept_or_here().is_ok());
            prop_assert_eq!(kept.large_text().text(), patch.as_str());
            prop_assert_eq!(node.get("title").str(), Some(patch.as_str()), "what is compared is never left in the body");
            prop_assert_eq!(&document, &decode(text.as_bytes()).unwrap(), "a copy is whole");
        }
    }
}
