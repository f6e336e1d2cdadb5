//! `GIT binary patch`: blocks of base85, which are skipped.

use super::lines::Lines;

/// Skips the blocks after the line `GIT binary patch`: the new content, and often the old one. Gives whether they were
/// whole.
pub(super) fn skip(lines: &mut Lines<'_>) -> bool {
    let mut blocks = 0;
    while is_block_header(&lines.text()) {
        lines.advance();
        while is_data(&lines.text()) {
            lines.advance();
        }
        if lines.at_end() || !lines.text().is_empty() {
            return false;
        }
        lines.advance();
        blocks += 1;
    }
    blocks > 0
}

fn is_block_header(line: &str) -> bool {
    let size = line.strip_prefix("literal ").or_else(|| line.strip_prefix("delta "));
    size.is_some_and(|size| size.parse::<u64>().is_ok())
}

/// A letter says how many bytes the line stands for (A to Z: 1 to 26, a to z: 27 to 52); each 4 are 5 characters.
fn is_data(line: &str) -> bool {
    let Some((&first, data)) = line.as_bytes().split_first() else { return false };
    let bytes = match first {
        b'A'..=b'Z' => usize::from(first - b'A') + 1,
        b'a'..=b'z' => usize::from(first - b'a') + 27,
        _ => return false,
    };
    data.len() == bytes.div_ceil(4) * 5 && data.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::super::lines::Patch;
    use super::*;

    fn skipped(text: &str) -> (bool, String) {
        let mut lines = Lines::of(Patch::plain(text.as_bytes()));
        (skip(&mut lines), lines.rest().decoded().into_owned())
    }

    #[test]
    fn the_new_and_the_old_content_are_skipped_whatever_they_look_like() {
        let text = "literal 6\nF+++-@@0000\n\ndelta 6\nF---+@@0000\n\ndiff --git a/x b/x\n";
        assert_eq!(skipped(text), (true, "diff --git a/x b/x\n".to_owned()));
    }

    #[test]
    fn the_old_content_may_be_missing() {
        assert_eq!(skipped("literal 0\n\nrest\n"), (true, "rest\n".to_owned()));
    }

    #[test]
    fn a_cut_block_is_noticed() {
        for text in
            ["", "literal 4\n", "literal 4\nD12345", "literal 4\nD12345\n", "literal 4\nD123\n\n", "literal x\n\n"]
        {
            assert!(!skipped(text).0, "{text}");
        }
    }

    #[test]
    fn a_cut_block_does_not_swallow_the_next_file() {
        assert_eq!(skipped("literal 4\ndiff --git a/x b/x\n"), (false, "diff --git a/x b/x\n".to_owned()));
        assert_eq!(skipped("literal 9\nD12345\ndiff --git a/x b/x\n"), (false, "diff --git a/x b/x\n".to_owned()));
    }
}
