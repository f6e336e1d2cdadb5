//! The rules of the crate: dependencies between layers, lengths of files, and dependencies.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test that panics has failed")]

mod source_paths;

use std::fs;
use std::path::{Path, PathBuf};

use source_paths::{Use, paths_of};

/// Crates for JavaScript runtimes, which only `src/wasm` may use.
const RUNTIME_CRATES: [&str; 6] =
    ["js_sys", "web_sys", "wasm_bindgen", "wasm_bindgen_futures", "gloo_timers", "serde_wasm_bindgen"];

/// Clocks and randomness of the machine, which must come from the host.
const OWN_CLOCK_OR_CHANCE: [&str; 6] = ["Date", "SystemTime", "Instant", "rand", "getrandom", "fastrand"];

/// The crates that the published code may use.
const ALLOWED_DEPENDENCIES: &[&str] = &[
    "form_urlencoded",
    "futures-channel",
    "futures-util",
    "gloo-timers",
    "js-sys",
    "percent-encoding",
    "serde",
    "serde-wasm-bindgen",
    "serde_json",
    "serde_path_to_error",
    "similar",
    "slotmap",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "web-sys",
];

const MAX_LINES: usize = 450;

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The files below a path with one of the extensions.
fn files(path: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    if path.is_dir() {
        let entries = fs::read_dir(path).unwrap();
        return entries.flat_map(|entry| files(&entry.unwrap().path(), extensions)).collect();
    }
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    if path.is_file() && extensions.contains(&extension) { vec![path.to_path_buf()] } else { Vec::new() }
}

fn forbids(found: &Use, words: &[&str]) -> bool {
    found.segments.iter().any(|segment| words.contains(&segment.as_str()))
}

fn is_std_time(found: &Use) -> bool {
    found.segments.starts_with(&["std".into(), "time".into()])
}

/// Whether a path refers to one of the layers.
fn leads_into(found: &Use, layers: &[&str]) -> bool {
    let is_way_up = |segment: &&String| matches!(segment.as_str(), "crate" | "super" | "self" | "jules_wasm");
    let way_up = found.segments.iter().take_while(is_way_up).count();
    way_up > 0 && found.segments.get(way_up).is_some_and(|first| layers.contains(&first.as_str()))
}

/// Whether a path leads, from the root of the crate, to the core's plain helper for times.
fn leads_to_times(found: &Use) -> bool {
    let from_core = found.segments.iter().skip_while(|segment| *segment != "core");
    from_core.map(String::as_str).take(2).eq(["core", "time"])
}

/// The paths below `folders` that break the rule, as `file:line: path`.
fn breaches(folders: &[&str], rule: impl Fn(&Use) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for folder in folders {
        let sources = files(&in_repository(folder), &["rs"]);
        assert!(!sources.is_empty(), "{folder} has no source files");
        for file in sources {
            let text = fs::read_to_string(&file).unwrap();
            let bad = paths_of(&text).into_iter().filter(&rule);
            found.extend(bad.map(|u| format!("{}:{}: {}", file.display(), u.line, u.segments.join("::"))));
        }
    }
    found
}

const PURE: [&str; 4] = ["src/core", "src/client", "src/emulator", "src/host.rs"];

#[test]
fn only_the_wasm_layer_names_a_javascript_runtime() {
    assert_eq!(breaches(&PURE, |u| forbids(u, &RUNTIME_CRATES)), [""; 0]);
}

#[test]
fn time_and_randomness_come_from_the_host() {
    assert_eq!(breaches(&PURE, |u| is_std_time(u) || forbids(u, &OWN_CLOCK_OR_CHANCE)), [""; 0]);
}

#[test]
fn the_core_names_no_other_layer() {
    assert_eq!(breaches(&["src/core"], |u| leads_into(u, &["client", "host", "wasm", "emulator"])), [""; 0]);
}

#[test]
fn the_host_names_no_layer_above_it() {
    assert_eq!(breaches(&["src/host.rs"], |u| leads_into(u, &["client", "wasm", "emulator"])), [""; 0]);
}

#[test]
fn the_client_and_the_emulator_do_not_know_each_other() {
    assert_eq!(breaches(&["src/client"], |u| leads_into(u, &["emulator", "wasm"])), [""; 0]);
    assert_eq!(breaches(&["src/emulator"], |u| leads_into(u, &["client", "host", "wasm"])), [""; 0]);
}

#[test]
fn the_emulator_names_only_the_time_module_of_the_core() {
    assert_eq!(breaches(&["src/emulator"], |u| leads_into(u, &["core"]) && !leads_to_times(u)), [""; 0]);
}

#[test]
fn every_file_has_a_limited_length() {
    let folders = ["src", "tests", "scripts", "pkg-template", "examples", "benches"];
    let kinds = ["rs", "js", "mjs", "cjs", "ts", "html", "css"];
    let all: Vec<_> = folders.iter().flat_map(|folder| files(&in_repository(folder), &kinds)).collect();
    let length = |file: &PathBuf| fs::read_to_string(file).unwrap().lines().count();
    let long: Vec<_> = all.iter().filter(|file| length(file) > MAX_LINES).collect();
    assert!(all.len() > 10, "the folders were found");
    assert!(long.is_empty(), "longer than {MAX_LINES} lines: {long:?}");
}

/// The names of dependencies of the published code.
fn published_dependencies(manifest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_published = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(table) = line.strip_prefix('[') {
            is_published = table == "dependencies]" || table.ends_with(".dependencies]");
        } else if is_published && let Some((name, _)) = line.split_once('=') {
            names.push(name.trim().to_owned());
        }
    }
    names
}

#[test]
fn the_published_code_uses_only_allowed_crates() {
    let manifest = fs::read_to_string(in_repository("Cargo.toml")).unwrap();
    let names = published_dependencies(&manifest);
    assert!(names.contains(&"serde_json".to_owned()), "the tables were found: {names:?}");
    let others: Vec<_> = names.iter().filter(|name| !ALLOWED_DEPENDENCIES.contains(&name.as_str())).collect();
    assert!(others.is_empty(), "not allowed: {others:?}");
}

mod the_rules_can_fail {
    use super::*;

    fn any(source: &str, rule: impl Fn(&Use) -> bool) -> bool {
        paths_of(source).iter().any(rule)
    }

    #[test]
    fn a_runtime_crate_is_detected_in_a_use_a_path_and_a_group() {
        for source in ["use js_sys::Date;", "fn f(x: &web_sys::Response) {}", "use {serde::Serialize, js_sys as js};"] {
            assert!(any(source, |u| forbids(u, &RUNTIME_CRATES)), "{source}");
        }
    }

    #[test]
    fn a_clock_is_detected_in_every_notation() {
        for source in
            ["use std::time::Duration;", "use std::{fmt, time::Duration};", "let t = std :: time::UNIX_EPOCH;"]
        {
            assert!(any(source, is_std_time), "{source}");
        }
    }

    #[test]
    fn another_layer_is_detected_from_the_root_and_from_below() {
        for source in ["use crate::client::Run;", "use super::super::client;", "crate::{core::json, client::run}"] {
            assert!(any(source, |u| leads_into(u, &["client"])), "{source}");
        }
    }

    #[test]
    fn a_helper_of_the_core_is_distinguished_from_its_other_modules() {
        assert!(any("use crate::core::time::Timestamp;", leads_to_times));
        for source in ["use crate::core::json::Json;", "use crate::core::Session;", "use crate::core::outcome::time;"] {
            assert!(!any(source, leads_to_times), "{source}");
        }
    }

    #[test]
    fn comments_and_strings_are_ignored() {
        let source =
            "// js_sys::Date\n/* web_sys /* nested */ */ let a = \"std::time\"; let b = r#\"js_sys\"#; 'x: loop {}";
        assert!(!any(source, |u| forbids(u, &RUNTIME_CRATES) || is_std_time(u)));
    }

    #[test]
    fn a_module_with_the_same_name_elsewhere_is_allowed() {
        assert!(!any("use crate::core::client_name; self.client.run()", |u| leads_into(u, &["client"])));
    }

    #[test]
    fn a_dependency_of_one_target_counts_and_one_of_the_tests_does_not() {
        let manifest =
            "[dependencies]\na = \"1\"\n[target.'cfg(unix)'.dependencies]\nb = \"1\"\n[dev-dependencies]\nc = \"1\"";
        assert_eq!(published_dependencies(manifest), ["a", "b"]);
    }
}
