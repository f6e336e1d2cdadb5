//! The view by which decisions read the service's JSON, independent of the parser.

use std::fmt::Debug;

/// A JSON value of the host. Cheap to clone if the host's engine holds it.
///
/// The service omits every field with its default value, and adds fields and variants without notice. So all methods are total:
/// a missing value reads as `null`, and `null` as the default of the requested type.
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
    /// The field with this name; `null` if there is none, or this is not an object.
    #[must_use]
    fn get(&self, name: &str) -> Self;

    /// Whether this is `null` or missing.
    fn is_null(&self) -> bool;

    /// Whether this is an object. The variant of a union is the object that is present.
    fn is_object(&self) -> bool;

    /// The string, if this is one.
    fn string(&self) -> Option<String>;

    /// The number, if this is one that is whole and not negative.
    fn number(&self) -> Option<u64>;

    /// The boolean, if this is one.
    fn flag(&self) -> Option<bool>;

    /// The elements, if this is an array.
    fn items(&self) -> Vec<Self>;

    /// The field names, if this is an object.
    fn names(&self) -> Vec<String>;

    /// This value as JSON text.
    fn to_text(&self) -> String;

    /// A string.
    #[must_use]
    fn of_string(text: &str) -> Self;

    /// This object with these fields replaced; those with `null` are removed.
    #[must_use]
    fn with(&self, fields: Vec<(&str, Self)>) -> Self;

    /// Whether both values are equal, in any order of fields.
    fn is_same(&self, other: &Self) -> bool;

    /// The string in this field, unless it is missing or empty.
    fn text(&self, name: &str) -> Option<String> {
        self.get(name).string().filter(|text| !text.is_empty())
    }

    /// Whether this field is a non-empty string, without reading it.
    fn has_text(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// Whether this field is an object.
    fn has_object(&self, name: &str) -> bool {
        self.get(name).is_object()
    }

    /// The entries of this page, in the field `list`.
    fn entries(self, list: &str) -> Vec<Self> {
        self.get(list).items()
    }

    /// The rows of all entries of a page (see [`super::row`]), if one call of the host is cheaper than one per field.
    fn rows(&self, _list: &str) -> Option<String> {
        None
    }
}
