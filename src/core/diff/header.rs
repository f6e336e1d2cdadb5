//! What stands before a file's first hunk: git's extended headers, or only the `---` and `+++` of a plain patch.

use std::borrow::Cow;

use super::lines::{Lines, Patch};
use super::{hunk, path};
use crate::core::time::Timestamp;

/// Which tool's header it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    /// `--- old`, `+++ new` and nothing else.
    #[default]
    Plain,
    /// `diff --git`.
    Git,
    /// `diff --cc` or `diff --combined`: a merge against all its parents.
    Combined,
}

/// What a file's header says, as far as it goes.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    pub format: Format,
    pub created: bool,
    pub deleted: bool,
    pub renamed: bool,
    pub copied: bool,
    pub old_mode: Option<Cow<'a, str>>,
    pub new_mode: Option<Cow<'a, str>>,
    pub similarity: Option<u8>,
    /// Whether the header says that hunks or a binary patch must follow.
    pub promises_hunks: bool,
    /// Both names of the `diff --git` line.
    pair: Patch<'a>,
    /// The names of the `---` and `+++` lines, with their prefixes; none for `/dev/null`.
    old: Option<Cow<'a, str>>,
    new: Option<Cow<'a, str>>,
    /// The names that stand without a prefix: those of a rename, of a copy, of a combined diff.
    source: Option<Cow<'a, str>>,
    target: Option<Cow<'a, str>>,
}

/// Whether a header begins at the line at hand.
pub(super) fn begins(lines: &Lines<'_>) -> bool {
    match lines.first() {
        Some(b'd') => STARTS.iter().any(|start| lines.starts_with(start)),
        Some(b'-') => hunk::file_begins(*lines),
        _ => false,
    }
}

/// How the first line of a header begins, if it is not the `---` of a plain patch: that of git, and those of merges.
const STARTS: [&str; 3] = ["diff --git ", "diff --cc ", "diff --combined "];

impl<'a> Header<'a> {
    /// Reads the header that begins at the line at hand.
    pub fn read(lines: &mut Lines<'a>) -> Self {
        let mut header = Self::default();
        let mut next = *lines;
        let first = next.take();
        let [git, merges @ ..] = STARTS;
        if let Some(pair) = first.after(git) {
            header.format = Format::Git;
            header.pair = pair;
        } else if let Some(target) = merges.iter().find_map(|start| first.after(start)) {
            header.format = Format::Combined;
            header.target = Some(path::name(target.line()));
        } else {
            header.plain_names(lines);
            return header;
        }
        *lines = next;
        let mut line = next.take();
        while header.extended(line) {
            *lines = next;
            line = next.take();
        }
        if let Some(old) = line.after("--- ") {
            header.old_name(old.line());
            *lines = next;
            if let Some(new) = next.take().after("+++ ") {
                header.new_name(new.line());
                *lines = next;
            }
            header.promises_hunks = true;
        }
        header
    }

    /// Takes in one extended header line; false for any other line.
    fn extended(&mut self, line: Patch<'a>) -> bool {
        if line.first() == Some(b'-') {
            return false;
        }
        let Some((key, value)) = EXTENDED.iter().find_map(|key| Some((*key, line.after(key)?.line()))) else {
            return false;
        };
        match key {
            "old mode " => self.old_mode = mode(value),
            "new mode " => self.new_mode = mode(value),
            "new file mode " => {
                self.created = true;
                self.new_mode = mode(value);
            }
            "deleted file mode " => {
                self.deleted = true;
                self.old_mode = mode(value);
            }
            "rename from " | "rename old " => {
                self.renamed = true;
                self.source = Some(path::name(value));
            }
            "copy from " => {
                self.copied = true;
                self.source = Some(path::name(value));
            }
            "rename to " | "rename new " | "copy to " => self.target = Some(path::name(value)),
            "similarity index " => {
                self.similarity = percent(&value);
                self.promises_hunks |= self.similarity.is_some_and(|percent| percent < 100);
            }
            "dissimilarity index " => self.similarity = percent(&value).map(|percent| 100 - percent),
            _ => self.promises_hunks |= !self.deleted && changes_content(&value),
        }
        true
    }

    fn old_name(&mut self, text: Cow<'a, str>) {
        let name = path::name(text);
        self.created |= name == NOWHERE;
        self.old = Some(name).filter(|name| name != NOWHERE);
    }

    fn new_name(&mut self, text: Cow<'a, str>) {
        let name = path::name(text);
        self.deleted |= name == NOWHERE;
        self.new = Some(name).filter(|name| name != NOWHERE);
    }

    fn plain_names(&mut self, lines: &mut Lines<'a>) {
        let [old, new] = ["--- ", "+++ "].map(|start| lines.take().after(start).unwrap_or_default().line());
        self.created |= is_epoch(&old);
        self.deleted |= is_epoch(&new);
        self.old_name(old);
        self.new_name(new);
    }

    /// The old and the new path; none if the header is too broken to tell.
    pub fn paths(&self) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
        let named = path::resolve(self.pair, self.old.clone(), self.new.clone());
        if let Some(target) = self.target.clone().filter(|target| !target.is_empty()) {
            let source = self.source.clone().or(named.map(|(old, _)| old)).unwrap_or_else(|| target.clone());
            return Some((source, target));
        }
        let (old, new) = named?;
        // `--- x.c.orig`, `+++ x.c`: a copy that was put aside is not what the patch is about.
        let new = if self.format == Format::Plain && new.starts_with(&*old) { old.clone() } else { new };
        Some((self.source.clone().unwrap_or(old), new))
    }
}

const NOWHERE: &str = "/dev/null";

/// The starts of git's extended header lines.
const EXTENDED: [&str; 13] = [
    "index ",
    "new file mode ",
    "deleted file mode ",
    "old mode ",
    "new mode ",
    "similarity index ",
    "dissimilarity index ",
    "rename from ",
    "rename to ",
    "copy from ",
    "copy to ",
    "rename old ",
    "rename new ",
];

fn mode(value: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let octal = !value.is_empty() && value.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    octal.then_some(value)
}

fn percent(value: &str) -> Option<u8> {
    value.strip_suffix('%')?.parse().ok().filter(|percent| *percent <= 100)
}

/// Whether `index 8f3a9c1..e69de29 100644` names two contents. That of a new empty file counts as none: it has no hunks.
fn changes_content(value: &str) -> bool {
    const EMPTY_SHA1: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
    const EMPTY_SHA256: &str = "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813";
    let Some((old, new)) = value.split_once('.') else { return false };
    let Some(new) = new.strip_prefix('.') else { return false };
    let new = new.split_once(' ').map_or(new, |(new, _mode)| new);
    let none = |hash: &str| hash.bytes().all(|digit| digit == b'0');
    let empty = new.len() >= 4 && (EMPTY_SHA1.starts_with(new) || EMPTY_SHA256.starts_with(new));
    old != new && !(none(old) && empty) && !none(new)
}

/// Whether the timestamp after a plain name is 1970-01-01 00:00:00 UTC: so `diff -N` writes a file that is not there.
fn is_epoch(text: &str) -> bool {
    let Some((_, stamp)) = text.split_once('\t') else { return false };
    let Some((time, zone)) = stamp.rsplit_once(' ') else { return false };
    let Some((hours, minutes)) = zone.split_at_checked(3) else { return false };
    Timestamp::parse(&format!("{time}{hours}:{minutes}")) == Some(Timestamp::from_millis(0))
}
