//! An in-memory inventory, indexed: N objects that look each other up cost N log N.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde_json::Value;

use crate::inventory::{Absence, Filter, Inventory, InventoryError, Query};
use crate::json::node::{Malformed, Node, PathArena};
use crate::kube::config_ref::secret_made_by;
use crate::kube::kinds::{self, Kind};
use crate::kube::maker::Maker;
use crate::kube::pod::Pod;
use crate::kube::rbac::{self, RoleRef, Who};
use crate::kube::selector::{Labels, Selector};
use crate::kube::service::service_of;
use crate::kube::service_account::AccountName;
use crate::kube::workload::referred_deployment;
use crate::kube::{gateway, ingress, network_policy, object, route};

/// Objects given together: a set of files, an editor's text, a test.
#[derive(Default)]
pub struct Objects {
    objects: Vec<Arc<Value>>,
    /// The given kinds.
    given: Vec<&'static Kind>,
    index: Index,
    complete: bool,
    together: bool,
    directory: bool,
    /// Whether some input could not be read.
    unread: bool,
    /// The given objects from which others create more objects.
    makers: Vec<Maker>,
    /// The origins of the objects, in order; objects beyond its end are from a cluster.
    origins: Vec<Origin>,
    /// The environment that each environment is part of, by its number. The first one is everything.
    environments: Vec<u32>,
    /// The kinds that each environment sees.
    given_in: Vec<Vec<&'static Kind>>,
    /// For objects with the same kind, namespace and name as another one, the first of them.
    twins: HashMap<u32, u32>,
    /// For each file, what it says of objects that other files say differently.
    versions: HashMap<u32, Vec<Version>>,
    /// The look-ups that a cluster answered, by the same keys as the objects.
    asked: HashMap<Key, Result<(), InventoryError>>,
}

/// A look-up in a cluster, and whether it succeeded.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The requested kind.
    pub kind: &'static Kind,
    /// The requested namespace, `default` spelt out; for a cluster-scoped object its name.
    pub within: String,
    /// `Ok` when the objects are complete; otherwise the error.
    pub answer: Result<(), InventoryError>,
}

/// The same objects for one that is checked alone: see [`Objects::alone`].
pub struct Alone<'o>(&'o Objects);

/// The origin of an object. Files and directories are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its file.
    pub file: u32,
    /// The directory of that file.
    pub directory: u32,
    /// The innermost environment that the directory belongs to; 0 for none.
    pub environment: u32,
}

/// What a file says of an object that several files have. Both are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The object.
    pub object: u32,
    /// What is said of it.
    pub version: u32,
}

/// The same objects in the order of one of them: see [`Objects::seen_from`].
pub struct SeenFrom<'o> {
    objects: &'o Objects,
    origin: Option<Origin>,
}

/// Kinds by their group and name.
type Kinds = BTreeMap<(&'static str, &'static str), &'static Kind>;

/// A hash of what objects are found by. A collision only finds too many objects, and callers match them anyway.
type Key = u64;

/// Positions of objects by key, in one sorted list: building a tree of strings would take most of the time of look-ups,
/// and grow with the number of objects.
#[derive(Default)]
struct Index(Vec<(Key, u32)>);

impl Index {
    fn add(&mut self, key: Key, position: u32) {
        self.0.push((key, position));
    }

    /// Sorts the added keys, which `find` requires.
    fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// The positions of a key, rising.
    fn find(&self, key: Key) -> &[(Key, u32)] {
        let rest = self.0.get(self.0.partition_point(|(known, _)| *known < key)..).unwrap_or_default();
        let end = rest.iter().position(|(known, _)| *known != key).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }
}

/// The scope of a key: a kind, and one namespace or all.
#[derive(Clone, Copy)]
struct Scope<'s> {
    kind: &'static Kind,
    namespace: Option<&'s str>,
}

/// The criterion by which objects of a scope are found.
#[derive(Clone, Copy, Hash)]
enum By<'b> {
    /// None: all of them.
    Scope,
    Name(&'b str),
    /// A selector that requires this label. Each selector is filed under its rarest label: common labels would make
    /// every look-up return everything.
    Selecting(&'b str, &'b str),
    /// A selector that requires no label.
    SelectingAnything,
    /// A Pod or pod template with this label.
    Label(&'b str, &'b str),
    /// An autoscaler of an object of this kind and name.
    Scaling(&'b str, &'b str),
    /// An object that creates a Secret of this name.
    Making(&'b str),
    /// An object that grants rights to a ServiceAccount of this name.
    Granting(&'b str),
    /// A binding of the role of this name.
    Binding(&'b str),
    /// Pods of the ServiceAccount of this name.
    RunningAs(&'b str),
    /// A route to the Service of this name.
    RoutingTo(&'b str),
    /// A route to every Service whose name matches a pattern.
    RoutingAnywhere,
    /// A route of requests for this host.
    Serving(&'b str),
    /// An object in this directory.
    Directory(u32),
}

impl Scope<'_> {
    fn key(self, by: By<'_>) -> Key {
        let mut hasher = DefaultHasher::new();
        (self.kind.group, self.kind.plural, self.namespace, by).hash(&mut hasher);
        hasher.finish()
    }
}

/// A selector with its object and the keys of the values that each of its labels allows, until all selectors are known.
struct Required {
    position: u32,
    labels: Vec<Vec<Key>>,
}

impl Objects {
    /// Indexes objects that are all checked in the same run. `complete` declares that no other objects exist.
    pub fn new(objects: Vec<Arc<Value>>, complete: bool) -> Objects {
        Objects::index(objects, complete, true)
    }

    /// Indexes the state of a cluster around one checked object, as at admission.
    pub fn cluster(objects: Vec<Arc<Value>>) -> Objects {
        Objects::index(objects, true, false)
    }

    fn index(objects: Vec<Arc<Value>>, complete: bool, together: bool) -> Objects {
        let mut given: Vec<&'static Kind> = Vec::new();
        let mut index = Index::default();
        let mut selectors = Vec::new();
        let mut makers = Vec::new();
        for (position, object) in objects.iter().enumerate() {
            makers.extend(Maker::of(object));
            let Some(kind) = Kind::of(object) else { continue };
            if !given.contains(&kind) {
                given.push(kind);
            }
            add(&mut index, &mut selectors, position as u32, object, kind);
        }
        add_selectors(&mut index, &selectors);
        index.sort();
        let twins = if together { twins(&objects) } else { HashMap::new() };
        Objects { twins, objects, given, index, complete, together, makers, ..Objects::default() }
    }

    /// Sets whether they are the files of a directory.
    #[must_use]
    pub fn of_directory(mut self, directory: bool) -> Objects {
        self.directory = directory;
        self
    }

    /// Adds the look-ups that a cluster answered: if one succeeded, objects that are not here don't exist; if it
    /// failed, they can't be looked up.
    #[must_use]
    pub fn asked(mut self, asked: impl IntoIterator<Item = Asked>) -> Objects {
        for Asked { kind, within, answer } in asked {
            let filter = Filter::Named(&within);
            let query = Query { kind, namespace: kind.namespaced.then_some(within.as_str()), filter };
            self.asked.insert(question(&query), answer);
        }
        self
    }

    /// The same objects for one that is checked alone: a violation between it and another object is reported on it,
    /// even if the other one should change.
    pub fn alone(&self) -> Alone<'_> {
        Alone(self)
    }

    /// Sets whether some input could not be read, which may contain objects that are not found.
    #[must_use]
    pub fn with_unread(mut self, unread: bool) -> Objects {
        self.unread = unread;
        self
    }

    /// Sets the files of the objects, in the same order. `environments` has, for each environment, the one that it is part of;
    /// the first is everything. Objects in different environments don't see each other: directories `dev` and `prod` with
    /// the same objects are separate.
    #[must_use]
    pub fn with_origins(mut self, origins: Vec<Origin>, environments: Vec<u32>) -> Objects {
        for (position, (object, origin)) in self.objects.iter().zip(&origins).enumerate() {
            if let Some(kind) = Kind::of(object) {
                let scope = Scope { kind, namespace: Some(object::namespace(object)) };
                self.index.add(scope.key(By::Directory(origin.directory)), position as u32);
            }
        }
        self.origins = origins;
        self.environments = environments;
        // Of those in one file only the first is ever the nearest.
        let mut nearest: HashSet<(u32, Option<u32>)> = HashSet::new();
        let mut known: Vec<u32> = self.twins.keys().copied().collect();
        known.sort_unstable();
        known.retain(|position| {
            let file = self.origins.get(*position as usize).map(|origin| origin.file);
            self.twins.get(position).is_some_and(|first| !nearest.insert((*first, file)))
        });
        let shadowed: HashSet<u32> = known.into_iter().collect();
        self.index.0.retain(|(_, position)| !shadowed.contains(position));
        self.index.sort();
        if self.environments.len() > 1 {
            self.given_in = self.seen_kinds();
        }
        self
    }

    /// Sets, for each file, its versions of objects that several files have, in the order of the objects. Two files with
    /// different versions of one object are alternatives: applied together, one would overwrite the other.
    #[must_use]
    pub fn with_versions(mut self, versions: HashMap<u32, Vec<Version>>) -> Objects {
        self.versions = versions;
        self
    }

    /// The kinds that each environment sees: its own, those of the environments that it is part of, and those of its parts.
    fn seen_kinds(&self) -> Vec<Vec<&'static Kind>> {
        let mut own: Vec<Kinds> = vec![Kinds::new(); self.environments.len()];
        let mut everywhere = Kinds::new();
        for (position, object) in self.objects.iter().enumerate() {
            let Some(kind) = Kind::of(object) else { continue };
            let kinds = match self.origins.get(position) {
                Some(origin) => own.get_mut(origin.environment as usize),
                None => Some(&mut everywhere),
            };
            if let Some(kinds) = kinds {
                kinds.insert((kind.group, kind.name), kind);
            }
        }
        let outer = |environment: usize| {
            let outer = self.environments.get(environment).map(|outer| *outer as usize);
            outer.filter(|outer| *outer < environment)
        };
        let mut seen = own.clone();
        // An environment comes after the one that it is part of: from the last one, what parts have reaches everything around them…
        for environment in (0..own.len()).rev() {
            let inner = seen.get(environment).cloned().unwrap_or_default();
            if let Some(around) = outer(environment).and_then(|outer| seen.get_mut(outer)) {
                around.extend(inner);
            }
        }
        // … and from the first one, what is around parts reaches them.
        for environment in 0..own.len() {
            let around = outer(environment).and_then(|outer| own.get(outer)).cloned().unwrap_or(everywhere.clone());
            if let Some(kinds) = own.get_mut(environment) {
                kinds.extend(around.clone());
            }
            if let Some(seen) = seen.get_mut(environment) {
                seen.extend(around);
            }
        }
        seen.into_iter().map(|kinds| kinds.into_values().collect()).collect()
    }

    /// True when one of the environments is part of the other.
    fn meet(&self, one: u32, other: u32) -> bool {
        self.is_part(one, other) || self.is_part(other, one)
    }

    fn is_part(&self, mut inner: u32, outer: u32) -> bool {
        // An environment has a greater number than the one that it is part of, so this ends.
        while inner > outer {
            inner = self.environments.get(inner as usize).copied().filter(|next| *next < inner).unwrap_or_default();
        }
        inner == outer
    }

    /// True when an object of the kind was given that one from `origin` sees.
    fn is_given(&self, kind: &'static Kind, origin: Option<Origin>) -> bool {
        let own = origin.and_then(|origin| self.given_in.get(origin.environment as usize));
        own.unwrap_or(&self.given).contains(&kind)
    }

    /// The same objects as seen by the one at that position: of several objects with the requested name, those in its
    /// file come first, then those in its directory. That keeps independent examples apart.
    pub fn seen_from(&self, position: usize) -> SeenFrom<'_> {
        SeenFrom { objects: self, origin: self.origins.get(position).copied() }
    }

    fn generates_in(&self, kind: &Kind, namespace: &str, name: &str) -> bool {
        self.makers.iter().any(|maker| maker.generates(kind, namespace, name))
    }

    /// See [`Inventory::absence`], for an object from `origin`.
    fn absence_from(&self, kind: &'static Kind, namespace: &str, origin: Option<Origin>) -> Absence {
        if !self.together {
            return Absence::Certain;
        }
        let scope = Scope { kind, namespace: kind.namespaced.then_some(namespace) };
        let answered = matches!(self.asked.get(&scope.key(By::Scope)), Some(Ok(())));
        if self.unread && !answered {
            return Absence::Unknown;
        }
        let is_made = self.makers.iter().any(|maker| maker.makes(kind, namespace));
        let by = origin.map_or(By::Scope, |origin| By::Directory(origin.directory));
        match (self.complete || answered, is_made) {
            (true, false) => Absence::Certain,
            (true, true) => Absence::NotGiven,
            (false, false) if !self.index.find(scope.key(by)).is_empty() => Absence::NotGiven,
            (false, _) => Absence::Unknown,
        }
    }

    /// The objects at these positions; among those of one name, the nearest to `origin`.
    fn nearest(&self, positions: Vec<u32>, origin: Option<Origin>) -> Vec<Arc<Value>> {
        let distance = |position: &u32| self.distance(*position, origin);
        let least = positions.iter().map(distance).min();
        let near = positions.iter().filter(|position| Some(distance(position)) == least);
        near.filter_map(|position| self.objects.get(*position as usize).cloned()).collect()
    }

    fn distance(&self, position: u32, origin: Option<Origin>) -> u8 {
        match (self.origins.get(position as usize), origin) {
            (Some(other), Some(own)) if other.file == own.file => 0,
            (Some(other), Some(own)) if other.directory == own.directory => 1,
            _ => 2,
        }
    }

    /// True when both files have an object in different versions.
    fn are_alternatives(&self, one: u32, other: u32) -> bool {
        let (Some(one), Some(other)) = (self.versions.get(&one), self.versions.get(&other)) else { return false };
        let mut others = other.iter().copied().peekable();
        one.iter().any(|own| {
            while others.next_if(|other| other.object < own.object).is_some() {}
            others.peek().is_some_and(|other| other.object == own.object && other.version != own.version)
        })
    }

    /// Leaves out the objects of alternatives to the file that `origin` is in. Where only alternatives have an object, they are
    /// asked: that it is absent, nobody knows.
    fn prefer_own(&self, positions: &mut Vec<u32>, origin: Option<Origin>) {
        let Some(own) = origin.filter(|own| self.versions.contains_key(&own.file)) else { return };
        let is_apart = |position: &u32| {
            let other = self.origins.get(*position as usize);
            other.is_some_and(|other| other.file != own.file && self.are_alternatives(own.file, other.file))
        };
        if !positions.iter().all(is_apart) {
            positions.retain(|position| !is_apart(position));
        }
    }

    /// Leaves out what an object from `origin` never meets; of an object that was given several times the nearest stays.
    fn keep_met(&self, positions: &mut Vec<u32>, origin: Option<Origin>) {
        if let Some(own) = origin.filter(|_| self.environments.len() > 1) {
            let other = |position: u32| self.origins.get(position as usize);
            positions
                .retain(|position| other(*position).is_none_or(|other| self.meet(own.environment, other.environment)));
        }
        if self.twins.is_empty() {
            return;
        }
        self.prefer_own(positions, origin);
        let mut nearest: HashMap<u32, (u8, u32)> = HashMap::new();
        for position in positions.iter() {
            if let Some(first) = self.twins.get(position) {
                let own = (self.distance(*position, origin), *position);
                nearest.entry(*first).and_modify(|least| *least = own.min(*least)).or_insert(own);
            }
        }
        positions.retain(|position| {
            self.twins.get(position).and_then(|first| nearest.get(first)).is_none_or(|(_, at)| at == position)
        });
    }

    /// Every object, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.objects.iter()
    }

    fn find(&self, scope: Scope<'_>, filter: &Filter<'_>) -> Vec<u32> {
        let keys = match filter {
            Filter::All => vec![scope.key(By::Scope)],
            Filter::Named(name) => vec![scope.key(By::Name(name))],
            Filter::Granting(name) => vec![scope.key(By::Granting(name))],
            Filter::Serving(host) => vec![scope.key(By::Serving(host))],
            Filter::RunningAs(name) => vec![scope.key(By::RunningAs(name))],
            Filter::Binding(name) => vec![scope.key(By::Binding(name))],
            Filter::SelectedBy(selector) if *scope.kind == kinds::CLUSTER_ROLE => self.labelled(scope, selector),
            // Only these are indexed across namespaces.
            _ if scope.namespace.is_none() => vec![scope.key(By::Scope)],
            Filter::Scaling(kind, name) => vec![scope.key(By::Scaling(kind.name, name))],
            Filter::Making(name) => vec![scope.key(By::Making(name))],
            Filter::RoutingTo(name) => vec![scope.key(By::RoutingTo(name)), scope.key(By::RoutingAnywhere)],
            Filter::Selecting(labels) => {
                let selecting = labels.iter().map(|(key, value)| scope.key(By::Selecting(key, value)));
                selecting.chain([scope.key(By::SelectingAnything)]).collect()
            }
            Filter::SelectedBy(selector) => self.labelled(scope, selector),
        };
        let lists = keys.iter().flat_map(|key| self.index.find(*key));
        let mut found: Vec<u32> = lists.map(|(_, position)| *position).collect();
        if keys.len() > 1 {
            found.sort_unstable();
            found.dedup();
        }
        found
    }

    /// The keys of the rarest label that the selector requires.
    fn labelled(&self, scope: Scope<'_>, selector: &Selector<'_>) -> Vec<Key> {
        let labelled = selector
            .required()
            .map(|(key, values)| values.iter().map(|value| scope.key(By::Label(key, value))).collect::<Vec<_>>());
        let found = |keys: &Vec<Key>| keys.iter().map(|key| self.index.find(*key).len()).sum::<usize>();
        labelled.min_by_key(found).unwrap_or_else(|| vec![scope.key(By::Scope)])
    }
}

/// The objects that were given several times, each with the first of its name.
fn twins(objects: &[Arc<Value>]) -> HashMap<u32, u32> {
    let mut first: HashMap<(&'static str, &'static str, &str, &str), u32> = HashMap::new();
    let mut twins = HashMap::new();
    for (position, object) in objects.iter().enumerate() {
        let (Some(kind), Some(name)) = (Kind::of(object), object::name(object)) else { continue };
        let namespace = if kind.namespaced { object::namespace(object) } else { "" };
        match first.entry((kind.group, kind.name, namespace, name)) {
            Entry::Occupied(first) => {
                twins.insert(*first.get(), *first.get());
                twins.insert(position as u32, *first.get());
            }
            Entry::Vacant(free) => {
                free.insert(position as u32);
            }
        }
    }
    twins
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
        if let Ok(Some(pod)) = Pod::of(root, kind)
            && let Ok(account) = AccountName::of(&pod)
        {
            for scope in [scope, Scope { namespace: None, ..scope }] {
                index.add(scope.key(By::RunningAs(account.name)), position);
            }
        }
        if let Some(deployment) = referred_deployment(root).filter(|_| *kind == kinds::ROLLOUT) {
            index.add(scope.key(By::Scaling(kinds::DEPLOYMENT.name, deployment)), position);
        }
        return;
    }
    let reference = if *kind == kinds::VERTICAL_POD_AUTOSCALER { "targetRef" } else { "scaleTargetRef" };
    let target = root.get("spec").get(reference);
    if let (Some(kind), Some(name)) = (target_kind(target), text(target, "name")) {
        index.add(scope.key(By::Scaling(kind, name)), position);
    }
    if let Some(name) = secret_made_by(root, kind) {
        index.add(scope.key(By::Making(name)), position);
    }
    if *kind == kinds::ROLE_BINDING || *kind == kinds::CLUSTER_ROLE_BINDING {
        for scope in [scope, Scope { namespace: None, ..scope }] {
            for subject in rbac::subjects(root).into_iter().flatten() {
                match subject.who {
                    Who::Account(_, name) => index.add(scope.key(By::Granting(name)), position),
                    Who::Group(name) if name.starts_with(rbac::ACCOUNTS) => {
                        index.add(scope.key(By::Granting(name)), position);
                    }
                    _ => {}
                }
            }
            if let Ok(Some(role)) = RoleRef::of(root) {
                index.add(scope.key(By::Binding(role.name)), position);
            }
        }
        return;
    }
    if *kind == kinds::CLUSTER_ROLE {
        let everywhere = Scope { namespace: None, ..scope };
        for (key, value) in Labels::of(root.get("metadata")).iter() {
            index.add(everywhere.key(By::Label(key, value)), position);
        }
        return;
    }
    if *kind == kinds::INGRESS || *kind == kinds::HTTP_ROUTE {
        let hosts = if *kind == kinds::INGRESS { ingress::hosts(root) } else { gateway::hosts(root) };
        for host in hosts.unwrap_or_default() {
            for scope in [scope, Scope { namespace: None, ..scope }] {
                index.add(scope.key(By::Serving(host)), position);
            }
        }
    }
    if *kind == kinds::INGRESS || *kind == kinds::DESTINATION_RULE || *kind == kinds::ENDPOINT_SLICE {
        add_routes(index, position, root, kind, scope);
        return;
    }
    if *kind == kinds::SERVICE {
        for (key, value) in Labels::of(root.get("metadata")).iter() {
            index.add(scope.key(By::Label(key, value)), position);
        }
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
        // The caller reads the selector again and reports the error.
        Err(_) => index.add(scope.key(By::SelectingAnything), position),
    }
}

fn add_routes(index: &mut Index, position: u32, root: Node<'_>, kind: &Kind, scope: Scope<'_>) {
    let services: Result<Vec<&str>, Malformed> = if *kind == kinds::INGRESS {
        ingress::backends(root).map(|backends| backends.into_iter().map(|backend| backend.name).collect())
    } else if *kind == kinds::ENDPOINT_SLICE {
        Ok(service_of(root).into_iter().collect())
    } else {
        route::host(root).map(|host| host.map(|host| host.service).into_iter().collect())
    };
    // The caller reads the object again, if it finds it.
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

/// Files each selector under the rarest of its required labels.
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

/// KEDA's `scaleTargetRef` defaults to a Deployment.
fn target_kind(target: Node<'_>) -> Option<&str> {
    if !target.exists() {
        return None;
    }
    Some(text(target, "kind").unwrap_or("Deployment"))
}

fn text<'a>(node: Node<'a>, key: &'static str) -> Option<&'a str> {
    node.get(key).str().ok().flatten()
}

/// The key of the cluster look-up that answers a query: a kind in one namespace, or one cluster-scoped object.
fn question(query: &Query<'_>) -> Key {
    let scope = Scope { kind: query.kind, namespace: query.namespace };
    match query.filter {
        Filter::Named(name) if !query.kind.namespaced => scope.key(By::Name(name)),
        _ => scope.key(By::Scope),
    }
}

impl Objects {
    fn list_from(&self, query: &Query<'_>, origin: Option<Origin>) -> Result<Vec<Arc<Value>>, InventoryError> {
        let asked = if self.asked.is_empty() { None } else { self.asked.get(&question(query)) };
        if let Some(Err(error)) = asked {
            return Err(error.clone());
        }
        let complete = self.complete || asked.is_some();
        if !complete && !self.is_given(query.kind, origin) {
            return Err(InventoryError::NotGiven { kind: query.kind.name });
        }
        let scope = Scope { kind: query.kind, namespace: query.namespace };
        let mut positions = self.find(scope, &query.filter);
        self.keep_met(&mut positions, origin);
        // Cluster-scoped objects usually come from elsewhere: others being given proves nothing about this one. And a missing
        // object may be in unreadable input.
        let doubtful = self.unread && asked.is_none() && !matches!(query.filter, Filter::Named(""));
        let elsewhere = !complete && !query.kind.namespaced || doubtful;
        if elsewhere && positions.is_empty() {
            return Err(InventoryError::NotGiven { kind: query.kind.name });
        }
        if matches!(query.filter, Filter::Named(_)) && positions.len() > 1 {
            return Ok(self.nearest(positions, origin));
        }
        Ok(positions.into_iter().filter_map(|position| self.objects.get(position as usize).cloned()).collect())
    }
}

impl Inventory for Objects {
    fn generates(&self, kind: &Kind, namespace: &str, name: &str) -> bool {
        self.generates_in(kind, namespace, name)
    }

    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        self.list_from(query, None)
    }

    fn is_batch(&self) -> bool {
        self.together
    }

    fn is_directory(&self) -> bool {
        self.directory && !self.unread
    }

    fn absence(&self, kind: &'static Kind, namespace: &str) -> Absence {
        self.absence_from(kind, namespace, None)
    }
}

impl Inventory for SeenFrom<'_> {
    fn generates(&self, kind: &Kind, namespace: &str, name: &str) -> bool {
        self.objects.generates_in(kind, namespace, name)
    }

    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        self.objects.list_from(query, self.origin)
    }

    fn is_batch(&self) -> bool {
        self.objects.together
    }

    fn is_directory(&self) -> bool {
        self.objects.is_directory()
    }

    fn absence(&self, kind: &'static Kind, namespace: &str) -> Absence {
        self.objects.absence_from(kind, namespace, self.origin)
    }
}

impl Inventory for Alone<'_> {
    fn generates(&self, kind: &Kind, namespace: &str, name: &str) -> bool {
        self.0.generates_in(kind, namespace, name)
    }

    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        self.0.list(query)
    }

    fn absence(&self, kind: &'static Kind, namespace: &str) -> Absence {
        self.0.absence(kind, namespace)
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
    fn budgets_are_found_by_the_labels_they_may_select() {
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
    fn bindings_are_found_by_their_accounts() {
        let binding = |kind: &str, name: &str, account: &str| {
            Arc::new(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
                "metadata": {"name": name, "namespace": "ops"},
                "subjects": [{"kind": "Group", "name": "shop"}, {"kind": "ServiceAccount", "name": account}]}))
        };
        let inventory = Objects::new(
            vec![
                binding("RoleBinding", "a", "shop"),
                binding("RoleBinding", "b", "cart"),
                binding("ClusterRoleBinding", "c", "shop"),
            ],
            false,
        );
        let granting =
            |kind, name| inventory.list(&Query { kind, namespace: None, filter: Filter::Granting(name) }).unwrap();
        assert_eq!(names(&granting(&kinds::ROLE_BINDING, "shop")), ["a"]);
        assert_eq!(names(&granting(&kinds::CLUSTER_ROLE_BINDING, "shop")), ["c"]);
    }

    #[test]
    fn access_is_found_by_roles_labels_and_accounts() {
        let rbac = |kind: &str, name: &str, fields: Value| {
            let mut object =
                json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": name}});
            object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            Arc::new(object)
        };
        let pod = |name: &str, spec: Value| {
            Arc::new(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}))
        };
        let part = json!({"metadata": {"name": "part", "labels": {"aggregate": "web", "app": "x"}}});
        let inventory = Objects::new(
            vec![
                rbac("RoleBinding", "a", json!({"roleRef": {"kind": "Role", "name": "web"}})),
                rbac("RoleBinding", "b", json!({"roleRef": {"kind": "Role", "name": "api"}})),
                rbac("ClusterRole", "part", part),
                rbac("ClusterRole", "other", json!({})),
                pod("own", json!({"serviceAccountName": "web"})),
                pod("old", json!({"serviceAccount": "web"})),
                pod("none", json!({})),
            ],
            false,
        );
        let found = |kind, namespace, filter| -> Vec<String> {
            let found = inventory.list(&Query { kind, namespace, filter }).unwrap();
            names(&found).into_iter().map(str::to_owned).collect()
        };
        assert_eq!(found(&kinds::ROLE_BINDING, None, Filter::Binding("web")), ["a"]);
        assert_eq!(found(&kinds::ROLE_BINDING, Some("default"), Filter::Binding("api")), ["b"]);
        assert_eq!(found(&kinds::POD, None, Filter::RunningAs("web")), ["own", "old"]);
        assert_eq!(found(&kinds::POD, Some("default"), Filter::RunningAs("default")), ["none"]);
        let selector = json!({"matchLabels": {"aggregate": "web"}});
        let arena = PathArena::new();
        let selector = Selector::read(Node::root(&selector, &arena)).unwrap().unwrap();
        assert_eq!(found(&kinds::CLUSTER_ROLE, None, Filter::SelectedBy(&selector)), ["part"]);
    }

    #[test]
    fn missing_kind_is_unknown_unless_the_input_is_complete() {
        let query = Query { kind: &kinds::SERVICE, namespace: None, filter: Filter::All };
        let unknown = Objects::new(Vec::new(), false).list(&query);
        assert_eq!(unknown, Err(InventoryError::NotGiven { kind: "Service" }));
        assert_eq!(Objects::new(Vec::new(), true).list(&query), Ok(Vec::new()));
    }

    #[test]
    fn missing_namespace_is_unknown_even_if_others_are_given() {
        let shop = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
        let named = |name| Query { kind: &kinds::NAMESPACE, namespace: None, filter: Filter::Named(name) };
        let given = Objects::new(vec![Arc::new(shop.clone())], false);
        assert_eq!(given.list(&named("shop")), Ok(vec![Arc::new(shop.clone())]));
        assert_eq!(given.list(&named("bank")), Err(InventoryError::NotGiven { kind: "Namespace" }));
        assert_eq!(Objects::cluster(vec![Arc::new(shop)]).list(&named("bank")), Ok(Vec::new()));
    }

    #[test]
    fn objects_missing_in_a_clusters_answer_do_not_exist() {
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

    fn config_map(name: &str, namespace: &str) -> Arc<Value> {
        Arc::new(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}}))
    }

    #[test]
    fn absence_is_certain_only_in_complete_input() {
        let custom = |namespace: Value| {
            Arc::new(json!({"apiVersion": "example.com/v1", "kind": "Database",
                "metadata": {"name": "db", "namespace": namespace}}))
        };
        let generator = Arc::new(json!({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "configMapGenerator": [{"name": "web"}]}));
        let absence = |others: Vec<Arc<Value>>, complete: bool, unread: bool| {
            let objects: Vec<_> = [config_map("a", "shop")].into_iter().chain(others).collect();
            Objects::new(objects, complete).with_unread(unread).absence(&kinds::CONFIG_MAP, "shop")
        };
        assert_eq!(absence(vec![], true, false), Absence::Certain);
        assert_eq!(absence(vec![], false, false), Absence::NotGiven);
        assert_eq!(absence(vec![], true, true), Absence::Unknown);
        for (maker, complete, incomplete) in [
            (custom(json!("shop")), Absence::NotGiven, Absence::Unknown),
            (custom(json!(null)), Absence::NotGiven, Absence::Unknown),
            (generator, Absence::NotGiven, Absence::Unknown),
            (custom(json!("bank")), Absence::Certain, Absence::NotGiven),
        ] {
            assert_eq!(absence(vec![Arc::clone(&maker)], true, false), complete, "{maker}");
            assert_eq!(absence(vec![Arc::clone(&maker)], false, false), incomplete, "{maker}");
        }
        let elsewhere = Objects::new(vec![config_map("a", "bank")], false);
        assert_eq!(elsewhere.absence(&kinds::CONFIG_MAP, "shop"), Absence::Unknown);
        let cluster = Objects::cluster(vec![custom(json!("shop"))]);
        assert_eq!(cluster.absence(&kinds::CONFIG_MAP, "shop"), Absence::Certain);
        let asked = Asked { kind: &kinds::CONFIG_MAP, within: "shop".to_owned(), answer: Ok(()) };
        let asked = Objects::new(vec![], false).with_unread(true).asked([asked]);
        assert_eq!(asked.absence(&kinds::CONFIG_MAP, "shop"), Absence::Certain);
        assert_eq!(asked.absence(&kinds::SECRET, "shop"), Absence::Unknown);
    }

    #[test]
    fn missing_objects_may_be_in_unreadable_input() {
        let objects = Objects::new(vec![config_map("a", "shop")], true).with_unread(true);
        let query = |namespace| Query { kind: &kinds::CONFIG_MAP, namespace: Some(namespace), filter: Filter::All };
        assert_eq!(objects.list(&query("shop")).map(|found| found.len()), Ok(1));
        assert_eq!(objects.list(&query("bank")), Err(InventoryError::NotGiven { kind: "ConfigMap" }));
        let asked = Asked { kind: &kinds::CONFIG_MAP, within: "bank".to_owned(), answer: Ok(()) };
        assert_eq!(objects.asked([asked]).list(&query("bank")), Ok(vec![]));
    }

    #[test]
    fn objects_of_the_same_file_and_directory_come_first() {
        let data = |name: &str, value: &str| {
            let mut object = config_map(name, "shop").as_ref().clone();
            object["data"] = json!({"from": value});
            Arc::new(object)
        };
        let origin = |file, directory| Origin { file, directory, environment: 0 };
        let objects = vec![data("web", "a"), data("web", "b"), data("web", "c"), data("api", "d"), data("web", "e")];
        let origins = vec![origin(0, 0), origin(1, 0), origin(2, 1), origin(2, 1), origin(3, 1)];
        let inventory = Objects::new(objects, false).with_origins(origins, vec![0]);
        let from = |position: usize, name: &str| -> Vec<String> {
            let query = Query { kind: &kinds::CONFIG_MAP, namespace: Some("shop"), filter: Filter::Named(name) };
            let found = inventory.seen_from(position).list(&query).unwrap();
            found.iter().map(|object| object["data"]["from"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(from(0, "web"), ["a"]);
        assert_eq!(from(2, "web"), ["c"]);
        assert_eq!(from(0, "api"), ["d"]);

        let secret =
            Arc::new(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "shop"}}));
        let inventory = Objects::new(vec![config_map("a", "shop"), config_map("b", "shop"), secret], false)
            .with_origins(vec![origin(0, 0), origin(1, 1), origin(2, 1)], vec![0]);
        let absence = |position: usize| inventory.seen_from(position).absence(&kinds::SECRET, "shop");
        assert_eq!((absence(0), absence(1)), (Absence::Unknown, Absence::NotGiven));
    }

    #[test]
    fn duplicates_count_once_and_environments_are_separate() {
        let web = || budget("web", "shop", json!({"matchLabels": {"app": "web"}}));
        let objects = vec![web(), web(), budget("api", "shop", json!({"matchLabels": {"app": "web"}})), web()];
        let scaler =
            json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}});
        let objects = [objects, vec![Arc::new(scaler)]].concat();
        let origin = |file, directory, environment| Origin { file, directory, environment };
        // Everything, dev, prod, and a part of prod.
        let environments = vec![0, 0, 0, 2];
        let origins = vec![origin(0, 0, 0), origin(1, 1, 1), origin(1, 1, 1), origin(2, 2, 2), origin(3, 3, 3)];
        let inventory = Objects::new(objects, false).with_origins(origins, environments);
        let metadata = json!({"labels": {"app": "web"}});
        let arena = PathArena::new();
        let seen = |position: usize| {
            let labels = Labels::of(Node::root(&metadata, &arena));
            let filter = Filter::Selecting(labels);
            let query = Query { kind: &kinds::POD_DISRUPTION_BUDGET, namespace: Some("shop"), filter };
            names(&inventory.seen_from(position).list(&query).unwrap()).join(" ")
        };
        assert_eq!((seen(1).as_str(), seen(3).as_str(), seen(4).as_str()), ("web api", "web", "web"));
        let scalers = |position: usize| {
            let filter = Filter::All;
            let query = Query { kind: &kinds::HORIZONTAL_POD_AUTOSCALER, namespace: None, filter };
            inventory.seen_from(position).list(&query).map(|found| found.len())
        };
        let not_given = InventoryError::NotGiven { kind: "HorizontalPodAutoscaler" };
        assert_eq!((scalers(1), scalers(3), scalers(4)), (Err(not_given), Ok(1), Ok(1)));
    }

    #[test]
    fn alternatives_answer_only_where_nothing_else_does() {
        let web = |name: &str| budget(name, "shop", json!({"matchLabels": {"app": "web"}}));
        let api = || budget("api", "shop", json!({"matchLabels": {"app": "api"}}));
        let twin =
            || Arc::new(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "w", "namespace": "shop"}}));
        let objects = vec![web("old"), twin(), web("new"), api(), twin(), web("common"), web("apart")];
        let origin = |file| Origin { file, directory: 0, environment: 0 };
        let origins = [0, 0, 1, 1, 1, 2, 3].map(origin).to_vec();
        let versions =
            [(0, 0, 0), (1, 0, 1), (3, 1, 1)].map(|(file, object, version)| (file, vec![Version { object, version }]));
        let inventory =
            Objects::new(objects, false).with_origins(origins, vec![0]).with_versions(HashMap::from(versions));
        let seen = |position: usize, app: &str| {
            let metadata = json!({"labels": {"app": app}});
            let arena = PathArena::new();
            let filter = Filter::Selecting(Labels::of(Node::root(&metadata, &arena)));
            let query = Query { kind: &kinds::POD_DISRUPTION_BUDGET, namespace: Some("shop"), filter };
            names(&inventory.seen_from(position).list(&query).unwrap()).join(" ")
        };
        assert_eq!(seen(0, "web"), "old common apart");
        assert_eq!(seen(2, "web"), "new common apart");
        // What both files have in common is seen from both, and sees both; so is a file with versions of other objects only.
        assert_eq!(seen(5, "web"), "old new common apart");
        assert_eq!(seen(6, "web"), "old new common apart");
        assert_eq!(seen(0, "api"), "api");
    }

    #[test]
    fn network_policies_are_found_by_the_labels_they_may_select() {
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
    fn autoscalers_are_found_by_their_target() {
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
    fn routes_are_found_by_their_service() {
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
    fn cluster_scoped_objects_are_found_without_a_namespace() {
        let namespace =
            |name: &str| Arc::new(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
        let inventory = Objects::new(vec![namespace("shop"), namespace("mail")], false);
        let query = Query { kind: &kinds::NAMESPACE, namespace: None, filter: Filter::Named("shop") };
        assert_eq!(names(&inventory.list(&query).unwrap()), ["shop"]);
    }
}
