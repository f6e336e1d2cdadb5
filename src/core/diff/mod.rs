//! Unified diffs, as git and `diff -u` write them, read in one pass.
//!
//! A hunk's own header says how many lines it has, and exactly these are its content, whatever they look like. Of a
//! broken patch what can be read is given, and marked.

mod binary;
mod header;
mod hunk;
mod lines;
mod path;
#[cfg(test)]
mod tests;
mod told;

use std::borrow::Cow;

use header::{Format, Header};
use lines::Lines;

pub use lines::Patch;
pub use told::{Told, in_utf16};

/// What a patch does to one file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileChange {
    /// The path, unquoted and without `a/` or `b/`: the new one, or the old one of a deleted file.
    pub path: String,
    /// The path before, of renamed and copied files only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_path: Option<String>,
    /// What happens to the file.
    pub change_type: ChangeType,
    /// Lines added, as `git apply --numstat` counts; 0 for binary files.
    pub additions: u32,
    /// Lines removed, as `git apply --numstat` counts; 0 for binary files.
    pub deletions: u32,
    /// Whether the patch treats the file as binary.
    pub binary: bool,
    /// The mode before (such as `100644`), where the file is deleted or its mode changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_mode: Option<String>,
    /// The mode after (such as `100755`), where the file is created or its mode changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_mode: Option<String>,
    /// How alike the old and the new content are, in percent, where git says so: renames, copies and rewrites.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity: Option<u8>,
    /// The whole content of a created text file, exactly as `git apply` writes it: CRLF and a missing final newline are
    /// kept. `None` where the patch alone does not hold it: any other change, binary files, submodules, cut patches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// This file's own section of the patch, verbatim.
    pub patch: String,
    /// Whether the section is cut or broken, so that counts may be too low. Also set for combined diffs of merges,
    /// whose lines are not counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

/// A [`FileChange`] whose parts are still in the patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSection<'a> {
    path: Cow<'a, str>,
    old_path: Option<Cow<'a, str>>,
    change_type: ChangeType,
    additions: u32,
    deletions: u32,
    binary: bool,
    old_mode: Option<Cow<'a, str>>,
    new_mode: Option<Cow<'a, str>>,
    similarity: Option<u8>,
    /// The lines of the hunk that creates the file; behind it, lines that say that there is no line end.
    content: Option<Part>,
    patch: Part,
    incomplete: bool,
}

/// Where a part of a patch begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part(usize, usize);

impl Part {
    fn of(self, patch: Patch<'_>) -> Patch<'_> {
        patch.part(self.0, self.1)
    }
}

impl FileSection<'_> {
    fn copied_from(self, patch: Patch<'_>) -> FileChange {
        FileChange {
            path: self.path.into_owned(),
            old_path: self.old_path.map(Cow::into_owned),
            change_type: self.change_type,
            additions: self.additions,
            deletions: self.deletions,
            binary: self.binary,
            old_mode: self.old_mode.map(Cow::into_owned),
            new_mode: self.new_mode.map(Cow::into_owned),
            similarity: self.similarity,
            content: self.content.map(|part| hunk::content(part.of(patch))),
            patch: self.patch.of(patch).decoded().into_owned(),
            incomplete: self.incomplete,
        }
    }
}

/// The content of a file by the lines of the hunk that creates it: their signs are taken off.
pub fn content(lines: Patch<'_>) -> String {
    hunk::content(lines)
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeType {
    /// The file is new.
    Created,
    /// The file's content or mode changes.
    Modified,
    /// The file goes.
    Deleted,
    /// The file gets another path, and perhaps another content.
    Renamed,
    /// The file is made from another one, which stays.
    Copied,
}

/// Reads a patch: the changes in its order. Prose before, between and after them is skipped, and a file whose name
/// cannot be told is left out. A patch that lacks only its very last newline is taken as trimmed, not as cut.
///
/// ```
/// use jules_wasm::core::diff::{ChangeType, parse};
/// let files = parse("diff --git a/hi.txt b/hi.txt\nnew file mode 100644\n--- /dev/null\n+++ b/hi.txt\n@@ -0,0 +1 @@\n+hi\n");
/// assert_eq!(files[0].path, "hi.txt");
/// assert_eq!(files[0].change_type, ChangeType::Created);
/// assert_eq!(files[0].content.as_deref(), Some("hi\n"));
/// ```
pub fn parse(patch: &str) -> Vec<FileChange> {
    read(Patch::plain(patch.as_bytes()))
}

/// [`parse`] for a patch as JSON has it between the quotes of a string.
pub fn parse_json(patch: &[u8]) -> Vec<FileChange> {
    read(Patch::json(patch))
}

fn read(patch: Patch<'_>) -> Vec<FileChange> {
    sections(patch).into_iter().map(|section| section.copied_from(patch)).collect()
}

/// [`parse`] without a copy of the patch's parts: for who has the patch, and cuts them out.
pub fn sections(patch: Patch<'_>) -> Vec<FileSection<'_>> {
    let mut files = Vec::new();
    let mut lines = Lines::of(patch);
    while !lines.at_end() {
        let start = lines.offset;
        if header::begins(&lines) {
            let header = Header::read(&mut lines);
            files.extend(Section::read(&header, start, &mut lines).close());
        } else {
            lines.skip();
        }
    }
    files
}

/// The part of a patch that is about one file, while it is read.
struct Section<'h, 'a> {
    header: &'h Header<'a>,
    start: usize,
    end: usize,
    hunks: u32,
    additions: u32,
    deletions: u32,
    binary: bool,
    broken: bool,
    /// For a created file.
    content: Option<Part>,
}

impl<'h, 'a> Section<'h, 'a> {
    /// Reads what follows a header.
    fn read(header: &'h Header<'a>, start: usize, lines: &mut Lines<'a>) -> Self {
        const SUBMODULE: &str = "160000";
        let end = lines.offset;
        let is_file = header.new_mode.as_deref() != Some(SUBMODULE);
        let content = (header.created && is_file).then_some(Part(end, end));
        // The lines of a combined diff are not read.
        let broken = header.format == Format::Combined;
        let mut section =
            Self { header, start, end, hunks: 0, additions: 0, deletions: 0, binary: false, broken, content };
        while !lines.at_end() && !header::begins(lines) {
            if section.read_part(lines) {
                continue;
            }
            lines.skip();
            // Prose ends a section. In a broken one it may be what broke it, and hunks may follow.
            if !section.lacks_something() {
                break;
            }
        }
        section
    }

    /// Whether the section is cut or broken, by what was read of it so far.
    fn lacks_something(&self) -> bool {
        self.broken || self.header.promises_hunks && self.hunks == 0 && !self.binary
    }

    /// Reads what can follow a header, if the line at hand begins such a thing.
    fn read_part(&mut self, lines: &mut Lines<'_>) -> bool {
        let bodiless = self.header.format == Format::Git && self.hunks == 0;
        if lines.starts_with("@@ -") {
            self.read_hunk(lines);
        } else if self.header.format == Format::Combined && lines.starts_with("@@@") {
            skip_combined_hunk(lines);
        } else if bodiless && lines.text() == "GIT binary patch" {
            lines.skip();
            self.binary = true;
            self.broken |= !binary::skip(lines);
        } else if bodiless && is_binary_notice(&lines.text()) {
            lines.skip();
            self.binary = true;
        } else {
            return false;
        }
        self.end = lines.offset;
        true
    }

    fn read_hunk(&mut self, lines: &mut Lines<'_>) {
        let Some(lengths) = hunk::header(lines.take()) else {
            self.broken = true;
            return;
        };
        let read = hunk::body(lines, lengths);
        if let Some(content) = self.content.as_mut().filter(|_| read.additions > 0) {
            *content = Part(read.added.0, read.added.1);
        }
        self.additions += read.additions;
        self.deletions += read.deletions;
        self.hunks += 1;
        // A file that was not there has nothing to remove, to keep or to skip.
        let fits = !self.header.created || self.hunks == 1 && read.deletions == 0 && read.context == 0;
        self.broken |= !read.whole || !fits || hunk::spills(*lines);
    }

    fn close(&self) -> Option<FileSection<'a>> {
        let incomplete = self.lacks_something();
        let (old_path, new_path) = self.header.paths()?;
        let moved = self.header.format == Format::Git && old_path != new_path;
        let change_type = match self.header {
            Header { created: true, .. } => ChangeType::Created,
            Header { deleted: true, .. } => ChangeType::Deleted,
            Header { copied: true, .. } => ChangeType::Copied,
            Header { renamed: true, .. } => ChangeType::Renamed,
            _ if moved => ChangeType::Renamed,
            _ => ChangeType::Modified,
        };
        let keeps_old_path = matches!(change_type, ChangeType::Renamed | ChangeType::Copied);
        let has_content = change_type == ChangeType::Created && !self.binary && !incomplete;
        let path = if change_type == ChangeType::Deleted { old_path.clone() } else { new_path };
        Some(FileSection {
            path,
            old_path: keeps_old_path.then_some(old_path),
            change_type,
            additions: self.additions,
            deletions: self.deletions,
            binary: self.binary,
            old_mode: self.header.old_mode.clone(),
            new_mode: self.header.new_mode.clone(),
            similarity: self.header.similarity,
            content: self.content.filter(|_| has_content),
            patch: Part(self.start, self.end),
            incomplete,
        })
    }
}

/// The lines of a combined hunk begin with one sign for each parent, so that none looks like a header.
fn skip_combined_hunk(lines: &mut Lines<'_>) {
    lines.skip();
    while matches!(lines.first(), Some(b' ' | b'+' | b'-' | b'\\')) {
        lines.skip();
    }
}

/// `Binary files a/x and b/x differ`; long ago git wrote only `Files`.
fn is_binary_notice(line: &str) -> bool {
    (line.starts_with("Binary files ") || line.starts_with("Files ")) && line.ends_with(" differ")
}
