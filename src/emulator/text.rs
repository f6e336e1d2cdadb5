//! Reading prompts, and filling texts of scripts.

const DIRECTIVE: &str = "[emulator:";
const LONGEST_HEADLINE: usize = 80;

/// Takes the directives `[emulator: name, name]` out of a prompt: the names of scenarios, and the task that is left.
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

/// The first line that is not blank, cut at a word if it is long.
pub(super) fn headline(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("Untitled task");
    if line.chars().count() <= LONGEST_HEADLINE {
        return line.to_owned();
    }
    let start: String = line.chars().take(LONGEST_HEADLINE).collect();
    let words = start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words);
    format!("{words}…")
}

/// Puts values in the place of `{name}`; what has no value stays as it is.
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
