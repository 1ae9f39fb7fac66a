use crate::kube::kinds::SERVICE_ACCOUNT;
use crate::kube::service_account::{AccountName, DEFAULT};
use crate::kube::volume::volumes;
use crate::policies::prelude::*;

/// ## What it does
/// Reports a pod that runs as the ServiceAccount `default`, explicitly or because it names none, and gets its token:
/// neither the pod nor the ServiceAccount sets `automountServiceAccountToken: false`, or the pod mounts a token itself
/// through a projected volume. Mirror pods, which the kubelet creates for static pods, can't have a ServiceAccount and
/// are skipped.
///
/// ## Why
/// All pods of a namespace that name no account are the same `default` to the API server. As soon as one of them needs
/// a permission and gets it, all of them have it, and the audit log can't tell them apart. A pod that doesn't talk to
/// the API needs no token at all; an attacker who breaks into it would find one.
///
/// ## What to write
/// ```yaml
/// spec:
///   automountServiceAccountToken: false
/// ```
/// For a pod that talks to the API, name a dedicated account:
/// ```yaml
/// spec:
///   serviceAccountName: checkout
/// ```
/// ## Limits
/// Files rarely contain the ServiceAccount `default`. Where it isn't given, it is taken to mount its token, as
/// Kubernetes does by default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DefaultServiceAccount {}

impl Policy for DefaultServiceAccount {
    const METADATA: Metadata = Metadata {
        id: "default-service-account",
        title: "Pods use a dedicated ServiceAccount or mount no token",
        why: "every pod in the namespace shares the default ServiceAccount and whatever it is granted",
        help: "set automountServiceAccountToken to false, or serviceAccountName to a dedicated account",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Strict,
        targets: POD_KINDS,
        needs: &[&SERVICE_ACCOUNT],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::SERVICE_ACCOUNTS, sources::POD_SERVICE_ACCOUNT],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let account = AccountName::of(pod)?;
        if account.name != DEFAULT || pod.annotation("kubernetes.io/config.mirror")?.is_some() {
            return Ok(());
        }
        let start = if account.node.exists() && account.node.str()? == Some(DEFAULT) {
            "the pod runs as ServiceAccount \"default\" and "
        } else {
            "the pod sets no serviceAccountName: it runs as \"default\" and "
        };
        if mounts_token(&account, pod, cx)? {
            out.report(account.node, text![start, "gets its token"]);
        } else if token_volume(pod)?.is_some() {
            let help = "set serviceAccountName to a dedicated account";
            out.report(account.node, text![start, "mounts its token"]).help(help);
        }
        Ok(())
    }
}

/// True when the API server mounts the account's token into the pod.
fn mounts_token(account: &AccountName<'_>, pod: &Pod<'_>, cx: &Context<'_>) -> Result<bool, CheckError> {
    if let Some(own) = pod.spec().get("automountServiceAccountToken").bool()? {
        return Ok(own);
    }
    let found = match account.look_up(cx) {
        Err(InventoryError::NotGiven { .. }) => None,
        answer => answer?,
    };
    let Some(found) = found else { return Ok(true) };
    let node = cx.node(&found).get("automountServiceAccountToken");
    Ok(node.bool().map_err(|malformed| found.unreadable(&malformed))? != Some(false))
}

/// The place of the first token that the pod mounts itself.
fn token_volume<'a>(pod: &Pod<'a>) -> Result<Option<Node<'a>>, Malformed> {
    for volume in volumes(pod)? {
        for source in volume.source("projected")?.get("sources").items()? {
            let token = source.get("serviceAccountToken");
            if token.exists() {
                return Ok(Some(token));
            }
        }
    }
    Ok(None)
}
