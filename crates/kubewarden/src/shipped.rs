//! The modules that ship: one of each policy, and one of all.

use std::sync::LazyLock;

use plimsoll::kube::kinds::Kind;
use plimsoll::policies::Entry;
use plimsoll::policies::POLICIES;
use plimsoll::policy::metadata::{Category, FixAvailability, Meta, Profile, Severity};

/// A module.
#[derive(Clone, Copy)]
pub enum Shipped {
    /// Of one policy.
    Policy(&'static Entry),
    /// Of all policies.
    Suite,
}

impl Shipped {
    /// Every module: those of the policies in the order of their ids, and the suite.
    pub fn all() -> impl Iterator<Item = Shipped> {
        POLICIES.iter().map(Shipped::Policy).chain([Shipped::Suite])
    }

    /// The module of that name.
    pub fn named(id: &str) -> Option<Shipped> {
        Shipped::all().find(|shipped| shipped.meta().id == id)
    }

    /// What the module says of itself.
    pub fn meta(self) -> &'static Meta {
        match self {
            Shipped::Policy(entry) => entry.meta,
            Shipped::Suite => &SUITE,
        }
    }

    /// The kinds that it judges in a cluster.
    pub fn in_cluster(self) -> &'static [&'static Kind] {
        match self {
            Shipped::Policy(entry) => entry.in_cluster,
            Shipped::Suite => &IN_CLUSTER,
        }
    }
}

/// What the suite says of itself, as far as it is said in the way of a policy.
pub static SUITE: LazyLock<Meta> = LazyLock::new(|| Meta {
    id: "suite",
    title: "Best practices for Kubernetes workloads, all in one module",
    why: "one call judges an object by every practice that its settings switch on",
    help: "see the findings of the policies",
    category: Category::Workload,
    severity: POLICIES.iter().map(|entry| entry.meta.severity).max().unwrap_or(Severity::High),
    profile: Profile::Production,
    targets: union(|entry| entry.meta.targets),
    needs: union(|entry| entry.needs_in_cluster),
    ephemeral: POLICIES.iter().any(|entry| entry.meta.ephemeral),
    companion: false,
    fix: FixAvailability::SafeOrUnsafe,
    since: "0.1.0",
    sources: &[],
});

static IN_CLUSTER: LazyLock<&[&Kind]> = LazyLock::new(|| union(|entry| entry.in_cluster));

/// The kinds that any policy names, each once.
fn union(kinds: impl Fn(&'static Entry) -> &'static [&'static Kind]) -> &'static [&'static Kind] {
    let mut all: Vec<&'static Kind> = Vec::new();
    for kind in POLICIES.iter().flat_map(kinds) {
        if !all.contains(kind) {
            all.push(kind);
        }
    }
    // Once in the life of the program.
    all.leak()
}
