//! A git repository of its own, without the machine's configuration.

use super::trees::{Change, Entry, Tree};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// A bare repository in a temporary folder.
pub struct Repository {
    folder: TempDir,
    changes: AtomicU32,
}

/// A way to ask for a patch.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// What to call git with, before the two trees.
    pub diff: &'static [&'static str],
    /// How many components of a name are prefix.
    pub strip: &'static str,
}

/// The forms in which patches are asked for.
pub const FORMS: [Form; 14] = [
    Form { diff: &["diff"], strip: "-p1" },
    Form { diff: &["diff", "--no-renames"], strip: "-p1" },
    Form { diff: &["diff", "-M"], strip: "-p1" },
    Form { diff: &["diff", "-C", "--find-copies-harder"], strip: "-p1" },
    Form { diff: &["diff", "-C30%", "-B", "--binary"], strip: "-p1" },
    Form { diff: &["diff", "--binary", "--full-index"], strip: "-p1" },
    Form { diff: &["-c", "core.quotePath=true", "diff", "-M10%"], strip: "-p1" },
    Form { diff: &["-c", "core.quotePath=false", "diff", "-M"], strip: "-p1" },
    Form { diff: &["-c", "core.quotePath=false", "diff", "--no-prefix", "-C", "--find-copies-harder"], strip: "-p0" },
    Form { diff: &["diff", "--no-prefix", "--no-renames", "-U0"], strip: "-p0" },
    Form { diff: &["diff", "--src-prefix=i/", "--dst-prefix=w/", "-M"], strip: "-p1" },
    Form { diff: &["diff", "--src-prefix=old/", "--dst-prefix=changed/", "--no-renames"], strip: "-p1" },
    Form { diff: &["diff", "-R", "-M"], strip: "-p1" },
    Form { diff: &["diff", "--irreversible-delete"], strip: "-p1" },
];

impl Repository {
    pub fn new() -> Self {
        let repository = Self { folder: TempDir::new().unwrap(), changes: AtomicU32::new(0) };
        repository.git(&["init", "--bare", "--quiet"], b"");
        repository
    }

    /// Stores a change as two commits, and gives the names of both.
    pub fn store(&self, change: &Change) -> (String, String) {
        let number = self.changes.fetch_add(1, Ordering::Relaxed);
        let (before, after) = (format!("refs/heads/before{number}"), format!("refs/heads/after{number}"));
        let mut stream = commit(&before, None, &change.before);
        stream.extend(commit(&after, Some(&before), &change.after));
        self.git(&["fast-import", "--quiet"], &stream);
        (before, after)
    }

    /// The patch between two commits.
    pub fn diff(&self, form: Form, before: &str, after: &str) -> String {
        let arguments = [form.diff, &[before, after]].concat();
        String::from_utf8(self.git(&arguments, b"")).unwrap()
    }

    /// The patch of the last commit as a mail.
    pub fn mail(&self, after: &str) -> String {
        String::from_utf8(self.git(&["format-patch", "--stdout", "--full-index", "-1", after], b"")).unwrap()
    }

    /// What git itself reads in a patch: `git apply --numstat -z --summary`.
    pub fn reads(&self, strip: &str, patch: &str) -> String {
        let read = self.git(&["apply", strip, "--numstat", "-z", "--summary"], patch.as_bytes());
        String::from_utf8(read).unwrap()
    }

    fn git(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut git = Command::new("git")
            .args(["-c", "core.protectNTFS=false", "-c", "core.protectHFS=false"])
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs([("GIT_CONFIG_NOSYSTEM", "1"), ("LC_ALL", "C")])
            .env("HOME", self.folder.path())
            .env("GIT_CEILING_DIRECTORIES", self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git is on PATH");
        let mut stdin = git.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // git may write before it has read all, so somebody else has to feed it.
            scope.spawn(move || stdin.write_all(input));
            git.wait_with_output().unwrap()
        });
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {complaint}\n{}", String::from_utf8_lossy(input));
        output.stdout
    }
}

/// A commit in the language of `git fast-import`.
fn commit(name: &str, from: Option<&str>, tree: &Tree) -> Vec<u8> {
    let mut stream = format!("commit {name}\ncommitter T <t@example.org> 1700000000 +0000\ndata 2\nx\n\n").into_bytes();
    if let Some(from) = from {
        stream.extend(format!("from {from}\ndeleteall\n").into_bytes());
    }
    for (path, entry) in tree {
        let path: String = path.bytes().map(|byte| format!("\\{byte:03o}")).collect();
        let (mode, bytes) = match entry {
            Entry::File { bytes, executable: false } => ("100644", bytes.as_slice()),
            Entry::File { bytes, executable: true } => ("100755", bytes.as_slice()),
            Entry::Link(target) => ("120000", target.as_bytes()),
            Entry::Submodule(digit) => {
                let hash = digit.to_string().repeat(40);
                stream.extend(format!("M 160000 {hash} \"{path}\"\n").into_bytes());
                continue;
            }
        };
        stream.extend(format!("M {mode} inline \"{path}\"\ndata {}\n", bytes.len()).into_bytes());
        stream.extend(bytes);
        stream.push(b'\n');
    }
    stream
}
