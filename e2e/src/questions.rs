//! The fixtures as requests.

use std::collections::BTreeSet;

use anyhow::Context;
use plimsoll::policies::PolicyEntry;
use plimsoll_host::{audit_request, request};
use serde_json::{Value, json};

use crate::{around, in_namespace, is_served, operation, plural};

/// A request of a fixture.
#[derive(Clone, Debug)]
pub struct Question {
    /// Where it is from.
    pub title: String,
    /// The settings of its policy.
    pub settings: Value,
    /// What an API server would send.
    pub request: Value,
    /// What else is in the cluster.
    pub cluster: Vec<Value>,
}

/// The requests of a policy's fixtures, without those whose objects no cluster could have.
///
/// # Errors
/// When a fixture can't be read, or there is no request.
pub fn questions(entry: &PolicyEntry) -> anyhow::Result<Vec<Question>> {
    let mut questions = Vec::new();
    for case in plimsoll_fixtures::of(entry.metadata.id)?.iter().filter(|case| is_served(case)) {
        let old = case.old_object.as_deref().map(in_namespace);
        let cluster = around(case);
        for checked in &case.checked {
            let object = in_namespace(&checked.object);
            let Ok(request) = request(&object, operation(case), old.as_ref(), plural) else { continue };
            questions.push(Question {
                title: format!("{} {}:{} {}", entry.metadata.id, case.file, case.line, case.name),
                settings: if case.settings.is_null() { json!({}) } else { case.settings.clone() },
                request,
                cluster: cluster.clone(),
            });
        }
    }
    anyhow::ensure!(!questions.is_empty(), "{} has no fixture that is a valid request", entry.metadata.id);
    Ok(questions)
}

impl Question {
    /// The same with more settings.
    #[must_use]
    pub fn with(mut self, more: &Value) -> Question {
        if let (Value::Object(settings), Value::Object(more)) = (&mut self.settings, more) {
            settings.extend(more.clone());
        }
        self
    }

    /// What the audit scanner sends for the object.
    ///
    /// # Errors
    /// When there is no object.
    pub fn audited(&self) -> anyhow::Result<Value> {
        Ok(audit_request(self.request.get("object").context("no object")?)?)
    }

    /// The same in namespaces of its own: one cluster can have the objects of all questions.
    #[must_use]
    pub fn apart(mut self, number: usize) -> Question {
        let objects = ["object", "oldObject"].map(|key| self.request.get(key).cloned().unwrap_or_default());
        let names: BTreeSet<String> = objects.iter().chain(&self.cluster).filter_map(namespace).collect();
        let rename = Rename { names, suffix: format!("-{number}") };
        let is_namespace = self.request.pointer("/kind/kind") == Some(&json!("Namespace"));
        rename.within(&mut self.request);
        if is_namespace && let Some(name) = self.request.get_mut("name") {
            rename.text(name);
        }
        // The API server has no object without a name; policy-server's watch would end.
        self.cluster.retain(|object| object.get("metadata").is_some_and(Value::is_object));
        for (index, object) in self.cluster.iter_mut().enumerate() {
            rename.within(object);
            if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
                && !metadata.get("name").is_some_and(Value::is_string)
            {
                metadata.insert("name".to_owned(), json!(format!("unnamed-{index}")));
            }
        }
        self
    }
}

/// The namespace that an object is in, or is.
fn namespace(object: &Value) -> Option<String> {
    let is_one = object.get("kind") == Some(&json!("Namespace"));
    object.pointer(if is_one { "/metadata/name" } else { "/metadata/namespace" })?.as_str().map(str::to_owned)
}

struct Rename {
    names: BTreeSet<String>,
    suffix: String,
}

impl Rename {
    fn text(&self, value: &mut Value) {
        if let Value::String(text) = value
            && self.names.contains(text)
        {
            text.push_str(&self.suffix);
        }
    }

    /// Wherever a namespace is named, as far as policies read it.
    fn within(&self, value: &mut Value) {
        const LABEL: &str = "kubernetes.io/metadata.name";
        if value.get("kind") == Some(&json!("Namespace"))
            && let Some(name) = value.pointer_mut("/metadata/name")
        {
            self.text(name);
        }
        if value.get("key") == Some(&json!(LABEL))
            && let Some(values) = value.get_mut("values").and_then(Value::as_array_mut)
        {
            values.iter_mut().for_each(|value| self.text(value));
        }
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    if ["namespace", LABEL].contains(&key.as_str()) {
                        self.text(value);
                    }
                    self.within(value);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.within(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_are_renamed_where_they_are_named() {
        let peer = json!({"metadata": {}, "namespaceSelector": {"matchExpressions": [
            {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop", "other"]}]}});
        let of = |shop: &str| Question {
            title: String::new(),
            settings: json!({}),
            request: json!({"namespace": shop, "name": "shop", "kind": {"kind": "Pod"}, "object": {"kind": "Pod",
                "metadata": {"name": "shop", "namespace": shop}}}),
            cluster: vec![json!({"kind": "Namespace", "metadata": {"name": shop,
                "labels": {"kubernetes.io/metadata.name": shop, "team": "shop"}}})],
        };
        let apart = of("shop").apart(7);
        assert_eq!((apart.request, apart.cluster), (of("shop-7").request, of("shop-7").cluster));
        let mut request = of("shop");
        request.cluster = vec![peer];
        let expected = json!(["shop-7", "other"]);
        assert_eq!(
            request
                .apart(7)
                .cluster
                .first()
                .and_then(|peer| peer.pointer("/namespaceSelector/matchExpressions/0/values")),
            Some(&expected)
        );
    }
}
