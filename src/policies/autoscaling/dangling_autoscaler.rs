use crate::kube::autoscaler::Autoscaler;
use crate::kube::workload::{LOOKED_UP, REPLICATED};
use crate::lookup::reference::{self, Target};
use crate::policies::prelude::*;

/// ## What it does
/// Reports HorizontalPodAutoscalers and KEDA ScaledObjects that scale nothing:
///
/// - the Deployment or StatefulSet named by `scaleTargetRef` does not exist in the autoscaler's namespace;
/// - the kind can't be scaled because it has no replica count: a DaemonSet, Pod, Job or CronJob;
/// - `apiVersion` does not match the kind: Deployments are in group `apps`, not in `extensions` and not in the core group,
///   which is what a missing `apiVersion` means in a HorizontalPodAutoscaler.
///
/// HorizontalPodAutoscalers created by KEDA are skipped: their ScaledObject is checked instead.
///
/// ## Why
/// The only sign is a condition in the autoscaler's status. The intended workload, renamed or misspelt, keeps its current
/// replica count, and everybody believes it is autoscaled until load rises.
///
/// ## What to write
/// ```yaml
/// scaleTargetRef:
///   apiVersion: apps/v1
///   kind: Deployment
///   name: web
/// ```
///
/// ## Limits
/// The workload may be applied after its autoscaler: unless `onViolation` is set, a missing one only warns on CREATE.
/// ReplicaSets, ReplicationControllers, Rollouts and other custom resources are not looked up. A Deployment `<name>-primary`
/// is not reported when a Flagger Canary among the files targets `<name>`: Flagger creates it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingAutoscaler {}

impl Policy for DanglingAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "dangling-autoscaler",
        title: "Autoscaler targets exist and can be scaled",
        why: "the workload is not autoscaled, and nobody notices until load rises",
        help: "correct scaleTargetRef to name a workload in the same namespace, or remove the autoscaler",
        category: Category::Autoscaling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        by_name: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::HORIZONTAL_AUTOSCALING, sources::KEDA_SCALED_OBJECT],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) else { return Ok(()) };
        if autoscaler.is_made_by_keda() {
            return Ok(());
        }
        let target = autoscaler.target_node().mapping()?;
        let api_version = target.get("apiVersion").str()?.unwrap_or_default();
        let written = match target.get("kind").str()? {
            None if autoscaler.is_scaled_object() => "Deployment",
            written => written.unwrap_or_default(),
        };
        if let Some(kind) = in_wrong_case(written) {
            let message = text!["there is no kind ", written, ": kinds are case-sensitive"];
            out.report(target.get("kind"), message).help(text!["set kind to ", kind.name]);
            return Ok(());
        }
        // In KEDA a missing apiVersion defaults to apps/v1.
        let is_default = autoscaler.is_scaled_object() && api_version.is_empty();
        if let Some(kind) = built_in(written).filter(|kind| !is_default && !kind.is(api_version, written)) {
            if api_version.contains('.') {
                // A custom resource of the same name.
                return Ok(());
            }
            let (version, group) = (kind.api_version(), api_version);
            let message = match group {
                "" => text!["scaleTargetRef has no apiVersion, and the core group has no ", written],
                _ => text!["API version ", group, " has no ", written],
            };
            out.report(target.get("apiVersion"), message).help(text!["set apiVersion to ", version]);
            return Ok(());
        }
        let Some((kind, name)) = autoscaler.target()? else { return Ok(()) };
        if !REPLICATED.contains(&kind) {
            let message = text!["a ", kind.name, " can't be autoscaled: it has no replica count"];
            out.report(target.get("kind"), message)
                .help("target a Deployment or a StatefulSet, or remove the autoscaler");
            return Ok(());
        }
        if !LOOKED_UP.contains(&kind) {
            return Ok(());
        }
        let Target::Missing(missing) = reference::target(cx, kind, name)? else { return Ok(()) };
        let message = text!["target ", kind.name, " \"", name, "\" ", missing.verdict()];
        out.report(target.get("name"), message).severity(missing.severity(Self::METADATA.severity));
        Ok(())
    }
}

/// The built-in kind that this name spells in the wrong case.
fn in_wrong_case(name: &str) -> Option<&'static Kind> {
    REPLICATED.iter().copied().find(|kind| kind.name != name && kind.name.eq_ignore_ascii_case(name))
}

/// The built-in kind of this name.
fn built_in(name: &str) -> Option<&'static Kind> {
    let kinds: [&'static Kind; 3] = [&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET];
    kinds.into_iter().find(|kind| kind.name == name)
}
