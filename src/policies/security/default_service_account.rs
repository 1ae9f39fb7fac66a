use crate::kube::volume::volumes;
use crate::policies::prelude::*;

/// ## What it does
/// Reports a pod that runs as the service account `default`, by name or because it names none, and gets its token: it
/// doesn't set `automountServiceAccountToken` to `false`, or it mounts a token itself, through a projected volume. Pods
/// that the kubelet reads from files (mirror pods) can't have an account and are left alone.
///
/// ## Why
/// Every pod of a namespace that says nothing is the same `default` to the API server. As soon as one of them needs a
/// right and gets it, all of them have it, and in the audit log they can't be told apart. A pod that doesn't talk to the
/// API needs no token at all, and whoever breaks into it would find one.
///
/// ## What to write
/// ```yaml
/// spec:
///   automountServiceAccountToken: false
/// ```
/// For a pod that talks to the API: an account of its own.
/// ```yaml
/// spec:
///   serviceAccountName: checkout
/// ```
///
/// ## Limits
/// `automountServiceAccountToken: false` on the ServiceAccount isn't seen here. Written in the pod it says the same, and
/// counts whatever becomes of the account.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DefaultServiceAccount {}

impl Policy for DefaultServiceAccount {
    const METADATA: Metadata = Metadata {
        id: "default-service-account",
        title: "Pods have a service account of their own or no token",
        why: "whatever the default service account may do, every pod of the namespace may do",
        help: "set automountServiceAccountToken to false, or serviceAccountName to an account of the pod's own",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::SERVICE_ACCOUNTS, sources::POD_SERVICE_ACCOUNT],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let name = pod.spec().get("serviceAccountName");
        // The older name of the field still works, where the newer one isn't set.
        let node = match (name.str()?, pod.spec().get("serviceAccount")) {
            (None | Some(""), older) if !matches!(older.str()?, None | Some("")) => older,
            _ => name,
        };
        let account = node.str()?.unwrap_or_default();
        if !matches!(account, "" | "default") || pod.annotation("kubernetes.io/config.mirror")?.is_some() {
            return Ok(());
        }
        let who = if account.is_empty() {
            "the pod names no service account: it runs as \"default\" and "
        } else {
            "the pod runs as the service account \"default\" and "
        };
        if pod.spec().get("automountServiceAccountToken").bool()? != Some(false) {
            out.report(node, text![who, "gets its token"]);
        } else if token_volume(pod)?.is_some() {
            let help = "set serviceAccountName to an account of the pod's own";
            out.report(node, text![who, "mounts its token"]).help(help);
        }
        Ok(())
    }
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
