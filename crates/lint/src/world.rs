//! The objects around the checked ones, and where each of those lives: its namespace, and its environment.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use plimsoll::engine::evaluate::Review;
use plimsoll::inventory::{Alone, Inventory, Objects, Origin, SeenFrom, Version};
use plimsoll::kube::kinds::{self, Kind};
use plimsoll::policy::context::Operation;
use plimsoll::settings::Date;
use serde_json::Value;

use crate::cluster_snapshot::ClusterSnapshot;
use crate::manifests::{Manifests, Object};

/// Everything that was given, and what a cluster has besides.
pub struct World {
    objects: Objects,
    /// Where the objects go that name no namespace, in the order of the objects.
    namespaces: Vec<Option<Arc<str>>>,
}

/// What is known of a world beyond its manifests.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// Whether the manifests are all there is.
    pub complete: bool,
    /// What a cluster has around them.
    pub cluster: Option<&'a ClusterSnapshot>,
    /// Where objects go that name no namespace.
    pub namespace: Option<&'a str>,
    /// Whether something could not even be opened.
    pub unread: bool,
}

impl World {
    /// The world of these manifests.
    pub fn new(manifests: &Manifests, around: Around<'_>) -> World {
        let namespaces = namespaces(manifests, around);
        let given = manifests.objects.iter().zip(&namespaces).map(|(object, namespace)| match namespace {
            Some(namespace) => Arc::new(placed(&object.value, namespace)),
            None => Arc::clone(&object.value),
        });
        let besides = around.cluster.into_iter().flat_map(|around| &around.objects);
        let all = given.chain(besides.chain(&manifests.kustomizations).cloned()).collect();
        let (origins, environments) = origins(manifests, &namespaces);
        let objects = Objects::new(all, around.complete)
            .with_origins(origins, environments)
            .with_versions(versions(manifests, &namespaces))
            .with_unread(around.unread || manifests.unread)
            .of_directory(manifests.files.iter().any(|file| !file.source.named))
            .asked(around.cluster.into_iter().flat_map(|around| &around.asked).cloned());
        World { objects, namespaces }
    }

    /// What the object at that position sees.
    pub fn seen_from(&self, position: usize) -> SeenFrom<'_> {
        self.objects.seen_from(position)
    }

    /// What an object sees that is checked alone.
    pub fn alone(&self) -> Alone<'_> {
        self.objects.alone()
    }

    /// Where the object at that position goes, if it doesn't say so itself.
    pub fn namespace(&self, position: usize) -> Option<&str> {
        self.namespaces.get(position)?.as_deref()
    }

    /// How an object of a file is reviewed: as a new one, whose annotations count.
    pub fn review<'a>(
        &'a self,
        position: usize,
        object: &'a Object,
        inventory: &'a dyn Inventory,
        today: Date,
    ) -> Review<'a> {
        Review {
            object: &object.value,
            old_object: None,
            operation: Operation::Create,
            namespace: self.namespace(position),
            sent_as: None,
            requested_by: None,
            inventory,
            today,
            honor_annotations: true,
        }
    }
}

/// The object in the namespace that it goes to.
fn placed(object: &Value, namespace: &str) -> Value {
    let mut object = object.clone();
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.insert("namespace".to_owned(), Value::String(namespace.to_owned()));
    }
    object
}

/// Where each object goes that lives in a namespace but names none: where somebody said, else where its companions are.
fn namespaces(manifests: &Manifests, around: Around<'_>) -> Vec<Option<Arc<str>>> {
    let said = around.namespace.or_else(|| around.cluster.and_then(|cluster| cluster.namespace.as_deref()));
    let said: Option<Arc<str>> = said.map(Arc::from);
    // A cluster's context shows where they go.
    let companions = (said.is_none() && around.cluster.is_none()).then(|| Companions::of(manifests));
    let goes = |object: &Object| {
        let lives = Kind::of(&object.value).is_some_and(|kind| kind.namespaced);
        if !lives || !object.text("/metadata/namespace").is_empty() {
            return None;
        }
        said.clone().or_else(|| companions.as_ref()?.namespace(manifests, object))
    };
    manifests.objects.iter().map(goes).collect()
}

/// The namespaces that objects state, by their file and by its directory.
struct Companions<'m> {
    of_files: HashMap<usize, Stated<'m>>,
    of_directories: HashMap<&'m str, Stated<'m>>,
}

/// The namespaces that some objects state, each with the names of those objects.
type Stated<'m> = BTreeMap<&'m str, BTreeSet<&'m str>>;

/// Kinds that are often in a namespace of their own, with what they grant rights on.
const APART: &[&Kind] = &[&kinds::ROLE, &kinds::ROLE_BINDING];

impl<'m> Companions<'m> {
    fn of(manifests: &'m Manifests) -> Companions<'m> {
        let mut companions = Companions { of_files: HashMap::new(), of_directories: HashMap::new() };
        for object in &manifests.objects {
            let namespace = object.text("/metadata/namespace");
            let counts = Kind::of(&object.value).is_some_and(|kind| kind.namespaced && !APART.contains(&kind));
            if !counts || namespace.is_empty() {
                continue;
            }
            let of_file = companions.of_files.entry(object.file).or_default();
            of_file.entry(namespace).or_default().insert(object.name());
            let of_directory = companions.of_directories.entry(directory(manifests, object)).or_default();
            of_directory.entry(namespace).or_default().insert(object.name());
        }
        companions
    }

    /// The only namespace in the object's file, or else in its directory; of several the only one with an object of its
    /// name.
    fn namespace(&self, manifests: &Manifests, object: &Object) -> Option<Arc<str>> {
        let of_directory = self.of_directories.get(directory(manifests, object));
        let stated = self.of_files.get(&object.file).or(of_directory)?;
        let mut all = stated.keys();
        let mut same = stated.iter().filter(|(_, names)| names.contains(object.name())).map(|(namespace, _)| namespace);
        let namespace = match (all.next(), all.next()) {
            (only, None) => only,
            _ => same.next().filter(|_| same.next().is_none()),
        };
        // Who names none is there already, but has not said so.
        namespace.filter(|namespace| **namespace != "default").map(|namespace| Arc::from(*namespace))
    }
}

/// The directory of an object's file.
pub(crate) fn directory<'m>(manifests: &'m Manifests, object: &Object) -> &'m str {
    let name = manifests.files.get(object.file).map_or("", |file| file.source.name.as_str());
    name.rsplit_once(['/', '\\']).map_or("", |(directory, _)| directory)
}

/// The file, directory and environment of each object; and the environments with what each is part of.
fn origins(manifests: &Manifests, namespaces: &[Option<Arc<str>>]) -> (Vec<Origin>, Vec<u32>) {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut environments = Environments::of(manifests, namespaces);
    let mut origins = Vec::new();
    for object in &manifests.objects {
        let directory = directory(manifests, object);
        let next = numbers.len() as u32;
        let number = *numbers.entry(directory).or_insert(next);
        let environment = environments.number(directory);
        origins.push(Origin { file: object.file as u32, directory: number, environment });
    }
    (origins, environments.parents)
}

/// For each file, the objects that other files have in another version. Who applies one of `web.yaml` and `web-v2.yaml` doesn't
/// apply the other, or not at the same time: what else is in them never meets. Equal objects are repeated, not changed.
fn versions(manifests: &Manifests, namespaces: &[Option<Arc<str>>]) -> HashMap<u32, Vec<Version>> {
    let mut places: HashMap<Identity<'_>, Vec<&Object>> = HashMap::new();
    for (object, namespace) in manifests.objects.iter().zip(namespaces) {
        if let Some(identity) = telling(object, namespace.as_deref()) {
            places.entry(identity).or_default().push(object);
        }
    }
    let mut versions: HashMap<u32, Vec<Version>> = HashMap::new();
    for (number, objects) in (0..).zip(places.values().filter(|objects| objects.len() > 1)) {
        let mut known: HashMap<&Value, u32> = HashMap::new();
        let mut of_files: BTreeMap<u32, u32> = BTreeMap::new();
        for object in objects {
            let next = known.len() as u32;
            let version = *known.entry(&*object.value).or_insert(next);
            // Of several in one file the others see the first.
            of_files.entry(object.file as u32).or_insert(version);
        }
        if known.len() > 1 {
            for (file, version) in of_files {
                versions.entry(file).or_default().push(Version { object: number, version });
            }
        }
    }
    versions
}

/// Directories that are worlds of their own: siblings that have an object in common, such as `envs/dev` and `envs/prod`.
struct Environments<'m> {
    roots: BTreeSet<&'m str>,
    numbers: HashMap<&'m str, u32>,
    /// What each environment is part of, by its number; the first is everything.
    parents: Vec<u32>,
}

/// Kinds that nobody writes twice for one environment, or differently in two files that are applied together. ConfigMaps, accounts and namespaces are repeated without a thought.
const TELLING: &[&Kind] = &[
    &kinds::DEPLOYMENT,
    &kinds::STATEFUL_SET,
    &kinds::DAEMON_SET,
    &kinds::CRON_JOB,
    &kinds::JOB,
    &kinds::SERVICE,
    &kinds::INGRESS,
    &kinds::HORIZONTAL_POD_AUTOSCALER,
    &kinds::POD_DISRUPTION_BUDGET,
    &kinds::NETWORK_POLICY,
    &kinds::ROLLOUT,
    &kinds::SCALED_OBJECT,
];

/// What distinguishes the object, if its kind is one of these.
fn telling<'o>(object: &'o Object, namespace: Option<&'o str>) -> Option<Identity<'o>> {
    Identity::of(object, namespace).filter(|own| TELLING.contains(&own.kind))
}

impl<'m> Environments<'m> {
    fn of(manifests: &'m Manifests, namespaces: &[Option<Arc<str>>]) -> Environments<'m> {
        let mut places: HashMap<Identity<'_>, BTreeSet<&'m str>> = HashMap::new();
        for (object, namespace) in manifests.objects.iter().zip(namespaces) {
            if let Some(identity) = telling(object, namespace.as_deref()) {
                places.entry(identity).or_default().insert(directory(manifests, object));
            }
        }
        let mut roots = BTreeSet::new();
        for directories in places.values().filter(|directories| directories.len() > 1) {
            // In the order of the text, those that share most are next to each other.
            for (one, other) in directories.iter().zip(directories.iter().skip(1)) {
                if let Some((one, other)) = branches(one, other) {
                    roots.extend([one, other]);
                }
            }
        }
        Environments { roots, numbers: HashMap::new(), parents: vec![0] }
    }

    /// The innermost environment of a directory; 0 for none.
    fn number(&mut self, directory: &'m str) -> u32 {
        let mut parent = 0;
        let ends = directory.match_indices(['/', '\\']).map(|(at, _)| at).chain([directory.len()]);
        for root in ends.filter_map(|end| directory.get(..end)) {
            if self.roots.contains(root) {
                parent = *self.numbers.entry(root).or_insert_with(|| {
                    self.parents.push(parent);
                    self.parents.len() as u32 - 1
                });
            }
        }
        parent
    }
}

/// The directories below the nearest common one that lead to these two; `None` when one is within the other.
fn branches<'d>(one: &'d str, other: &'d str) -> Option<(&'d str, &'d str)> {
    let is_separator = |c: char| matches!(c, '/' | '\\');
    let mut start = 0;
    for (left, right) in one.split(is_separator).zip(other.split(is_separator)) {
        if left != right {
            return (!left.is_empty() && !right.is_empty())
                .then(|| Some((one.get(..start + left.len())?, other.get(..start + right.len())?)))
                .flatten();
        }
        start += left.len() + 1;
    }
    None
}

/// What distinguishes objects of known kinds for an API server.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Identity<'o> {
    kind: &'static Kind,
    namespace: &'o str,
    name: &'o str,
}

impl<'o> Identity<'o> {
    /// `namespace` is where it goes when it names none.
    pub(crate) fn of(object: &'o Object, namespace: Option<&'o str>) -> Option<Identity<'o>> {
        let kind = Kind::of(&object.value)?;
        let name = Some(object.text("/metadata/name")).filter(|name| !name.is_empty())?;
        let stated = Some(object.text("/metadata/namespace")).filter(|stated| !stated.is_empty());
        let namespace = if kind.namespaced { stated.or(namespace).unwrap_or("default") } else { "" };
        Some(Identity { kind, namespace, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::{Values, read};
    use crate::source::Source;

    fn manifests(files: &[(&str, &str)]) -> Manifests {
        let source = |(name, text): &(&str, &str)| Source {
            name: (*name).to_owned(),
            path: None,
            text: text.as_bytes().to_vec(),
            named: false,
            pass_over: true,
            cut: false,
        };
        read(files.iter().map(source).collect(), Values::Kept)
    }

    fn object(kind: &str, name: &str, namespace: &str) -> String {
        let version = if kind == "Deployment" { "apps/v1" } else { "v1" };
        let namespace = if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
        format!("---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}{namespace}}}\n")
    }

    #[test]
    fn an_object_goes_where_its_companions_are() {
        let goes = |files: &[(&str, &str)], namespace: Option<&str>| {
            let manifests = manifests(files);
            let around = Around { complete: false, cluster: None, namespace, unread: false };
            let world = World::new(&manifests, around);
            let all = 0..manifests.objects.len();
            all.map(|position| world.namespace(position).unwrap_or("-").to_owned()).collect::<Vec<_>>().join(" ")
        };
        let web = object("Deployment", "web", "");
        let shop = [web.as_str(), &object("Service", "web", "shop")].concat();
        assert_eq!(goes(&[("a.yaml", &shop)], None), "shop -");
        assert_eq!(goes(&[("a.yaml", &shop)], Some("bank")), "bank -");
        assert_eq!(goes(&[("d/a.yaml", &web), ("d/b.yaml", &object("Service", "x", "shop"))], None), "shop -");
        assert_eq!(goes(&[("d/a.yaml", &web), ("e/b.yaml", &object("Service", "x", "shop"))], None), "- -");
        let two = [shop.as_str(), &object("Service", "api", "bank"), &object("Service", "x", "")].concat();
        assert_eq!(goes(&[("a.yaml", &two)], None), "shop - - -");
        let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a, namespace: kube-system}\n";
        let stated = [web.as_str(), &object("Service", "web", "default")].concat();
        assert_eq!(goes(&[("a.yaml", &stated)], None), "- -");
        assert_eq!(goes(&[("a.yaml", &[role, &web].concat())], None), "- -");
        let namespace = object("Namespace", "n", "");
        assert_eq!(goes(&[("a.yaml", &[shop, namespace].concat())], None), "shop - -");
    }

    #[test]
    fn siblings_with_the_same_objects_are_environments() {
        let web = object("Deployment", "web", "shop");
        let api = object("Deployment", "api", "shop");
        let of = |files: &[(&str, &str)]| {
            let manifests = manifests(files);
            let (origins, parents) = origins(&manifests, &vec![None; manifests.objects.len()]);
            (origins.iter().map(|origin| origin.environment).collect::<Vec<_>>(), parents)
        };
        assert_eq!(of(&[("a/x.yaml", &web), ("b/x.yaml", &api)]), (vec![0, 0], vec![0]));
        assert_eq!(
            of(&[("e/a/x.yaml", &web), ("e/b/c/x.yaml", &web), ("x.yaml", &api)]),
            (vec![1, 2, 0], vec![0, 0, 0])
        );
        // The same one twice in a directory, or in one within the other, separates nothing.
        assert_eq!(of(&[("a/x.yaml", &web), ("a/y.yaml", &web), ("a/b/x.yaml", &web)]), (vec![0, 0, 0], vec![0]));
        let nested = [("e/a/p/x.yaml", web.as_str()), ("e/a/q/x.yaml", &web), ("e/b/x.yaml", &web)];
        assert_eq!(of(&nested), (vec![2, 3, 4], vec![0, 0, 1, 1, 0]));
        let config = object("ConfigMap", "web", "shop");
        assert_eq!(of(&[("a/x.yaml", &config), ("b/x.yaml", &config)]), (vec![0, 0], vec![0]));
    }
    #[test]
    fn files_with_different_versions_of_an_object_are_alternatives() {
        let of = |files: &[(&str, &str)]| {
            let manifests = manifests(files);
            let versions = versions(&manifests, &vec![None; manifests.objects.len()]);
            let mut all: Vec<(u32, Vec<u32>)> = versions
                .into_iter()
                .map(|(file, versions)| (file, versions.into_iter().map(|version| version.version).collect()))
                .collect();
            all.sort();
            all
        };
        let web = object("Deployment", "web", "shop");
        let changed = web.replace("kind", "spec: {replicas: 2}\nkind");
        assert_eq!(
            of(&[("a.yaml", &web), ("b.yaml", &changed), ("c.yaml", &web)]),
            [(0, vec![0]), (1, vec![1]), (2, vec![0])]
        );
        assert_eq!(of(&[("a.yaml", &web), ("b.yaml", &web)]), []);
        assert_eq!(of(&[("a.yaml", &web), ("b.yaml", &changed.replace("shop", "bank"))]), []);
        let config = object("ConfigMap", "web", "shop");
        assert_eq!(of(&[("a.yaml", &config), ("b.yaml", &config.replace("kind", "data: {a: b}\nkind"))]), []);
        // Twice in one file is a mistake, which makes nothing an alternative.
        assert_eq!(of(&[("a.yaml", &[web.as_str(), &changed].concat())]), [(0, vec![0])]);
    }
}
