//! Patches of random changes, read by us and by git itself.
#![cfg(not(target_arch = "wasm32"))]
// Clippy exempts only the test functions by itself, not what they call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice)]

mod diff_support;

use diff_support::git::{FORMS, Form, Repository};
use diff_support::trees::{Change, Entry, change, line};
use jules_wasm::core::diff::{ChangeType, FileChange, parse, parse_json};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use std::sync::LazyLock;

static REPOSITORY: LazyLock<Repository> = LazyLock::new(Repository::new);

/// What `git apply --numstat -z --summary` would say if it had read what we did.
fn as_git_says(files: &[FileChange]) -> String {
    let counts = files.iter().map(|file| match file.binary {
        true => format!("-\t-\t{}\0", file.path),
        false => format!("{}\t{}\t{}\0", file.additions, file.deletions, file.path),
    });
    counts.chain(files.iter().map(summary)).collect()
}

fn summary(file: &FileChange) -> String {
    let (path, old, new) = (&file.path, file.old_mode.as_deref(), file.new_mode.as_deref());
    let similarity = file.similarity.unwrap_or_default();
    match (file.change_type, old.zip(new)) {
        (ChangeType::Created, _) => format!(" create mode {} {path}\n", new.unwrap_or_default()),
        (ChangeType::Deleted, _) => format!(" delete mode {} {path}\n", old.unwrap_or_default()),
        (ChangeType::Modified, Some((old, new))) if file.similarity.is_none() => {
            format!(" mode change {old} => {new} {path}\n")
        }
        (ChangeType::Modified, None) if file.similarity.is_none() => String::new(),
        (kind, modes) => {
            let moved = || moved(file.old_path.as_deref().unwrap_or_default(), path);
            let what = match kind {
                ChangeType::Renamed => format!("rename {} ({similarity}%)", moved()),
                ChangeType::Copied => format!("copy {} ({similarity}%)", moved()),
                _ => format!("rewrite {path} ({}%)", 100 - similarity),
            };
            let modes = modes.map(|(old, new)| format!(" mode change {old} => {new}\n"));
            format!(" {what}\n{}", modes.unwrap_or_default())
        }
    }
}

/// `dir/{old => new}`: the folders that both paths begin with stand once.
fn moved(old: &str, new: &str) -> String {
    let folders = old.split_inclusive('/').zip(new.split_inclusive('/'));
    let shared: usize = folders.take_while(|(a, b)| a == b && a.ends_with('/')).map(|(folder, _)| folder.len()).sum();
    match shared {
        0 => format!("{old} => {new}"),
        _ => format!("{}{{{} => {}}}", &old[..shared], &old[shared..], &new[shared..]),
    }
}

fn check_created_content(files: &[FileChange], change: &Change) {
    for file in files {
        let made = change.after.get(&file.path).filter(|_| file.change_type == ChangeType::Created);
        let expected = made.filter(|_| !file.binary).and_then(Entry::text);
        assert_eq!(file.content.as_deref(), expected, "{}", file.path);
    }
}

proptest! {
    #![proptest_config(Config { cases: 150, failure_persistence: None, ..Config::default() })]

    #[test]
    fn git_reads_the_same_in_a_patch_of_any_form(change in change(), forms in select_forms()) {
        let (before, after) = REPOSITORY.store(&change);
        for form in forms {
            let patch = REPOSITORY.diff(form, &before, &after);
            let files = parse(&patch);
            if !patch.is_empty() {
                prop_assert_eq!(as_git_says(&files), REPOSITORY.reads(form.strip, &patch), "{:?}\n{}", form, patch);
            }
            let sections: String = files.iter().map(|file| file.patch.as_str()).collect();
            prop_assert_eq!(sections, patch, "every byte is in some file's section");
            prop_assert!(files.iter().all(|file| !file.incomplete), "{:?}", files);
            if !form.diff.contains(&"-R") {
                check_created_content(&files, &change);
            }
        }
    }

    #[test]
    fn a_mailed_patch_reads_like_the_bare_one(change in change()) {
        let (before, after) = REPOSITORY.store(&change);
        prop_assert_eq!(parse(&REPOSITORY.mail(&after)), parse(&REPOSITORY.diff(FORMS[5], &before, &after)));
    }
}

fn select_forms() -> impl Strategy<Value = Vec<Form>> {
    vec(select(FORMS.to_vec()), 3)
}

/// Real patches to break.
static PATCHES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut runner = TestRunner::deterministic();
    let forms = FORMS.iter().cycle().take(4 * FORMS.len());
    let patches = forms.map(|form| {
        let (before, after) = REPOSITORY.store(&change().new_tree(&mut runner).unwrap().current());
        REPOSITORY.diff(*form, &before, &after)
    });
    patches.filter(|patch| !patch.is_empty()).collect()
});

#[derive(Debug, Clone)]
enum Damage {
    Cut(Index),
    Remove(Index),
    Repeat(Index),
    Swap(Index, Index),
    Insert(Index, String),
    Overwrite(Index, String),
    TrimLineEnds,
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    let text = || prop_oneof![line(), "\\PC{0,12}", "[ -~\n\t\r\"\\\\+-]{0,30}"];
    prop_oneof![
        1 => at().prop_map(Damage::Cut),
        4 => at().prop_map(Damage::Remove),
        4 => at().prop_map(Damage::Repeat),
        4 => (at(), at()).prop_map(|(one, other)| Damage::Swap(one, other)),
        4 => (at(), text()).prop_map(|(at, text)| Damage::Insert(at, text)),
        4 => (at(), text()).prop_map(|(at, text)| Damage::Overwrite(at, text)),
        1 => Just(Damage::TrimLineEnds),
    ]
}

fn boundary(text: &str, index: Index) -> usize {
    let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    *index.get(&boundaries)
}

fn damaged(patch: &str, damage: &Damage) -> String {
    let mut lines: Vec<&str> = patch.split_inclusive('\n').collect();
    if lines.is_empty() {
        return String::new();
    }
    let line = |index: &Index| index.index(patch.split_inclusive('\n').count());
    match damage {
        Damage::Cut(at) => return patch[..boundary(patch, *at)].to_owned(),
        Damage::Insert(at, text) => {
            let (head, tail) = patch.split_at(boundary(patch, *at));
            return [head, text, tail].concat();
        }
        Damage::Overwrite(at, text) => lines[line(at)] = text,
        Damage::Remove(at) => drop(lines.remove(line(at))),
        Damage::Repeat(at) => lines.insert(line(at), lines[line(at)]),
        Damage::Swap(one, other) => lines.swap(line(one), line(other)),
        Damage::TrimLineEnds => return lines.iter().flat_map(|line| [line.trim_end(), "\n"]).collect(),
    }
    lines.concat()
}

/// What holds for anything that is read as a patch.
fn check_sense(patch: &str) -> Result<(), TestCaseError> {
    let mut rest = patch;
    let json = serde_json::to_string(patch).unwrap();
    prop_assert_eq!(parse_json(&json.as_bytes()[1..json.len() - 1]), parse(patch));
    for file in parse(patch) {
        let at = rest.find(&file.patch);
        prop_assert!(at.is_some(), "{:?} is not in order in {:?}", file, patch);
        rest = &rest[at.unwrap_or_default() + file.patch.len()..];
        let beginning_with = |sign: char| file.patch.lines().filter(|line| line.starts_with(sign)).count();
        prop_assert!(file.additions as usize <= beginning_with('+'), "{:?}", file);
        prop_assert!(file.deletions as usize <= beginning_with('-'), "{:?}", file);
        prop_assert!(!file.path.is_empty() && !file.patch.is_empty());
        prop_assert!(file.content.is_none() || (file.change_type == ChangeType::Created && !file.incomplete));
        prop_assert_eq!(
            file.old_path.is_some(),
            matches!(file.change_type, ChangeType::Renamed | ChangeType::Copied),
            "{:?}",
            file
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 4000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_broken_patch_gives_what_makes_sense(patch in any::<Index>(), damages in vec(damage(), 1..6)) {
        let patch = damages.iter().fold(patch.get(&PATCHES).clone(), |patch, damage| damaged(&patch, damage));
        check_sense(&patch)?;
    }

    #[test]
    fn lines_in_any_order_give_what_makes_sense(lines in vec(line(), 0..40)) {
        check_sense(&lines.concat())?;
    }
}

#[test]
fn a_patch_cut_anywhere_gives_the_files_before_the_cut_as_the_whole_patch_does() {
    for patch in PATCHES.iter().filter(|patch| patch.len() < 4000) {
        let whole = parse(patch);
        for end in (0..patch.len()).filter(|end| patch.is_char_boundary(*end)) {
            let cut = parse(&patch[..end]);
            let before = cut.len().saturating_sub(1);
            assert_eq!(cut[..before], whole[..before], "cut at {end} of {patch}");
            let at_cut = cut.last().map(|file| whole.iter().any(|other| other.patch.starts_with(&file.patch)));
            assert_ne!(at_cut, Some(false), "cut at {end} of {patch}");
        }
    }
}
