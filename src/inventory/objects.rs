//! An inventory of objects in memory, indexed so that N objects that look each other up cost N log N.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde_json::Value;

use crate::inventory::{Filter, Inventory, InventoryError, Query};
use crate::json::node::{Malformed, Node, PathArena};
use crate::kube::config_ref::secret_made_by;
use crate::kube::kinds::{self, Kind};
use crate::kube::selector::{Labels, Selector};
use crate::kube::workload::referred_deployment;
use crate::kube::{ingress, network_policy, object, route};

/// Objects given together: a set of files, an editor's text, a test.
#[derive(Default)]
pub struct Objects {
    objects: Vec<Arc<Value>>,
    /// The kinds that were given.
    given: Vec<&'static Kind>,
    index: Index,
    complete: bool,
    together: bool,
    /// What a cluster was asked, by the same keys as the objects.
    asked: HashMap<Key, Result<(), InventoryError>>,
}

/// A question that a cluster was asked, and whether it answered.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The kind that was asked for.
    pub kind: &'static Kind,
    /// The namespace that was asked for, `default` spelt out; of what is cluster-wide the name.
    pub within: String,
    /// `Ok` when all that there is has come; else why not.
    pub answer: Result<(), InventoryError>,
}

/// The same objects, as they are seen by one that is checked alone among them: see [`Objects::alone`].
pub struct Alone<'o>(&'o Objects);

/// What objects are found by, as a number: two questions that have the same one by accident only find too much, and who
/// asks looks anyway.
type Key = u64;

/// Positions of objects by key, in one sorted list: a tree of texts for the same would be most of the time that look-ups
/// take, and the more so the more objects there are.
#[derive(Default)]
struct Index(Vec<(Key, u32)>);

impl Index {
    fn add(&mut self, key: Key, position: u32) {
        self.0.push((key, position));
    }

    /// Makes what was added ready to be found.
    fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// The positions under a key, rising.
    fn find(&self, key: Key) -> &[(Key, u32)] {
        let rest = self.0.get(self.0.partition_point(|(known, _)| *known < key)..).unwrap_or_default();
        let end = rest.iter().position(|(known, _)| *known != key).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }
}

/// Where a key holds: a kind, and one namespace or all of them.
#[derive(Clone, Copy)]
struct Scope<'s> {
    kind: &'static Kind,
    namespace: Option<&'s str>,
}

/// What distinguishes the objects of a scope.
#[derive(Clone, Copy, Hash)]
enum By<'b> {
    /// Nothing: all of them.
    Scope,
    Name(&'b str),
    /// A selector that requires this label. Each is under the one of its labels that fewest others require: labels that
    /// everything has would make every look-up find everything.
    Selecting(&'b str, &'b str),
    /// A selector that requires no label.
    SelectingAnything,
    /// A Pod or pod template with this label.
    Label(&'b str, &'b str),
    /// An autoscaler of an object of this kind and name.
    Scaling(&'b str, &'b str),
    /// An object that makes a Secret of this name.
    Making(&'b str),
    /// A route to the Service of this name.
    RoutingTo(&'b str),
    /// A route to every Service whose name fits a pattern.
    RoutingAnywhere,
}

impl Scope<'_> {
    fn key(self, by: By<'_>) -> Key {
        let mut hasher = DefaultHasher::new();
        (self.kind.group, self.kind.plural, self.namespace, by).hash(&mut hasher);
        hasher.finish()
    }
}

/// A selector, until all are known: its object, and for each label that it requires the keys of the accepted values.
struct Required {
    position: u32,
    labels: Vec<Vec<Key>>,
}

impl Objects {
    /// Indexes objects that are all checked in the same run. `complete` says that there are no others: what isn't here
    /// does not exist.
    pub fn new(objects: Vec<Arc<Value>>, complete: bool) -> Objects {
        Objects::index(objects, complete, true)
    }

    /// Indexes the state of a cluster in which one object is checked, as at admission.
    pub fn cluster(objects: Vec<Arc<Value>>) -> Objects {
        Objects::index(objects, true, false)
    }

    fn index(objects: Vec<Arc<Value>>, complete: bool, together: bool) -> Objects {
        let mut given: Vec<&'static Kind> = Vec::new();
        let mut index = Index::default();
        let mut selectors = Vec::new();
        for (position, object) in objects.iter().enumerate() {
            let Some(kind) = Kind::of(object) else { continue };
            if !given.contains(&kind) {
                given.push(kind);
            }
            add(&mut index, &mut selectors, position as u32, object, kind);
        }
        add_selectors(&mut index, &selectors);
        index.sort();
        Objects { objects, given, index, complete, together, asked: HashMap::new() }
    }

    /// The same objects, some of which a cluster gave when it was asked: where it answered, what isn't here does not
    /// exist, and what it would not say can't be had.
    #[must_use]
    pub fn asked(mut self, asked: impl IntoIterator<Item = Asked>) -> Objects {
        for Asked { kind, within, answer } in asked {
            let filter = Filter::Named(&within);
            let query = Query { kind, namespace: kind.namespaced.then_some(within.as_str()), filter };
            self.asked.insert(question(&query), answer);
        }
        self
    }

    /// The same objects, as they are seen by one that is checked alone among them: a fault between it and another one is
    /// told, whichever of the two should change.
    pub fn alone(&self) -> Alone<'_> {
        Alone(self)
    }

    /// Every object, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.objects.iter()
    }

    fn find(&self, scope: Scope<'_>, filter: &Filter<'_>) -> Vec<u32> {
        let keys = match filter {
            Filter::All => vec![scope.key(By::Scope)],
            Filter::Named(name) => vec![scope.key(By::Name(name))],
            // Only names are filed for all namespaces together.
            _ if scope.namespace.is_none() => vec![scope.key(By::Scope)],
            Filter::Scaling(kind, name) => vec![scope.key(By::Scaling(kind.name, name))],
            Filter::Making(name) => vec![scope.key(By::Making(name))],
            Filter::RoutingTo(name) => vec![scope.key(By::RoutingTo(name)), scope.key(By::RoutingAnywhere)],
            Filter::Selecting(labels) => {
                let selecting = labels.iter().map(|(key, value)| scope.key(By::Selecting(key, value)));
                selecting.chain([scope.key(By::SelectingAnything)]).collect()
            }
            Filter::SelectedBy(selector) => {
                let labelled = selector.required().map(|(key, values)| {
                    values.iter().map(|value| scope.key(By::Label(key, value))).collect::<Vec<_>>()
                });
                let found = |keys: &Vec<Key>| keys.iter().map(|key| self.index.find(*key).len()).sum::<usize>();
                labelled.min_by_key(found).unwrap_or_else(|| vec![scope.key(By::Scope)])
            }
        };
        let lists = keys.iter().flat_map(|key| self.index.find(*key));
        let mut found: Vec<u32> = lists.map(|(_, position)| *position).collect();
        if keys.len() > 1 {
            found.sort_unstable();
            found.dedup();
        }
        found
    }
}

fn add(index: &mut Index, selectors: &mut Vec<Required>, position: u32, object: &Value, kind: &'static Kind) {
    let scope = Scope { kind, namespace: Some(object::namespace(object)) };
    for scope in [scope, Scope { namespace: None, ..scope }] {
        index.add(scope.key(By::Scope), position);
        if let Some(name) = object::name(object) {
            index.add(scope.key(By::Name(name)), position);
        }
    }
    let arena = PathArena::new();
    let root = Node::root(object, &arena);
    if let Some(route) = kind.template {
        for (key, value) in Labels::of(root.dig(route).get("metadata")).iter() {
            index.add(scope.key(By::Label(key, value)), position);
        }
        if let Some(deployment) = referred_deployment(root).filter(|_| *kind == kinds::ROLLOUT) {
            index.add(scope.key(By::Scaling(kinds::DEPLOYMENT.name, deployment)), position);
        }
        return;
    }
    let target = root.get("spec").get("scaleTargetRef");
    if let (Some(kind), Some(name)) = (target_kind(target), text(target, "name")) {
        index.add(scope.key(By::Scaling(kind, name)), position);
    }
    if let Some(name) = secret_made_by(root, kind) {
        index.add(scope.key(By::Making(name)), position);
    }
    if *kind == kinds::INGRESS || *kind == kinds::DESTINATION_RULE {
        add_routes(index, position, root, kind, scope);
        return;
    }
    match selector_of(root, kind) {
        Ok(None) => {}
        Ok(Some(selector)) => {
            let values = |(key, values): (&str, &[&str])| {
                values.iter().map(|value| scope.key(By::Selecting(key, value))).collect::<Vec<Key>>()
            };
            let labels: Vec<Vec<Key>> = selector.required().map(values).collect();
            if labels.is_empty() {
                index.add(scope.key(By::SelectingAnything), position);
            } else {
                selectors.push(Required { position, labels });
            }
        }
        // Who asks reads the selector again and reports what is wrong with it.
        Err(_) => index.add(scope.key(By::SelectingAnything), position),
    }
}

fn add_routes(index: &mut Index, position: u32, root: Node<'_>, kind: &Kind, scope: Scope<'_>) {
    let services: Result<Vec<&str>, Malformed> = if *kind == kinds::INGRESS {
        ingress::backends(root).map(|backends| backends.into_iter().map(|backend| backend.name).collect())
    } else {
        route::host(root).map(|host| host.map(|host| host.service).into_iter().collect())
    };
    // Who asks reads the object again, as far as it is found at all.
    for service in services.unwrap_or_default() {
        let by = if service.contains('*') { By::RoutingAnywhere } else { By::RoutingTo(service) };
        index.add(scope.key(by), position);
    }
}

fn selector_of<'a>(root: Node<'a>, kind: &Kind) -> Result<Option<Selector<'a>>, Malformed> {
    let spec = root.get("spec");
    if *kind == kinds::SERVICE {
        Selector::read_plain(spec.get("selector"))
    } else if *kind == kinds::NETWORK_POLICY {
        network_policy::pod_selector(root).map(Some)
    } else if spec.get("podSelector").exists() {
        Selector::read(spec.get("podSelector"))
    } else {
        Selector::read(spec.get("selector"))
    }
}

/// Files every selector under the rarest of the labels that it requires.
fn add_selectors(index: &mut Index, selectors: &[Required]) {
    let mut counts: HashMap<Key, usize> = HashMap::new();
    for key in selectors.iter().flat_map(|selector| selector.labels.iter().flatten()) {
        *counts.entry(*key).or_default() += 1;
    }
    let count = |keys: &&Vec<Key>| keys.iter().filter_map(|key| counts.get(key)).sum::<usize>();
    for selector in selectors {
        for key in selector.labels.iter().min_by_key(count).into_iter().flatten() {
            index.add(*key, selector.position);
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

/// What a cluster is asked to answer a query: a kind in one namespace, or one cluster-wide object.
fn question(query: &Query<'_>) -> Key {
    let scope = Scope { kind: query.kind, namespace: query.namespace };
    match query.filter {
        Filter::Named(name) if !query.kind.namespaced => scope.key(By::Name(name)),
        _ => scope.key(By::Scope),
    }
}

impl Inventory for Objects {
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        let asked = if self.asked.is_empty() { None } else { self.asked.get(&question(query)) };
        if let Some(Err(error)) = asked {
            return Err(error.clone());
        }
        let complete = self.complete || asked.is_some();
        if !complete && !self.given.contains(&query.kind) {
            return Err(InventoryError::NotGiven { kind: query.kind.name });
        }
        let scope = Scope { kind: query.kind, namespace: query.namespace };
        let positions = self.find(scope, &query.filter);
        // What is cluster-wide comes from elsewhere than what uses it: that others were given says nothing of this one.
        if !complete && !query.kind.namespaced && positions.is_empty() {
            return Err(InventoryError::NotGiven { kind: query.kind.name });
        }
        Ok(positions.into_iter().filter_map(|position| self.objects.get(position as usize).cloned()).collect())
    }

    fn is_batch(&self) -> bool {
        self.together
    }
}

impl Inventory for Alone<'_> {
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        self.0.list(query)
    }

    fn knows_optional(&self) -> bool {
        true
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
        let arena = PathArena::new();
        let labels = Labels::of(Node::root(&metadata, &arena));
        let query =
            Query { kind: &kinds::POD_DISRUPTION_BUDGET, namespace: Some("a"), filter: Filter::Selecting(labels) };
        assert_eq!(names(&inventory.list(&query).unwrap()), ["web", "all", "either"]);
    }

    #[test]
    fn a_kind_that_was_not_given_is_unknown_unless_the_input_is_complete() {
        let query = Query { kind: &kinds::SERVICE, namespace: None, filter: Filter::All };
        let unknown = Objects::new(Vec::new(), false).list(&query);
        assert_eq!(unknown, Err(InventoryError::NotGiven { kind: "Service" }));
        assert_eq!(Objects::new(Vec::new(), true).list(&query), Ok(Vec::new()));
    }

    #[test]
    fn a_namespace_that_was_not_given_is_unknown_though_others_were() {
        let shop = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
        let named = |name| Query { kind: &kinds::NAMESPACE, namespace: None, filter: Filter::Named(name) };
        let given = Objects::new(vec![Arc::new(shop.clone())], false);
        assert_eq!(given.list(&named("shop")), Ok(vec![Arc::new(shop.clone())]));
        assert_eq!(given.list(&named("bank")), Err(InventoryError::NotGiven { kind: "Namespace" }));
        assert_eq!(Objects::cluster(vec![Arc::new(shop)]).list(&named("bank")), Ok(Vec::new()));
    }

    #[test]
    fn where_a_cluster_answered_what_is_not_here_does_not_exist() {
        let asked = |kind: &'static Kind, within: &str, answer| Asked { kind, within: within.to_owned(), answer };
        let refused = InventoryError::Refused { kind: "Service", reason: "forbidden".to_owned() };
        let inventory = Objects::new(vec![budget("web", "a", json!({}))], false).asked([
            asked(&kinds::SERVICE, "a", Ok(())),
            asked(&kinds::SERVICE, "b", Err(refused.clone())),
            asked(&kinds::NAMESPACE, "a", Ok(())),
        ]);
        let services = |namespace| {
            inventory.list(&Query { kind: &kinds::SERVICE, namespace: Some(namespace), filter: Filter::All })
        };
        assert_eq!(services("a"), Ok(Vec::new()));
        assert_eq!(services("b"), Err(refused));
        assert_eq!(services("c"), Err(InventoryError::NotGiven { kind: "Service" }));
        let namespace =
            |name| inventory.list(&Query { kind: &kinds::NAMESPACE, namespace: None, filter: Filter::Named(name) });
        assert_eq!(namespace("a"), Ok(Vec::new()));
        assert_eq!(namespace("b"), Err(InventoryError::NotGiven { kind: "Namespace" }));
        let alone = inventory.alone();
        assert!(inventory.is_batch() && !alone.is_batch() && alone.knows_optional());
    }

    #[test]
    fn finds_the_network_policies_that_may_select_a_pod() {
        let policy = |name: &str, spec: Value| {
            Arc::new(json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": name}, "spec": spec}))
        };
        let inventory = Objects::new(
            vec![
                policy("web", json!({"podSelector": {"matchLabels": {"app": "web"}}})),
                policy("api", json!({"podSelector": {"matchLabels": {"app": "api"}}})),
                policy("empty", json!({"podSelector": {}})),
                policy("absent", json!({"policyTypes": ["Ingress"]})),
            ],
            false,
        );
        let metadata = json!({"labels": {"app": "web"}});
        let arena = PathArena::new();
        let labels = Labels::of(Node::root(&metadata, &arena));
        let query =
            Query { kind: &kinds::NETWORK_POLICY, namespace: Some("default"), filter: Filter::Selecting(labels) };
        assert_eq!(names(&inventory.list(&query).unwrap()), ["web", "empty", "absent"]);
    }

    #[test]
    fn finds_the_autoscaler_of_a_target() {
        let autoscaler = |kind: &str, target: Value| {
            Arc::new(json!({"apiVersion": if kind == "ScaledObject" { "keda.sh/v1alpha1" } else { "autoscaling/v2" },
                "kind": kind, "metadata": {"name": "s"}, "spec": {"scaleTargetRef": target}}))
        };
        let inventory = Objects::new(
            vec![
                autoscaler("HorizontalPodAutoscaler", json!({"kind": "Deployment", "name": "web"})),
                autoscaler("HorizontalPodAutoscaler", json!({"kind": "StatefulSet", "name": "web"})),
                autoscaler("ScaledObject", json!({"name": "web"})),
            ],
            false,
        );
        let found = |kind| {
            let filter = Filter::Scaling(&kinds::DEPLOYMENT, "web");
            inventory.list(&Query { kind, namespace: Some("default"), filter }).unwrap().len()
        };
        assert_eq!((found(&kinds::HORIZONTAL_POD_AUTOSCALER), found(&kinds::SCALED_OBJECT)), (1, 1));
    }

    #[test]
    fn finds_what_routes_to_a_service() {
        let rule = |name: &str, host: &str| {
            Arc::new(json!({"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
                "metadata": {"name": name}, "spec": {"host": host}}))
        };
        let ingress = |name: &str, service: &str| {
            Arc::new(json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name},
                "spec": {"defaultBackend": {"service": {"name": service}}}}))
        };
        let inventory = Objects::new(
            vec![
                rule("short", "web"),
                rule("full", "web.default.svc.cluster.local"),
                rule("all", "*.default.svc.cluster.local"),
                rule("other", "api"),
                ingress("web", "web"),
                ingress("api", "api"),
            ],
            false,
        );
        let found = |kind| {
            let query = Query { kind, namespace: Some("default"), filter: Filter::RoutingTo("web") };
            inventory.list(&query).unwrap()
        };
        assert_eq!(names(&found(&kinds::DESTINATION_RULE)), ["short", "full", "all"]);
        assert_eq!(names(&found(&kinds::INGRESS)), ["web"]);
    }

    #[test]
    fn what_lives_in_no_namespace_is_found_in_all_of_them() {
        let namespace =
            |name: &str| Arc::new(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
        let inventory = Objects::new(vec![namespace("shop"), namespace("mail")], false);
        let query = Query { kind: &kinds::NAMESPACE, namespace: None, filter: Filter::Named("shop") };
        assert_eq!(names(&inventory.list(&query).unwrap()), ["shop"]);
    }
}
