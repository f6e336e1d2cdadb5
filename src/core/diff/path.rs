//! The names of files in a patch: how git quotes them, and which part of them is only a prefix.

use std::borrow::Cow;

use super::lines::Patch;

/// Beyond this many spaces the names of a `diff --git` line are not guessed at: a line made of spaces would cost
/// quadratic time.
const MOST_SPACES: usize = 64;

/// The name with which a line begins: quoted as C strings are, or up to a tab (a timestamp may follow) or the line's end.
pub(super) fn name(text: Cow<'_, str>) -> Cow<'_, str> {
    if let Some((name, _)) = unquote(&text) {
        return name.into();
    }
    let end = text.bytes().position(|byte| byte == b'\t').unwrap_or(text.len());
    match text {
        Cow::Borrowed(text) => text.get(..end).unwrap_or(text).into(),
        Cow::Owned(mut text) => {
            text.truncate(end);
            text.into()
        }
    }
}

/// As many bytes of the name's end.
fn tail(name: Cow<'_, str>, length: usize) -> Cow<'_, str> {
    let start = name.len().saturating_sub(length);
    match name {
        Cow::Borrowed(name) => name.get(start..).unwrap_or(name).into(),
        Cow::Owned(name) => name.get(start..).unwrap_or(&name).to_owned().into(),
    }
}

/// Reads a quoted name, and gives what follows it. Bytes that are no UTF-8 become U+FFFD.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut bytes = text.bytes().enumerate();
    let mut name = Vec::new();
    if bytes.next()?.1 != b'"' {
        return None;
    }
    loop {
        match bytes.next()? {
            (at, b'"') => return Some((String::from_utf8_lossy(&name).into_owned(), text.get(at + 1..)?)),
            (_, b'\\') => name.push(match bytes.next()?.1 {
                b'a' => 0x07,
                b'b' => 0x08,
                b't' => b'\t',
                b'n' => b'\n',
                b'v' => 0x0b,
                b'f' => 0x0c,
                b'r' => b'\r',
                other @ (b'"' | b'\\') => other,
                high @ b'0'..=b'3' => {
                    let (middle, low) = (octal(bytes.next()?.1)?, octal(bytes.next()?.1)?);
                    (high - b'0') << 6 | middle << 3 | low
                }
                _ => return None,
            }),
            (_, byte) => name.push(byte),
        }
    }
}

fn octal(digit: u8) -> Option<u8> {
    (b'0'..=b'7').contains(&digit).then(|| digit - b'0')
}

/// The old and the new path, without prefixes, from what follows `diff --git ` (or nothing) and the names of the
/// `---` and `+++` lines (or none, where the line is missing or says `/dev/null`).
pub(super) fn resolve<'a>(
    pair: Patch<'a>,
    old: Option<Cow<'a, str>>,
    new: Option<Cow<'a, str>>,
) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => match shared(&old, &new).map(str::len) {
            Some(length) => {
                let path = tail(new, length);
                (path.clone(), path)
            }
            None => {
                let lengths = without_known_prefixes(&old, &new).map(|(old, new)| (old.len(), new.len()));
                let (old_length, new_length) = lengths.unwrap_or((old.len(), new.len()));
                (tail(old, old_length), tail(new, new_length))
            }
        },
        (Some(only), None) | (None, Some(only)) => {
            let twice = named_twice(&pair.line()).filter(|path| only.ends_with(path.as_str())).map(|path| path.len());
            let length = twice.unwrap_or_else(|| without_default_prefix(&only).len());
            let path = tail(only, length);
            (path.clone(), path)
        }
        (None, None) => {
            let path: Cow<'_, str> = Cow::Owned(named_twice(&pair.line())?);
            (path.clone(), path)
        }
    };
    (!old.is_empty() && !new.is_empty()).then_some((old, new))
}

/// The path that a `diff --git` line names twice. The line does not tell where the first name ends if there are spaces
/// in it; only where both halves are the same path does the split make sense. (Where the paths differ, other lines
/// name them.)
fn named_twice(pair: &str) -> Option<String> {
    if let Some((old, rest)) = unquote(pair) {
        return shared(&old, &name(rest.strip_prefix(' ')?.into())).map(str::to_owned);
    }
    let split_at = |at: usize| Some((pair.get(..at)?, pair.get(at..)?.strip_prefix(' ')?));
    // Prefixes are nearly always of one length, and then the names meet in the middle.
    if let Some((old, new)) = split_at(pair.len() / 2) {
        let (old, new) = without_known_prefixes(old, new).unwrap_or((old, new));
        if old == new {
            return Some(new.to_owned());
        }
    }
    let spaces = pair.match_indices(' ').map(|(at, _)| at).take(MOST_SPACES);
    let paths = spaces.filter_map(|at| split_at(at).and_then(|(old, new)| shared(old, new)));
    paths.max_by_key(|path| path.len()).map(str::to_owned)
}

/// The path that two names share, if they differ at most in their prefixes.
fn shared<'a>(old: &str, new: &'a str) -> Option<&'a str> {
    if old == new {
        // `diff.noprefix`: with prefixes the two would differ.
        return Some(new);
    }
    match without_known_prefixes(old, new) {
        Some((old, new)) => (old == new).then_some(new),
        None => common_tail(old, new),
    }
}

/// Both names without the prefixes that git puts there: `a/` and `b/`, or with `diff.mnemonicPrefix` two of `c/`
/// (commit), `i/` (index), `w/` (work tree), `o/` (object), or `1/` and `2/`.
fn without_known_prefixes<'a, 'b>(old: &'a str, new: &'b str) -> Option<(&'a str, &'b str)> {
    let known =
        |name: &str| matches!(name.as_bytes(), [b'a' | b'b' | b'c' | b'i' | b'o' | b'w' | b'1' | b'2', b'/', ..]);
    let differ = old.as_bytes().first() != new.as_bytes().first();
    (known(old) && known(new) && differ).then_some((old.get(2..)?, new.get(2..)?))
}

fn without_default_prefix(name: &str) -> &str {
    name.strip_prefix("a/").or_else(|| name.strip_prefix("b/")).unwrap_or(name)
}

/// The longest path, of whole components, with which both names end.
fn common_tail<'a>(old: &str, new: &'a str) -> Option<&'a str> {
    let length = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
    let (old_head, new_head) = (old.len() - length, new.len() - length);
    let ends_component = |name: &str, head: usize| head == 0 || name.get(..head).is_some_and(|h| h.ends_with('/'));
    let tail = if ends_component(old, old_head) && ends_component(new, new_head) {
        new.get(new_head..)?
    } else {
        let slash = new.bytes().skip(new_head).position(|byte| byte == b'/')?;
        new.get(new_head + slash + 1..)?
    };
    (!tail.is_empty()).then_some(tail)
}

#[cfg(test)]
mod tests {
    use super::super::lines::Lines;
    use super::*;

    fn name(line: &str) -> String {
        super::name(Lines::of(Patch::plain(line.as_bytes())).text()).into_owned()
    }

    fn pair(text: &str) -> Option<String> {
        named_twice(text)
    }

    #[test]
    fn a_quoted_name_is_read_as_the_bytes_it_stands_for() {
        assert_eq!(
            name(r#""b/\303\251t\303\251 \"1\"\\\t\n\a\b\v\f\r.txt""#),
            "b/été \"1\"\\\t\n\x07\x08\x0b\x0c\r.txt"
        );
        assert_eq!(name("\"b/\\346\\227\\245本.txt\"\t2024-01-01"), "b/日本.txt", "escaped and plain bytes mix");
        assert_eq!(name(r#""b/\377""#), "b/\u{fffd}", "no UTF-8");
    }

    #[test]
    fn a_name_with_broken_quotes_is_kept_as_it_stands() {
        for text in [r#""b/x"#, r#""b/\q""#, r#""b/\39""#, r#""b/\777""#, r#"""#, r#""\"#] {
            assert_eq!(name(text), text);
        }
    }

    #[test]
    fn a_name_ends_at_a_tab_or_at_either_line_end() {
        assert_eq!(name("b/with space.txt\t\n"), "b/with space.txt");
        assert_eq!(name("b/x.c\t2024-01-01 10:00:00.000000000 +0100\n"), "b/x.c");
        assert_eq!(name("b/x.c\r\n"), "b/x.c");
    }

    #[test]
    fn a_git_line_is_split_where_both_halves_are_the_same_path() {
        assert_eq!(pair("a/x b/x").as_deref(), Some("x"));
        assert_eq!(pair("a/x b/x b/x b/x").as_deref(), Some("x b/x"));
        assert_eq!(pair("a/ b b/ b").as_deref(), Some(" b"));
        assert_eq!(pair(r#""a/\tx" "b/\tx""#).as_deref(), Some("\tx"));
        assert_eq!(pair("a/ä b/ä").as_deref(), Some("ä"));
    }

    #[test]
    fn a_git_line_with_two_paths_names_none() {
        assert_eq!(pair("a/x b/y"), None);
        assert_eq!(pair("a/src/x b/lib/x"), None, "known prefixes are not part of a common tail");
        assert_eq!(pair("a/x"), None);
        assert_eq!(pair(""), None);
    }

    #[test]
    fn prefixes_other_than_a_and_b_are_taken_off() {
        for (text, path) in [
            ("i/src/x w/src/x", "src/x"),
            ("c/a/x i/a/x", "a/x"),
            ("o/x w/x", "x"),
            ("1/x 2/x", "x"),
            ("b/x a/x", "x"),
            ("old/my x changed/my x", "my x"),
            ("x new/x", "x"),
        ] {
            assert_eq!(pair(text).as_deref(), Some(path), "{text}");
        }
    }

    #[test]
    fn without_prefixes_a_folder_called_b_is_kept() {
        assert_eq!(pair("b/x b/x").as_deref(), Some("b/x"));
        let created = |pair: &'static str, new: &'static str| {
            resolve(Patch::plain(pair.as_bytes()), None, Some(new.into())).unwrap().1
        };
        assert_eq!(created("b/x b/x", "b/x"), "b/x");
        assert_eq!(created("a/b/x b/b/x", "b/b/x"), "b/x");
    }

    #[test]
    fn a_line_of_nothing_but_spaces_is_no_work() {
        assert_eq!(pair(&format!("a/{} b/", " x".repeat(200_000))), None);
    }
}
