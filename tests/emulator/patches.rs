//! The patches of change sets, checked by git.

use crate::support::{Service, in_boba};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The built-in scenarios, which contain the files of the base commit.
const SCENARIOS: &str = include_str!("../../src/emulator/scenarios.json");

fn git_apply(folder: &Path, arguments: &[&str], patch: &str) -> String {
    let mut child = Command::new("git")
        .current_dir(folder)
        .arg("apply")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(patch.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{patch}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn write(folder: &Path, path: &str, content: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// The file changes of all steps of a script.
fn files(steps: &Value) -> Vec<Value> {
    let steps = steps.as_array().unwrap().iter();
    steps.flat_map(|step| step["progress"]["files"].as_array().cloned().unwrap_or_default()).collect()
}

fn base_tree(folder: &Path, files: &[Value]) {
    for file in files {
        if let Some(before) = file["before"].as_str() {
            write(folder, file["from"].as_str().or(file["path"].as_str()).unwrap(), before);
        }
    }
}

fn patches(service: &mut Service, session: &str) -> Vec<String> {
    let activities = service.activities(session);
    let artifacts = activities.iter().flat_map(|a| a["artifacts"].as_array().cloned().unwrap_or_default());
    artifacts.filter_map(|a| a["changeSet"]["gitPatch"]["unidiffPatch"].as_str().map(str::to_owned)).collect()
}

#[test]
fn git_applies_every_change_set_of_the_default_scenario_to_the_base() {
    let mut service = Service::new();
    let session = service.create(in_boba("Add a {corgi} theme"));
    service.run_until(&session, &["COMPLETED"]);
    let patches = patches(&mut service, &session);
    assert_eq!(patches.len(), 3);
    let scenarios: Value = serde_json::from_str(SCENARIOS).unwrap();
    let files = [files(&scenarios["first-changes"]), files(&scenarios["more-changes"])].concat();
    for patch in &patches {
        let folder = tempfile::tempdir().unwrap();
        base_tree(folder.path(), &files);
        git_apply(folder.path(), &[], patch);
        let readme = fs::read_to_string(folder.path().join("README.md")).unwrap();
        assert!(readme.starts_with("# Add a {corgi} theme\n"), "{readme}");
    }
    let folder = tempfile::tempdir().unwrap();
    let summary = git_apply(folder.path(), &["--numstat", "--summary"], &patches[2]);
    let expected = [
        "11\t0\tREADME.md",
        "1\t1\tdocs/getting-started.md",
        "4\t0\tscripts/check.sh",
        "0\t2\tsrc/legacy.js",
        "3\t3\tsrc/settings.js",
        " create mode 100644 README.md",
        " rename docs/{setup.md => getting-started.md} (79%)",
        " create mode 100644 scripts/check.sh",
        " delete mode 100644 src/legacy.js",
    ];
    assert_eq!(summary.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn change_sets_are_cumulative_and_the_last_one_is_the_output() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    let outputs = service.run_until(&session, &["COMPLETED"])["outputs"].clone();
    let patches = patches(&mut service, &session);
    let names = |patch: &str| {
        patch.lines().filter(|line| line.starts_with("diff --git")).map(str::to_owned).collect::<Vec<_>>()
    };
    let (first, last) = (names(&patches[0]), names(&patches[1]));
    assert!(first.iter().all(|name| last.contains(name)) && first.len() < last.len(), "{first:?} {last:?}");
    assert_eq!(outputs[0]["changeSet"]["gitPatch"]["unidiffPatch"], json!(patches[1]));
    assert_eq!(patches[2], patches[1], "the completion has it too");
}

#[test]
fn without_a_repository_there_are_only_new_files_and_no_base_commit() {
    let mut service = Service::new();
    let session = service.create_repoless("Write hello.ts");
    let outputs = service.run_until(&session, &["COMPLETED"])["outputs"].clone();
    let change_set = &outputs[0]["changeSet"];
    assert_eq!((change_set.get("source"), change_set["gitPatch"].get("baseCommitId")), (None, None));
    let folder = tempfile::tempdir().unwrap();
    let patch = change_set["gitPatch"]["unidiffPatch"].as_str().unwrap();
    let summary = git_apply(folder.path(), &["--summary", "--apply"], patch);
    assert_eq!(
        summary.lines().collect::<Vec<_>>(),
        [" create mode 100644 README.md", " create mode 100644 scripts/check.sh"]
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("scripts/check.sh")).unwrap(),
        "#!/bin/sh\nset -eu\ntest -f README.md\necho 'all good'\n"
    );
}

#[test]
fn git_applies_patches_of_special_files() {
    let lines = |numbers: std::ops::Range<i32>| numbers.map(|n| format!("line {n}\n")).collect::<String>();
    let files = json!([
        {"path": "no newline", "before": "a\nb", "after": "a\nc"},
        {"path": "newline added", "before": "a\nb", "after": "a\nb\n"},
        {"path": "empty", "after": ""},
        {"path": "emptied", "before": "x\n", "after": ""},
        {"path": "umlaut-ä\"\t\\.txt", "after": "ä\n"},
        {"path": "far apart", "before": lines(0..60), "after": format!("first\n{}", lines(0..55))},
        {"path": "moved/as it is", "from": "here/as it is", "before": "same\n"},
        {"path": "one line", "after": "only"},
        {"path": "looks like a header", "before": "-- a\n++ b\n", "after": "++ b\n-- a\n"},
        {"path": "gone", "before": "one line\n"},
        {"path": "crlf", "before": "a\r\nb\r\n", "after": "a\r\nc\r\n"},
    ]);
    let mut service = Service::with_json(json!({"scenario": "awkward", "scenarios": {
        "awkward": [{"progress": {"files": files}}, {"complete": {}}]
    }}));
    let session = service.create(in_boba("x"));
    service.run_until(&session, &["COMPLETED"]);
    let patch = patches(&mut service, &session).pop().unwrap();
    let folder = tempfile::tempdir().unwrap();
    base_tree(folder.path(), files.as_array().unwrap());
    git_apply(folder.path(), &[], &patch);
    for file in files.as_array().unwrap() {
        let path = folder.path().join(file["path"].as_str().unwrap());
        let renamed = file["from"].as_str().and(file["before"].as_str());
        match file["after"].as_str().or(renamed) {
            Some(after) => assert_eq!(fs::read_to_string(&path).unwrap(), after, "{path:?}"),
            None => assert!(!path.exists(), "{path:?}"),
        }
    }
}

#[test]
fn a_file_that_was_created_and_deleted_is_not_in_the_patch() {
    let mut service = Service::with_json(json!({"scenario": "s", "scenarios": {"s": [
        {"progress": {"files": [{"path": "a", "after": "1\n"}, {"path": "b", "after": "1\n"}]}},
        {"progress": {"files": [{"path": "a", "before": "1\n"}]}},
        {"complete": {}},
    ]}}));
    let session = service.create(in_boba("x"));
    service.run_until(&session, &["COMPLETED"]);
    let patches = patches(&mut service, &session);
    assert!(patches[0].contains("b/a") && !patches[2].contains("b/a"), "{patches:?}");
}
