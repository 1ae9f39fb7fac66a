use crate::kube::owner::is_controlled;
use crate::kube::volume::volumes;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Deployments with the strategy `Recreate`, and StatefulSets and DaemonSets with the update strategy `OnDelete`.
///
/// A Deployment of one pod that mounts a `ReadWriteOnce` claim is not reported: on another node, the new pod can't attach the
/// volume until the old pod has released it. Nor are StatefulSets and DaemonSets managed by an operator, which deletes the pods
/// itself.
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
/// Deployment, with the reason. If a claim isn't found and may still be created, the finding only warns on CREATE.
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
        let mut awaited = false;
        let effect = if deployment {
            let pods = cx.spec().get("replicas").int()?.unwrap_or(1);
            if pods <= 1
                && let Some(pod) = cx.pod()?
            {
                match exclusive_claim(cx, pod)? {
                    Claim::Exclusive => return Ok(()),
                    Claim::NotFound => awaited = true,
                    Claim::None => {}
                }
            }
            match pods {
                0 | 1 => " stops the old pod before the new one starts".to_owned(),
                pods => text![" stops all ", pods.to_string(), " pods before the first new one starts"],
            }
        } else {
            // An operator that sets this deletes the pods itself.
            if is_controlled(cx.object()) {
                return Ok(());
            }
            " leaves old pods running until somebody deletes them".to_owned()
        };
        let message = text![field, ".type: ", violation, effect];
        let order = text!["set ", field, ".type to RollingUpdate"];
        let edits = vec![Edit::set(place, json!("RollingUpdate"))];
        let finding = out.report(place, message).unsafe_fix(order, edits);
        if awaited {
            finding.warn_on_create();
        }
        Ok(())
    }
}

/// What is known of the claims that a pod mounts.
enum Claim {
    /// One of them can only be mounted on a single node.
    Exclusive,
    /// None of those that exist, but one is missing.
    NotFound,
    /// None.
    None,
}

fn exclusive_claim(cx: &Context<'_>, pod: &Pod<'_>) -> Result<Claim, CheckError> {
    let mut missing = false;
    for volume in volumes(pod)? {
        let Some(name) = volume.source("persistentVolumeClaim")?.get("claimName").str()? else { continue };
        let claims = cx.list(&kinds::PERSISTENT_VOLUME_CLAIM, Filter::Named(name))?;
        let Some(found) = claims.iter().find(|found| found.name() == name) else {
            missing = true;
            continue;
        };
        let modes = cx.node(&found).get("spec").get("accessModes").items();
        let (mut single, mut shared) = (false, false);
        for mode in modes.map_err(|malformed| found.unreadable(&malformed))? {
            match mode.str().map_err(|malformed| found.unreadable(&malformed))? {
                Some("ReadWriteOnce" | "ReadWriteOncePod") => single = true,
                Some("ReadWriteMany") => shared = true,
                _ => {}
            }
        }
        if single && !shared {
            return Ok(Claim::Exclusive);
        }
    }
    Ok(if missing { Claim::NotFound } else { Claim::None })
}
