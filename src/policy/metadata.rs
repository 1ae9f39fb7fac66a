//! What a policy is: its settings, what it says of itself, and its check.

use crate::kube::kinds::{self, Kind};

/// What a policy says of itself.
#[derive(Debug)]
pub struct Metadata {
    /// The violation, as in "reject `drain-deadlock`": kebab-case, the file's name with dashes.
    pub id: &'static str,
    /// The practice in a few words, without a full stop.
    pub title: &'static str,
    /// Why the violation hurts, in one sentence.
    pub why: &'static str,
    /// What to do about it, in one sentence; a finding may say it more exactly.
    pub help: &'static str,
    /// The group that it is listed under.
    pub category: Category,
    /// How bad the violation is.
    pub severity: Severity,
    /// Which set of policies has it on.
    pub profile: Profile,
    /// The kinds that it checks.
    pub targets: &'static [&'static Kind],
    /// Which of the pods of those kinds it checks, where it leaves the way to them to [`Policy::check`].
    ///
    /// [`Policy::check`]: crate::policy::rule::Policy::check
    pub pods: PodScope,
    /// The kinds that it looks up besides the checked object. In a cluster nothing else can be read.
    pub needs: &'static [&'static Kind],
    /// Which of those it looks up by name alone, besides [`kinds::NAMED`]. A cluster is asked for the one object then, not
    /// for all of its kind.
    pub by_name: &'static [&'static Kind],
    /// Whether it checks ephemeral containers, which arrive through a subresource of their own.
    pub ephemeral: bool,
    /// Whether it asks for another object that ordinarily arrives *after* the checked one (a Deployment comes before its
    /// disruption budget): on CREATE it then warns instead of denying, unless settings say otherwise.
    pub expects_later_object: bool,
    /// What its findings bring to fix them.
    pub fix: FixAvailability,
    /// The version of Plimsoll that had it first.
    pub since: &'static str,
    /// Where the practice is argued.
    pub sources: &'static [Source],
}

/// Which pods a policy checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodScope {
    /// All.
    Any,
    /// Those that are meant to run until they are told to stop.
    LongRunning,
}

impl Metadata {
    /// What most policies have in common. The rest each has to say itself, `severity`, `profile` and `ephemeral` among it: a
    /// test sees to that.
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
        sources: &[],
    };

    /// The names of the kinds that it checks, each once: more than one group may have a kind of that name.
    pub fn target_names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for kind in self.targets {
            // Knative calls a workload a Service, too.
            let name = if **kind == kinds::KNATIVE_SERVICE { "Knative Service" } else { kind.name };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// The group that a policy is listed under.
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
    /// Container images.
    Images,
    /// Environment, ConfigMaps and Secrets.
    Configuration,
    /// Kinds and API versions of workloads.
    Workload,
    /// Services, routes, network policies, service meshes and progressive delivery.
    Networking,
    /// Volumes and claims.
    Storage,
    /// Namespaces, labels, annotations.
    Metadata,
}

impl Category {
    /// All of them, in the order of lists.
    pub const ALL: [Category; 14] = [
        Category::Lifecycle,
        Category::Disruption,
        Category::Autoscaling,
        Category::Rollout,
        Category::Health,
        Category::Resources,
        Category::Scheduling,
        Category::Security,
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
            Category::Images => "images",
            Category::Configuration => "configuration",
            Category::Workload => "workload",
            Category::Networking => "networking",
            Category::Storage => "storage",
            Category::Metadata => "metadata",
        }
    }
}

/// How bad an violation is, in rising order and in Kubewarden's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A habit that helps.
    Low,
    /// Hurts on an ordinary day: a rollout, a drain, a busy hour.
    Medium,
    /// Hurts soon or a lot.
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

/// The sets of policies, each containing those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// What nearly every cluster can switch on today.
    Starter,
    /// What a service in production should have. The default.
    Production,
    /// Everything that somebody may reasonably ask for.
    Strict,
    /// In no set: only when named.
    Off,
}

impl Profile {
    /// The sets that can be asked for.
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

    /// True when the profile has that policy on.
    pub fn includes(self, metadata: &Metadata) -> bool {
        metadata.profile != Profile::Off && self != Profile::Off && metadata.profile <= self
    }
}

/// What a policy's findings bring to fix them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixAvailability {
    /// Nothing: only a person knows what to write.
    None,
    /// Edits that leave a healthy workload as it was.
    Safe,
    /// Edits that may change behaviour.
    Unsafe,
    /// Some of the one and some of the other.
    SafeOrUnsafe,
    /// An object to add.
    NewObject,
}

impl FixAvailability {
    /// The words used in documentation and reports.
    #[cfg(feature = "catalogue")]
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

/// Where a practice is argued. Only the catalogue has the words: no module carries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called.
    #[cfg(feature = "catalogue")]
    pub title: &'static str,
    /// Where to read it.
    #[cfg(feature = "catalogue")]
    pub url: &'static str,
}

impl Source {
    /// The source called `title`, to be read at `url`.
    #[cfg(feature = "catalogue")]
    pub const fn new(title: &'static str, url: &'static str) -> Source {
        Source { title, url }
    }

    /// The source called `title`, to be read at `url`.
    #[cfg(not(feature = "catalogue"))]
    pub const fn new(_title: &'static str, _url: &'static str) -> Source {
        Source {}
    }
}

#[cfg(feature = "catalogue")]
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
