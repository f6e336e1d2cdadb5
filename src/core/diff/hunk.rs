//! Hunks: as many lines as their own header promises, whatever those lines look like.

use super::lines::{Lines, Patch};
use crate::core::json::Unescaped;

/// How many lines of the old and of the new file a hunk says it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    pub old: u64,
    pub new: u64,
}

/// What was read of a hunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub additions: u32,
    pub deletions: u32,
    pub context: u32,
    /// Where what begins with the first line added begins, and where the hunk ends. Exact where there are no other lines.
    pub added: (usize, usize),
    /// Whether all the promised lines were there.
    pub whole: bool,
}

/// Reads `@@ -1,7 +1,8 @@ fn main() {`; a length that is left out is 1.
pub(super) fn header(line: Patch<'_>) -> Option<Lengths> {
    let mut rest = line.after("@@ -")?;
    let old = length(&mut rest)?;
    rest = rest.after(" +")?;
    let new = length(&mut rest)?;
    rest.after(" @@")?;
    Some(Lengths { old, new })
}

/// The length of a range: the number after its comma.
fn length(rest: &mut Patch<'_>) -> Option<u64> {
    number(rest)?;
    match rest.after(",") {
        Some(after) => {
            *rest = after;
            number(rest)
        }
        None => Some(1),
    }
}

fn number(rest: &mut Patch<'_>) -> Option<u64> {
    let mut number = None;
    while let Some(digit @ b'0'..=b'9') = rest.first() {
        rest.next();
        number = Some(number.unwrap_or(0_u64).checked_mul(10)?.checked_add(u64::from(digit - b'0'))?);
    }
    number
}

/// Reads the lines of a hunk. Stops at a line that cannot belong to it.
pub(super) fn body(lines: &mut Lines<'_>, lengths: Lengths) -> Tally {
    let mut tally = Tally::default();
    let Lengths { mut old, mut new } = lengths;
    while old > 0 || new > 0 {
        if tally.additions == 0 {
            tally.added.0 = lines.offset;
        }
        let (olds, news) = (old, new);
        let mut count = lines.run(&mut old, &mut new);
        if count == 0 {
            match lines.first() {
                Some(b'+') if new > 0 => new -= 1,
                Some(b'-') if old > 0 && !((old, new) != (1, 1) && file_begins(*lines)) => old -= 1,
                Some(b' ') if old > 0 && new > 0 => (old, new) = (old - 1, new - 1),
                // Some tools trim the space of an empty context line.
                Some(b'\n' | b'\r') if old > 0 && new > 0 && is_empty(lines) => (old, new) = (old - 1, new - 1),
                Some(b'\\') => {
                    lines.advance();
                    continue;
                }
                _ => return tally,
            }
            lines.advance();
            count = 1;
        }
        // Of `count` lines, those that are kept were counted twice.
        let word = |lines: u64| u32::try_from(lines).unwrap_or(u32::MAX);
        let (removed, added) = (count - (news - new), count - (olds - old));
        tally.additions += word(added);
        tally.deletions += word(removed);
        tally.context += word(count - added - removed);
    }
    if lines.first() == Some(b'\\') {
        lines.advance();
    }
    tally.added.1 = lines.offset;
    tally.whole = true;
    tally
}

fn is_empty(lines: &Lines<'_>) -> bool {
    lines.starts_with("\n") || lines.starts_with("\r\n")
}

/// The content that a hunk of nothing but added lines gives a file.
pub(super) fn content(mut hunk: Patch<'_>) -> String {
    // A line that lacks its end has a sign instead.
    let mut content = Unescaped::with_room_for(hunk.len());
    let mut last_is_new = false;
    while let Some(sign) = hunk.next() {
        if sign == b'+' {
            if !hunk.add_line_to(&mut content) {
                // The patch lost its own last line end: where the file has none, a line that begins with `\` says so.
                content.push('\n');
            }
        } else {
            if last_is_new && sign == b'\\' {
                // `\ No newline at end of file`, in whatever language, is about the line before it.
                content.pop();
            }
            if sign != b'\n' {
                while hunk.next().is_some_and(|byte| byte != b'\n') {}
            }
        }
        last_is_new = sign == b'+';
    }
    content.into_text()
}

/// Whether the lines at hand are the `---`, `+++` and `@@` that begin a file. Within a hunk they can be that only if
/// the hunk is cut: no line of content begins with `@@`, so `---` and `+++` would have to be its very last two lines.
pub(super) fn file_begins(mut lines: Lines<'_>) -> bool {
    ["--- ", "+++ ", "@@ -"].into_iter().all(|start| {
        let found = lines.starts_with(start);
        lines.advance();
        found
    })
}

/// Whether the line after a whole hunk looks like more of it, so that the promised length was wrong.
pub(super) fn spills(lines: Lines<'_>) -> bool {
    match lines.first() {
        Some(b'+') => true,
        // Mails end with `-- ` and the version of git.
        Some(b'-') => !lines.starts_with("--- ") && lines.text().trim_end() != "--",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Lines<'_> {
        Lines::of(Patch::plain(text.as_bytes()))
    }

    fn header(line: &str) -> Option<Lengths> {
        super::header(lines(line).take())
    }

    fn spills(line: &str) -> bool {
        super::spills(lines(line))
    }

    fn rest_of_line(mut lines: Lines<'_>) -> String {
        let rest = lines.rest();
        let length = rest.len() - {
            lines.advance();
            lines.rest().len()
        };
        rest.part(0, length).decoded().into_owned()
    }

    fn read(patch: &str) -> (Tally, String, String) {
        let mut lines = lines(patch);
        let lengths = super::header(lines.take()).unwrap();
        let tally = body(&mut lines, lengths);
        let added = Patch::plain(patch.as_bytes()).part(tally.added.0, tally.added.1);
        (tally, content(added), rest_of_line(lines))
    }

    #[test]
    fn a_hunk_header_promises_lengths_and_one_line_where_it_names_none() {
        assert_eq!(header("@@ -1 +1 @@\n"), Some(Lengths { old: 1, new: 1 }));
        assert_eq!(header("@@ -0,0 +1,12 @@\n"), Some(Lengths { old: 0, new: 12 }));
        assert_eq!(header("@@ -3,4 +5 @@ fn a() -> @@ {\r\n"), Some(Lengths { old: 4, new: 1 }));
    }

    #[test]
    fn what_promises_nothing_is_no_hunk_header() {
        for line in
            ["", "@@", "@@ -1", "@@ -1,2 +1,", "@@ -1,2 +1,3", "@@ -x +1 @@", "@@ -1,-2 +1 @@", "@@@ -1 -1 +1 @@@"]
        {
            assert_eq!(header(line), None, "{line}");
        }
        assert_eq!(header("@@ -1,99999999999999999999 +1 @@"), None, "beyond any file");
    }

    #[test]
    fn lines_that_look_like_headers_are_content_while_the_hunk_lasts() {
        let hunk = "@@ -1,3 +1,5 @@\n--- a/x\n+++ b/x\n+@@ -1 +1 @@\n+diff --git a/x b/x\n diff --git a/y b/y\n--- c\n+\\ x\nrest\n";
        let (tally, content, rest) = read(hunk);
        assert_eq!((tally.additions, tally.deletions, tally.context, tally.whole), (4, 2, 1, true));
        assert_eq!(content, "++ b/x\n@@ -1 +1 @@\ndiff --git a/x b/x\n\\ x\n");
        assert_eq!(rest, "rest\n");
    }

    #[test]
    fn a_removed_and_an_added_line_may_end_a_hunk_and_look_like_a_file_before_the_next_one() {
        let (tally, _, rest) = read("@@ -1 +1 @@\n--- a\n+++ b\n@@ -9 +9 @@\n-x\n+y\n");
        assert_eq!((tally.additions, tally.deletions, tally.whole), (1, 1, true));
        assert_eq!(rest, "@@ -9 +9 @@\n");
    }

    #[test]
    fn a_cut_hunk_does_not_swallow_the_file_that_follows() {
        let (tally, _, rest) = read("@@ -1,9 +1,9 @@\n-x\n+y\n--- a/z\n+++ b/z\n@@ -1 +1 @@\n-1\n+2\n");
        assert_eq!((tally.additions, tally.deletions, tally.context, tally.whole), (1, 1, 0, false));
        assert_eq!(rest, "--- a/z\n");
    }

    #[test]
    fn a_missing_final_newline_is_told_by_the_line_after() {
        assert_eq!(read("@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n").1, "x");
        assert_eq!(read("@@ -1 +1 @@\n-x\n\\ Kein Zeilenumbruch\n+y\n").1, "y\n", "of the old file only");
        assert_eq!(read("@@ -0,0 +1 @@\n+x\r\n\\ No newline at end of file\n").1, "x\r", "a CR is content");
    }

    #[test]
    fn a_patch_that_lost_its_own_last_line_end_is_read_as_if_it_were_there() {
        assert_eq!(read("@@ -0,0 +1,2 @@\n+x\n+y").1, "x\ny\n");
        assert_eq!(read("@@ -0,0 +1 @@\n+y\n\\ No newline at end of file").1, "y");
    }

    #[test]
    fn an_empty_context_line_may_have_lost_its_space() {
        let (tally, ..) = read("@@ -1,2 +1,3 @@\n\n\r\n+x\n");
        assert_eq!((tally.additions, tally.deletions, tally.context, tally.whole), (1, 0, 2, true));
    }

    #[test]
    fn a_hunk_stops_at_a_line_that_cannot_be_its_own() {
        for hunk in [
            "@@ -1,2 +1,2 @@\n x\n",
            "@@ -1,2 +1,2 @@\n x\ndiff --git a/x b/x\n",
            "@@ -1 +1 @@\n-x\n-y\n",
            "@@ -1 +1 @@\n+x\n y\n",
        ] {
            assert!(!read(hunk).0.whole, "{hunk}");
        }
    }

    #[test]
    fn more_lines_than_promised_are_noticed_but_a_mail_signature_is_not() {
        assert!(spills("+x\n") && spills("-x\n") && spills("--x\n"));
        assert!(!spills("-- \n") && !spills("--\r\n") && !spills("--- a/x\n") && !spills(" x\n") && !spills(""));
    }
}
