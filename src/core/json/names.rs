//! The names of the fields that this client knows, as numbers: comparing a name is comparing a word.

/// A field's name by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name(pub(super) u32);

macro_rules! names {
    ($($constant:ident $text:literal,)*) => {
        /// The names, in the order of their numbers.
        const TEXTS: &[&str] = &[$($text),*];

        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Numbers { $($constant),* }

        impl Name {
            $(#[doc = concat!("`", $text, "`")] pub const $constant: Self = Self(Numbers::$constant as u32);)*
        }
    };
}

names! {
    ACTIVITIES "activities",
    AGENT_MESSAGE "agentMessage",
    AGENT_MESSAGED "agentMessaged",
    ARCHIVED "archived",
    ARTIFACTS "artifacts",
    BASE_COMMIT_ID "baseCommitId",
    BASE_REF "baseRef",
    BASH_OUTPUT "bashOutput",
    BRANCHES "branches",
    CHANGE_SET "changeSet",
    COMMAND "command",
    CREATE_TIME "createTime",
    DATA "data",
    DEFAULT_BRANCH "defaultBranch",
    DESCRIPTION "description",
    DISPLAY_NAME "displayName",
    ENVIRONMENT_VARIABLES_ENABLED "environmentVariablesEnabled",
    EXIT_CODE "exitCode",
    GIT_PATCH "gitPatch",
    GITHUB_REPO "githubRepo",
    GITHUB_REPO_CONTEXT "githubRepoContext",
    HEAD_REF "headRef",
    ID "id",
    INDEX "index",
    IS_PRIVATE "isPrivate",
    MEDIA "media",
    MIME_TYPE "mimeType",
    NAME "name",
    NEXT_PAGE_TOKEN "nextPageToken",
    ORIGINATOR "originator",
    OUTPUT "output",
    OUTPUTS "outputs",
    OWNER "owner",
    PLAN "plan",
    PLAN_APPROVED "planApproved",
    PLAN_GENERATED "planGenerated",
    PLAN_ID "planId",
    PROGRESS_UPDATED "progressUpdated",
    PROMPT "prompt",
    PULL_REQUEST "pullRequest",
    REASON "reason",
    REPO "repo",
    SESSION_COMPLETED "sessionCompleted",
    SESSION_FAILED "sessionFailed",
    SESSIONS "sessions",
    SOURCE "source",
    SOURCE_CONTEXT "sourceContext",
    SOURCES "sources",
    STARTING_BRANCH "startingBranch",
    STATE "state",
    STEPS "steps",
    SUGGESTED_COMMIT_MESSAGE "suggestedCommitMessage",
    TITLE "title",
    UNIDIFF_PATCH "unidiffPatch",
    UPDATE_TIME "updateTime",
    URL "url",
    USER_MESSAGE "userMessage",
    USER_MESSAGED "userMessaged",
    WORKING_BRANCH "workingBranch",
}

/// The number of the first name that is not known.
#[expect(clippy::cast_possible_truncation, reason = "some sixty names")]
pub(super) const FIRST_UNKNOWN: u32 = TEXTS.len() as u32;

const NONE: u8 = u8::MAX;
const SLOTS: usize = 256;

/// Where a name is looked for first: by its length, its first letter and one of its middle.
#[expect(clippy::indexing_slicing, reason = "of a name that is not empty; the language has no other way here yet")]
const fn slot(name: &[u8]) -> usize {
    let length = name.len();
    if length == 0 {
        return 0;
    }
    (length * 5 + name[0] as usize * 3 + name[length / 2] as usize * 17 + name[length - 1] as usize * 7) % SLOTS
}

/// For each slot the first name in it, and for each name the next one in its slot.
struct Table {
    first: [u8; SLOTS],
    next: [u8; TEXTS.len()],
}

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "done by the compiler, which checks it")]
const fn table() -> Table {
    let mut table = Table { first: [NONE; SLOTS], next: [NONE; TEXTS.len()] };
    let mut number = 0;
    while number < TEXTS.len() {
        let at = slot(TEXTS[number].as_bytes());
        table.next[number] = table.first[at];
        table.first[at] = number as u8;
        number += 1;
    }
    table
}

static TABLE: Table = table();

/// The name, if it is known.
pub(super) fn find(name: &[u8]) -> Option<Name> {
    let mut number = TABLE.first.get(slot(name)).copied().unwrap_or(NONE);
    while let Some(text) = TEXTS.get(usize::from(number)) {
        if text.as_bytes() == name {
            return Some(Name(u32::from(number)));
        }
        number = TABLE.next.get(usize::from(number)).copied().unwrap_or(NONE);
    }
    None
}

/// The text of a name that is known.
pub(super) fn text(number: u32) -> Option<&'static str> {
    TEXTS.get(usize::try_from(number).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_by_its_text_and_no_other_is() {
        for (number, name) in TEXTS.iter().enumerate() {
            assert_eq!(find(name.as_bytes()).map(|name| name.0), u32::try_from(number).ok());
            assert_eq!(
                find(format!("{name}s").as_bytes()).and_then(|name| text(name.0)),
                TEXTS.iter().find(|known| **known == format!("{name}s")).copied()
            );
        }
        assert_eq!((find(b""), find(b"Name"), find("näme".as_bytes())), (None, None, None));
    }

    #[test]
    fn hardly_two_names_share_a_slot() {
        let shared = TABLE.next.iter().filter(|next| **next != NONE).count();
        assert!(shared < 10, "{shared} of {}", TEXTS.len());
    }
}
