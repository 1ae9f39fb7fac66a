//! The objects in a document, which may be a list or a request about one.

use std::borrow::Cow;

use plimsoll::json::path::Path;
use serde_json::Value;

use crate::document::Document;

/// The objects that a document holds, each with the path that leads to it: itself, or the items of a list (also of
/// lists in it), or the object of an AdmissionReview.
///
/// Items of a typed list (`PodList`) need not say what they are; they are given the list's API version and kind, as
/// kubectl does.
pub fn objects(document: &Document) -> impl Iterator<Item = (Path, Cow<'_, Value>)> {
    let mut waiting = vec![(Path::ROOT, Cow::Borrowed(&document.value))];
    std::iter::from_fn(move || {
        loop {
            let (path, object) = waiting.pop()?;
            match &object {
                Cow::Borrowed(value) => match expand(&path, value) {
                    Some(mut inner) => {
                        inner.reverse();
                        waiting.append(&mut inner);
                    }
                    None => return Some((path, object)),
                },
                // Items that had to be completed have no kind of their own, so they are no lists.
                Cow::Owned(_) => return Some((path, object)),
            }
        }
    })
}

fn expand<'v>(path: &Path, value: &'v Value) -> Option<Vec<(Path, Cow<'v, Value>)>> {
    let kind = value.get("kind").and_then(Value::as_str)?;
    if kind == "AdmissionReview" {
        let request = value.get("request")?;
        let object = request.get("object").filter(|object| !object.is_null());
        let path = path.key("request").key("object");
        return Some(object.map(|object| (path, Cow::Borrowed(object))).into_iter().collect());
    }
    let item_kind = kind.strip_suffix("List")?;
    let items = match value.get("items")? {
        Value::Array(items) => items,
        Value::Null => return Some(Vec::new()),
        _ => return None,
    };
    let path = path.key("items");
    let version = value.get("apiVersion");
    Some(
        items.iter().enumerate().map(|(index, item)| (path.index(index), complete(item, item_kind, version))).collect(),
    )
}

fn complete<'v>(item: &'v Value, kind: &str, version: Option<&Value>) -> Cow<'v, Value> {
    let Value::Object(fields) = item else { return Cow::Borrowed(item) };
    if kind.is_empty() || fields.contains_key("kind") || fields.contains_key("apiVersion") {
        return Cow::Borrowed(item);
    }
    let mut fields = fields.clone();
    fields.insert("kind".to_owned(), Value::from(kind));
    if let Some(version) = version {
        fields.insert("apiVersion".to_owned(), version.clone());
    }
    Cow::Owned(Value::Object(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, read};

    fn kinds(text: &str) -> Vec<(String, String)> {
        let file = read(text.as_bytes(), &Limits::default());
        assert_eq!(file.errors, []);
        let objects = objects(&file.documents[0]);
        objects.map(|(path, object)| (path.as_str().to_owned(), object["kind"].as_str().unwrap().to_owned())).collect()
    }

    fn pair(path: &str, kind: &str) -> (String, String) {
        (path.to_owned(), kind.to_owned())
    }

    #[test]
    fn a_single_object() {
        assert_eq!(kinds("kind: Pod\n"), [pair("", "Pod")]);
    }

    #[test]
    fn lists_and_lists_in_lists() {
        let text = "kind: List\nitems:\n- kind: Pod\n- kind: List\n  items:\n  - kind: Service\n- kind: Secret\n";
        assert_eq!(
            kinds(text),
            [pair("/items/0", "Pod"), pair("/items/1/items/0", "Service"), pair("/items/2", "Secret")]
        );
        assert_eq!(kinds("kind: List\nitems:\n"), []);
        assert_eq!(kinds("kind: AllowList\nitems: all\n"), [pair("", "AllowList")]);
    }

    #[test]
    fn items_of_a_typed_list() {
        assert_eq!(kinds("kind: PodList\napiVersion: v1\nitems:\n- spec: {}\n"), [pair("/items/0", "Pod")]);
    }

    #[test]
    fn an_admission_review() {
        assert_eq!(kinds("kind: AdmissionReview\nrequest:\n  object: {kind: Pod}\n"), [pair("/request/object", "Pod")]);
        assert_eq!(kinds("kind: AdmissionReview\nrequest:\n  object:\n"), []);
    }
}
