//! The modules that ship: one for each policy, and one for all.

use std::sync::LazyLock;

use plimsoll::kube::kinds::Kind;
use plimsoll::policies::POLICIES;
use plimsoll::policies::PolicyEntry;
use plimsoll::policy::metadata::{Category, FixAvailability, Metadata, Profile, Severity};

/// A module.
#[derive(Clone, Copy)]
pub enum Shipped {
    /// Of one policy.
    Policy(&'static PolicyEntry),
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
        Shipped::all().find(|shipped| shipped.metadata().id == id)
    }

    /// The module's metadata.
    pub fn metadata(self) -> &'static Metadata {
        match self {
            Shipped::Policy(entry) => entry.metadata,
            Shipped::Suite => &SUITE,
        }
    }

    /// The kinds that it checks in a cluster.
    pub fn admission_targets(self) -> &'static [&'static Kind] {
        match self {
            Shipped::Policy(entry) => entry.admission_targets,
            Shipped::Suite => &ADMISSION_TARGETS,
        }
    }
}

/// The suite's metadata, as far as it has the form of a policy's.
pub static SUITE: LazyLock<Metadata> = LazyLock::new(|| Metadata {
    id: "suite",
    title: "Best practices for Kubernetes workloads, all in one module",
    why: "one call checks an object against every practice that its settings enable",
    help: "see the findings of the policies",
    category: Category::Workload,
    severity: POLICIES.iter().map(|entry| entry.metadata.severity).max().unwrap_or(Severity::High),
    profile: Profile::Production,
    targets: union(|entry| entry.metadata.targets),
    needs: union(|entry| entry.admission_needs),
    ephemeral: POLICIES.iter().any(|entry| entry.metadata.ephemeral),
    fix: FixAvailability::SafeOrUnsafe,
    since: "0.1.0",
    sources: &[],
    ..Metadata::DEFAULT
});

static ADMISSION_TARGETS: LazyLock<&[&Kind]> = LazyLock::new(|| union(|entry| entry.admission_targets));

/// The kinds that any policy names, each once.
fn union(kinds: impl Fn(&'static PolicyEntry) -> &'static [&'static Kind]) -> &'static [&'static Kind] {
    let mut all: Vec<&'static Kind> = Vec::new();
    for kind in POLICIES.iter().flat_map(kinds) {
        if !all.contains(kind) {
            all.push(kind);
        }
    }
    // Once in the life of the program.
    all.leak()
}
