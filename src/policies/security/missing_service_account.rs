use crate::kube::kinds::SERVICE_ACCOUNT;
use crate::kube::owner::is_controlled;
use crate::kube::service_account::{AccountName, DEFAULT};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports pods, and workloads that make pods, with a `serviceAccountName` that no ServiceAccount of their namespace has.
/// The account `default` is in every namespace and never missing. Objects that a controller made are left alone: what made
/// them is reported.
///
/// ## Why
/// The API server refuses a pod whose ServiceAccount doesn't exist. Only the pod: the Deployment that names it is accepted,
/// and then nothing happens. No pod appears, none fails, and the reason stands in an event of the ReplicaSet. On an update
/// the old pods run on and the rollout hangs until its deadline.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: ServiceAccount
/// metadata:
///   name: checkout
///   namespace: shop
/// ```
///
/// ## Limits
/// The account may arrive after the workload, as files in alphabetical order do: unless `onViolation` is set, a missing
/// one only warns when the workload is created.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingServiceAccount {
    /// The names of accounts that something else makes, such as an operator. `*` and `?` stand for characters.
    pub external: Vec<Glob>,
}

impl Policy for MissingServiceAccount {
    const METADATA: Metadata = Metadata {
        id: "missing-service-account",
        title: "The ServiceAccounts of pods exist",
        why: "the API server refuses every pod whose ServiceAccount doesn't exist",
        help: "add the ServiceAccount, or name one that exists",
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
            let message = text!["there is no ", account.title(), " in namespace \"", cx.namespace(), "\""];
            out.report(account.node, message);
        }
        Ok(())
    }
}
