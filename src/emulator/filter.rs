//! The filters of the three lists: the part of AIP-160 that the service is known to support. Whether it supports more (`>=`,
//! `AND`, upper bounds) is unknown; here everything else is an error.

use super::api_error::ApiError;
use crate::core::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Operator(char),
}

fn tokens(text: &str) -> Result<Vec<Token>, ApiError> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '=' | '<' | '>' | '(' | ')' => {
                found.push(Token::Operator(first));
                rest.strip_prefix(first).unwrap_or_default()
            }
            '"' => {
                let (quoted, after) = rest
                    .strip_prefix('"')
                    .and_then(|inner| inner.split_once('"'))
                    .ok_or_else(ApiError::invalid_argument)?;
                found.push(Token::Quoted(quoted.to_owned()));
                after
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '=' | '<' | '>' | '(' | ')' | '"'))
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at_checked(end).ok_or_else(ApiError::invalid_argument)?;
                found.push(Token::Word(word.to_owned()));
                after
            }
        }
        .trim_start();
    }
    Ok(found)
}

/// The values of `field = value OR field = value …`.
fn alternatives(text: &str, field: &str) -> Result<Vec<String>, ApiError> {
    let tokens = tokens(text)?;
    tokens
        .split(|token| *token == Token::Word("OR".to_owned()))
        .map(|term| match term {
            [Token::Word(name), Token::Operator('='), Token::Word(value) | Token::Quoted(value)] if name == field => {
                Ok(value.clone())
            }
            _ => Err(ApiError::invalid_argument()),
        })
        .collect()
}

/// The names of the sources to list; `None` for all.
pub(super) fn sources(filter: Option<&str>) -> Result<Option<Vec<String>>, ApiError> {
    filter.map(|text| alternatives(text, "name")).transpose()
}

/// Which sessions to list: `(archived ones, others)`. Without a filter only those that are not archived.
pub(super) fn sessions(filter: Option<&str>) -> Result<(bool, bool), ApiError> {
    let Some(text) = filter else { return Ok((false, true)) };
    let mut wanted = (false, false);
    for value in alternatives(text, "archived")? {
        match value.as_str() {
            "true" => wanted.0 = true,
            "false" => wanted.1 = true,
            _ => return Err(ApiError::invalid_argument()),
        }
    }
    Ok(wanted)
}

/// The time after which activities are listed, exclusive; `None` for all.
pub(super) fn activities(filter: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = filter else { return Ok(None) };
    match tokens(text)?.as_slice() {
        [Token::Word(field), Token::Operator('>'), Token::Quoted(time)] if field == "create_time" => {
            Timestamp::parse(time).map(Some).ok_or_else(ApiError::invalid_argument)
        }
        _ => Err(ApiError::invalid_argument()),
    }
}
