//! What crosses to JavaScript: read back here, it is what serde says of the same values.
#![cfg(not(target_arch = "wasm32"))]
// Clippy exempts only the test functions by itself, not what they call.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::json::{LargeText, Node, decode, encode, read};
use jules_wasm::core::mapping;
use jules_wasm::core::tape::{Emit, Tape, Told};
use serde_json::{Map, Value, json};

/// Reads tapes as the façade does.
#[derive(Default)]
struct Reader {
    told: Told,
    shapes: Vec<Vec<String>>,
    known: Vec<String>,
}

struct Place<'a> {
    tape: &'a Tape,
    at: usize,
    from: usize,
    wide: Vec<u16>,
    wide_from: usize,
}

impl Place<'_> {
    fn word(&mut self) -> usize {
        self.at += 1;
        self.tape.words[self.at - 1] as usize
    }

    fn text(&mut self, length: usize) -> String {
        self.from += length;
        let text = std::str::from_utf8(&self.tape.text[self.from - length..self.from]).unwrap();
        assert!(text.is_ascii());
        text.to_owned()
    }

    fn wide(&mut self, length: usize) -> String {
        self.wide_from += length;
        let text = String::from_utf16(&self.wide[self.wide_from - length..self.wide_from]).unwrap();
        assert!(!text.is_ascii());
        text
    }
}

impl Reader {
    fn read(&mut self, value: &dyn Emit) -> Value {
        let tape = Tape::write(value, &mut self.told);
        for line in tape.told.split('\n').skip(1) {
            match line.split_at(1) {
                ("=", text) => self.known.push(text.to_owned()),
                (_, names) => self.shapes.push(names.split_terminator(',').map(str::to_owned).collect()),
            }
        }
        let mut place = Place { tape: &tape, at: 0, from: 0, wide: tape.wide.encode_utf16().collect(), wide_from: 0 };
        let value = self.next(&mut place);
        assert_eq!((place.at, place.from), (tape.words.len(), tape.text.len()), "all of it was read");
        assert_eq!(place.wide_from, place.wide.len(), "all of it was read");
        value
    }

    fn next(&self, place: &mut Place<'_>) -> Value {
        let word = place.word();
        let number = word >> 3;
        match word & 7 {
            0 => place.text(number).into(),
            1 => (i32::try_from(word as i64 - if word >> 31 == 1 { 1 << 32 } else { 0 }).unwrap() >> 3).into(),
            2 => {
                let names = &self.shapes[number];
                names.iter().map(|name| (name.clone(), self.next(place))).collect::<Map<_, _>>().into()
            }
            3 => (0..number).map(|_| self.next(place)).collect(),
            4 => [json!(null), json!(false), json!(true)][number].clone(),
            5 => self.known[number].clone().into(),
            6 => {
                let (start, end) = (place.word(), place.word());
                let inside = String::from_utf8(place.tape.bodies[number].slice(start, end)).unwrap();
                serde_json::from_str(&format!("\"{inside}\"")).unwrap()
            }
            _ if number == 0 => {
                let length = place.word();
                serde_json::from_str(&place.text(length)).unwrap()
            }
            _ if number == 2 => {
                let length = place.word();
                place.wide(length).into()
            }
            _ => {
                let count = place.word();
                let fields = (0..count).map(|_| (self.next(place).as_str().unwrap().to_owned(), self.next(place)));
                fields.collect::<Map<_, _>>().into()
            }
        }
    }
}

fn by_serde<T: serde::Serialize>(value: &T) -> Value {
    serde_json::from_str(&encode(value)).unwrap()
}

#[test]
fn every_recorded_answer_crosses_as_serde_writes_it() {
    let mut reader = Reader::default();
    let mut count = 0;
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let document = read(&std::fs::read(&path).unwrap().into()).unwrap();
        let node = Node::of(&document);
        let (session, activity, source) = (mapping::session(node), mapping::activity(node), mapping::source(node));
        assert_eq!(reader.read(&session), by_serde(&session), "{path:?}");
        assert_eq!(reader.read(&activity), by_serde(&activity), "{path:?}");
        assert_eq!(reader.read(&source), by_serde(&source), "{path:?}");
        let sessions = mapping::sessions(node);
        assert_eq!(reader.read(&sessions), by_serde(&sessions), "{path:?}");
        let activities = mapping::page(node, "activities", mapping::activity);
        assert_eq!(reader.read(&activities), by_serde(&activities), "{path:?}");
        let sources = mapping::page(node, "sources", mapping::source);
        assert_eq!(reader.read(&sources), by_serde(&sources), "{path:?}");
        count += 1;
    }
    assert!(count > 30, "{count} files");
}

#[test]
fn an_error_crosses_with_all_that_it_tells() {
    let mut error = Error::new(ErrorKind::UnknownOutcome, "Words, ä and 😀.");
    assert_eq!(Reader::default().read(&error), by_serde(&error));
    error.status = Some(503);
    error.retry_after_ms = Some(u64::from(u32::MAX) * 1000);
    error.candidates = Some(vec!["1".to_owned()]);
    error.failure = Some(Error::new(ErrorKind::Network, "What kept failing"));
    error.details =
        decode(br#"[{"__proto__":[-0.5e3,null,true,"x"]}]"#).ok().map(|document| Node::of(&document).to_json());
    assert_eq!(Reader::default().read(&error), by_serde(&error));
}

#[test]
fn integers_of_any_size_and_texts_of_any_script_cross() {
    let mut reader = Reader::default();
    for number in [0, 1, -1, (1 << 28) - 1, 1 << 28, -(1 << 28), -(1 << 28) - 1, i64::MAX, i64::MIN] {
        assert_eq!(reader.read(&number), json!(number));
    }
    for text in ["", "a", "é", "日本", "😀", "a😀é"] {
        assert_eq!(reader.read(&vec![text, "b", text]), json!([text, "b", text]));
    }
    for length in 0..70 {
        for place in 0..=length {
            let ascii = "x".repeat(length);
            let (before, after) = ascii.split_at(place);
            let wide = format!("{before}é{after}");
            assert_eq!(reader.read(&vec![&*ascii, &*wide, &*ascii]), json!([ascii, wide, ascii]));
        }
    }
}

#[test]
fn what_is_kept_crosses_as_where_it_is() {
    let patch = "+é\n".repeat(400);
    let body =
        json!({"progressUpdated": {}, "artifacts": [{"changeSet": {"gitPatch": {"unidiffPatch": patch}}}]}).to_string();
    let document = read(&body.into()).unwrap();
    let activity = mapping::activity(Node::of(&document));
    let tape = Tape::write(&activity, &mut Told::default());
    assert_eq!((tape.bodies.len(), tape.wide.as_str()), (1, ""));
    let shown = Reader::default().read(&activity);
    assert_eq!(shown["artifacts"][0]["gitPatch"]["unidiffPatch"], json!(patch));
    assert_eq!(Reader::default().read(&LargeText::from("short")), json!("short"));
}
