//! The filters of the three lists: as much of AIP-160 as the service is known to take. Whether it takes more (`>=`,
//! `AND`, upper bounds) is unknown; here the rest is refused.

use super::refusal::Refusal;
use crate::core::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Operator(char),
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '=' | '<' | '>' | '(' | ')' => {
                found.push(Token::Operator(first));
                rest.strip_prefix(first).unwrap_or_default()
            }
            '"' => {
                let (quoted, after) =
                    rest.strip_prefix('"').and_then(|inner| inner.split_once('"')).ok_or_else(Refusal::invalid)?;
                found.push(Token::Quoted(quoted.to_owned()));
                after
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '=' | '<' | '>' | '(' | ')' | '"'))
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at_checked(end).ok_or_else(Refusal::invalid)?;
                found.push(Token::Word(word.to_owned()));
                after
            }
        }
        .trim_start();
    }
    Ok(found)
}

/// The values of `field = value OR field = value …`.
fn alternatives(text: &str, field: &str) -> Result<Vec<String>, Refusal> {
    let tokens = tokens(text)?;
    tokens
        .split(|token| *token == Token::Word("OR".to_owned()))
        .map(|term| match term {
            [Token::Word(name), Token::Operator('='), Token::Word(value) | Token::Quoted(value)] if name == field => {
                Ok(value.clone())
            }
            _ => Err(Refusal::invalid()),
        })
        .collect()
}

/// The names of sources to list; `None` for all.
pub(super) fn sources(filter: Option<&str>) -> Result<Option<Vec<String>>, Refusal> {
    filter.map(|text| alternatives(text, "name")).transpose()
}

/// Which sessions to list: `(archived ones, others)`. Without a filter only those that are not archived.
pub(super) fn sessions(filter: Option<&str>) -> Result<(bool, bool), Refusal> {
    let Some(text) = filter else { return Ok((false, true)) };
    let mut wanted = (false, false);
    for value in alternatives(text, "archived")? {
        match value.as_str() {
            "true" => wanted.0 = true,
            "false" => wanted.1 = true,
            _ => return Err(Refusal::invalid()),
        }
    }
    Ok(wanted)
}

/// The time after which activities are wanted (without that time itself); `None` for all.
pub(super) fn activities(filter: Option<&str>) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = filter else { return Ok(None) };
    match tokens(text)?.as_slice() {
        [Token::Word(field), Token::Operator('>'), Token::Quoted(time)] if field == "create_time" => {
            Timestamp::parse(time).map(Some).ok_or_else(Refusal::invalid)
        }
        _ => Err(Refusal::invalid()),
    }
}
