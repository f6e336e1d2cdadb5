//! What stands before a file's first hunk: git's extended headers, or only the `---` and `+++` of a plain patch.

use super::lines::{Lines, bare};
use super::{hunk, path};
use crate::core::text;
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
    pub old_mode: Option<String>,
    pub new_mode: Option<String>,
    pub similarity: Option<u8>,
    /// Whether the header says that hunks or a binary patch must follow.
    pub promises_hunks: bool,
    /// Both names of the `diff --git` line.
    pair: &'a str,
    /// The names of the `---` and `+++` lines, with their prefixes; none for `/dev/null`.
    old: Option<String>,
    new: Option<String>,
    /// The names that stand without a prefix: those of a rename, of a copy, of a combined diff.
    source: Option<String>,
    target: Option<String>,
}

/// Reads a header if one begins at the line at hand.
pub(super) fn read<'a>(lines: &mut Lines<'a>) -> Option<Header<'a>> {
    let line = bare(lines.line);
    let mut header = Header::default();
    if let Some(pair) = line.strip_prefix("diff --git ") {
        header.format = Format::Git;
        header.pair = pair;
    } else if let Some(target) = line.strip_prefix("diff --cc ").or_else(|| line.strip_prefix("diff --combined ")) {
        header.format = Format::Combined;
        header.target = Some(path::name(target));
    } else if hunk::file_begins(*lines) {
        header.plain_names(lines);
        return Some(header);
    } else {
        return None;
    }
    lines.advance();
    while header.extended(bare(lines.line)) {
        lines.advance();
    }
    if let Some(old) = lines.line.strip_prefix("--- ") {
        header.old_name(old);
        lines.advance();
        if let Some(new) = lines.line.strip_prefix("+++ ") {
            header.new_name(new);
            lines.advance();
        }
        header.promises_hunks = true;
    }
    Some(header)
}

impl Header<'_> {
    /// Takes in one extended header line; false for any other line.
    fn extended(&mut self, line: &str) -> bool {
        let Some((key, value)) = EXTENDED.iter().find_map(|key| Some((*key, line.strip_prefix(key)?))) else {
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
                self.similarity = percent(value);
                self.promises_hunks |= self.similarity.is_some_and(|percent| percent < 100);
            }
            "dissimilarity index " => self.similarity = percent(value).map(|percent| 100 - percent),
            _ => self.promises_hunks |= !self.deleted && changes_content(value),
        }
        true
    }

    fn old_name(&mut self, text: &str) {
        let name = path::name(text);
        self.created |= name == NOWHERE;
        self.old = Some(name).filter(|name| name != NOWHERE);
    }

    fn new_name(&mut self, text: &str) {
        let name = path::name(text);
        self.deleted |= name == NOWHERE;
        self.new = Some(name).filter(|name| name != NOWHERE);
    }

    fn plain_names(&mut self, lines: &mut Lines<'_>) {
        let old = lines.line.strip_prefix("--- ").unwrap_or_default();
        self.old_name(old);
        self.created |= is_epoch(old);
        lines.advance();
        let new = lines.line.strip_prefix("+++ ").unwrap_or_default();
        self.new_name(new);
        self.deleted |= is_epoch(new);
        lines.advance();
    }

    /// The old and the new path; none if the header is too broken to tell.
    pub fn paths(&self) -> Option<(String, String)> {
        let named = path::resolve(self.pair, self.old.as_deref(), self.new.as_deref());
        if let Some(target) = self.target.clone().filter(|target| !target.is_empty()) {
            let source = self.source.clone().or(named.map(|(old, _)| old)).unwrap_or_else(|| target.clone());
            return Some((source, target));
        }
        let (old, new) = named?;
        // `--- x.c.orig`, `+++ x.c`: a copy that was put aside is not what the patch is about.
        let new = if self.format == Format::Plain && new.starts_with(&old) { old.clone() } else { new };
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

fn mode(value: &str) -> Option<String> {
    let octal = !value.is_empty() && value.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    octal.then(|| value.to_owned())
}

fn percent(value: &str) -> Option<u8> {
    value.strip_suffix('%')?.parse().ok().filter(|percent| *percent <= 100)
}

/// Whether `index 8f3a9c1..e69de29 100644` names two contents. That of a new empty file counts as none: it has no hunks.
fn changes_content(value: &str) -> bool {
    const EMPTY_SHA1: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
    const EMPTY_SHA256: &str = "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813";
    let Some((old, new)) = text::split_once(value, "..") else { return false };
    let new = new.split(' ').next().unwrap_or(new);
    let none = |hash: &str| hash.bytes().all(|digit| digit == b'0');
    let empty = new.len() >= 4 && (EMPTY_SHA1.starts_with(new) || EMPTY_SHA256.starts_with(new));
    old != new && !(none(old) && empty) && !none(new)
}

/// Whether the timestamp after a plain name is 1970-01-01 00:00:00 UTC: so `diff -N` writes a file that is not there.
fn is_epoch(text: &str) -> bool {
    let Some((_, stamp)) = bare(text).split_once('\t') else { return false };
    let Some((time, zone)) = stamp.rsplit_once(' ') else { return false };
    let Some((hours, minutes)) = zone.split_at_checked(3) else { return false };
    Timestamp::parse(&format!("{time}{hours}:{minutes}")) == Some(Timestamp::from_millis(0))
}
