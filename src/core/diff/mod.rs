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

use header::{Format, Header};
use lines::{Lines, bare};

use super::tape::{Emit, Writer};

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

/// A [`FileChange`] whose parts are still in the patch. Handed out as such, with these in the place of the parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSection {
    path: String,
    old_path: Option<String>,
    change_type: ChangeType,
    additions: u32,
    deletions: u32,
    binary: bool,
    old_mode: Option<String>,
    new_mode: Option<String>,
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
    fn of(self, patch: &str) -> &str {
        patch.get(self.0..self.1).unwrap_or_default()
    }
}

impl Emit for Part {
    fn emit(&self, out: &mut Writer<'_>) {
        vec![self.0, self.1].emit(out);
    }
}

impl Emit for FileSection {
    fn emit(&self, out: &mut Writer<'_>) {
        let (similarity, incomplete) = (self.similarity.map(u16::from), self.incomplete.then_some(true));
        out.record(
            "path,oldPath,changeType,additions,deletions,binary,oldMode,newMode,similarity,content,patch,incomplete,",
            &[
                &self.path,
                &self.old_path,
                &self.change_type,
                &self.additions,
                &self.deletions,
                &self.binary,
                &self.old_mode,
                &self.new_mode,
                &similarity,
                &self.content,
                &self.patch,
                &incomplete,
            ],
        );
    }
}

impl FileSection {
    fn copied_from(self, patch: &str) -> FileChange {
        FileChange {
            path: self.path,
            old_path: self.old_path,
            change_type: self.change_type,
            additions: self.additions,
            deletions: self.deletions,
            binary: self.binary,
            old_mode: self.old_mode,
            new_mode: self.new_mode,
            similarity: self.similarity,
            content: self.content.map(|part| hunk::content(part.of(patch))),
            patch: self.patch.of(patch).to_owned(),
            incomplete: self.incomplete,
        }
    }
}

/// Counts the sections' places in units of UTF-16, as JavaScript does.
pub fn in_utf16(patch: &str, sections: &mut [FileSection]) {
    if patch.is_ascii() {
        return;
    }
    // Places only grow, so each piece of the patch is counted once.
    let (mut bytes, mut units) = (0, 0);
    let mut count = |place: &mut usize| {
        units += Part(bytes, *place).of(patch).encode_utf16().count();
        bytes = *place;
        *place = units;
    };
    for section in sections {
        count(&mut section.patch.0);
        if let Some(content) = &mut section.content {
            count(&mut content.0);
            count(&mut content.1);
        }
        count(&mut section.patch.1);
    }
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
    sections(patch).into_iter().map(|section| section.copied_from(patch)).collect()
}

/// [`parse`] without a copy of the patch's parts: for who has the patch, and cuts them out.
pub fn sections(patch: &str) -> Vec<FileSection> {
    let mut files = Vec::new();
    let mut lines = Lines::of(patch);
    let mut open: Option<Section<'_>> = None;
    while !lines.at_end() {
        let start = lines.offset;
        if let Some(header) = header::read(&mut lines) {
            let before = open.replace(Section::new(header, start, lines.offset));
            files.extend(before.and_then(Section::close));
        } else if !open.as_mut().is_some_and(|section| section.read(&mut lines)) {
            lines.advance();
            // Prose ends a section. In a broken one it may be what broke it, and hunks may follow.
            if let Some(section) = open.take_if(|section| !section.lacks_something()) {
                files.extend(section.close());
            }
        }
    }
    files.extend(open.and_then(Section::close));
    files
}

/// The part of a patch that is about one file, while it is read.
struct Section<'a> {
    header: Header<'a>,
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

impl<'a> Section<'a> {
    fn new(header: Header<'a>, start: usize, end: usize) -> Self {
        const SUBMODULE: &str = "160000";
        let is_file = header.new_mode.as_deref() != Some(SUBMODULE);
        let content = (header.created && is_file).then_some(Part(end, end));
        // The lines of a combined diff are not read.
        let broken = header.format == Format::Combined;
        Self { header, start, end, hunks: 0, additions: 0, deletions: 0, binary: false, broken, content }
    }

    /// Whether the section is cut or broken, by what was read of it so far.
    fn lacks_something(&self) -> bool {
        self.broken || self.header.promises_hunks && self.hunks == 0 && !self.binary
    }

    /// Reads what can follow a header, if the line at hand begins such a thing.
    fn read(&mut self, lines: &mut Lines<'_>) -> bool {
        let line = bare(lines.line);
        let bodiless = self.header.format == Format::Git && self.hunks == 0;
        if self.header.format == Format::Combined && line.starts_with("@@@") {
            skip_combined_hunk(lines);
        } else if line.starts_with("@@ -") {
            self.read_hunk(lines);
        } else if bodiless && line == "GIT binary patch" {
            lines.advance();
            self.binary = true;
            self.broken |= !binary::skip(lines);
        } else if bodiless && is_binary_notice(line) {
            lines.advance();
            self.binary = true;
        } else {
            return false;
        }
        self.end = lines.offset;
        true
    }

    fn read_hunk(&mut self, lines: &mut Lines<'_>) {
        let lengths = hunk::header(lines.line);
        lines.advance();
        let Some(lengths) = lengths else {
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
        self.broken |= !read.whole || !fits || hunk::spills(lines.line);
    }

    fn close(self) -> Option<FileSection> {
        let incomplete = self.lacks_something();
        let (old_path, new_path) = self.header.paths()?;
        let moved = self.header.format == Format::Git && old_path != new_path;
        let change_type = match &self.header {
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
            old_mode: self.header.old_mode,
            new_mode: self.header.new_mode,
            similarity: self.header.similarity,
            content: self.content.filter(|_| has_content),
            patch: Part(self.start, self.end),
            incomplete,
        })
    }
}

/// The lines of a combined hunk begin with one sign for each parent, so that none looks like a header.
fn skip_combined_hunk(lines: &mut Lines<'_>) {
    lines.advance();
    while lines.line.starts_with([' ', '+', '-', '\\']) {
        lines.advance();
    }
}

/// `Binary files a/x and b/x differ`; long ago git wrote only `Files`.
fn is_binary_notice(line: &str) -> bool {
    (line.starts_with("Binary files ") || line.starts_with("Files ")) && line.ends_with(" differ")
}
