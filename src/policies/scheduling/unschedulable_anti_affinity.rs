use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::kube::scheduling::{Apart, Means, rules};
use crate::kube::workload::{RollingUpdate, Workload};
use crate::lookup::autoscaler::at_issue;
use crate::lookup::autoscaler::{Expected, expected_pods};
use crate::policies::prelude::*;

/// ## What it does
/// Reports pod anti-affinity under `requiredDuringSchedulingIgnoredDuringExecution` that keeps a workload's own pods apart and
/// needs more nodes than there are:
///
/// - With `maxNodes`, if the workload has more pods than that: the autoscaler's `maxReplicas`, else `replicas`, plus one if a
///   rollout has to start a new pod before it stops an old one because `maxUnavailable` rounds down to 0.
/// - Without `maxNodes`, if every rollout needs one more node than there are pods, for the same reason. Over zones and other
///   labels with few values that is a finding; over nodes it is `info`.
///
/// Preferred anti-affinity, topology spread constraints, terms that select other pods and terms that leave out the pods of
/// other revisions (`matchLabelKeys: [pod-template-hash]`) are not reported.
///
/// ## Why
/// The pod that doesn't fit stays Pending indefinitely: the autoscaler adds pods that serve nobody, and a rollout waits for a
/// node that no old pod vacates, until its deadline passes.
///
/// ## What to write
/// ```yaml
/// affinity:
///   podAntiAffinity:
///     preferredDuringSchedulingIgnoredDuringExecution:
///       - weight: 100
///         podAffinityTerm:
///           topologyKey: kubernetes.io/hostname
///           labelSelector:
///             matchLabels:
///               app: web
/// ```
/// or a topology spread constraint, which allows a second pod on a node once each node has one.
///
/// ## Limits
/// Nodes aren't counted: `maxNodes` is what you set. Node selectors and taints, which leave a workload fewer nodes, aren't
/// considered. Argo Rollouts have strategies of their own; for them only the number of pods counts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnschedulableAntiAffinity {
    /// The number of nodes that a workload's pods can run on.
    #[cfg_attr(feature = "catalogue", serde(skip_serializing_if = "Option::is_none"))]
    pub max_nodes: Option<NonZeroU16>,
}

const HOSTNAME: &str = "kubernetes.io/hostname";

impl Policy for UnschedulableAntiAffinity {
    const METADATA: Metadata = Metadata {
        id: "unschedulable-anti-affinity",
        title: "Required anti-affinity leaves room for all replicas and rollouts",
        why: "the pod that doesn't fit stays Pending, and rollouts wait for it",
        help: "prefer anti-affinity instead of requiring it, or use a topology spread constraint",
        category: Category::Scheduling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::ROLLOUT,
            &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::SCALED_OBJECT,
        ],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        by_name: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::ANTI_AFFINITY, sources::TOPOLOGY_SPREAD],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) {
            return self.check_scaler(cx, &autoscaler, out);
        }
        let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
        let Some(pod) = cx.pod()? else { return Ok(()) };
        let rules = required(pod, &workload, cx.namespace())?;
        if rules.is_empty() {
            return Ok(());
        }
        let expected = expected_pods(cx, &workload)?;
        for rule in &rules {
            self.check_rule(cx, &workload, pod, rule, &expected, out)?;
        }
        Ok(())
    }
}

impl UnschedulableAntiAffinity {
    fn max_nodes(&self) -> Option<i64> {
        self.max_nodes.map(|nodes| i64::from(nodes.get()))
    }

    fn check_rule(
        &self,
        cx: &Context<'_>,
        workload: &Workload<'_>,
        pod: &Pod<'_>,
        rule: &Apart<'_>,
        expected: &Expected,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let key = rule.topology_key;
        let surge = surge(workload, rule, expected.most)?;
        let needed = expected.most.saturating_add(surge);
        let title = workload.title();
        let cause = text!["pod anti-affinity over ", key, " is required"];
        let (finding, most) = if let Some(nodes) = self.max_nodes().filter(|nodes| needed > *nodes && expected.most > 0)
        {
            let (needed, most, nodes) = (needed.to_string(), expected.most.to_string(), nodes.to_string());
            let rollout = if surge > 0 { " plus one during a rollout" } else { "" };
            let pods = if expected.most == 1 { " pod" } else { " pods" };
            let message = [&title, " needs ", &needed, " nodes for ", &most, pods, rollout, ", more than ", &nodes];
            let message = [&message.concat(), ": ", &cause];
            (out.report(rule.node, message.concat()), true)
        } else {
            // `maxNodes` counts nodes, not zones.
            let counted = key == HOSTNAME && self.max_nodes.is_some();
            if counted || expected.pods < 2 || self::surge(workload, rule, expected.pods)? == 0 {
                return Ok(());
            }
            let (needed, pods) = (expected.pods.saturating_add(1).to_string(), expected.pods.to_string());
            let message = ["a rollout of ", &title, " needs ", &needed, places(key), " for ", &pods, " pods: "];
            let message = [&message.concat(), "maxUnavailable rounds down to 0, and ", &cause];
            let finding = out.report(rule.node, message.concat());
            (if key == HOSTNAME { finding.severity(Severity::Info) } else { finding }, false)
        };
        let mut finding = finding;
        if let Some(related) = related(cx, workload, expected, most) {
            finding = finding.related(related);
        }
        if let Some(term) = rule.node.value() {
            let lists = pod.spec().get("affinity").get("podAntiAffinity");
            let required = lists.get("requiredDuringSchedulingIgnoredDuringExecution");
            let preferred = lists.get("preferredDuringSchedulingIgnoredDuringExecution");
            let mut edits = Edit::take_out(required, &[rule.node])?;
            let value = json!({ "weight": 100, "podAffinityTerm": term.clone() });
            edits.push(Edit::Append { at: preferred.path(), value });
            let order = text!["prefer pod anti-affinity over ", key, " instead of requiring it"];
            finding.unsafe_fix(order, edits);
        }
        Ok(())
    }

    /// The autoscaler that allows more pods than there are nodes. Among files this is reported on the workload.
    fn check_scaler(
        &self,
        cx: &Context<'_>,
        autoscaler: &Autoscaler<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let (Some(nodes), Some(most)) = (self.max_nodes(), autoscaler.max_pods()?) else { return Ok(()) };
        if cx.is_batch() {
            return Ok(());
        }
        let Some(found) = at_issue(cx)? else { return Ok(()) };
        let object = cx.node(&found);
        let Some(workload) = Workload::of(object, found.kind) else { return Ok(()) };
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let Some(pod) = Pod::of(object, found.kind).map_err(unreadable)? else { return Ok(()) };
        // An autoscaler of a workload scaled to 0 is inactive.
        if workload.replicas().map_err(unreadable)? == Some(0) && !autoscaler.is_scaled_object() {
            return Ok(());
        }
        for rule in required(&pod, &workload, cx.namespace()).map_err(unreadable)? {
            let surge = surge(&workload, &rule, most).map_err(unreadable)?;
            let needed = most.saturating_add(surge);
            if needed <= nodes {
                continue;
            }
            let rollout = if surge > 0 { " during a rollout" } else { "" };
            let message = [
                if autoscaler.is_scaled_object() { "maxReplicaCount: " } else { "maxReplicas: " },
                &most.to_string(),
                " needs ",
                &needed.to_string(),
                " nodes",
                rollout,
                ", more than ",
                &nodes.to_string(),
                ": ",
                &workload.title(),
                " requires pod anti-affinity over ",
                rule.topology_key,
            ];
            let help = text!["set it to ", nodes.saturating_sub(surge).to_string(), " or less"];
            let note = "keeps its pods apart";
            let related = Related::to(found.kind, rule.node, object, note);
            out.report(autoscaler.max_node(), message.concat()).help(help).related(related);
        }
        Ok(())
    }
}

/// The terms that must keep the workload's own pods apart.
fn required<'a>(pod: &Pod<'a>, workload: &Workload<'_>, namespace: &str) -> Result<Vec<Apart<'a>>, Malformed> {
    let mut rules = rules(pod.spec(), workload.labels(), namespace)?;
    rules.retain(|rule| rule.own && rule.means == Means::RequiredAntiAffinity);
    Ok(rules)
}

/// How many nodes a rollout needs besides those of the `pods`: one, if no old pod is removed before a new one is ready. More
/// surge pods can wait.
fn surge(workload: &Workload<'_>, rule: &Apart<'_>, pods: i64) -> Result<i64, Malformed> {
    if *workload.kind() != kinds::DEPLOYMENT {
        return Ok(0);
    }
    if rule.is_per_revision()? {
        return Ok(0);
    }
    let Some(update) = RollingUpdate::of(workload.object())? else { return Ok(0) };
    Ok(i64::from(pods > 0 && update.unavailable(pods) == 0))
}

/// What a node label distinguishes.
fn places(key: &str) -> &'static str {
    match key.rsplit_once('/').map_or(key, |(_, name)| name) {
        "hostname" => " nodes",
        "zone" => " zones",
        "region" => " regions",
        _ => " topology domains",
    }
}

/// Points at what sets the number of pods, if that is an autoscaler: its maximum when `most` of them count.
fn related(cx: &Context<'_>, workload: &Workload<'_>, expected: &Expected, most: bool) -> Option<Related> {
    let found = expected.autoscaler.as_ref()?;
    if !most {
        return Some(expected.related(workload));
    }
    let autoscaler = Autoscaler::of(cx.node(found), found.kind)?;
    let field = if autoscaler.is_scaled_object() { "maxReplicaCount: " } else { "maxReplicas: " };
    let note = text![field, expected.most.to_string()];
    Some(Related::to(found.kind, autoscaler.max_node(), autoscaler.object(), note))
}
