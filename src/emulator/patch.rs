//! Unified diffs in git's format.

use super::script::FileChange;
use similar::TextDiff;

/// All changes of a session, one for each file.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes(Vec<FileChange>);

impl Changes {
    /// Adds a change. A file that has changed before keeps its original content.
    pub(super) fn add(&mut self, change: FileChange) {
        match self.0.iter_mut().find(|known| known.path == change.path) {
            Some(known) => known.after = change.after,
            None => self.0.push(change),
        }
        // A file that was created and deleted again is not part of the diff.
        self.0.retain(|known| known.before.is_some() || known.after.is_some());
        self.0.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All changes as one patch.
    pub(super) fn to_patch(&self) -> String {
        let mut patch = String::new();
        for change in &self.0 {
            write_file(&mut patch, change);
        }
        patch
    }
}

fn write_file(patch: &mut String, change: &FileChange) {
    let path = change.path.as_str();
    let from = change.from.as_deref().unwrap_or(path);
    let renamed = change.from.is_some();
    let before = change.before.as_deref();
    let after = if renamed { change.after.as_deref().or(before) } else { change.after.as_deref() };
    let blobs = format!("{}..{}", blob(before), blob(after));

    patch.push_str(&format!("diff --git {} {}\n", quote(&format!("a/{from}")), quote(&format!("b/{path}"))));
    match (before, after) {
        (None, _) => patch.push_str(&format!("new file mode 100644\nindex {blobs}\n")),
        (_, None) => patch.push_str(&format!("deleted file mode 100644\nindex {blobs}\n")),
        (Some(old), Some(new)) => {
            if renamed {
                let percent = similarity(old, new);
                let (from, path) = (quote(from), quote(path));
                patch.push_str(&format!("similarity index {percent}%\nrename from {from}\nrename to {path}\n"));
            }
            if old == new {
                return;
            }
            patch.push_str(&format!("index {blobs} 100644\n"));
        }
    }
    let (old, new) = (before.unwrap_or_default(), after.unwrap_or_default());
    if old == new {
        return;
    }
    let side = |exists: bool, prefix: &str, name: &str| {
        if exists { header_name(&format!("{prefix}/{name}")) } else { "/dev/null".to_owned() }
    };
    patch.push_str(&format!("--- {}\n", side(before.is_some(), "a", from)));
    patch.push_str(&format!("+++ {}\n", side(after.is_some(), "b", path)));
    patch.push_str(&TextDiff::from_lines(old, new).unified_diff().to_string());
}

/// A short hash of the content in place of git's blob id, which `git apply` does not check.
fn blob(content: Option<&str>) -> String {
    let Some(content) = content else { return "0000000".to_owned() };
    let hash = content
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{:07x}", hash >> 36)
}

/// The similarity of two versions of a file, in percent.
fn similarity(old: &str, new: &str) -> usize {
    if old == new {
        return 100;
    }
    let kept: usize = new.split_inclusive('\n').filter(|line| old.contains(line)).map(str::len).sum();
    (kept * 100).checked_div(old.len().max(new.len())).unwrap_or(100).min(99)
}

/// A path as in git's headers: quoted and escaped if it contains special characters.
fn quote(path: &str) -> String {
    if path.bytes().all(|byte| (b' '..0x7f).contains(&byte) && byte != b'"' && byte != b'\\') {
        return path.to_owned();
    }
    let mut quoted = String::from('"');
    for byte in path.bytes() {
        match byte {
            b'"' => quoted.push_str("\\\""),
            b'\\' => quoted.push_str("\\\\"),
            b'\n' => quoted.push_str("\\n"),
            b'\t' => quoted.push_str("\\t"),
            b' '..0x7f => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\{byte:03o}")),
        }
    }
    quoted.push('"');
    quoted
}

/// A path after `---` or `+++`: git appends a tab if it contains a space.
fn header_name(path: &str) -> String {
    let mut name = quote(path);
    if name.contains(' ') && !name.starts_with('"') {
        name.push('\t');
    }
    name
}
