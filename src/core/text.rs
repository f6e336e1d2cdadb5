//! String search and comparison. The search of the standard library adds ten kilobytes of panic messages to the wasm.

use crate::planted::{Fault, planted};

/// The text before and after the first `separator`, as `str::split_once`.
pub fn split_once<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let at = text.as_bytes().windows(separator.len().max(1)).position(|window| window == separator.as_bytes())?;
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.strip_prefix(separator)?))
}

/// The text with every `what` replaced by `with`, as `str::replace`; `None` if there is none.
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

/// The text with `secret` redacted; `None` if it does not contain it. Keys of Google's services have 39 characters; a much
/// shorter one is a placeholder such as `unused`, and may be a word of the text.
pub fn without(text: &str, secret: &str) -> Option<String> {
    const SHORTEST_SECRET: usize = 10;
    if secret.len() < SHORTEST_SECRET || planted(Fault::KeyShown) { None } else { replaced(text, secret, "[API key]") }
}

/// The words of a text separated by single spaces, which does not depend on line ends and indentation.
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
        fn results_equal_those_of_the_standard_library(text in "[abé]{0,12}", what in "[abé]{1,3}", with in "[xé]{0,2}") {
            prop_assert_eq!(split_once(&text, &what), text.split_once(&what));
            let expected = text.contains(&what).then(|| text.replace(&what, &with));
            prop_assert_eq!(replaced(&text, &what, &with), expected);
        }
    }
}
