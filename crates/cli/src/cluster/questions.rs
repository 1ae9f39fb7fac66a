//! What a cluster is asked: for each kind that a policy looks at, the namespaces of the objects that it checks.

use std::collections::{BTreeSet, HashSet};

use plimsoll::kube::kinds::{KINDS, Kind, NAMESPACE, ONLY_IN_FILES};
use plimsoll::policy::configured::Configured;
use serde_json::Value;

use plimsoll_lint::manifests::Manifests;

/// Everything of a kind in one namespace, or one cluster-wide object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) kind: &'static Kind,
    /// The namespace; of what is cluster-wide the name.
    pub(super) within: String,
}

/// The objects given, by kind, namespace and name.
pub(super) struct Given<'g> {
    namespace: &'g str,
    objects: HashSet<(&'static Kind, &'g str, &'g str)>,
}

impl<'g> Given<'g> {
    /// `namespace` is where objects go that name none.
    pub(super) fn new(manifests: &'g Manifests, namespace: Option<&'g str>) -> Given<'g> {
        let mut given = Given { namespace: namespace.unwrap_or("default"), objects: HashSet::new() };
        for object in &manifests.objects {
            if let Some(kind) = Kind::of(&object.value) {
                given.objects.insert(given.key(kind, &object.value));
            }
        }
        given
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
    questions.map(|(kind, within)| Question { kind, within: within.to_owned() }).collect()
}

/// Whether a namespace may have this name: others aren't there, and must not become part of a path.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 63 && text.bytes().all(plain)
}
