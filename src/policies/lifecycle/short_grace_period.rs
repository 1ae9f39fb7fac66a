use crate::kube::hook::PreStop;
use crate::policies::prelude::*;
use crate::settings::SettingsError;

/// ## What it does
/// Reports a `terminationGracePeriodSeconds` that is shorter than the longest preStop hook, as far as its wait can be
/// read, plus `minDrainSeconds`; absent means 30. The same is asked of the period that a liveness or startup probe sets
/// for its own container. With `maxSeconds`, longer periods are reported too. Pods that finish by themselves (Jobs,
/// CronJobs, bare Pods that aren't always restarted) have nothing to drain and are left alone.
///
/// ## Why
/// The clock of the grace period starts with the hook, not after it. What the hook has used up is missing from the time
/// in which the process finishes its requests, and when the period is over it is killed in the middle of them. With a
/// period of 0 neither hook nor SIGTERM comes at all.
///
/// ## What to write
/// ```yaml
/// terminationGracePeriodSeconds: 45 # 15 s preStop + 30 s drain
/// ```
///
/// ## Limits
/// How long the program drains can't be seen: `minDrainSeconds` is an assumption. A pod that serves nobody and has
/// nothing to finish, such as a generator of test traffic, wants an exemption. A longer period costs nothing where the
/// process ends sooner: it is a limit, not a wait.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ShortGracePeriod {
    /// What is left for the process after its preStop hook, in seconds.
    pub min_drain_seconds: u16,
    /// The longest period that is accepted, in seconds. A node drain waits as long. Unset means any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<u32>,
}

impl Default for ShortGracePeriod {
    fn default() -> ShortGracePeriod {
        ShortGracePeriod { min_drain_seconds: 15, max_seconds: None }
    }
}

const FIELD: &str = "terminationGracePeriodSeconds";

/// What the API gives a pod that says nothing.
pub(crate) const DEFAULT_SECONDS: i64 = 30;

/// The probes that end their container. A readiness probe doesn't, and the API allows it no period.
const ENDING_PROBES: [&str; 2] = ["livenessProbe", "startupProbe"];

impl Policy for ShortGracePeriod {
    const METADATA: Metadata = Metadata {
        id: "short-grace-period",
        title: "The grace period covers the preStop hook and the drain after it",
        why: "a process that is still draining when the grace period ends is killed in the middle of its requests",
        help: "raise terminationGracePeriodSeconds above the preStop wait plus the drain",
        category: Category::Lifecycle,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::POD_TERMINATION, sources::LIFECYCLE_HOOKS, sources::PROBE_GRACE_PERIOD],
        ..Metadata::DEFAULT
    };

    fn validate(&self) -> Result<(), SettingsError> {
        match self.max_seconds {
            Some(max) if max < u32::from(self.min_drain_seconds) => {
                Err(SettingsError::new("maxSeconds", "should not be less than minDrainSeconds"))
            }
            _ => Ok(()),
        }
    }

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let drain = i64::from(self.min_drain_seconds);
        // The hooks of all containers run at the same time: the longest one counts.
        let mut longest: Option<Hook> = None;
        for container in pod.long_running_containers() {
            let seconds = hook_seconds(container)?;
            for probe in ENDING_PROBES {
                let node = container.get(probe).get(FIELD);
                let Some(period) = node.int()? else { continue };
                let says = text![container.title(), ": ", probe, ".", FIELD, " is ", period.to_string()];
                let hook = seconds.map(|seconds| Hook { name: "its preStop hook".to_owned(), seconds });
                self.report(&Period { node, says, seconds: period, hook, drain }, Some(container), out);
            }
            if seconds > longest.as_ref().map(|hook| hook.seconds) {
                let name = text!["the preStop hook of ", container.title()];
                longest = seconds.map(|seconds| Hook { name, seconds });
            }
        }
        let node = pod.spec().get(FIELD);
        let written = node.int()?;
        let seconds = written.unwrap_or(DEFAULT_SECONDS);
        let by_default = if written.is_none() { " by default" } else { "" };
        let says = text![FIELD, " is ", seconds.to_string(), by_default];
        self.report(&Period { node, says, seconds, hook: longest, drain }, None, out);
        Ok(())
    }
}

/// A preStop hook.
struct Hook {
    /// How messages name it.
    name: String,
    /// The time that it is certain to take.
    seconds: i64,
}

/// The time that the container's preStop hook is certain to take, in whole seconds, rounded up; `None` without a hook.
fn hook_seconds(container: &Container<'_>) -> Result<Option<i64>, Malformed> {
    let seconds = PreStop::of(container)?.map(|hook| hook.wait.certain_millis().div_ceil(1_000));
    Ok(seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX)))
}

/// A grace period, and what it has to cover.
struct Period<'a> {
    node: Node<'a>,
    /// Which it is and how long.
    says: String,
    seconds: i64,
    hook: Option<Hook>,
    /// What the process gets after the hook, in seconds.
    drain: i64,
}

impl Period<'_> {
    fn needed(&self) -> i64 {
        match &self.hook {
            // However short a hook is, with a period of 0 it doesn't run.
            Some(hook) => hook.seconds.saturating_add(self.drain).max(1),
            None => self.drain,
        }
    }

    fn shortfall(&self) -> String {
        let drain = self.drain.to_string();
        match &self.hook {
            Some(hook) if self.seconds <= 0 => text![self.says, ": ", hook.name, " never runs"],
            Some(hook) if hook.seconds > 0 => {
                let start = text![self.says, ", but ", hook.name, " takes ", hook.seconds.to_string(), " s"];
                if self.drain > 0 { text![start, " and the drain after it ", drain, " s"] } else { start }
            }
            _ => text![self.says, ", less than the ", drain, " s that a drain is given"],
        }
    }
}

impl ShortGracePeriod {
    fn report(&self, period: &Period<'_>, container: Option<&Container<'_>>, out: &mut Findings) {
        let needed = period.needed();
        let max = self.max_seconds.map(i64::from);
        let too_long = max.filter(|max| period.seconds > *max);
        let message = match too_long {
            _ if period.seconds < needed => period.shortfall(),
            Some(max) => text![period.says, ", more than ", max.to_string()],
            None => return,
        };
        let mut finding = out.report(period.node, message);
        if let Some(container) = container {
            // Here one container is restarted; the pod's own period ends them all.
            finding = finding.container(container).severity(Severity::Medium);
        }
        match too_long {
            Some(max) if period.seconds >= needed => {
                finding.help(text!["set it to ", max.to_string(), " at the most"]);
            }
            _ if max.is_some_and(|max| needed > max) => {
                finding.help("shorten the preStop hook: no period that is allowed covers it");
            }
            _ => {
                let help = text!["set ", FIELD, " to ", needed.to_string()];
                let edits = vec![Edit::set(period.node, json!(needed))];
                finding.help(text![help, " or more"]).safe_fix(help, edits);
            }
        }
    }
}
