//! How decisions read the service's JSON, whoever has parsed it.

use std::fmt::Debug;

/// A JSON value of the host's. Cheap to clone where the host's engine holds it.
///
/// The service drops every field that has its default value, and adds fields and variants without notice, so every
/// question has an answer: what is missing reads as `null`, and `null` as the default of what is asked for.
///
/// ```
/// use jules_wasm::core::json_view::JsonView;
///
/// fn first_step(activity: &impl JsonView) -> Option<String> {
///     let steps = activity.get("planGenerated").get("plan").get("steps").items();
///     steps.first()?.text("title")
/// }
///
/// let activity = serde_json::json!({ "planGenerated": { "plan": { "steps": [{ "title": "Read" }] } } });
/// assert_eq!(first_step(&activity).as_deref(), Some("Read"));
/// assert_eq!(first_step(&serde_json::json!({ "planGenerated": {} })), None);
/// ```
pub trait JsonView: Clone + Debug + Default + 'static {
    /// The field of this name; `null` if there is none, or this is no object.
    #[must_use]
    fn get(&self, name: &str) -> Self;

    /// Whether this is `null`, or nothing at all.
    fn is_null(&self) -> bool;

    /// Whether this is an object. A variant of a union is told by the presence of its object.
    fn is_object(&self) -> bool;

    /// The string that this is.
    fn string(&self) -> Option<String>;

    /// The elements of the array that this is; none of anything else.
    fn items(&self) -> Vec<Self>;

    /// The names of the fields of the object that this is; none of anything else.
    fn names(&self) -> Vec<String>;

    /// This value as JSON text.
    fn to_text(&self) -> String;

    /// A string.
    #[must_use]
    fn of_string(text: &str) -> Self;

    /// This object with these fields in the place of its own; one that is `null` is left out.
    #[must_use]
    fn with(&self, fields: Vec<(&str, Self)>) -> Self;

    /// Whether both are the same value, in whatever order their fields are.
    fn is_same(&self, other: &Self) -> bool;

    /// The string in this field, unless it is missing or empty.
    fn text(&self, name: &str) -> Option<String> {
        self.get(name).string().filter(|text| !text.is_empty())
    }

    /// Whether there is a string in this field that is not empty, which may be large.
    fn has_text(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// Whether there is an object in this field.
    fn has_object(&self, name: &str) -> bool {
        self.get(name).is_object()
    }

    /// The entries of this page, which are in the field `list`.
    fn entries(self, list: &str) -> Vec<Self> {
        self.get(list).items()
    }

    /// The rows of all entries of a page (see [`super::row`]), where one call of the host is cheaper than one for each field.
    fn rows(&self, _list: &str) -> Option<String> {
        None
    }
}
