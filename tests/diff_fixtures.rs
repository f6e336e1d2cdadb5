//! The patches of recorded sessions.
#![cfg(not(target_arch = "wasm32"))]
// Clippy exempts only the test functions by itself, not what they call.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use jules_wasm::core::diff::{ChangeType, FileChange, parse};
use jules_wasm::core::json::{Node, decode};

fn patch_of(session: &[u8]) -> String {
    let session = decode(session).unwrap();
    let output = Node::of(&session).get("outputs").items().find(|output| output.get("changeSet").exists()).unwrap();
    output.get("changeSet").get("gitPatch").get("unidiffPatch").text().into()
}

fn counts(files: &[FileChange]) -> Vec<(&str, ChangeType, u32, u32)> {
    files.iter().map(|file| (file.path.as_str(), file.change_type, file.additions, file.deletions)).collect()
}

#[test]
fn a_session_with_a_change_set_has_a_modified_a_created_and_a_deleted_file() {
    let patch = patch_of(include_bytes!("fixtures/session-completed-with-pr-and-changeset.json"));
    let files = parse(&patch);
    let expected = [
        ("src/App.js", ChangeType::Modified, 3, 2),
        ("src/boba.json", ChangeType::Created, 3, 0),
        ("src/logo.svg", ChangeType::Deleted, 0, 1),
    ];
    assert_eq!(counts(&files), expected);
    assert_eq!(files[1].content.as_deref(), Some("[\n  \"taro\"\n]"), "without a final newline");
    assert_eq!(files.iter().map(|file| file.patch.as_str()).collect::<String>(), patch);
    assert!(files.iter().all(|file| !file.incomplete));
}

#[test]
fn a_repoless_session_has_the_whole_of_the_file_it_made() {
    let files = parse(&patch_of(include_bytes!("fixtures/session-repoless-completed-changeset.json")));
    assert_eq!(counts(&files), [("hello.ts", ChangeType::Created, 3, 0)]);
    assert_eq!(files[0].content.as_deref(), Some("export function hello() {\n  return 'world';\n}\n"));
}
