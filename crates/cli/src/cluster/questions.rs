//! What a cluster is asked: for each kind that a policy looks at, the namespaces of the objects that it checks.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use plimsoll::json::node::{Node, PathArena};
use plimsoll::kube::config_ref::references;
use plimsoll::kube::ingress::certificates;
use plimsoll::kube::kinds::{CONFIG_MAP, INGRESS, KINDS, Kind, NAMESPACE, ONLY_IN_FILES, SECRET};
use plimsoll::kube::pod::{Pod, count_templates};
use plimsoll::policy::configured::Configured;
use serde_json::Value;

use plimsoll_lint::manifests::Manifests;

/// Everything of a kind in one namespace, one cluster-wide object, or what is referenced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) kind: &'static Kind,
    /// The namespace; of what is cluster-wide the name.
    pub(super) within: String,
    /// Of Secrets and ConfigMaps the names that the given objects refer to, with the keys that they use. Others are not
    /// asked for, and of these only their metadata.
    pub(super) referenced: BTreeMap<String, BTreeSet<String>>,
}

/// The kinds whose content is nobody's business.
pub(super) fn is_private(kind: &Kind) -> bool {
    [&SECRET, &CONFIG_MAP].contains(&kind)
}

/// The objects given, by kind, namespace and name.
pub(super) struct Given<'g> {
    namespace: &'g str,
    objects: HashSet<(&'static Kind, &'g str, &'g str)>,
    /// The Secrets and ConfigMaps that they refer to, by kind and namespace, with the keys that they use.
    references: BTreeMap<(&'static str, &'g str), BTreeMap<String, BTreeSet<String>>>,
}

impl<'g> Given<'g> {
    /// `namespace` is where objects go that name none.
    pub(super) fn new(manifests: &'g Manifests, namespace: Option<&'g str>) -> Given<'g> {
        let namespace = namespace.unwrap_or("default");
        let mut given = Given { namespace, objects: HashSet::new(), references: BTreeMap::new() };
        for object in &manifests.objects {
            if let Some(kind) = Kind::of(&object.value) {
                let key = given.key(kind, &object.value);
                given.objects.insert(key);
                given.add_references(kind, key.1, &object.value);
            }
        }
        given
    }

    fn add_references(&mut self, kind: &Kind, namespace: &'g str, object: &Value) {
        let arena = PathArena::new();
        let node = Node::root(object, &arena);
        if *kind == INGRESS {
            for (_, name) in certificates(node).unwrap_or_default() {
                self.references.entry((SECRET.plural, namespace)).or_default().entry(name.to_owned()).or_default();
            }
        }
        for index in 0..count_templates(node, kind) {
            // What can't be read is reported when it is checked.
            let Ok(Some(pod)) = Pod::at(node, kind, index) else { continue };
            for reference in references(&pod).unwrap_or_default() {
                let of_kind = self.references.entry((reference.kind.plural, namespace)).or_default();
                let keys = of_kind.entry(reference.name.to_owned()).or_default();
                keys.extend(reference.key.map(|key| key.name.to_owned()));
            }
        }
    }

    /// What is to be asked for of a private kind.
    fn referenced(&self, kind: &'static Kind, within: &str) -> BTreeMap<String, BTreeSet<String>> {
        let all = self.references.get(&(kind.plural, within)).into_iter().flatten();
        let unknown =
            all.filter(|(name, _)| is_object_name(name) && !self.objects.contains(&(kind, within, name.as_str())));
        unknown.map(|(name, keys)| (name.clone(), keys.clone())).collect()
    }

    /// Whether an object of the cluster is among those given, which win over it.
    pub(super) fn has(&self, object: &Value) -> bool {
        Kind::of(object).is_some_and(|kind| self.objects.contains(&(kind, within(kind, object), name(object))))
    }

    fn key(&self, kind: &'static Kind, object: &'g Value) -> (&'static Kind, &'g str, &'g str) {
        let stated = within(kind, object);
        let namespace = if kind.namespaced && stated.is_empty() { self.namespace } else { stated };
        (kind, namespace, name(object))
    }
}

fn within<'o>(kind: &Kind, object: &'o Value) -> &'o str {
    if kind.namespaced { text(object, "/metadata/namespace") } else { "" }
}

fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

fn text<'o>(object: &'o Value, pointer: &str) -> &'o str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// What there is to ask, each question once. Custom resources are asked for beside every kind that is needed: no policy
/// needs them, but where they are they count.
pub(super) fn of(policies: &[Configured], given: &Given<'_>) -> Vec<Question> {
    let looking: Vec<&Configured> = policies.iter().filter(|policy| !policy.metadata.needs.is_empty()).collect();
    let checked = given.objects.iter().map(|(kind, within, name)| {
        // Of a Namespace it matters what is inside.
        (kind.plural, if **kind == NAMESPACE { *name } else { *within })
    });
    let checked: BTreeSet<(&str, &str)> = checked.collect();
    let mut questions = BTreeSet::new();
    for (plural, within) in checked {
        let needs =
            looking.iter().filter(|policy| policy.metadata.targets.iter().any(|target| target.plural == plural));
        let needs: Vec<&Kind> = needs.flat_map(|policy| policy.metadata.needs).copied().collect();
        if needs.is_empty() || !is_name(within) {
            continue;
        }
        let inside = KINDS
            .iter()
            .enumerate()
            .filter(|(_, kind)| needs.contains(kind) || !kind.is_builtin() && !ONLY_IN_FILES.contains(kind));
        // Of what is cluster-wide only the Namespace can be named beforehand.
        let inside = inside.filter(|(_, kind)| kind.namespaced || **kind == &NAMESPACE);
        questions.extend(inside.map(|(order, _)| (order, within)));
    }
    let questions = questions.into_iter().filter_map(|(order, within)| Some((*KINDS.get(order)?, within)));
    let questions = questions.filter(|(kind, within)| kind.namespaced || !given.objects.contains(&(*kind, "", within)));
    let question = |(kind, within): (&'static Kind, &str)| {
        let referenced = if is_private(kind) { given.referenced(kind, within) } else { BTreeMap::new() };
        let is_needed = !is_private(kind) || !referenced.is_empty();
        is_needed.then(|| Question { kind, within: within.to_owned(), referenced })
    };
    questions.filter_map(question).collect()
}

/// Whether an object may have this name: others aren't there, and must not become part of a path.
fn is_object_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    text.len() <= 253 && text.bytes().all(plain) && !text.starts_with('.') && !text.is_empty()
}

/// Whether a namespace may have this name: others aren't there, and must not become part of a path.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 63 && text.bytes().all(plain)
}
