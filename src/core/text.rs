//! Searching for a piece of text, and comparing texts. The language's own search brings ten kilobytes of panic messages into
//! the wasm.

use crate::planted::{Fault, planted};

/// What is before and after the first `separator`, as `str::split_once`.
pub fn split_once<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let at = text.as_bytes().windows(separator.len().max(1)).position(|window| window == separator.as_bytes())?;
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.strip_prefix(separator)?))
}

/// The text with `with` in the place of every `what`, as `str::replace`; `None` if there is none.
pub fn replaced(text: &str, what: &str, with: &str) -> Option<String> {
    let (mut before, mut rest) = split_once(text, what)?;
    let mut out = String::new();
    loop {
        out.push_str(before);
        out.push_str(with);
        match split_once(rest, what) {
            Some(parts) => (before, rest) = parts,
            None => return Some(out + rest),
        }
    }
}

/// The text without `secret`; `None` if it is not in there. Keys of Google's services have 39 characters; what is much shorter is
/// a placeholder such as `unused`, and a word of the text.
pub fn without(text: &str, secret: &str) -> Option<String> {
    const SHORTEST_SECRET: usize = 10;
    if secret.len() < SHORTEST_SECRET || planted(Fault::KeyShown) { None } else { replaced(text, secret, "[API key]") }
}

/// The words of a text, one blank between them: what is left of it whatever becomes of line ends, indentation and the like.
pub fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two texts have the same words.
#[inline(never)]
pub fn has_same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_does_what_the_language_does(text in "[abé]{0,12}", what in "[abé]{1,3}", with in "[xé]{0,2}") {
            prop_assert_eq!(split_once(&text, &what), text.split_once(&what));
            let expected = text.contains(&what).then(|| text.replace(&what, &with));
            prop_assert_eq!(replaced(&text, &what, &with), expected);
        }
    }
}
