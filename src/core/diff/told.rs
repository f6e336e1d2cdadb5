//! The files of a patch as they are told to JavaScript: words and one text. `pkg-template/lib/values.js` reads it.

use std::borrow::Cow;

use super::{FileSection, Part};

/// All files: for each fourteen words.
#[derive(Debug, Default)]
pub struct Told {
    /// The length in the text of path, old path, old mode and new mode, in units of UTF-16, 0 for what is not there; kind,
    /// additions, deletions, whether it is binary and whether it is incomplete; similarity, places of content and patch,
    /// -1 for what is not there.
    pub words: Vec<u32>,
    /// All texts.
    pub text: String,
}

impl Told {
    /// Tells files.
    pub fn of(sections: &[FileSection<'_>]) -> Self {
        let mut told = Self::default();
        for section in sections {
            told.section(section);
        }
        told
    }

    fn section(&mut self, section: &FileSection<'_>) {
        const NONE: u32 = u32::MAX;
        let word = |place: usize| u32::try_from(place).unwrap_or(NONE);
        let part = |part: Part| [word(part.0), word(part.1)];
        let texts =
            [Some(&section.path), section.old_path.as_ref(), section.old_mode.as_ref(), section.new_mode.as_ref()];
        let lengths = texts.map(|text| self.add(text));
        let [start, end] = part(section.patch);
        let [lines, lines_end] = section.content.map_or([NONE; 2], part);
        self.words.extend(lengths);
        self.words.extend([
            section.change_type as u32,
            section.additions,
            section.deletions,
            u32::from(section.binary),
            u32::from(section.incomplete),
            section.similarity.map_or(NONE, u32::from),
            lines,
            lines_end,
            start,
            end,
        ]);
    }

    fn add(&mut self, text: Option<&Cow<'_, str>>) -> u32 {
        let text = text.map_or("", AsRef::as_ref);
        self.text.push_str(text);
        u32::try_from(units(text.as_bytes())).unwrap_or_default()
    }
}

/// Counts the sections' places in units of UTF-16, as JavaScript does.
pub fn in_utf16(patch: &[u8], sections: &mut [FileSection<'_>]) {
    // Places only grow, so each piece of the patch is counted once.
    let (mut bytes, mut before) = (0, 0);
    let mut count = |place: &mut usize| {
        before += units(patch.get(bytes..*place).unwrap_or_default());
        bytes = *place;
        *place = before;
    };
    for section in sections {
        count(&mut section.patch.0);
        if let Some(content) = &mut section.content {
            count(&mut content.0);
            count(&mut content.1);
        }
        count(&mut section.patch.1);
    }
}

/// How many units of UTF-16 a text has: one for the first byte of each character, and one more for those of four bytes.
fn units(text: &[u8]) -> usize {
    text.iter().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(*byte >= 0xF0)).sum()
}
