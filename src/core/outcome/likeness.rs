//! Whether a text in a response can be the one that was sent. It is unknown how the service treats line ends, spaces, letter
//! case, markup and long texts, and an unrecognised session would be created, and paid for, a second time.

use crate::core::text;

/// The similarity of two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The same words.
    Same,
    /// One may be the other, normalised, stripped, escaped, cut or missing.
    Similar,
    /// They are different texts.
    Different,
}

/// Texts with fewer letters and digits than this are not matched by a part of their letters.
const SHORTEST_PART: usize = 8;

/// Compares a text that was `sent` with one that is `shown`.
///
/// ```
/// use jules_wasm::core::outcome::likeness::{Likeness, compare};
/// assert_eq!(compare("Fix bug A", " Fix  bug A\n"), Likeness::Same);
/// assert_eq!(compare("Fix <b>bug</b> A", "Fix &lt;b&gt;bug&lt;/b&gt; A"), Likeness::Similar);
/// assert_eq!(compare("Fix bug A", "Fix bug B"), Likeness::Different);
/// ```
pub fn compare(sent: &str, shown: &str) -> Likeness {
    if text::has_same_words(sent, shown) {
        return Likeness::Same;
    }
    let is_cut = sent.trim_start().starts_with(shown.trim());
    let (sent, shown) = (Letters::of(sent), Letters::of(shown));
    if is_cut || shown.is_blank() || sent.can_become(&shown) || shown.is_made_of(&sent) {
        Likeness::Similar
    } else {
        Likeness::Different
    }
}

/// The part of a text that normalisation does not change: its ASCII letters and digits in lower case, and whether there are
/// other characters.
struct Letters {
    ascii: Vec<u8>,
    has_others: bool,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self { ascii: Vec::new(), has_others: false };
        for character in text.chars() {
            match character {
                // A composed letter is not ASCII and is left out. Leave out the base of a decomposed one too.
                '\u{300}'..='\u{36f}' => {
                    letters.ascii.pop();
                    letters.has_others = true;
                }
                _ if character.is_ascii_alphanumeric() => {
                    letters.ascii.extend(u8::try_from(character.to_ascii_lowercase()));
                }
                _ => letters.has_others |= !character.is_ascii() && !character.is_whitespace(),
            }
        }
        letters
    }

    fn is_blank(&self) -> bool {
        self.ascii.is_empty() && !self.has_others
    }

    /// Whether `shown` can be these letters, truncated or with some removed.
    fn can_become(&self, shown: &Self) -> bool {
        if self.ascii == shown.ascii {
            return self.has_others || shown.has_others || !self.ascii.is_empty();
        }
        let is_long = shown.ascii.len() >= SHORTEST_PART;
        is_long && (self.ascii.starts_with(&shown.ascii) || shown.is_most_of(self))
    }

    /// Whether these can be the letters of `sent`, with additional ones from escaping.
    fn is_made_of(&self, sent: &Self) -> bool {
        sent.ascii.len() >= SHORTEST_PART && sent.is_most_of(self)
    }

    fn is_most_of(&self, whole: &Self) -> bool {
        self.ascii.len() >= whole.ascii.len() / 2 && is_subsequence(&self.ascii, &whole.ascii)
    }
}

/// Whether `part` is `whole` without some of its bytes.
fn is_subsequence(part: &[u8], whole: &[u8]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|byte| rest.any(|other| other == byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_recognised_in_every_known_form() {
        let sent = "Fix the <b>login</b> bug & \"quote\" it:\n- caf\u{e9}";
        for (what, shown, likeness) in [
            ("unchanged", sent, Likeness::Same),
            ("other line ends", "Fix the <b>login</b> bug & \"quote\" it:\r\n-  caf\u{e9} \r\n", Likeness::Same),
            ("other case", &sent.to_uppercase(), Likeness::Similar),
            ("decomposed", "Fix the <b>login</b> bug & \"quote\" it: - cafe\u{301}", Likeness::Similar),
            ("HTML", "Fix the &lt;b&gt;login&lt;/b&gt; bug &amp; &quot;quote&quot; it: - caf\u{e9}", Likeness::Similar),
            ("escaped line ends", "Fix the <b>login</b> bug & \\\"quote\\\" it:\\n- caf\u{e9}", Likeness::Similar),
            ("without tags", "Fix the login bug & \"quote\" it: - caf\u{e9}", Likeness::Similar),
            ("cut", "Fix the <b>log\u{2026}", Likeness::Similar),
            ("cut very short", "Fix", Likeness::Similar),
            ("missing", "", Likeness::Similar),
            ("another", "Write the tests of the parser", Likeness::Different),
        ] {
            assert_eq!(compare(sent, shown), likeness, "{what}");
        }
    }

    #[test]
    fn tasks_of_one_batch_are_distinguished() {
        for (sent, shown) in
            [("Fix bug A", "Fix bug B"), ("Task 1", "Task 12"), ("Fix", "Fix the login bug"), ("A", "")]
        {
            let expected = if shown.is_empty() { Likeness::Similar } else { Likeness::Different };
            assert_eq!(compare(sent, shown), expected, "{sent} {shown}");
        }
    }

    #[test]
    fn texts_without_ascii_letters_are_never_surely_different() {
        assert_eq!(compare("\u{30d0}\u{30b0}", "\u{30cf}\u{3099}\u{30af}\u{3099}"), Likeness::Similar);
        assert_eq!(compare("\u{30d0}\u{30b0}", "Fix the login bug"), Likeness::Different);
    }
}
