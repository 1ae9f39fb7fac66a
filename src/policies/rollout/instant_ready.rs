use crate::policies::prelude::*;

/// ## What it does
/// Reports Deployments, StatefulSets, DaemonSets and Argo Rollouts whose `minReadySeconds` is less than `minSeconds`; where
/// it is absent it is 0. Strategies that don't wait for a pod before they replace the next, `Recreate` and `OnDelete`, are
/// left alone.
///
/// ## Why
/// A new pod counts as available at its first good readiness probe, and the rollout goes on to the next at once. A version
/// that answers and crashes seconds later, at the first real request or when its memory runs out, has by then replaced
/// every pod. When each pod has to stay ready for a moment, the rollout stops at the first one.
///
/// ## What to write
/// ```yaml
/// spec:
///   minReadySeconds: 5
/// ```
/// `progressDeadlineSeconds` has to be longer.
///
/// ## Limits
/// The wait comes on top for every batch of pods: with 100 pods, 25 at a time, a rollout takes 20 seconds more. Where the
/// deadline is too short for it, there is no fix.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct InstantReady {
    /// The shortest time for which a new pod has to stay ready, in seconds.
    pub min_seconds: u16,
}

impl Default for InstantReady {
    fn default() -> InstantReady {
        InstantReady { min_seconds: 5 }
    }
}

impl Policy for InstantReady {
    const METADATA: Metadata = Metadata {
        id: "instant-ready",
        title: "New pods stay ready for a moment before the rollout goes on",
        why: "a version that crashes seconds after its start replaces every pod before anybody notices",
        help: "set minReadySeconds",
        category: Category::Rollout,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::ROLLOUT],
        ephemeral: false,
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::MIN_READY],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        let has_deadline = [&kinds::DEPLOYMENT, &kinds::ROLLOUT].contains(&cx.kind());
        let strategy = spec.get(if has_deadline { "strategy" } else { "updateStrategy" }).mapping()?;
        if matches!(strategy.get("type").str()?, Some("Recreate" | "OnDelete")) {
            return Ok(());
        }
        let node = spec.get("minReadySeconds");
        let written = node.int()?;
        let seconds = written.unwrap_or(0);
        let min = i64::from(self.min_seconds);
        if seconds >= min {
            return Ok(());
        }
        let by_default = if written.is_none() { " by default" } else { "" };
        let wanted = min.to_string();
        let message = text!["minReadySeconds is ", seconds.to_string(), by_default, ", less than ", wanted];
        let help = text!["set minReadySeconds to ", wanted];
        let finding = out.report(node, message);
        if has_deadline && spec.get("progressDeadlineSeconds").int()?.unwrap_or(600) <= min {
            // The API demands it of a Deployment, and without it no rollout succeeds.
            finding.help(text![help, " and progressDeadlineSeconds to more than that"]);
            return Ok(());
        }
        let edits = vec![Edit::set(node, json!(min))];
        finding.safe_fix(help, edits);
        Ok(())
    }
}
