//! The texts of prompts and scripts.

const DIRECTIVE: &str = "[emulator:";
const MAX_HEADLINE_CHARS: usize = 80;

/// Splits a prompt into the scenario names of its directives `[emulator: name, name]` and the remaining task.
pub(super) fn split_directive(prompt: &str) -> (Vec<String>, String) {
    let mut names = Vec::new();
    let mut task = String::new();
    let mut rest = prompt;
    while let Some((before, after)) = rest.split_once(DIRECTIVE) {
        let Some((inside, behind)) = after.split_once(']') else { break };
        names.extend(scenario_names(inside));
        task.push_str(before);
        rest = behind;
    }
    task.push_str(rest);
    (names, task.trim().to_owned())
}

/// The names in a list such as `question, fail`.
pub(super) fn scenario_names(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The first line that is not blank, truncated between words if it is long.
pub(super) fn headline(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("Untitled task");
    if line.chars().count() <= MAX_HEADLINE_CHARS {
        return line.to_owned();
    }
    let start: String = line.chars().take(MAX_HEADLINE_CHARS).collect();
    let words = start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words);
    format!("{words}…")
}

/// Replaces `{name}` with the value of that name. Unknown names are kept.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(name, behind)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((*value, behind))
        });
        match known {
            Some((value, behind)) => {
                filled.push_str(value);
                rest = behind;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}
