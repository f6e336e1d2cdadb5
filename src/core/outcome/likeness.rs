//! Whether a text that the service shows can be the one that was sent. What the service makes of line ends, blanks, letter
//! case, markup or long texts is unknown, and not to recognise a session would be to create, and pay for, a second one.

use crate::core::text;

/// How alike two texts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The same words.
    Same,
    /// One may be the other after it was normalised, stripped, escaped or cut, or is not shown at all.
    Similar,
    /// They are different texts.
    Different,
}

/// Texts with fewer letters and digits than this are not recognised by what is left of them, or what was added.
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

/// What normalising leaves alone: the ASCII letters and digits, in lower case; and whether there were other characters.
struct Letters {
    ascii: Vec<u8>,
    has_others: bool,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self { ascii: Vec::new(), has_others: false };
        for character in text.chars() {
            match character {
                // A composed letter is one character that is left out; its base goes with the mark where it is decomposed.
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

    /// Whether `shown` can be these letters, cut short, or with some of them stripped.
    fn can_become(&self, shown: &Self) -> bool {
        if self.ascii == shown.ascii {
            return self.has_others || shown.has_others || !self.ascii.is_empty();
        }
        let is_long = shown.ascii.len() >= SHORTEST_PART;
        is_long && (self.ascii.starts_with(&shown.ascii) || shown.is_most_of(self))
    }

    /// Whether these can be the letters that were sent, with others that escape them.
    fn is_made_of(&self, sent: &Self) -> bool {
        sent.ascii.len() >= SHORTEST_PART && sent.is_most_of(self)
    }

    fn is_most_of(&self, whole: &Self) -> bool {
        self.ascii.len() >= whole.ascii.len() / 2 && is_subsequence(&self.ascii, &whole.ascii)
    }
}

/// Whether `part` is left of `whole` when some bytes are taken out of it.
fn is_subsequence(part: &[u8], whole: &[u8]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|byte| rest.any(|other| other == byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_showing_a_text_is_recognised() {
        let sent = "Fix the <b>login</b> bug & \"quote\" it:\n- caf\u{e9}";
        for (what, shown, likeness) in [
            ("as it is", sent, Likeness::Same),
            ("other line ends", "Fix the <b>login</b> bug & \"quote\" it:\r\n-  caf\u{e9} \r\n", Likeness::Same),
            ("other case", &sent.to_uppercase(), Likeness::Similar),
            ("decomposed", "Fix the <b>login</b> bug & \"quote\" it: - cafe\u{301}", Likeness::Similar),
            ("HTML", "Fix the &lt;b&gt;login&lt;/b&gt; bug &amp; &quot;quote&quot; it: - caf\u{e9}", Likeness::Similar),
            ("escaped line ends", "Fix the <b>login</b> bug & \\\"quote\\\" it:\\n- caf\u{e9}", Likeness::Similar),
            ("without tags", "Fix the login bug & \"quote\" it: - caf\u{e9}", Likeness::Similar),
            ("cut", "Fix the <b>log\u{2026}", Likeness::Similar),
            ("cut very short", "Fix", Likeness::Similar),
            ("not shown", "", Likeness::Similar),
            ("another", "Write the tests of the parser", Likeness::Different),
        ] {
            assert_eq!(compare(sent, shown), likeness, "{what}");
        }
    }

    #[test]
    fn tasks_of_one_batch_are_told_apart() {
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
