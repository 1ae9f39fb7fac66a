use crate::kube::exclusive::Exclusive;
use crate::kube::owner::is_controlled;
use crate::kube::workload::Workload;
use crate::lookup::exclusive::{ClaimMode, claim_mode};
use crate::lookup::serving::is_controller;
use crate::lookup::workload::is_run_by_rollout;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Deployments with the strategy `Recreate`, and StatefulSets and DaemonSets with the update strategy `OnDelete`.
///
/// Not reported are Deployments whose new pod couldn't start before the old one is removed anyway: singletons (labelled
/// `plimsoll.dev/singleton: "true"`), and those of one pod that mounts a `ReadWriteOnce` claim, binds a host port, uses a device
/// such as a GPU, keeps a database or is a controller of the cluster: one with an option such as `--leader-elect`, or with a
/// ServiceAccount of its own, no port but for monitoring and no readiness probe that serves another purpose. Nor are StatefulSets and DaemonSets managed by an operator, which deletes the pods itself.
///
/// ## Why
/// `Recreate` stops all pods, waits until they are gone and only then starts the new ones: every release is an outage of
/// seconds to minutes, and a release that doesn't start is an outage until somebody rolls it back. With `OnDelete` the
/// new version is accepted and nothing happens until pods are deleted by hand or a node fails, so two versions run side by
/// side unnoticed.
///
/// ## What to write
/// ```yaml
/// strategy:
///   type: RollingUpdate
///   rollingUpdate:
///     maxUnavailable: 0
///     maxSurge: 25%
/// ```
///
/// ## Limits
/// No manifest shows that two versions must never run side by side, say because of a database schema: exempt such a
/// Deployment, with the reason. If a claim isn't found and may still be created, the finding only warns on CREATE. There is no
/// fix if several pods share a `ReadWriteOnce` claim, bind host ports or use devices: there `maxSurge: 0` lets a rolling update
/// replace them one by one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RecreateStrategy {}

impl Policy for RecreateStrategy {
    const METADATA: Metadata = Metadata {
        id: "recreate-strategy",
        title: "Updates replace pods one by one",
        why: "each release is an outage, or isn't rolled out at all",
        help: "set the strategy's type to RollingUpdate",
        category: Category::Rollout,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET],
        needs: &[&kinds::PERSISTENT_VOLUME_CLAIM],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::RECREATE, sources::STATEFUL_SET_UPDATES, sources::DAEMON_SET_UPDATES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let deployment = *cx.kind() == kinds::DEPLOYMENT;
        let (field, violation) = if deployment { ("strategy", "Recreate") } else { ("updateStrategy", "OnDelete") };
        let place = cx.spec().get(field).mapping()?.get("type");
        if place.str()? != Some(violation) {
            return Ok(());
        }
        let message = text![field, ".type: ", violation];
        let edit = Edit::set(place, "RollingUpdate");
        let title = text!["set ", field, ".type to RollingUpdate"];
        if !deployment {
            // An operator that sets this deletes the pods itself.
            if !is_controlled(cx.object()) {
                let message = text![message, " leaves old pods running until somebody deletes them"];
                out.report(place, message).unsafe_fix(title, vec![edit]);
            }
            return Ok(());
        }
        let (Some(workload), Some(pod)) = (Workload::of(cx.object(), cx.kind()), cx.pod()?) else { return Ok(()) };
        // Such a Deployment's own strategy isn't used.
        if is_run_by_rollout(cx)? {
            return Ok(());
        }
        let pods = workload.replicas()?.unwrap_or(1);
        let mut reason = Exclusive::of(&workload, pod, cx.namespace())?;
        let mut awaited = false;
        match reason {
            Some(Exclusive::Singleton) => return Ok(()),
            Some(Exclusive::Recreate) if pods <= 1 && is_controller(cx, pod)? => return Ok(()),
            Some(Exclusive::HostPort | Exclusive::Device | Exclusive::DataStore) if pods <= 1 => return Ok(()),
            Some(Exclusive::SharedClaim) => match claim_mode(cx, pod) {
                Ok(Some(ClaimMode::Single)) if pods <= 1 => return Ok(()),
                Ok(Some(ClaimMode::Missing)) => awaited = pods <= 1,
                Ok(Some(ClaimMode::Shared)) => reason = None,
                // That several pods stop at once is certain without the claim.
                Err(CheckError::Inventory(InventoryError::NotGiven { .. })) if pods > 1 => {}
                answer => {
                    answer?;
                }
            },
            _ => {}
        }
        let effect = match pods {
            0 | 1 => " stops the old pod before the new one starts".to_owned(),
            pods => text![" stops all ", pods.to_string(), " pods before the first new one starts"],
        };
        let mut finding = out.report(place, text![message, effect]);
        if matches!(reason, None | Some(Exclusive::Recreate)) {
            // More than three pods would lose some in every rollout otherwise.
            let unavailable = cx.spec().dig(&["strategy", "rollingUpdate"]).get("maxUnavailable");
            let edits = vec![edit, Edit::set(unavailable, 0)];
            finding = finding.unsafe_fix(text![title, " and maxUnavailable to 0"], edits);
        } else {
            finding = finding.help(text![title, ", and maxSurge to 0 if no new pod can start beside the old ones"]);
        }
        if awaited {
            finding.warn_on_create();
        }
        Ok(())
    }
}
