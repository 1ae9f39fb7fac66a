//! An inventory of objects in memory, indexed so that N objects that look each other up cost N log N.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::inventory::{Inventory, InventoryError, Narrow, Query};
use crate::kube::kinds::{self, Kind};
use crate::kube::node::{Node, Trails};
use crate::kube::object;
use crate::kube::selector::{Labels, Selector};

/// Objects given together: a set of files, an editor's text, a test.
#[derive(Default)]
pub struct Objects {
    objects: Vec<Arc<Value>>,
    /// By plural, which no two known kinds share; a name such as Service other groups have too.
    by_kind: BTreeMap<&'static str, KindIndex>,
    complete: bool,
    together: bool,
}

/// A label's key and the values of which one is required.
type Requirement = (String, Vec<String>);

type KindIndex = BTreeMap<String, NamespaceIndex>;

/// Positions in `objects`, rising in every list.
#[derive(Default)]
struct NamespaceIndex {
    all: Vec<u32>,
    by_name: BTreeMap<String, Vec<u32>>,
    /// Objects with a selector, by one label that it requires, the one that fewest others require: labels that everything
    /// has would make every look-up find everything. Those that require none are apart.
    selecting: BTreeMap<(String, String), Vec<u32>>,
    /// What the selectors require, until all are known.
    requirements: Vec<(u32, Vec<Requirement>)>,
    selecting_anything: Vec<u32>,
    /// Pods and pod templates, by each of their labels.
    labelled: BTreeMap<(String, String), Vec<u32>>,
    /// Autoscalers, by kind and name of what they scale.
    scaling: BTreeMap<(String, String), Vec<u32>>,
}

impl Objects {
    /// Indexes objects that are all judged in the same run. `complete` says that there are no others: what isn't here
    /// does not exist.
    pub fn new(objects: Vec<Arc<Value>>, complete: bool) -> Objects {
        Objects::index(objects, complete, true)
    }

    /// Indexes the state of a cluster in which one object is judged, as at admission.
    pub fn cluster(objects: Vec<Arc<Value>>) -> Objects {
        Objects::index(objects, true, false)
    }

    fn index(objects: Vec<Arc<Value>>, complete: bool, together: bool) -> Objects {
        let mut indexed = Objects { objects, by_kind: BTreeMap::new(), complete, together };
        for (position, object) in indexed.objects.iter().enumerate() {
            let Some(kind) = Kind::of(object) else { continue };
            let position = position as u32;
            let of_kind = indexed.by_kind.entry(kind.plural).or_default();
            let namespace = of_kind.entry(object::namespace(object).to_owned()).or_default();
            namespace.add(position, object, kind);
        }
        for namespace in indexed.by_kind.values_mut().flat_map(|of_kind| of_kind.values_mut()) {
            namespace.index_selectors();
        }
        indexed
    }

    /// Every object, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.objects.iter()
    }
}

impl NamespaceIndex {
    fn add(&mut self, position: u32, object: &Value, kind: &'static Kind) {
        self.all.push(position);
        if let Some(name) = object::name(object) {
            self.by_name.entry(name.to_owned()).or_default().push(position);
        }
        let trails = Trails::new();
        let root = Node::root(object, &trails);
        if let Some(route) = kind.template {
            for (key, value) in Labels::of(root.dig(route).get("metadata")).iter() {
                self.labelled.entry((key.to_owned(), value.to_owned())).or_default().push(position);
            }
        } else {
            self.add_selector(position, root, kind);
        }
        let target = root.get("spec").get("scaleTargetRef");
        if let (Some(kind), Some(name)) = (target_kind(target), text(target, "name")) {
            self.scaling.entry((kind.to_owned(), name.to_owned())).or_default().push(position);
        }
    }

    fn add_selector(&mut self, position: u32, root: Node<'_>, kind: &'static Kind) {
        let spec = root.get("spec");
        let selector = if *kind == kinds::SERVICE {
            Selector::read_plain(spec.get("selector"))
        } else if spec.get("podSelector").exists() {
            Selector::read(spec.get("podSelector"))
        } else {
            Selector::read(spec.get("selector"))
        };
        match selector {
            // Who asks reads the selector again and reports what is wrong with it.
            Err(_) => self.selecting_anything.push(position),
            Ok(None) => {}
            Ok(Some(selector)) => {
                let own = |(key, values): (&str, &[&str])| {
                    let mut values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
                    values.sort_unstable();
                    values.dedup();
                    (key.to_owned(), values)
                };
                let requirements: Vec<Requirement> = selector.required().map(own).collect();
                if requirements.is_empty() {
                    self.selecting_anything.push(position);
                } else {
                    self.requirements.push((position, requirements));
                }
            }
        }
    }

    /// Files every selector under the rarest of its requirements.
    fn index_selectors(&mut self) {
        let selectors = std::mem::take(&mut self.requirements);
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (key, values) in selectors.iter().flat_map(|(_, requirements)| requirements) {
            for value in values {
                *counts.entry((key, value)).or_default() += 1;
            }
        }
        let total = |(key, values): &Requirement| -> usize {
            values.iter().filter_map(|value| counts.get(&(key.as_str(), value.as_str()))).sum()
        };
        for (position, requirements) in &selectors {
            let Some((key, values)) = requirements.iter().min_by_key(|requirement| total(requirement)) else {
                continue;
            };
            for value in values {
                self.selecting.entry((key.clone(), value.clone())).or_default().push(*position);
            }
        }
    }

    fn find(&self, narrow: &Narrow<'_>) -> Vec<u32> {
        match narrow {
            Narrow::All => self.all.clone(),
            Narrow::Named(name) => self.by_name.get(*name).cloned().unwrap_or_default(),
            Narrow::Scaling(kind, name) => {
                self.scaling.get(&(kind.name.to_owned(), (*name).to_owned())).cloned().unwrap_or_default()
            }
            Narrow::Selecting(labels) => {
                let mut found = self.selecting_anything.clone();
                for (key, value) in labels.iter() {
                    found.extend(self.selecting.get(&(key.to_owned(), value.to_owned())).into_iter().flatten());
                }
                found.sort_unstable();
                found.dedup();
                found
            }
            Narrow::SelectedBy(selector) => {
                let with = |key: &str, value: &str| self.labelled.get(&(key.to_owned(), value.to_owned()));
                let lists = selector
                    .required()
                    .map(|(key, values)| values.iter().filter_map(|value| with(key, value)).collect::<Vec<_>>());
                match lists.min_by_key(|lists| lists.iter().map(|list| list.len()).sum::<usize>()) {
                    None => self.all.clone(),
                    Some(lists) => {
                        let mut found: Vec<u32> = lists.into_iter().flatten().copied().collect();
                        found.sort_unstable();
                        found.dedup();
                        found
                    }
                }
            }
        }
    }
}

/// KEDA's `scaleTargetRef` may leave the kind out and then means a Deployment.
fn target_kind(target: Node<'_>) -> Option<&str> {
    if !target.exists() {
        return None;
    }
    Some(text(target, "kind").unwrap_or("Deployment"))
}

fn text<'a>(node: Node<'a>, key: &'static str) -> Option<&'a str> {
    node.get(key).str().ok().flatten()
}

impl Inventory for Objects {
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        let Some(of_kind) = self.by_kind.get(query.kind.plural) else {
            return if self.complete {
                Ok(Vec::new())
            } else {
                Err(InventoryError::NotGiven { kind: query.kind.name })
            };
        };
        let positions = match query.namespace {
            None => of_kind.values().flat_map(|namespace| namespace.find(&query.narrow)).collect(),
            Some(namespace) => match of_kind.get(namespace) {
                None => Vec::new(),
                Some(namespace) => namespace.find(&query.narrow),
            },
        };
        Ok(positions.into_iter().filter_map(|position| self.objects.get(position as usize).cloned()).collect())
    }

    fn judged_together(&self) -> bool {
        self.together
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn budget(name: &str, namespace: &str, selector: Value) -> Arc<Value> {
        Arc::new(json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": {"name": name, "namespace": namespace}, "spec": {"selector": selector}}))
    }

    fn names(found: &[Arc<Value>]) -> Vec<&str> {
        found.iter().map(|object| object["metadata"]["name"].as_str().unwrap()).collect()
    }

    #[test]
    fn looks_budgets_up_by_the_labels_they_may_select() {
        let inventory = Objects::new(
            vec![
                budget("web", "a", json!({"matchLabels": {"app": "web"}})),
                budget("api", "a", json!({"matchLabels": {"app": "api"}})),
                budget("all", "a", json!({})),
                budget(
                    "either",
                    "a",
                    json!({"matchExpressions": [
                    {"key": "app", "operator": "In", "values": ["web", "web", "db"]}]}),
                ),
                budget("elsewhere", "b", json!({"matchLabels": {"app": "web"}})),
                budget("none", "a", json!(null)),
            ],
            false,
        );
        let metadata = json!({"labels": {"app": "web", "tier": "x"}});
        let trails = Trails::new();
        let labels = Labels::of(Node::root(&metadata, &trails));
        let query =
            Query { kind: &kinds::POD_DISRUPTION_BUDGET, namespace: Some("a"), narrow: Narrow::Selecting(labels) };
        assert_eq!(names(&inventory.list(&query).unwrap()), ["web", "all", "either"]);
    }

    #[test]
    fn a_kind_that_was_not_given_is_unknown_unless_the_input_is_complete() {
        let query = Query { kind: &kinds::SERVICE, namespace: None, narrow: Narrow::All };
        let unknown = Objects::new(Vec::new(), false).list(&query);
        assert_eq!(unknown, Err(InventoryError::NotGiven { kind: "Service" }));
        assert_eq!(Objects::new(Vec::new(), true).list(&query), Ok(Vec::new()));
    }

    #[test]
    fn finds_the_autoscaler_of_a_target() {
        let scaler = |kind: &str, target: Value| {
            Arc::new(json!({"apiVersion": if kind == "ScaledObject" { "keda.sh/v1alpha1" } else { "autoscaling/v2" },
                "kind": kind, "metadata": {"name": "s"}, "spec": {"scaleTargetRef": target}}))
        };
        let inventory = Objects::new(
            vec![
                scaler("HorizontalPodAutoscaler", json!({"kind": "Deployment", "name": "web"})),
                scaler("HorizontalPodAutoscaler", json!({"kind": "StatefulSet", "name": "web"})),
                scaler("ScaledObject", json!({"name": "web"})),
            ],
            false,
        );
        let found = |kind| {
            let narrow = Narrow::Scaling(&kinds::DEPLOYMENT, "web");
            inventory.list(&Query { kind, namespace: Some("default"), narrow }).unwrap().len()
        };
        assert_eq!((found(&kinds::HORIZONTAL_POD_AUTOSCALER), found(&kinds::SCALED_OBJECT)), (1, 1));
    }
}
