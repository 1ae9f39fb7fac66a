use crate::kube::kinds::SERVICE_ACCOUNT;
use crate::kube::owner::is_controlled;
use crate::kube::service_account::{AccountName, DEFAULT};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports pods, and workloads that create pods, whose `serviceAccountName` names no ServiceAccount in their namespace.
/// The account `default` exists in every namespace and is never reported. Objects that a controller created are
/// skipped: their owner is reported.
///
/// ## Why
/// The API server rejects a pod whose ServiceAccount doesn't exist. Only the pod: the Deployment that names it is
/// accepted, and then nothing happens. No pod appears, none fails, and the reason is hidden in an event of the
/// ReplicaSet. On an update the old pods keep running and the rollout hangs until its deadline.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: ServiceAccount
/// metadata:
///   name: checkout
///   namespace: shop
/// ```
/// ## Limits
/// The account may be created after the workload, for example when files are applied in alphabetical order: unless
/// `onViolation` is set, a missing account only warns when the workload is created.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingServiceAccount {
    /// Names of accounts that something else creates, such as an operator. `*` and `?` are wildcards.
    pub external: Vec<Glob>,
}

impl Policy for MissingServiceAccount {
    const METADATA: Metadata = Metadata {
        id: "missing-service-account",
        title: "ServiceAccounts of pods exist",
        why: "the API server rejects every pod whose ServiceAccount doesn't exist",
        help: "create the ServiceAccount, or use one that exists",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        needs: &[&SERVICE_ACCOUNT],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::SERVICE_ACCOUNTS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let account = AccountName::of(pod)?;
        let name = account.name;
        if name == DEFAULT || is_controlled(cx.object()) || self.external.iter().any(|known| known.matches(name)) {
            return Ok(());
        }
        if account.look_up(cx)?.is_none() {
            let message = text![account.title(), " does not exist in namespace \"", cx.namespace(), "\""];
            out.report(account.node, message);
        }
        Ok(())
    }
}
