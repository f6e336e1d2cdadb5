//! The names of the fields that this client knows, as numbers: comparing a name is comparing a word.

use super::run::{BLOCK, block_at, same, up_to};

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

/// The length of the longest name that can be known.
const LONGEST: usize = 2 * BLOCK;

/// Where a name is looked for first: by its length, its first letter and one of its middle.
#[expect(clippy::indexing_slicing, reason = "of a name that is not empty; the language has no other way here yet")]
const fn slot(name: &[u8]) -> usize {
    let length = name.len();
    if length == 0 {
        return 0;
    }
    (length * 5 + name[0] as usize * 3 + name[length / 2] as usize * 17 + name[length - 1] as usize * 7) % SLOTS
}

/// The first name of each slot.
struct Table([u8; SLOTS]);

/// A name as it is looked for: a block at a time, with the quote behind it.
#[derive(Clone, Copy)]
struct Entry {
    bytes: [u8; LONGEST],
    length: u8,
    /// The next name of its slot.
    next: u8,
}

impl Entry {
    /// Whether this name and its quote stand at `at`; false if they end less than a block before the bytes do.
    #[inline(always)]
    fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let length = usize::from(self.length) + 1;
        let is_same = |start, count| match (block_at(bytes, at + start), block_at(&self.bytes, start)) {
            (Some(bytes), Some(name)) => !same(bytes, name) & up_to(count) == 0,
            _ => false,
        };
        is_same(0, length.min(BLOCK)) && (length <= BLOCK || is_same(BLOCK, length - BLOCK))
    }
}

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "done by the compiler, which checks it")]
const fn table() -> (Table, [Entry; TEXTS.len()]) {
    let mut table = Table([NONE; SLOTS]);
    let mut entries = [Entry { bytes: [b'"'; LONGEST], length: 0, next: NONE }; TEXTS.len()];
    let mut number = 0;
    while number < TEXTS.len() {
        let name = TEXTS[number].as_bytes();
        let entry = &mut entries[number];
        entry.length = name.len() as u8;
        let mut at = 0;
        while at < name.len() {
            entry.bytes[at] = name[at];
            at += 1;
        }
        let at = slot(name);
        entry.next = table.0[at];
        table.0[at] = number as u8;
        number += 1;
    }
    (table, entries)
}

static TABLE: Table = table().0;
static ENTRIES: [Entry; TEXTS.len()] = table().1;

/// The name, if it is known.
pub(super) fn find(name: &[u8]) -> Option<Name> {
    let mut quoted = [b'"'; LONGEST + BLOCK];
    quoted.get_mut(..LONGEST)?.get_mut(..name.len())?.copy_from_slice(name);
    find_at(&quoted, 0, name.len())
}

/// The name of `length` bytes that stands at `at` with a quote behind it, if it is known.
pub(super) fn find_at(bytes: &[u8], at: usize, length: usize) -> Option<Name> {
    let mut number = TABLE.0.get(slot(bytes.get(at..at + length)?)).copied().unwrap_or(NONE);
    while let Some(entry) = ENTRIES.get(usize::from(number)) {
        if usize::from(entry.length) == length && entry.is_at(bytes, at) {
            return Some(Name(u32::from(number)));
        }
        number = entry.next;
    }
    None
}

/// Which name came after which. Objects of a kind have theirs in one order, and to look whether what is expected is there
/// is quicker than to find out what is.
pub(super) struct Order {
    after: [u8; TEXTS.len() + 1],
    last: usize,
}

impl Order {
    pub(super) const fn new() -> Self {
        Self { after: [NONE; TEXTS.len() + 1], last: TEXTS.len() }
    }

    /// The name that was expected, and its length, if it stands at `at` with a quote behind it.
    #[inline(always)]
    pub(super) fn expected(&mut self, bytes: &[u8], at: usize) -> Option<(Name, usize)> {
        let number = *self.after.get(self.last)?;
        let entry = ENTRIES.get(usize::from(number))?;
        if !entry.is_at(bytes, at) {
            return None;
        }
        self.last = number.into();
        Some((Name(number.into()), entry.length.into()))
    }

    /// Takes note of a name that was not expected.
    pub(super) fn came(&mut self, Name(number): Name) {
        if let (Some(after), Ok(number)) = (self.after.get_mut(self.last), u8::try_from(number)) {
            *after = number;
            self.last = number.into();
        }
    }
}

/// Fields that are asked for together; see [`Node::pick`].
///
/// [`Node::pick`]: super::Node::pick
pub struct Names<const COUNT: usize> {
    /// For each name that is known, its place among these.
    pub(super) places: [u8; TEXTS.len()],
}

impl<const COUNT: usize> Names<COUNT> {
    /// These names.
    #[expect(
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "done by the compiler, which checks it"
    )]
    pub const fn of(names: [Name; COUNT]) -> Self {
        let mut places = [NONE; TEXTS.len()];
        let mut place = 0;
        while place < COUNT {
            places[names[place].0 as usize] = place as u8;
            place += 1;
        }
        Self { places }
    }
}

/// The text of a name that is known.
pub(super) fn text(number: u32) -> Option<&'static str> {
    let entry = ENTRIES.get(usize::try_from(number).ok()?)?;
    std::str::from_utf8(entry.bytes.get(..usize::from(entry.length))?).ok()
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
        let shared = ENTRIES.iter().filter(|entry| entry.next != NONE).count();
        assert!(shared < 10, "{shared} of {}", TEXTS.len());
    }
}
