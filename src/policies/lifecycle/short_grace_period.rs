use crate::kube::hook::{Handler, PreStop};
use crate::kube::owner::is_daemon;
use crate::policies::prelude::*;
use crate::settings::SettingsError;

/// ## What it does
/// Reports a `terminationGracePeriodSeconds` (default 30) that is shorter than the longest preStop hook plus
/// `minDrainSeconds`. The hook's wait counts as far as it can be read: `sleep`, counted loops, and a program's own
/// `--timeout`. The same applies to the grace period that a liveness or startup probe sets for its own container. With
/// `maxSeconds`, longer periods are reported, too. Pods that end on their own (Jobs, CronJobs, bare Pods that aren't
/// always restarted) have nothing to drain and are left alone.
///
/// If the hook takes more than 10 minutes and longer than the period, the hook is reported, not the period. A native
/// `sleep` longer than the period is rejected by the API server. For a period of 0 the fix is unsafe, and on
/// DaemonSets, where it may be a decision, the severity is low.
///
/// ## Why
/// The grace period starts with the hook, not after it. Time that the hook uses up is missing when the process finishes
/// its requests, and when the period is over the process is killed in the middle of them. With a period of 0, neither
/// the hook runs nor SIGTERM is sent.
///
/// ## What to write
/// ```yaml
/// terminationGracePeriodSeconds: 45 # 15 s preStop + 30 s drain
/// ```
///
/// ## Limits
/// How long the program takes to drain can't be seen: `minDrainSeconds` is an assumption. Exempt pods that serve no one
/// and have nothing to finish, such as load generators. A longer period costs nothing if the process exits sooner: it
/// is a limit, not a wait.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ShortGracePeriod {
    /// The minimum time that is left for draining after the preStop hook, in seconds.
    pub min_drain_seconds: u16,
    /// The longest accepted period, in seconds; node drains may wait that long. Unset means no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<u32>,
}

impl Default for ShortGracePeriod {
    fn default() -> ShortGracePeriod {
        ShortGracePeriod { min_drain_seconds: 15, max_seconds: None }
    }
}

const FIELD: &str = "terminationGracePeriodSeconds";

/// The API's default.
pub(crate) const DEFAULT_SECONDS: i64 = 30;

/// Enough for most programs that close their connections at once.
const PLENTY_FOR_MOST: i64 = 10;

/// The probes that restart their container. The API rejects a period in a readiness probe.
const RESTARTING_PROBES: [&str; 2] = ["livenessProbe", "startupProbe"];

impl Policy for ShortGracePeriod {
    const METADATA: Metadata = Metadata {
        id: "short-grace-period",
        title: "The grace period covers the preStop hook and the drain after it",
        why: "a process that is still draining when the grace period ends is killed in the middle of its requests",
        help: "set terminationGracePeriodSeconds to at least the preStop wait plus the drain",
        category: Category::Lifecycle,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        ephemeral: false,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[sources::POD_TERMINATION, sources::LIFECYCLE_HOOKS, sources::PROBE_GRACE_PERIOD],
        ..Metadata::DEFAULT
    };

    fn validate(&self) -> Result<(), SettingsError> {
        match self.max_seconds {
            Some(max) if max < u32::from(self.min_drain_seconds) => {
                Err(SettingsError::new("maxSeconds", "must not be less than minDrainSeconds"))
            }
            _ => Ok(()),
        }
    }

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let drain = i64::from(self.min_drain_seconds);
        // The hooks of all containers run at the same time: the longest one counts.
        let mut longest: Option<Hook<'_>> = None;
        for container in pod.long_running_containers() {
            let own = Hook::of(container)?;
            for probe in RESTARTING_PROBES {
                let node = container.get(probe).get(FIELD);
                let Some(period) = node.int()? else { continue };
                let says = text![container.title(), ": ", probe, ".", FIELD, " is ", period.to_string()];
                let period = Period { node, says, seconds: period, hook: own.clone(), drain, is_pods: false };
                // Only this container is restarted; the pod's own period applies to all of them.
                self.report(&period, Severity::Medium, Some(container), out);
            }
            if own.as_ref().map(|hook| hook.seconds) > longest.as_ref().map(|hook| hook.seconds) {
                let of = |hook: Hook<'_>| text!["the preStop hook of ", hook.container.title()];
                longest = own.map(|hook| Hook { name: of(hook.clone()), ..hook });
            }
        }
        let node = pod.spec().get(FIELD);
        let written = node.int()?;
        let seconds = written.unwrap_or(DEFAULT_SECONDS);
        let is = if written.is_none() { " defaults to " } else { " is " };
        let says = text![FIELD, is, seconds.to_string()];
        // An agent that is killed at once is a decision: its successor shouldn't wait for it.
        let decided = seconds <= 0 && is_daemon(cx.object(), cx.kind());
        let severity = match &longest {
            _ if decided => Severity::Low,
            Some(hook) if hook.seconds > 0 || seconds <= 0 => Self::METADATA.severity,
            // Without a hook only the program knows how long it drains.
            _ if seconds >= PLENTY_FOR_MOST => Severity::Low,
            _ => Severity::Medium,
        };
        self.report(&Period { node, says, seconds, hook: longest, drain, is_pods: true }, severity, None, out);
        Ok(())
    }
}

/// A preStop hook.
#[derive(Clone)]
struct Hook<'a> {
    /// Its name in messages.
    name: String,
    container: Container<'a>,
    /// Its place.
    node: Node<'a>,
    /// Whether it is a native sleep.
    native: bool,
    /// The time that it may take by what it says itself, in whole seconds, rounded up.
    seconds: i64,
    /// Whether it takes that time for sure.
    certain: bool,
}

impl<'a> Hook<'a> {
    fn of(container: &Container<'a>) -> Result<Option<Hook<'a>>, Malformed> {
        let hook = PreStop::of(container)?;
        Ok(hook.map(|hook| Hook {
            name: "its preStop hook".to_owned(),
            container: *container,
            node: hook.node,
            native: hook.handler == Handler::Sleep,
            seconds: i64::try_from(hook.longest().div_ceil(1_000)).unwrap_or(i64::MAX),
            certain: hook.longest() == hook.wait.min,
        }))
    }
}

/// A grace period, and what it has to cover.
struct Period<'a> {
    node: Node<'a>,
    /// The field and its value, as messages begin.
    says: String,
    seconds: i64,
    hook: Option<Hook<'a>>,
    /// The time for draining after the hook, in seconds.
    drain: i64,
    /// Whether it is the pod's own, not a probe's.
    is_pods: bool,
}

/// The longest period that a safe fix writes.
const LONGEST_SAFE_SECONDS: i64 = 300;

/// A longer hook is a separate violation: no grace period should cover it.
const LONGEST_HOOK_SECONDS: i64 = 600;

impl<'a> Period<'a> {
    fn needed(&self) -> i64 {
        match &self.hook {
            // With a period of 0 even the shortest hook doesn't run.
            Some(hook) => hook.seconds.saturating_add(self.drain).max(1),
            None => self.drain,
        }
    }

    /// The hook, if it has to change.
    fn overlong_hook(&self) -> Option<&Hook<'a>> {
        self.hook.as_ref().filter(|hook| hook.seconds > LONGEST_HOOK_SECONDS.max(self.seconds))
    }

    fn shortfall(&self) -> String {
        let drain = self.drain.to_string();
        match &self.hook {
            Some(hook) if self.seconds <= 0 => text![self.says, ": ", hook.name, " never runs"],
            Some(hook) if hook.seconds > 0 => {
                let takes = if hook.certain { " takes " } else { " may take " };
                let start = text![self.says, ", but ", hook.name, takes, hook.seconds.to_string(), " s"];
                if self.is_pods && hook.native && hook.seconds > self.seconds {
                    return text![start, ": the API server rejects the pod"];
                }
                if self.drain > 0 { text![start, ", plus ", drain, " s to drain"] } else { start }
            }
            _ => text![self.says, ", below the ", drain, " s minimum for draining"],
        }
    }
}

impl ShortGracePeriod {
    fn report(&self, period: &Period<'_>, severity: Severity, container: Option<&Container<'_>>, out: &mut Findings) {
        let needed = period.needed();
        let max = self.max_seconds.map(i64::from);
        let too_long = max.filter(|max| period.seconds > *max);
        let message = match too_long {
            _ if period.seconds < needed => period.shortfall(),
            Some(max) => text![period.says, ", more than the maximum of ", max.to_string()],
            None => return,
        };
        if let Some(hook) = period.overlong_hook() {
            // The pod's own finding covers the periods of probes.
            if container.is_none() {
                let finding = out.report(hook.node, message).container(&hook.container).severity(severity);
                finding.help(text!["shorten ", hook.name, ": it should wait seconds, not minutes"]);
            }
            return;
        }
        let mut finding = out.report(period.node, message).severity(severity);
        if let Some(container) = container {
            finding = finding.container(container);
        }
        match too_long {
            Some(max) if period.seconds >= needed => {
                finding.help(text!["set it to ", max.to_string(), " or less"]);
            }
            _ if max.is_some_and(|max| needed > max) => {
                finding.help("shorten the preStop hook: no allowed grace period covers it");
            }
            _ => {
                let help = text!["set ", FIELD, " to ", needed.to_string()];
                let edits = vec![Edit::set(period.node, needed)];
                let finding = finding.help(text![help, " or more"]);
                // 0 is never an accident, and minutes would slow down every drain.
                if period.seconds <= 0 || needed > LONGEST_SAFE_SECONDS {
                    finding.unsafe_fix(help, edits);
                } else {
                    finding.safe_fix(help, edits);
                }
            }
        }
    }
}
