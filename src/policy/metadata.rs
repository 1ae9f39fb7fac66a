//! The metadata of policies.

use crate::kube::kinds::{self, Kind};

/// The metadata of a policy.
#[derive(Debug)]
pub struct Metadata {
    /// The violation, as in "denied by `drain-deadlock`": kebab-case, the file's name with dashes.
    pub id: &'static str,
    /// The practice in a few words, without a full stop.
    pub title: &'static str,
    /// Why the violation hurts: one clause that can follow "because".
    pub why: &'static str,
    /// What to do about it: an imperative; a finding may be more specific.
    pub help: &'static str,
    /// Its group in lists.
    pub category: Category,
    /// The severity of the violation.
    pub severity: Severity,
    /// The smallest profile that contains it.
    pub profile: Profile,
    /// The kinds that it checks.
    pub targets: &'static [&'static Kind],
    /// Which pods of those kinds it checks, unless it implements [`Policy::check`] itself.
    ///
    /// [`Policy::check`]: crate::policy::rule::Policy::check
    pub pods: PodScope,
    /// The kinds that it looks up besides the checked object. In a cluster it can read nothing else.
    pub needs: &'static [&'static Kind],
    /// The kinds among them that it only looks up by name, besides [`kinds::NAMED`]. In a cluster it then fetches that
    /// object instead of listing its kind.
    pub by_name: &'static [&'static Kind],
    /// Whether it checks ephemeral containers, which are added through a subresource.
    pub ephemeral: bool,
    /// Whether it requires another object that is usually applied *after* the checked one, as a disruption budget is
    /// after its Deployment: on CREATE it then warns instead of denying, unless settings say otherwise.
    pub expects_later_object: bool,
    /// The fixes that its findings have.
    pub fix: FixAvailability,
    /// The version of Plimsoll that introduced it.
    pub since: &'static str,
    /// What may be expected of it.
    pub status: Status,
    /// The ids that it had, the first one first. What names them still counts.
    pub renamed_from: &'static [&'static str],
    /// The sources for the practice.
    pub sources: &'static [Source],
}

/// What may be expected of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It may change or go with a minor version, and is in no profile but `strict`.
    Preview,
    /// It keeps what docs/guides/versioning.md promises.
    Stable,
    /// It goes with the next major version.
    Deprecated,
}

impl Status {
    /// The word for it in documentation and reports.
    #[cfg(feature = "catalogue")]
    pub fn name(self) -> &'static str {
        match self {
            Status::Preview => "preview",
            Status::Stable => "stable",
            Status::Deprecated => "deprecated",
        }
    }
}

/// Which pods a policy checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodScope {
    /// All.
    Any,
    /// Pods that run until they are stopped.
    LongRunning,
}

impl Metadata {
    /// The defaults. A test requires each policy to set `severity`, `profile` and `ephemeral`.
    pub const DEFAULT: Metadata = Metadata {
        id: "",
        title: "",
        why: "",
        help: "",
        category: Category::Workload,
        severity: Severity::Medium,
        profile: Profile::Off,
        targets: &[],
        pods: PodScope::Any,
        needs: &[],
        by_name: &[],
        ephemeral: false,
        expects_later_object: false,
        fix: FixAvailability::None,
        since: "",
        status: Status::Stable,
        renamed_from: &[],
        sources: &[],
    };

    /// Whether this is its id, or one that it had.
    pub fn goes_by(&self, id: &str) -> bool {
        self.ids().any(|known| known == id)
    }

    /// Its id and those that it had.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        [self.id].into_iter().chain(self.renamed_from.iter().copied())
    }

    /// The id that never changes: what is recorded of findings goes by it.
    pub fn first_id(&self) -> &'static str {
        self.renamed_from.first().copied().unwrap_or(self.id)
    }

    /// The names of the kinds that it checks, each once: several groups may have a kind of the same name.
    pub fn target_names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for kind in self.targets {
            // Knative's workload is called Service too.
            let name = if **kind == kinds::KNATIVE_SERVICE { "Knative Service" } else { kind.name };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// The group of a policy in lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Starting and, above all, stopping.
    Lifecycle,
    /// Disruption budgets and node drains.
    Disruption,
    /// HorizontalPodAutoscaler and KEDA.
    Autoscaling,
    /// Updates of workloads.
    Rollout,
    /// Probes.
    Health,
    /// Requests, limits, quotas.
    Resources,
    /// Where pods may and may not run.
    Scheduling,
    /// What pods and containers may do.
    Security,
    /// Who may do what in the API: roles, their bindings, tokens, admission webhooks.
    Access,
    /// Container images.
    Images,
    /// Environment, ConfigMaps and Secrets.
    Configuration,
    /// Kinds and API versions of workloads, and Jobs.
    Workload,
    /// Services, routes, network policies, service meshes and progressive delivery.
    Networking,
    /// Volumes and claims.
    Storage,
    /// Namespaces, labels, annotations.
    Metadata,
}

impl Category {
    /// All categories, in the order of lists.
    pub const ALL: [Category; 15] = [
        Category::Lifecycle,
        Category::Disruption,
        Category::Autoscaling,
        Category::Rollout,
        Category::Health,
        Category::Resources,
        Category::Scheduling,
        Category::Security,
        Category::Access,
        Category::Images,
        Category::Configuration,
        Category::Workload,
        Category::Networking,
        Category::Storage,
        Category::Metadata,
    ];

    /// The category of that name.
    pub fn named(name: &str) -> Option<Category> {
        Category::ALL.into_iter().find(|category| category.name() == name)
    }

    /// The word for it in lists and reports.
    pub fn name(self) -> &'static str {
        match self {
            Category::Lifecycle => "lifecycle",
            Category::Disruption => "disruption",
            Category::Autoscaling => "autoscaling",
            Category::Rollout => "rollout",
            Category::Health => "health",
            Category::Resources => "resources",
            Category::Scheduling => "scheduling",
            Category::Security => "security",
            Category::Access => "access",
            Category::Images => "images",
            Category::Configuration => "configuration",
            Category::Workload => "workload",
            Category::Networking => "networking",
            Category::Storage => "storage",
            Category::Metadata => "metadata",
        }
    }
}

/// The severity of a violation, in rising order, with Kubewarden's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A habit that helps.
    Low,
    /// Hurts in everyday operation: a rollout, a drain, a busy hour.
    Medium,
    /// Hurts soon, or badly.
    High,
    /// Hands over the node or the cluster.
    Critical,
}

impl Severity {
    /// All of them, rising.
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// The word for it in settings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// The severity of that name.
    pub fn named(name: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

/// The sets of policies; each contains those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Policies that nearly every cluster can enable today.
    Starter,
    /// Policies for services in production. The default.
    Production,
    /// Nearly all policies.
    Strict,
    /// In no set: only on when named.
    Off,
}

impl Profile {
    /// The sets that can be chosen.
    pub const SETS: [Profile; 3] = [Profile::Starter, Profile::Production, Profile::Strict];

    /// The word for it in settings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Starter => "starter",
            Profile::Production => "production",
            Profile::Strict => "strict",
            Profile::Off => "off",
        }
    }

    /// The profile of that name.
    pub fn named(name: &str) -> Option<Profile> {
        [Profile::Starter, Profile::Production, Profile::Strict, Profile::Off]
            .into_iter()
            .find(|profile| profile.name() == name)
    }

    /// True when the profile contains the policy.
    pub fn includes(self, metadata: &Metadata) -> bool {
        metadata.profile != Profile::Off && self != Profile::Off && metadata.profile <= self
    }

    /// What its policies report at least: hints, of severity `info`, are for those who want to see everything.
    pub fn min_severity(self) -> Severity {
        match self {
            Profile::Starter | Profile::Production => Severity::Low,
            Profile::Strict | Profile::Off => Severity::Info,
        }
    }
}

/// The fixes that a policy's findings have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixAvailability {
    /// None: only a person knows what to write.
    None,
    /// Edits that don't affect a healthy workload.
    Safe,
    /// Edits that may change behaviour.
    Unsafe,
    /// Both safe and unsafe edits.
    SafeOrUnsafe,
    /// An object to add.
    NewObject,
}

impl FixAvailability {
    /// The words used in documentation and reports.
    pub fn name(self) -> &'static str {
        match self {
            FixAvailability::None => "none",
            FixAvailability::Safe => "safe",
            FixAvailability::Unsafe => "unsafe",
            FixAvailability::SafeOrUnsafe => "safe or unsafe",
            FixAvailability::NewObject => "new object",
        }
    }
}

/// A source for a practice. Modules don't contain its texts, only the catalogue does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its title.
    #[cfg(feature = "catalogue")]
    pub title: &'static str,
    /// Its URL.
    #[cfg(feature = "catalogue")]
    pub url: &'static str,
}

impl Source {
    /// A source with this title and URL.
    #[cfg(feature = "catalogue")]
    pub const fn new(title: &'static str, url: &'static str) -> Source {
        Source { title, url }
    }

    /// A source with this title and URL.
    #[cfg(not(feature = "catalogue"))]
    pub const fn new(_title: &'static str, _url: &'static str) -> Source {
        Source {}
    }
}

impl serde::Serialize for Severity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for Severity {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Severity".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "enum": Severity::ALL.map(Severity::name)})
    }
}
