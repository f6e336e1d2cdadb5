//! Trees of files such as people have, with the names and lines that confuse parsers of patches.
//!
//! Names and text are UTF-8: the service sends a patch as JSON, which can hold nothing else. Binary files hold any byte.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::BTreeMap;

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file and whether it may be run.
    File { bytes: Vec<u8>, executable: bool },
    /// A symbolic link and where it points.
    Link(String),
    /// A submodule, by a digit that its commit's hash repeats.
    Submodule(u8),
}

impl Entry {
    /// The text of the file, as git sees it: binary is what has a NUL.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::File { bytes, .. } => std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')),
            Self::Link(target) => Some(target),
            Self::Submodule(_) => None,
        }
    }
}

pub type Tree = BTreeMap<String, Entry>;

/// A tree before and after a change.
#[derive(Debug, Clone)]
pub struct Change {
    pub before: Tree,
    pub after: Tree,
}

#[derive(Debug, Clone)]
enum Edit {
    Keep,
    Delete,
    Lines(Vec<(Index, LineEdit)>),
    Chmod,
    Replace(Entry),
    Move { to: String, edits: Vec<(Index, LineEdit)> },
    Copy { to: String, edits: Vec<(Index, LineEdit)> },
}

#[derive(Debug, Clone)]
enum LineEdit {
    Insert(String),
    Remove,
    Replace(String),
    DropFinalNewline,
}

pub fn change() -> impl Strategy<Value = Change> {
    (vec((path(), entry(), edit()), 0..10), vec((path(), entry()), 0..4)).prop_map(|(old, created)| {
        let (mut before, mut after, mut moved) = (Tree::new(), Tree::new(), Vec::new());
        for (path, entry, edit) in old {
            if !fits(&before, &path) || !fits(&after, &path) {
                continue;
            }
            before.insert(path.clone(), entry.clone());
            match edit {
                Edit::Delete => {}
                Edit::Move { to, edits } => moved.push((to, edited(&entry, &edits))),
                Edit::Copy { to, edits } => {
                    moved.push((to, edited(&entry, &edits)));
                    after.insert(path, entry);
                }
                Edit::Keep => drop(after.insert(path, entry)),
                Edit::Lines(edits) => drop(after.insert(path, edited(&entry, &edits))),
                Edit::Chmod => drop(after.insert(path, chmod(entry))),
                Edit::Replace(entry) => drop(after.insert(path, entry)),
            }
        }
        for (path, entry) in moved.into_iter().chain(created) {
            if fits(&after, &path) {
                after.insert(path, entry);
            }
        }
        Change { before, after }
    })
}

/// Whether a tree can hold the path: nothing is a file and a folder at once.
fn fits(tree: &Tree, path: &str) -> bool {
    let inside = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    tree.keys().all(|other| other != path && !inside(other, path) && !inside(path, other))
}

fn chmod(entry: Entry) -> Entry {
    match entry {
        Entry::File { bytes, executable } => Entry::File { bytes, executable: !executable },
        other => other,
    }
}

fn edited(entry: &Entry, edits: &[(Index, LineEdit)]) -> Entry {
    let Entry::File { bytes, executable } = entry else { return entry.clone() };
    let Some(text) = entry.text() else {
        let more = [bytes.as_slice(), &[edits.len() as u8]].concat();
        return Entry::File { bytes: more, executable: *executable };
    };
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for (index, edit) in edits {
        let at = index.index(lines.len() + 1);
        match edit {
            LineEdit::Insert(line) => lines.insert(at, line.clone()),
            LineEdit::Replace(line) if at < lines.len() => lines[at] = line.clone(),
            LineEdit::Remove if at < lines.len() => drop(lines.remove(at)),
            LineEdit::DropFinalNewline => {
                if let Some(last) = lines.last_mut() {
                    last.truncate(last.trim_end_matches('\n').len());
                }
            }
            _ => {}
        }
    }
    Entry::File { bytes: lines.concat().into_bytes(), executable: *executable }
}

fn edit() -> impl Strategy<Value = Edit> {
    let edits = || vec((any::<Index>(), line_edit()), 0..5);
    prop_oneof![
        1 => Just(Edit::Keep),
        2 => Just(Edit::Delete),
        5 => edits().prop_map(Edit::Lines),
        1 => Just(Edit::Chmod),
        1 => entry().prop_map(Edit::Replace),
        3 => (path(), edits()).prop_map(|(to, edits)| Edit::Move { to, edits }),
        4 => (path(), edits()).prop_map(|(to, edits)| Edit::Copy { to, edits }),
    ]
}

fn line_edit() -> impl Strategy<Value = LineEdit> {
    prop_oneof![
        3 => line().prop_map(LineEdit::Insert),
        3 => Just(LineEdit::Remove),
        3 => line().prop_map(LineEdit::Replace),
        1 => Just(LineEdit::DropFinalNewline),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let text = (vec(line(), 0..25), any::<bool>()).prop_map(|(lines, final_newline)| {
        let text = lines.concat();
        if final_newline { text } else { text.trim_end_matches('\n').to_owned() }
    });
    let binary = vec(any::<u8>(), 0..120).prop_map(|bytes| [b"\0", bytes.as_slice()].concat());
    let bytes = prop_oneof![8 => text.prop_map(String::into_bytes), 1 => binary, 1 => Just(Vec::new())];
    prop_oneof![
        20 => (bytes, prop::bool::weighted(0.2)).prop_map(|(bytes, executable)| Entry::File { bytes, executable }),
        1 => path().prop_map(Entry::Link),
        1 => (1..=9_u8).prop_map(Entry::Submodule),
    ]
}

/// A line of content with its line end.
pub fn line() -> impl Strategy<Value = String> {
    let confusing = select(vec![
        "--- a/x",
        "+++ b/x",
        "--- /dev/null",
        "-- ",
        "-- x",
        "++ x",
        "-",
        "+",
        "@@ -1 +1 @@",
        "@@ -0,0 +1,2 @@ x",
        "\\ No newline at end of file",
        "\\",
        "diff --git a/x b/x",
        "diff --cc x",
        "index 0000000..e69de29",
        "new file mode 100644",
        "rename from x",
        "GIT binary patch",
        "literal 4",
        "Binary files a/x and b/x differ",
        "",
        " ",
        "\t",
        "lone \r return",
        "\u{feff}日本語 🧋",
    ])
    .prop_map(str::to_owned);
    let text = prop_oneof![3 => confusing, 2 => "[a-d]{0,3}", 2 => "[^\0\n]{0,20}"];
    (text, prop::bool::weighted(0.2)).prop_map(|(text, crlf)| text + if crlf { "\r\n" } else { "\n" })
}

/// A path of one to three components.
fn path() -> impl Strategy<Value = String> {
    let confusing = select(vec![
        "a",
        "b",
        "i",
        "w",
        "x",
        "dev",
        "null",
        "with space",
        " leading",
        "trailing ",
        "x b",
        "a b",
        "tab\there",
        "new\nline",
        "return\r",
        "\"quoted\"",
        "back\\slash",
        "\\303",
        "-dash",
        "--- a",
        "+++ b",
        "été",
        "日本",
        "🧋 tea",
        "a => b",
        "{a => b}",
        "del\u{7f}",
        "\u{1}",
        "file.orig",
        "file",
    ])
    .prop_map(str::to_owned);
    let free = "[^/\0]{1,8}".prop_filter("git reserves it", |name| !name.starts_with('.'));
    let component = prop_oneof![5 => confusing, 2 => "[a-z]{1,3}", 1 => free];
    vec(component, 1..4).prop_map(|components| components.join("/"))
}
