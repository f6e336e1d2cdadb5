//! Writes small JSON texts: requests, records of journals, reports.

/// A string as JSON text.
///
/// ```
/// use jules_wasm::core::json_text::{object, string};
/// let body = object(&[("prompt", string("Say \"hi\"\n")), ("requirePlanApproval", true.to_string())]);
/// assert_eq!(body, r#"{"prompt":"Say \"hi\"\n","requirePlanApproval":true}"#);
/// ```
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control @ '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// An object whose field values are JSON text.
pub fn object(fields: &[(&str, String)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(name, value)| [&string(name), ":", value].concat()).collect();
    ["{", &fields.join(","), "}"].concat()
}

/// An array whose items are JSON text.
pub fn array(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<_> = items.into_iter().collect();
    ["[", &items.join(","), "]"].concat()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_string_is_written_as_serde_writes_it(text in any::<String>()) {
            prop_assert_eq!(string(&text), serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        let all: String = (0..0x80_u8).map(char::from).collect();
        assert_eq!(string(&all), serde_json::to_string(&all).unwrap());
    }
}
