//! What happens to a pod's containers once it is deleted: hooks, signals, drains and the final kill, while the pod is
//! being removed from rotation.
//!
//! How long that removal and a drain take is assumed as in the policies about shutdown, and problems are reported where
//! they report them.

use serde_json::Value;

use crate::inventory::Inventory;
use crate::json::node::{Malformed, PathArena};
use crate::kube::container::{Container, Role};
use crate::kube::hook::{Handler, PreStop};
use crate::kube::kinds::Kind;
use crate::kube::mesh::{self, ISTIO_DRAIN_SECONDS, Mesh};
use crate::kube::object;
use crate::kube::pod::Pod;
use crate::lookup::service::title;
use crate::lookup::serving;
use crate::policies::lifecycle::shutdown::{
    self, EARLY_PROXY_SHUTDOWN, ENDLESS_PRESTOP, MISSING_PRESTOP, ProxyLifetime, SHORT_GRACE_PERIOD, ShutdownRules,
};
use crate::policy::context::{Context, Operation, Target};
use crate::policy::error::CheckError;
use crate::text::duration::in_seconds;
use crate::text::elapsed::Span;

/// How a pod ends. Times are in milliseconds from its deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The grace period.
    pub grace: i64,
    /// Whether it is the API's default.
    pub default_grace: bool,
    /// What routes requests to the pod.
    pub routes: Routes,
    /// When nothing routes requests to the pod any more: an assumption.
    pub out_of_rotation: i64,
    /// How long a process may take to finish its work after the signal: an assumption.
    pub drain: i64,
    /// Whether it runs on Windows, where a system event takes the place of the signal.
    pub windows: bool,
    /// Its containers, in the manifest's order; an injected proxy comes last.
    pub containers: Vec<Stop>,
}

/// What routes requests to a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routes {
    /// These Services, by their names in messages.
    Services(Vec<String>),
    /// Unknown, since no Service was given: containers that declare ports are assumed to serve.
    Unknown,
    /// Nothing: no Service selects the pod.
    Nothing,
}

/// How one container ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Its name.
    pub name: String,
    /// Its part in the shutdown.
    pub part: Part,
    /// Whether requests are routed to it.
    pub serving: bool,
    /// Its preStop hook.
    pub hook: Option<Hook>,
    /// The signal that stops it: `SIGTERM`, unless the manifest sets another.
    pub signal: String,
    /// When the signal is sent; `None` when the container is killed without one.
    pub signalled: Option<Moment>,
    /// When it has finished, if it takes no longer than assumed; `None` when that is unknown.
    pub ended: Option<i64>,
    /// When it is killed, if it is still running.
    pub killed: i64,
    /// What goes wrong.
    pub problems: Vec<Problem>,
}

/// The part of a container in the shutdown of its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It is stopped at once.
    Container,
    /// A native sidecar: stopped when the containers have ended, the last one first.
    Sidecar,
    /// A mesh's proxy among the containers, stopped when they are.
    Proxy,
    /// An injected proxy, stopped when the containers are.
    InjectedProxy,
    /// A proxy injected as a native sidecar.
    InjectedSidecar,
}

impl Part {
    fn stops_last(self) -> bool {
        matches!(self, Part::Sidecar | Part::InjectedSidecar)
    }
}

/// A preStop hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hook {
    /// What it does.
    pub handler: Handler,
    /// When it ends.
    pub until: Moment,
    /// How it ends.
    pub end: HookEnd,
}

/// How a hook ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookEnd {
    /// On its own.
    Done,
    /// The grace period ends first.
    CutOff,
    /// It isn't run at all.
    NeverRuns,
}

/// A moment, and how certain it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When, in milliseconds.
    pub at: i64,
    /// How certain it is.
    pub known: Known,
}

/// How certain a moment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Then.
    Exactly,
    /// Then or later.
    AtLeast,
    /// Then, if the others take as long as assumed.
    Assumed,
}

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its consequence.
    pub kind: ProblemKind,
    /// From when.
    pub from: i64,
    /// Until when.
    pub to: i64,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The policies that report it.
    pub policies: Vec<&'static str>,
}

/// The consequence of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Requests are cut off or refused: 502.
    Cut,
    /// Requests are routed to a container that is gone and get no answer: 504.
    Late,
    /// Work is lost, but no known request.
    Lost,
}

/// The kubelet gives every process at least this long after the signal, whatever is left of the grace period.
const LEAST_AFTER_SIGNAL: i64 = 2_000;

/// How long Istio's proxy drains by default.
const ISTIO_DRAIN: i64 = ISTIO_DRAIN_SECONDS as i64 * 1_000;

impl Timeline {
    /// The timeline of an object's pod; `None` when it has none.
    ///
    /// # Errors
    /// When the pod or a Service can't be read.
    pub fn of(
        object: &Value,
        inventory: &dyn Inventory,
        rules: &ShutdownRules,
    ) -> Result<Option<Timeline>, CheckError> {
        let Some(kind) = Kind::of(object) else { return Ok(None) };
        let arena = PathArena::new();
        let namespace = Some(object::namespace(object));
        let target = Target::new(object, kind, namespace, Operation::Create, inventory, &arena);
        let cx = Context {
            target: &target,
            kubernetes: rules.kubernetes(),
            honors_annotations: false,
            spares_containers: false,
        };
        let Some(pod) = cx.pod()? else { return Ok(None) };
        let routed = serving::Routes::to(&cx, pod)?;
        let routes = match &routed {
            serving::Routes::Services(services) => Routes::Services(services.iter().map(title).collect()),
            serving::Routes::Unknown => Routes::Unknown,
            serving::Routes::Nothing => Routes::Nothing,
        };
        let out_of_rotation = rules.seconds_in_rotation(pod, &cx)?;
        let written = pod.spec().get("terminationGracePeriodSeconds").int()?;
        let mut timeline = Timeline {
            grace: written.unwrap_or(shutdown::DEFAULT_SECONDS).max(0).saturating_mul(1_000),
            default_grace: written.is_none(),
            routes,
            out_of_rotation: out_of_rotation * 1_000,
            drain: i64::from(rules.drain_seconds()) * 1_000,
            windows: pod.is_windows(),
            containers: Vec::new(),
        };
        // A proxy that is the only app container is an app.
        let is_gateway = mesh::proxy_of(pod, rules.proxies()).is_none();
        for container in pod.long_running_containers() {
            let serving = timeline.routes != Routes::Nothing && routed.reach(&cx, pod, container)?;
            let is_proxy = is_named(container.name(), rules.proxies()) && !is_gateway;
            let stop = timeline.stop(container, serving, is_proxy, rules)?;
            timeline.containers.push(stop);
        }
        let early = rules.early_proxy(&cx)?;
        timeline.proxies(&cx, pod, rules)?;
        timeline.sidecars();
        if pod.is_long_running() {
            let without_wait = rules.without_wait(&cx)?;
            for container in pod.long_running_containers() {
                timeline.check(container, is_named(container.name(), &without_wait), rules)?;
            }
            for message in early {
                timeline.check_proxy(message);
            }
        }
        Ok(Some(timeline))
    }

    /// How a container ends if nothing else delays it.
    fn stop(
        &self,
        container: &Container<'_>,
        serving: bool,
        is_proxy: bool,
        rules: &ShutdownRules,
    ) -> Result<Stop, Malformed> {
        let name = container.name();
        let part = match container.role() {
            Role::Sidecar => Part::Sidecar,
            _ if is_proxy => Part::Proxy,
            _ => Part::Container,
        };
        let hook = match PreStop::of(container)? {
            Some(hook) => Some(self.hook(hook.handler, hook.wait, rules.is_endless(container)?)),
            None => None,
        };
        let signal = container.get("lifecycle").get("stopSignal").str()?.unwrap_or("SIGTERM");
        let serving = serving && !is_proxy;
        Ok(self.signalled_after(hook, Stop::new(name, part, signal, serving)))
    }

    fn hook(&self, handler: Handler, wait: Span, endless: bool) -> Hook {
        let wanted = i64::try_from(wait.min).unwrap_or(i64::MAX);
        let (at, end) = match wanted {
            _ if self.grace == 0 => (0, HookEnd::NeverRuns),
            _ if endless || wanted > self.grace => (self.grace, HookEnd::CutOff),
            _ => (wanted, HookEnd::Done),
        };
        let open = wait.max != Some(wait.min) && end == HookEnd::Done;
        Hook { handler, until: Moment { at, known: if open { Known::AtLeast } else { Known::Exactly } }, end }
    }

    fn signalled_after(&self, hook: Option<Hook>, stop: Stop) -> Stop {
        if self.grace == 0 {
            return Stop { hook, signalled: None, ended: Some(0), killed: 0, ..stop };
        }
        let signalled = hook.map_or(Moment { at: 0, known: Known::Exactly }, |hook| hook.until);
        let killed = self.grace.max(signalled.at.saturating_add(LEAST_AFTER_SIGNAL));
        let ended = signalled.at.saturating_add(self.drain).min(killed);
        Stop { hook, signalled: Some(signalled), ended: Some(ended), killed, ..stop }
    }

    /// How long a mesh's proxies stay after the signal; adds the injected one.
    fn proxies(&mut self, cx: &Context<'_>, pod: &Pod<'_>, rules: &ShutdownRules) -> Result<(), CheckError> {
        let others = self.containers.iter().filter(|stop| stop.part == Part::Container);
        let others = others.filter_map(|stop| stop.ended).max().unwrap_or_default();
        if let Some(proxy) = mesh::proxy_of(pod, rules.proxies()) {
            let lifetime = rules.lifetime_of_container(proxy, pod)?;
            if let Some(stop) = self.containers.iter_mut().find(|stop| stop.part == Part::Proxy) {
                let drain = match lifetime {
                    ProxyLifetime::UntilOthersEnd => Some(others),
                    ProxyLifetime::Drain(millis) => stop.after_signal(millis),
                    _ if stop.name == "istio-proxy" => stop.after_signal(ISTIO_DRAIN),
                    _ => None,
                };
                stop.ended = drain.map(|end| end.min(stop.killed));
            }
            return Ok(());
        }
        let Some((mesh, lifetime)) = rules.injected(cx, pod)? else { return Ok(()) };
        let name = if mesh == Mesh::Istio { "istio-proxy" } else { "linkerd-proxy" };
        let part = if lifetime == ProxyLifetime::NativeSidecar { Part::InjectedSidecar } else { Part::InjectedProxy };
        let hook = match lifetime {
            // Linkerd's wait is a hook of its container.
            ProxyLifetime::Hook(seconds) if seconds > 0 => {
                Some(self.hook(Handler::Exec, Span::exactly(u64::from(seconds) * 1_000), false))
            }
            _ => None,
        };
        let mut stop = self.signalled_after(hook, Stop::new(name, part, "SIGTERM", false));
        let ended = match lifetime {
            ProxyLifetime::UntilOthersEnd => Some(others),
            ProxyLifetime::Drain(millis) => stop.after_signal(millis),
            ProxyLifetime::Nothing if mesh == Mesh::Istio => stop.after_signal(ISTIO_DRAIN),
            _ => None,
        };
        stop.ended = ended.map(|end| end.min(stop.killed));
        self.containers.push(stop);
        Ok(())
    }

    /// Native sidecars are stopped when all others have ended, the last one first; an injected one comes before all.
    fn sidecars(&mut self) {
        if self.grace == 0 {
            return;
        }
        let ordinary = self.containers.iter().filter(|stop| !stop.part.stops_last());
        let ends = ordinary.filter_map(|stop| stop.ended.or(stop.signalled.map(|signalled| signalled.at)));
        let mut before = ends.max().unwrap_or_default();
        let (grace, has_ordinary) = (self.grace, self.containers.iter().any(|stop| !stop.part.stops_last()));
        let (injected, own): (Vec<_>, Vec<_>) = self
            .containers
            .iter_mut()
            .filter(|stop| stop.part.stops_last())
            .partition(|stop| stop.part == Part::InjectedSidecar);
        for stop in own.into_iter().rev().chain(injected) {
            let own = stop.signalled.map_or(0, |signalled| signalled.at);
            let at = own.max(before.min(grace));
            if has_ordinary || at > own {
                stop.signalled = Some(Moment { at, known: Known::Assumed });
            }
            stop.killed = grace.max(at.saturating_add(LEAST_AFTER_SIGNAL));
            // No other container is left.
            stop.ended = Some(at);
            before = at;
        }
    }

    /// The earliest moment at which a container may get its signal.
    fn earliest(&self, stop: &Stop) -> i64 {
        let own = stop.hook.map_or(0, |hook| hook.until.at);
        if !stop.part.stops_last() {
            return own;
        }
        let ordinary = self.containers.iter().filter(|stop| !stop.part.stops_last());
        ordinary.filter_map(|stop| stop.signalled).map(|signalled| signalled.at).fold(own, i64::max)
    }

    /// The problems of a container.
    fn check(&mut self, container: &Container<'_>, waits_little: bool, rules: &ShutdownRules) -> Result<(), Malformed> {
        let hook = PreStop::of(container)?;
        let Some(stop) = self.containers.iter().find(|stop| stop.name == container.name()) else { return Ok(()) };
        let longest = hook.as_ref().map_or(0, PreStop::longest);
        let longest = i64::try_from(longest.div_ceil(1_000)).unwrap_or(i64::MAX).saturating_mul(1_000);
        let is_short = match &hook {
            Some(_) => self.grace < longest.saturating_add(self.drain).max(1),
            None => self.grace < self.drain,
        };
        let endless = rules.is_endless(container)?;
        let stops_at = hook.and_then(|hook| hook.stops_at).map(|millis| i64::try_from(millis).unwrap_or(i64::MAX));
        let signalled = stops_at.unwrap_or(i64::MAX).min(self.earliest(stop));
        let killed = stop.killed;
        let mut problems = Vec::new();

        let mut early = Vec::new();
        early.extend(waits_little.then_some(MISSING_PRESTOP));
        early.extend((is_short && self.grace < self.out_of_rotation).then_some(SHORT_GRACE_PERIOD));
        // A hook of unknown duration may wait long enough.
        let knows = waits_little
            || stop.hook.is_none_or(|hook| hook.until.known == Known::Exactly)
            || self.grace < self.out_of_rotation;
        if stop.serving && knows && signalled < self.out_of_rotation && !early.is_empty() {
            let away = in_seconds(self.out_of_rotation.unsigned_abs());
            if signalled < killed {
                let message = [
                    &stop.signal,
                    " may come after ",
                    &in_seconds(signalled.unsigned_abs()),
                    " s, while requests are routed to it for up to ",
                    &away,
                    " s",
                ];
                let to = self.out_of_rotation.min(killed);
                let policies = early.clone();
                problems.push(Problem {
                    kind: ProblemKind::Cut,
                    from: signalled,
                    to,
                    message: message.concat(),
                    policies,
                });
            }
            if killed < self.out_of_rotation {
                let gone = in_seconds(killed.unsigned_abs());
                let message =
                    ["it is gone after ", &gone, " s, while requests are routed to it for up to ", &away, " s"];
                problems.push(Problem {
                    kind: ProblemKind::Late,
                    from: killed,
                    to: self.out_of_rotation,
                    message: message.concat(),
                    policies: early,
                });
            }
        }

        if endless || is_short {
            let grace = in_seconds(self.grace.unsigned_abs());
            let message = match stop.hook.map(|hook| hook.end) {
                _ if self.grace == 0 => {
                    ["the grace period is 0: it is killed at once, without ", &stop.signal, " and preStop"].concat()
                }
                Some(HookEnd::CutOff) => {
                    let why = if endless { " never ends" } else { " takes longer than the grace period" };
                    [
                        "its preStop hook",
                        why,
                        ": it is cut off after ",
                        &grace,
                        " s, and 2 s later the container is killed",
                    ]
                    .concat()
                }
                _ => {
                    let into = in_seconds(killed.saturating_sub(signalled).unsigned_abs());
                    let drain = in_seconds(self.drain.unsigned_abs());
                    ["it is killed ", &into, " s into a drain that may take ", &drain, " s"].concat()
                }
            };
            let mut policies = Vec::new();
            policies.extend(endless.then_some(ENDLESS_PRESTOP));
            policies.extend(is_short.then_some(SHORT_GRACE_PERIOD));
            let kind = if stop.serving { ProblemKind::Cut } else { ProblemKind::Lost };
            problems.push(Problem { kind, from: killed, to: killed, message, policies });
        }
        if let Some(stop) = self.containers.iter_mut().find(|stop| stop.name == container.name()) {
            stop.problems.extend(problems);
        }
        Ok(())
    }

    /// A problem of the proxy, with the policy's message.
    fn check_proxy(&mut self, message: String) {
        let ends = self.containers.iter().filter(|stop| stop.part == Part::Container).filter_map(|stop| stop.ended);
        let last = ends.max().unwrap_or_default();
        let proxy = |stop: &&mut Stop| matches!(stop.part, Part::Proxy | Part::InjectedProxy);
        if let Some(stop) = self.containers.iter_mut().find(proxy) {
            let from = stop.ended.or(stop.signalled.map(|signalled| signalled.at)).unwrap_or_default();
            let policies = vec![EARLY_PROXY_SHUTDOWN];
            stop.problems.push(Problem { kind: ProblemKind::Cut, from, to: last.max(from), message, policies });
        }
    }
}

impl Stop {
    fn new(name: &str, part: Part, signal: &str, serving: bool) -> Stop {
        Stop {
            name: name.to_owned(),
            part,
            serving,
            hook: None,
            signal: signal.to_owned(),
            signalled: None,
            ended: None,
            killed: 0,
            problems: Vec::new(),
        }
    }

    fn after_signal(&self, millis: i64) -> Option<i64> {
        self.signalled.map(|signalled| signalled.at.saturating_add(millis))
    }
}

fn is_named(name: &str, names: &[String]) -> bool {
    names.iter().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::inventory::Objects;

    fn deployment(template: &Value) -> Value {
        let mut template = template.clone();
        template["metadata"]["labels"]["app"] = json!("web");
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template}})
    }

    fn service(app: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": app}, "spec": {"selector": {"app": app}}})
    }

    fn among(object: &Value, others: Vec<Value>, rules: &ShutdownRules) -> Timeline {
        let mut objects = vec![Arc::new(object.clone())];
        objects.extend(others.into_iter().map(Arc::new));
        Timeline::of(object, &Objects::new(objects, false), rules).unwrap().unwrap()
    }

    /// The timeline of a pod that a Service selects.
    fn timeline(template: &Value) -> Timeline {
        among(&deployment(template), vec![service("web")], &ShutdownRules::default())
    }

    fn app(lifecycle: &Value) -> Value {
        json!({"name": "app", "ports": [{"containerPort": 80}], "lifecycle": lifecycle})
    }

    fn pod(grace: Option<i64>, containers: &[Value]) -> Value {
        json!({"spec": {"terminationGracePeriodSeconds": grace, "containers": containers}})
    }

    fn sleep(seconds: i64) -> Value {
        json!({"preStop": {"sleep": {"seconds": seconds}}})
    }

    fn exec(command: &[&str]) -> Value {
        json!({"preStop": {"exec": {"command": command}}})
    }

    fn exactly(at: i64) -> Option<Moment> {
        Some(Moment { at, known: Known::Exactly })
    }

    fn problems(stop: &Stop) -> Vec<(ProblemKind, i64, i64, &str, &[&'static str])> {
        let problems = stop.problems.iter();
        problems.map(|p| (p.kind, p.from, p.to, p.message.as_str(), p.policies.as_slice())).collect()
    }

    #[test]
    fn missing_hook_cuts_requests() {
        let timeline = timeline(&pod(None, &[app(&json!(null))]));
        assert_eq!((timeline.grace, timeline.default_grace, timeline.out_of_rotation), (30_000, true, 15_000));
        assert_eq!(timeline.routes, Routes::Services(vec!["Service \"web\"".to_owned()]));
        let [stop] = timeline.containers.as_slice() else { panic!() };
        assert_eq!((stop.signalled, stop.ended, stop.killed), (exactly(0), Some(15_000), 30_000));
        assert_eq!((stop.signal.as_str(), stop.serving, stop.hook), ("SIGTERM", true, None));
        assert_eq!(
            problems(stop),
            [(
                ProblemKind::Cut,
                0,
                15_000,
                "SIGTERM may come after 0 s, while requests are routed to it for up to 15 s",
                &["missing-prestop"][..]
            )]
        );
    }

    #[test]
    fn long_enough_wait_within_the_grace_period_has_no_problem() {
        for lifecycle in [sleep(15), exec(&["sleep", "15"]), exec(&["sh", "-c", "sleep 15; nginx -s quit"])] {
            let timeline = timeline(&pod(Some(30), &[app(&lifecycle)]));
            let stop = &timeline.containers[0];
            assert_eq!(
                (stop.signalled, stop.ended, stop.killed),
                (exactly(15_000), Some(30_000), 30_000),
                "{lifecycle}"
            );
            assert!(stop.problems.is_empty(), "{stop:?}");
        }
        let timeline = timeline(&pod(Some(40), &[app(&exec(&["sleep", "2.5"]))]));
        assert_eq!(timeline.containers[0].signalled, exactly(2_500));
        assert_eq!(timeline.containers[0].problems.len(), 1);
    }

    #[test]
    fn hook_longer_than_the_grace_period_leaves_two_seconds() {
        let timeline = timeline(&pod(Some(30), &[app(&sleep(45))]));
        let stop = &timeline.containers[0];
        let hook = Hook { handler: Handler::Sleep, until: exactly(30_000).unwrap(), end: HookEnd::CutOff };
        assert_eq!((stop.hook, stop.signalled, stop.killed), (Some(hook), exactly(30_000), 32_000));
        assert_eq!(
            problems(stop),
            [(
                ProblemKind::Cut,
                32_000,
                32_000,
                "its preStop hook takes longer than the grace period: it is cut off after 30 s, and 2 s later the \
                 container is killed",
                &["short-grace-period"][..]
            )]
        );
    }

    #[test]
    fn short_grace_period_cuts_the_drain() {
        let timeline = timeline(&pod(Some(20), &[app(&sleep(15))]));
        let stop = &timeline.containers[0];
        assert_eq!((stop.ended, stop.killed), (Some(20_000), 20_000));
        let message = "it is killed 5 s into a drain that may take 15 s";
        assert_eq!(problems(stop), [(ProblemKind::Cut, 20_000, 20_000, message, &["short-grace-period"][..])]);
    }

    #[test]
    fn grace_period_of_0_runs_no_hook() {
        let timeline = timeline(&pod(Some(0), &[app(&sleep(15))]));
        let stop = &timeline.containers[0];
        assert_eq!((stop.hook.unwrap().end, stop.signalled, stop.killed), (HookEnd::NeverRuns, None, 0));
        let kinds: Vec<_> = problems(stop).into_iter().map(|(kind, from, to, ..)| (kind, from, to)).collect();
        assert_eq!(kinds, [(ProblemKind::Late, 0, 15_000), (ProblemKind::Cut, 0, 0)]);
        assert!(stop.problems[1].message.starts_with("the grace period is 0"));
    }

    #[test]
    fn container_gone_before_its_routes_gets_late_requests() {
        let timeline = timeline(&pod(Some(5), &[app(&json!(null))]));
        let kinds: Vec<_> =
            problems(&timeline.containers[0]).into_iter().map(|(kind, from, to, ..)| (kind, from, to)).collect();
        let expected =
            [(ProblemKind::Cut, 0, 5_000), (ProblemKind::Late, 5_000, 15_000), (ProblemKind::Cut, 5_000, 5_000)];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn hook_of_unknown_duration_has_no_problem() {
        for lifecycle in [json!({"preStop": {"httpGet": {"path": "/drain", "port": 80}}}), exec(&["/app/drain"])] {
            let timeline = timeline(&pod(None, &[app(&lifecycle)]));
            let stop = &timeline.containers[0];
            assert_eq!(stop.signalled, Some(Moment { at: 0, known: Known::AtLeast }));
            assert!(stop.problems.is_empty(), "{stop:?}");
        }
        let endless = timeline(&pod(None, &[app(&exec(&["sleep", "infinity"]))]));
        assert_eq!((endless.containers[0].signalled, endless.containers[0].killed), (exactly(30_000), 32_000));
        assert_eq!(endless.containers[0].problems[0].policies, ["endless-prestop"]);
    }

    #[test]
    fn pod_without_service_does_not_serve() {
        let object = deployment(&pod(None, &[app(&json!(null))]));
        let other = among(&object, vec![service("api")], &ShutdownRules::default());
        assert_eq!((&other.routes, other.containers[0].serving), (&Routes::Nothing, false));
        assert!(other.containers[0].problems.is_empty());
        // A Service that was not given may exist.
        let alone = among(&object, Vec::new(), &ShutdownRules::default());
        assert_eq!((&alone.routes, alone.containers[0].problems.len()), (&Routes::Unknown, 1));
        let worker = timeline(&pod(Some(5), &[json!({"name": "worker"})]));
        assert_eq!(worker.containers[0].problems[0].kind, ProblemKind::Lost);
    }

    #[test]
    fn native_sidecars_stop_last_in_reverse_order() {
        let mut template = pod(None, &[app(&sleep(15))]);
        template["spec"]["initContainers"] = json!([
            {"name": "migrate"},
            {"name": "proxy", "restartPolicy": "Always", "ports": [{"containerPort": 15_000}]},
            {"name": "logs", "restartPolicy": "Always", "lifecycle": sleep(31)},
        ]);
        let timeline = timeline(&template);
        let names: Vec<_> = timeline.containers.iter().map(|stop| (stop.name.as_str(), stop.part)).collect();
        assert_eq!(names, [("proxy", Part::Sidecar), ("logs", Part::Sidecar), ("app", Part::Container)]);
        let [proxy, logs, app] = timeline.containers.as_slice() else { panic!() };
        assert_eq!(app.ended, Some(30_000));
        let at = |stop: &Stop| stop.signalled.map(|signalled| (signalled.at, signalled.known));
        // Its hook is cut off by the end of the grace period.
        assert_eq!((at(logs), logs.killed), (Some((30_000, Known::Assumed)), 32_000));
        assert_eq!((at(proxy), proxy.killed), (Some((30_000, Known::Assumed)), 32_000));
        assert!(proxy.problems.is_empty(), "{proxy:?}");
        assert_eq!(logs.problems.len(), 1);
    }

    #[test]
    fn mesh_shortens_rotation_and_its_proxy_should_stay() {
        let injected = |annotations: Value, grace| {
            let mut template = pod(grace, &[app(&sleep(10))]);
            template["metadata"] = json!({"labels": {"sidecar.istio.io/inject": "true"}, "annotations": annotations});
            let native = &mut template["metadata"]["annotations"]["sidecar.istio.io/nativeSidecar"];
            if native.is_null() {
                *native = json!("false");
            }
            timeline(&template)
        };
        let early = injected(json!({}), None);
        assert_eq!(early.out_of_rotation, 3_000);
        let [app, proxy] = early.containers.as_slice() else { panic!() };
        assert!(app.problems.is_empty());
        assert_eq!((proxy.name.as_str(), proxy.part), ("istio-proxy", Part::InjectedProxy));
        assert_eq!((proxy.signalled, proxy.ended), (exactly(0), Some(5_000)));
        let message = "the injected istio-proxy exits after 5 s by default, less than the 10 s that container \"app\" \
            waits in preStop";
        assert_eq!(problems(proxy), [(ProblemKind::Cut, 5_000, 25_000, message, &["early-proxy-shutdown"][..])]);
        let config = |text: &str| json!({"proxy.istio.io/config": text});
        let waits = injected(config("proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: \"true\"}"), None);
        assert_eq!((waits.containers[1].ended, waits.containers[1].problems.len()), (Some(25_000), 0));
        let drains = injected(config("terminationDrainDuration: 20s"), None);
        assert_eq!((drains.containers[1].ended, drains.containers[1].problems.len()), (Some(20_000), 0));
        let native = injected(json!({"sidecar.istio.io/nativeSidecar": "true"}), None);
        assert_eq!(native.containers[1].part, Part::InjectedSidecar);
        assert_eq!(native.containers[1].signalled, Some(Moment { at: 25_000, known: Known::Assumed }));
    }

    #[test]
    fn mesh_may_inject_native_sidecars_everywhere() {
        let mut template = pod(None, &[app(&sleep(15))]);
        template["metadata"]["annotations"] = json!({"linkerd.io/inject": "enabled"});
        let rules = ShutdownRules::with(|id| match id {
            "early-proxy-shutdown" => json!({"meshWide": ["nativeSidecar"], "linkerdVersion": "2.19"}),
            _ => Value::Null,
        });
        let timeline = among(&deployment(&template), vec![service("web")], &rules);
        let proxy = &timeline.containers[1];
        assert_eq!((proxy.name.as_str(), proxy.part), ("linkerd-proxy", Part::InjectedSidecar));
        assert!(proxy.problems.is_empty());
    }

    #[test]
    fn own_proxy_stays_while_it_has_connections() {
        let end = |annotations: Value, env: Value| {
            let proxy = json!({"name": "istio-proxy", "env": env});
            let mut template = pod(None, &[app(&sleep(10)), proxy]);
            template["metadata"]["annotations"] = annotations;
            timeline(&template).containers[1].ended
        };
        let annotation = json!({"proxy.istio.io/config": "proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: \"true\"}"});
        let variable = json!([{"name": "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "value": "true"}]);
        assert_eq!(end(json!({}), json!([])), Some(5_000));
        assert_eq!(end(annotation, json!([])), Some(25_000));
        assert_eq!(end(json!({}), variable), Some(25_000));
    }

    #[test]
    fn linkerd_wait_is_a_hook() {
        let mut template = pod(None, &[app(&sleep(15))]);
        template["metadata"]["annotations"] =
            json!({"linkerd.io/inject": "enabled", "config.alpha.linkerd.io/proxy-wait-before-exit-seconds": "15"});
        let rules = ShutdownRules::with(|id| match id {
            "early-proxy-shutdown" => json!({"linkerdVersion": "2.19"}),
            _ => Value::Null,
        });
        let timeline = among(&deployment(&template), vec![service("web")], &rules);
        let proxy = &timeline.containers[1];
        assert_eq!((proxy.name.as_str(), proxy.signalled, proxy.ended), ("linkerd-proxy", exactly(15_000), None));
        assert!(proxy.problems.is_empty());
    }

    #[test]
    fn windows_and_stop_signal_are_read() {
        let mut container = app(&exec(&["powershell", "-Command", "Start-Sleep 15"]));
        container["lifecycle"]["stopSignal"] = json!("SIGQUIT");
        let mut template = pod(None, &[container]);
        template["spec"]["os"] = json!({"name": "windows"});
        let timeline = timeline(&template);
        assert!(timeline.windows);
        assert_eq!(timeline.containers[0].signal, "SIGQUIT");
        assert_eq!(timeline.containers[0].signalled.unwrap().known, Known::AtLeast);
    }

    #[test]
    fn policy_settings_are_the_assumptions() {
        let rules = ShutdownRules::with(|id| match id {
            "missing-prestop" => json!({"minSeconds": 5, "onError": "warn"}),
            "short-grace-period" => json!({"minDrainSeconds": 20, "maxSeconds": 1}),
            _ => Value::Null,
        });
        let timeline = among(&deployment(&pod(None, &[app(&sleep(5))])), vec![service("web")], &rules);
        // Invalid settings leave the defaults.
        assert_eq!((timeline.out_of_rotation, timeline.drain), (5_000, 15_000));
        assert!(timeline.containers[0].problems.is_empty());
    }

    #[test]
    fn object_without_pod_has_no_timeline_and_a_job_no_problems() {
        let none = Timeline::of(&service("web"), &Objects::new(Vec::new(), true), &ShutdownRules::default());
        assert_eq!(none, Ok(None));
        let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"},
            "spec": {"template": pod(Some(1), &[app(&json!(null))])}});
        assert!(among(&job, Vec::new(), &ShutdownRules::default()).containers[0].problems.is_empty());
        let broken = deployment(&json!({"spec": {"containers": 7}}));
        assert!(Timeline::of(&broken, &Objects::new(Vec::new(), true), &ShutdownRules::default()).is_err());
    }
}
