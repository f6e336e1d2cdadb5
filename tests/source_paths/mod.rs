//! The paths that a Rust source names, without its comments and strings: `use a::{b, c::d};` names `a::b` and
//! `a::c::d`. Enough of the grammar for rules about who names whom, and no more.

/// A path in a source file.
pub struct Use {
    /// Its segments, groups resolved.
    pub segments: Vec<String>,
    /// The line on which it ends, from 1.
    pub line: usize,
}

/// All paths of a source, in order. A single identifier is a path of one segment.
pub fn paths_of(source: &str) -> Vec<Use> {
    let tokens = tokens_of(source);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = read_path(&tokens, at, &[], &mut found);
    }
    found
}

enum Kind {
    Word(String),
    PathSeparator,
    Other(char),
}

struct Token {
    kind: Kind,
    line: usize,
}

impl Token {
    fn is(&self, sign: char) -> bool {
        matches!(self.kind, Kind::Other(c) if c == sign)
    }
}

/// Reads one path (or skips one token) at `at`, after the segments `before`; returns the index behind it.
fn read_path(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Use>) -> usize {
    let mut segments = before.to_vec();
    let mut line = 0;
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Word(word) => {
                segments.push(word.clone());
                line = token.line;
                at += 1;
            }
            Kind::Other('{') if segments.len() > before.len() || !before.is_empty() => {
                return read_group(tokens, at + 1, &segments, found);
            }
            Kind::PathSeparator => {}
            Kind::Other(_) => at += usize::from(segments.len() == before.len()),
        }
        if !matches!(tokens.get(at).map(|t| &t.kind), Some(Kind::PathSeparator)) {
            break;
        }
        at += 1;
    }
    if segments.len() > before.len() {
        found.push(Use { segments, line });
    }
    at
}

/// Reads what stands between the braces of `a::{…}`.
fn read_group(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Use>) -> usize {
    while let Some(token) = tokens.get(at) {
        if token.is('}') {
            return at + 1;
        }
        at = if token.is(',') { at + 1 } else { read_path(tokens, at, before, found) };
    }
    at
}

fn tokens_of(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let line = 1 + source[..source.len() - rest.len()].matches('\n').count();
        let length = skipped(rest);
        if length > 0 {
            rest = &rest[length..];
            continue;
        }
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (kind, length) = if word > 0 {
            (Kind::Word(rest[..word].to_owned()), word)
        } else if rest.starts_with("::") {
            (Kind::PathSeparator, 2)
        } else {
            (Kind::Other(first), first.len_utf8())
        };
        if !first.is_whitespace() {
            tokens.push(Token { kind, line });
        }
        rest = &rest[length..];
    }
    tokens
}

/// The length of the comment, string or character at the beginning of the text; 0 if there is none.
fn skipped(text: &str) -> usize {
    let until = |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    if text.starts_with("//") {
        return until("\n", 2);
    }
    if text.starts_with("/*") {
        return block_comment(text);
    }
    let prefix = text.len() - text.trim_start_matches(['b', 'r', 'c']).len();
    let hashes = text[prefix..].len() - text[prefix..].trim_start_matches('#').len();
    let opens_string = text[prefix + hashes..].starts_with('"') && prefix <= 2;
    if opens_string && text[..prefix].contains('r') {
        return until(&format!("\"{}", "#".repeat(hashes)), prefix + hashes + 1);
    }
    if opens_string && hashes == 0 {
        return quoted(text, prefix, '"');
    }
    // 'a' and '\n' are characters, 'a is a lifetime.
    let mut next = text.chars().skip(1);
    let is_character = text.starts_with('\'') && (next.next() == Some('\\') || next.next() == Some('\''));
    if is_character { quoted(text, 0, '\'') } else { 0 }
}

/// The length of what is quoted from `from` on, escapes left out of account.
fn quoted(text: &str, from: usize, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().filter(|(at, _)| *at > from) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}
