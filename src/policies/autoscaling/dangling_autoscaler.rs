use crate::kube::autoscaler::Autoscaler;
use crate::kube::workload::{LOOKED_UP, REPLICATED};
use crate::lookup::reference::{self, Target};
use crate::policies::prelude::*;

/// ## What it does
/// Reports HorizontalPodAutoscalers and KEDA ScaledObjects that scale nothing:
///
/// - the Deployment or StatefulSet that `scaleTargetRef` names isn't there, in the autoscaler's namespace;
/// - the kind has no such thing as a number of pods that could be set: a DaemonSet, Pod, Job or CronJob;
/// - `apiVersion` leads to another kind, or to none: a Deployment is one of `apps`, not of `extensions` nor, which is what
///   an absent `apiVersion` means to a HorizontalPodAutoscaler, of the core group.
///
/// An autoscaler that KEDA made is its ScaledObject's affair.
///
/// ## Why
/// Nothing says so but a condition in the autoscaler's status. The workload that was meant, renamed or misspelt, keeps the
/// number of pods that it has, and everybody believes that it is scaled until the load comes.
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
/// The workload may arrive after its autoscaler: unless `onViolation` is set, a missing one only warns when the autoscaler is
/// created. ReplicaSets, ReplicationControllers, Rollouts and other custom resources are not looked up.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingAutoscaler {}

impl Policy for DanglingAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "dangling-autoscaler",
        title: "Autoscalers scale something that is there",
        why: "what it was meant for is not scaled, and nothing says so until the load comes",
        help: "name the workload as it is called, in the same namespace, or remove the autoscaler",
        category: Category::Autoscaling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
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
        // KEDA takes an absent apiVersion for that of apps.
        let is_default = autoscaler.is_scaled_object() && api_version.is_empty();
        if let Some(kind) = meant(written).filter(|kind| !is_default && !kind.is(api_version, written)) {
            if api_version.contains('.') {
                // Somebody's own kind of that name.
                return Ok(());
            }
            let (version, group) = (kind.api_version(), api_version);
            let message = match group {
                "" => text!["a ", written, " without an apiVersion is one of the core group, which has none"],
                _ => text!["there is no ", written, " in ", group],
            };
            out.report(target.get("apiVersion"), message).help(text!["set apiVersion to ", version]);
            return Ok(());
        }
        let Some((kind, name)) = autoscaler.target()? else { return Ok(()) };
        if !REPLICATED.contains(&kind) {
            let message = text!["a ", kind.name, " has no number of pods that could be scaled"];
            out.report(target.get("kind"), message)
                .help("scale a Deployment or a StatefulSet, or remove the autoscaler");
            return Ok(());
        }
        if !LOOKED_UP.contains(&kind) {
            return Ok(());
        }
        let Target::Missing(missing) = reference::target(cx, kind, name)? else { return Ok(()) };
        let message = text![kind.name, " \"", name, "\" ", missing.verdict()];
        out.report(target.get("name"), message).severity(missing.severity(Self::METADATA.severity));
        Ok(())
    }
}

/// The built-in kind that people mean by this name.
fn meant(name: &str) -> Option<&'static Kind> {
    let kinds: [&'static Kind; 3] = [&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET];
    kinds.into_iter().find(|kind| kind.name == name)
}
