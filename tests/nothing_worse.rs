//! No fix makes things worse: afterwards no policy finds what it didn't find before, objects select, budget, scale and route the
//! same ones, and exempt containers run as before. Over every fixture and example, alone and several in one namespace.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path as FilePath;
use std::rc::Rc;
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use plimsoll::analysis::graph::{Graph, Relation};
use plimsoll::engine::evaluate::{Report, Review, evaluate};
use plimsoll::engine::fix::fix;
use plimsoll::inventory::{Inventory, Objects};
use plimsoll::kube::kinds::Kind;
use plimsoll::kube::object;
use plimsoll::policies::POLICIES;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::context::Operation;
use plimsoll::policy::fix::Applicability;
use plimsoll::policy::metadata::Severity;
use plimsoll::settings::Date;
use plimsoll_fixtures::Case;
use plimsoll_manifest::{Limits, objects, read};
use serde_json::{Value, json};
use support::{files, report, title};

/// Where the fix of one policy rightly uncovers what another one is about.
struct Uncovered {
    /// Some of its findings are gone.
    fixed: &'static str,
    /// Some of its findings are new.
    uncovered: &'static str,
    /// Whether the finding may stay when all policies' fixes are made, not only those of the first one. Which do depends on what
    /// happens to be composed, so it need not.
    stays: bool,
    why: &'static str,
}

const fn uncovered(fixed: &'static str, uncovered: &'static str, stays: bool, why: &'static str) -> Uncovered {
    Uncovered { fixed, uncovered, stays, why }
}

/// An entry that is no longer needed fails the test.
const UNCOVERED: &[Uncovered] = &[
    uncovered("single-replica", "missing-disruption-budget", true, "a budget for a single pod would block drains"),
    uncovered("single-replica", "colocated-replicas", true, "a single pod can't share its node with another one"),
    uncovered("single-replica", "instant-ready", false, "a single pod's rollout has nothing to wait for"),
    uncovered("autoscaler-replica-range", "capacity-drop-on-rollout", true, "25% of four pods is one"),
    uncovered("autoscaler-replica-range", "thin-disruption-budget", true, "the budget kept enough of fewer pods"),
    uncovered(
        "missing-autoscaler",
        "replicas-fight-autoscaler",
        false,
        "a workload is fixed once its autoscaler is there",
    ),
    uncovered("missing-autoscaler", "capacity-drop-on-rollout", false, "25% of four pods is one"),
    uncovered("drain-deadlock", "thin-disruption-budget", true, "a budget that blocks drains isn't thin, too"),
    uncovered("recreate-strategy", "missing-autoscaler", true, "pods that must not overlap can't be scaled"),
    uncovered("recreate-strategy", "single-replica", false, "pods that must not overlap are one on purpose"),
    uncovered("missing-headless-service", "missing-prestop", true, "no Service sends requests to the pods before"),
    uncovered("recreate-strategy", "instant-ready", false, "only a rolling update waits for new pods"),
    uncovered("unschedulable-anti-affinity", "capacity-drop-on-rollout", true, "without it, pods can surge"),
    uncovered("host-port", "capacity-drop-on-rollout", true, "without it, pods can surge"),
    uncovered("host-port", "colocated-replicas", false, "host ports keep pods on different nodes"),
    uncovered("host-namespaces", "privileged-port", true, "ports in the host's network are the node's"),
    uncovered("missing-requests", "undersized-quota", true, "pods without requests count for nothing in a quota"),
    uncovered("missing-autoscaler", "undersized-quota", true, "more pods need more of the quota"),
    uncovered(
        "legacy-autoscaler-annotations",
        "sidecar-skewed-autoscaler",
        true,
        "metrics in an annotation are not checked",
    ),
    uncovered("host-namespaces", "unisolated-pod", true, "NetworkPolicies don't apply to the host's network"),
    uncovered("privileged-container", "privilege-escalation", false, "a privileged container gets one finding"),
    uncovered("privileged-container", "retained-capabilities", false, "a privileged container gets one finding"),
    uncovered("privileged-container", "missing-seccomp-profile", false, "a privileged container gets one finding"),
    uncovered("privileged-container", "unconfined-apparmor", true, "a privileged container gets one finding"),
    uncovered("privileged-container", "custom-selinux", true, "a privileged container gets one finding"),
    uncovered("removed-api", "stuck-unhealthy-pods", false, "the old version doesn't have the field"),
    uncovered("removed-api", "duplicate-autoscaler", true, "a reference in a removed version leads nowhere"),
    uncovered("delayed-probe", "slow-rollout-failure", true, "a delay justifies the deadline, which is never lowered"),
];

/// Findings on new objects that nobody but their authors can fix, provided that the object that needs it has them, too.
const INHERITED: &[&str] = &["missing-labels", "default-namespace"];

/// Findings on new objects that nobody but their authors can fix.
const UNKNOWN: &[&str] = &["missing-annotations"];

static ALL: LazyLock<Vec<Configured>> = LazyLock::new(|| configured(|_| true, &Value::Null));

fn configured(wanted: impl Fn(&str) -> bool, settings: &Value) -> Vec<Configured> {
    let wanted = POLICIES.iter().filter(|entry| wanted(entry.metadata.id));
    wanted.map(|entry| (entry.configure)(settings).unwrap()).collect()
}

/// Objects, and how they are checked.
#[derive(Clone)]
struct World {
    title: String,
    /// The policy that its fixture is about.
    policy: String,
    objects: Vec<Arc<Value>>,
    /// How many of them, the first, are fixed: those of the files, or the one that comes to a cluster.
    fixed: usize,
    input: Input,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    Files { complete: bool, directory: bool },
    Cluster,
}

/// A world after its fixes.
#[derive(Clone)]
struct Outcome {
    world: World,
    /// What the policies find that were fixed.
    reports: Rc<Vec<Report>>,
    /// The fixes, by object.
    made: Vec<(usize, String)>,
    /// The objects that need the new ones, in the order of those.
    owners: Vec<usize>,
}

impl World {
    fn of(case: &Case) -> World {
        let mut objects: Vec<Arc<Value>> = case.checked.iter().map(|checked| Arc::clone(&checked.object)).collect();
        let fixed = objects.len();
        let is_old = |object: &Arc<Value>| case.old_object.as_ref().is_some_and(|old| Arc::ptr_eq(old, object));
        let input = if case.inventory {
            objects.extend(case.cluster.iter().filter(|object| !is_old(object)).cloned());
            Input::Cluster
        } else {
            Input::Files { complete: case.complete, directory: case.directory }
        };
        World { title: title(case), policy: case.policy.clone(), objects, fixed, input }
    }

    fn of_files(title: String, objects: Vec<Arc<Value>>) -> World {
        let input = Input::Files { complete: true, directory: false };
        World { title, policy: String::new(), fixed: objects.len(), objects, input }
    }

    /// Objects that are all in one namespace; of those with the same name, the first.
    fn composed(worlds: &[&World]) -> World {
        let title = worlds.iter().map(|world| world.title.as_str()).collect::<Vec<_>>().join(" + ");
        let mut objects: Vec<Arc<Value>> = Vec::new();
        for object in worlds.iter().flat_map(|world| &world.objects) {
            let mut object = (**object).clone();
            if Kind::of(&object).is_some_and(|kind| kind.namespaced) && object["metadata"].is_object() {
                object["metadata"]["namespace"] = json!("shop");
            }
            if !objects.iter().any(|known| identity(known) == identity(&object)) {
                objects.push(Arc::new(object));
            }
        }
        World::of_files(title, objects)
    }

    fn inventory(&self) -> Objects {
        match self.input {
            Input::Files { complete, directory } => {
                Objects::new(self.objects.clone(), complete).of_directory(directory)
            }
            Input::Cluster => Objects::cluster(self.objects.clone()),
        }
    }

    fn reports(&self, policies: &[Configured]) -> Vec<Report> {
        let inventory = self.inventory();
        self.objects.iter().map(|object| evaluate(policies, &review(object, &inventory))).collect()
    }

    fn name(&self, position: usize) -> String {
        let (_, kind, namespace, name) = identity(&self.objects[position]);
        format!("{kind} {namespace}/{name}")
    }
}

impl Outcome {
    fn new(world: &World, policies: &[Configured]) -> Outcome {
        let reports = Rc::new(world.reports(policies));
        Outcome { world: world.clone(), reports, made: Vec::new(), owners: Vec::new() }
    }

    /// Makes all fixes, as the command does.
    ///
    /// # Panics
    /// When that doesn't come to an end.
    fn fix(&mut self, policies: &[Configured], trust: Applicability) {
        for _ in 0..10 {
            let inventory = self.world.inventory();
            let mut objects = self.world.objects.clone();
            let mut changed = false;
            for (position, report) in self.reports.iter().enumerate() {
                let is_around = self.world.input == Input::Cluster && position >= self.world.fixed;
                let mut fixes = report.findings.iter().filter_map(|finding| finding.fix.as_ref());
                if is_around || fixes.all(|fix| fix.applicability < trust) {
                    continue;
                }
                let review = review(&self.world.objects[position], &inventory);
                let fixed = fix(policies, &review, &|_| Some(trust));
                changed |= !fixed.fixes.is_empty();
                objects[position] = Arc::new(fixed.object);
                self.made.extend(fixed.fixes.into_iter().map(|fix| (position, fix.title)));
            }
            if !changed {
                return;
            }
            self.world.objects = objects;
            self.reports = Rc::new(self.world.reports(policies));
        }
        panic!("{}: fixes don't come to an end: {:?}", self.world.title, self.made);
    }

    /// Adds the missing objects. Returns false when there are none.
    fn add(&mut self, policies: &[Configured]) -> bool {
        let before = self.world.objects.len();
        for (owner, report) in self.reports.iter().enumerate() {
            for object in report.findings.iter().filter_map(|finding| finding.new_object.as_ref()) {
                if !self.world.objects.iter().any(|known| identity(known) == identity(object)) {
                    self.world.objects.push(Arc::new(object.clone()));
                    self.owners.push(owner);
                }
            }
        }
        let added = self.world.objects.len() > before;
        if added {
            self.reports = Rc::new(self.world.reports(policies));
        }
        added
    }
}

fn identity(object: &Value) -> (&str, &str, &str, &str) {
    let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    (group, text("kind"), object::namespace(object), object::name(object).unwrap_or_default())
}

fn review<'a>(object: &'a Value, inventory: &'a dyn Inventory) -> Review<'a> {
    Review {
        object,
        old_object: None,
        operation: Operation::Create,
        namespace: None,
        sent_as: None,
        requested_by: None,
        inventory,
        today: Date::from_days_since_1970(20_454),
        honor_annotations: false,
    }
}

/// Findings by object, policy and container.
type Found = BTreeMap<(usize, &'static str, Option<String>), Vec<(Severity, String)>>;

fn found(reports: &[Report]) -> Found {
    let mut found = Found::new();
    for (position, report) in reports.iter().enumerate() {
        for finding in &report.findings {
            let key = (position, finding.metadata.id, finding.container.clone());
            found.entry(key).or_default().push((finding.severity, finding.message.clone()));
        }
    }
    found
}

/// Which object targets which, by their positions.
fn edges(objects: &[Arc<Value>]) -> BTreeSet<(usize, Relation, usize)> {
    let graph = Graph::of(objects);
    let position = |vertex: usize| graph.nodes[vertex].object;
    graph.edges.iter().map(|edge| (position(edge.from), edge.relation, position(edge.to))).collect()
}

/// Fixes worlds and compares them.
#[derive(Default)]
struct Comparison {
    failures: Vec<String>,
    /// The entries of [`UNCOVERED`] that were needed.
    needed: BTreeSet<usize>,
}

impl Comparison {
    fn add(&mut self, other: Comparison) {
        self.failures.extend(other.failures);
        self.needed.extend(other.needed);
    }

    /// Makes the fixes of all policies, and those of the world's own one.
    fn check(&mut self, world: &World) {
        let all = Outcome::new(world, &ALL);
        let before = found(&all.reports);
        let own = configured(|id| id == world.policy, &Value::Null);
        for (policies, start) in [(&ALL[..], all.clone()), (&own, Outcome::new(world, &own))] {
            for trust in [Applicability::Safe, Applicability::Unsafe] {
                let mut outcome = start.clone();
                outcome.fix(policies, trust);
                self.compare(world, &all.reports, &before, policies, &outcome);
                // Nobody adds objects at admission.
                let adds = trust == Applicability::Unsafe && world.input != Input::Cluster;
                if adds && outcome.add(policies) {
                    outcome.fix(policies, trust);
                    // What is added may need something itself.
                    outcome.add(policies);
                    self.compare(world, &all.reports, &before, policies, &outcome);
                }
            }
        }
    }

    fn compare(&mut self, world: &World, reports: &[Report], old: &Found, policies: &[Configured], outcome: &Outcome) {
        if outcome.made.is_empty() && outcome.owners.is_empty() {
            return;
        }
        let given = world.objects.len();
        let is_alone = policies.len() == 1;
        let new = if is_alone { found(&outcome.world.reports(&ALL)) } else { found(&outcome.reports) };
        let mut failures = Vec::new();
        for (key, findings) in &new {
            let (position, policy, _) = key;
            let owner = position.checked_sub(given).map(|new| outcome.owners[new]);
            let is_left_to_authors = owner.is_some_and(|owner| {
                let inherits = || new.keys().any(|(position, found, _)| *position == owner && found == policy);
                UNKNOWN.contains(policy) || INHERITED.contains(policy) && inherits()
            });
            // What could not be checked before may have been there.
            let unchecked = |report: &Report| report.errors.iter().any(|error| error.metadata.id == *policy);
            if is_left_to_authors || reports.get(*position).is_some_and(unchecked) || !is_worse(old, &new, key) {
                continue;
            }
            let is_fixed = |id: &str| {
                old.iter().any(|(key, findings)| key.1 == id && new.get(key).map_or(0, Vec::len) < findings.len())
            };
            let entry = UNCOVERED
                .iter()
                .position(|entry| entry.uncovered == *policy && (entry.stays || is_alone) && is_fixed(entry.fixed));
            match entry {
                Some(entry) => {
                    self.needed.insert(entry);
                }
                None => failures.push(format!("{} {key:?}: {findings:?}", outcome.world.name(*position))),
            }
        }
        let mut edge = |what: &str, (from, relation, to): &(usize, Relation, usize)| {
            let (from, to) = (outcome.world.name(*from), outcome.world.name(*to));
            failures.push(format!("{what} edge: {from} {relation:?} {to}"));
        };
        let (old, mut new) = (edges(&world.objects), edges(&outcome.world.objects));
        new.retain(|(from, _, to)| *from < given && *to < given);
        old.difference(&new).for_each(|gone| edge("lost", gone));
        // A reference in a removed version leads nowhere until it is converted.
        let converted = |(from, relation, _): &&(usize, Relation, usize)| {
            let is_converted = |title: &str| title.starts_with("convert it to");
            *relation == Relation::Scales
                && outcome.made.iter().any(|(position, title)| position == from && is_converted(title))
        };
        new.difference(&old).filter(|added| !converted(added)).for_each(|added| edge("new", added));
        if failures.is_empty() {
            return;
        }
        let mut text = format!("{}, fixes of {} policies", world.title, policies.len());
        failures.iter().for_each(|failure| write!(text, "\n  {failure}").unwrap());
        for (position, title) in &outcome.made {
            write!(text, "\n    {}: {title}", outcome.world.name(*position)).unwrap();
        }
        for position in given..outcome.world.objects.len() {
            write!(text, "\n    new {}", outcome.world.name(position)).unwrap();
        }
        self.failures.push(text);
    }
}

/// True when there are more findings, or a more severe one.
fn is_worse(old: &Found, new: &Found, key: &(usize, &'static str, Option<String>)) -> bool {
    let count = |found: &Found, key| found.get(key).map_or(0, Vec::len);
    let severity =
        |found: &Found, key| found.get(key).and_then(|found| found.iter().map(|(severity, _)| *severity).max());
    // What is found on one container may have been part of a finding on several.
    let of_all = (key.0, key.1, None);
    let was_part = count(new, &of_all) < count(old, &of_all) && severity(new, key) <= severity(old, &of_all);
    !was_part && (count(new, key) > count(old, key) || severity(new, key) > severity(old, key))
}

/// The world of each fixture and of each example.
fn worlds() -> Vec<World> {
    let mut worlds: Vec<World> = files().iter().flat_map(|file| &file.cases).map(World::of).collect();
    let examples = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut paths: Vec<_> = fs::read_dir(examples).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    for path in paths {
        let file = read(&fs::read(&path).unwrap(), &Limits::default());
        let objects =
            file.documents.iter().flat_map(objects).map(|(_, object)| Arc::new(object.into_owned())).collect();
        worlds.push(World::of_files(path.display().to_string(), objects));
    }
    worlds
}

/// Some of the worlds, each with two others that are far from it.
fn composed(worlds: &[World]) -> Vec<World> {
    let count = worlds.len();
    let others = |first: usize| [first, first * 7 + count / 3, first * 11 + count * 2 / 3];
    let groups = (0..count).step_by(9).map(|first| others(first).map(|other| &worlds[other % count]));
    groups.map(|group| World::composed(&group)).collect()
}

/// Calls `each` with every world, on several threads.
fn on_threads(worlds: &[World], each: impl Fn(&World) + Sync) {
    let next = Mutex::new(worlds.iter());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some(world) = next.lock().unwrap().next() else { break };
                    each(world);
                }
            });
        }
    });
}

#[test]
fn nothing_is_worse_after_a_fix() {
    let mut worlds = worlds();
    worlds.extend(composed(&worlds));
    let all = Mutex::new(Comparison::default());
    on_threads(&worlds, |world| {
        let mut comparison = Comparison::default();
        comparison.check(world);
        all.lock().unwrap().add(comparison);
    });
    let mut all = all.into_inner().unwrap();
    // A single policy's fixtures don't need all of them.
    if plimsoll_fixtures::chosen().unwrap().is_none() {
        let unneeded = UNCOVERED.iter().enumerate().filter(|(entry, _)| !all.needed.contains(entry));
        let unneeded = unneeded
            .map(|(_, entry)| format!("not needed: {} uncovers {}: {}", entry.fixed, entry.uncovered, entry.why));
        all.failures.extend(unneeded);
    }
    all.failures.sort();
    report(&all.failures);
}

/// The settings that a container inherits from its pod.
const SHARED: [&str; 7] = [
    "appArmorProfile",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile",
    "windowsOptions",
];

/// The containers of an object's pod, each with what it inherits.
fn containers(object: &Value) -> Vec<Value> {
    let template = Kind::of(object).and_then(|kind| kind.template).unwrap_or_default();
    let pod = template.iter().try_fold(object, |object, key| object.get(key));
    let spec = &pod.unwrap_or(&Value::Null)["spec"];
    let mut containers = Vec::new();
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in spec[list].as_array().into_iter().flatten().filter(|container| container.is_object()) {
            let mut container = container.clone();
            for key in SHARED.iter().filter(|key| !spec["securityContext"][key].is_null()) {
                if container["securityContext"][key].is_null() {
                    container["securityContext"][key] = spec["securityContext"][key].clone();
                }
            }
            containers.push(container);
        }
    }
    containers
}

#[test]
fn an_exempt_container_runs_as_before() {
    let failures = Mutex::new(Vec::new());
    on_threads(&worlds(), |world| {
        // The first container of a pod with others, and the last one.
        let pods = world.objects[..world.fixed].iter().map(|object| containers(object));
        let mut names: Vec<String> = Vec::new();
        for containers in pods.filter(|containers| containers.len() > 1) {
            let ends = [containers.first(), containers.last()];
            names.extend(
                ends.into_iter().flatten().filter_map(|container| Some(container["name"].as_str()?.to_owned())),
            );
        }
        names.sort();
        names.dedup();
        for name in names.iter().take(2) {
            let settings = json!({"exempt": [{"container": name, "reason": "it has to run as before"}]});
            let policies = configured(|_| true, &settings);
            let mut fixed = Outcome::new(world, &policies);
            fixed.fix(&policies, Applicability::Unsafe);
            for (old, new) in world.objects.iter().zip(&fixed.world.objects) {
                let named = |object| containers(object).into_iter().filter(|container| container["name"] == **name);
                let (old, new): (Vec<Value>, Vec<Value>) = (named(old).collect(), named(new).collect());
                if old != new {
                    let failure =
                        format!("{}: {name}\n  {}\n  {}\n  {:?}", world.title, json!(old), json!(new), fixed.made);
                    failures.lock().unwrap().push(failure);
                }
            }
        }
    });
    report(&failures.into_inner().unwrap());
}
