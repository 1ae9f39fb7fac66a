use crate::kube::volume::volumes;
use crate::policies::prelude::*;

/// ## What it does
/// Reports a pod that runs as the ServiceAccount `default`, explicitly or because it names none, and gets its token:
/// the pod doesn't set `automountServiceAccountToken: false`, or mounts a token itself through a projected volume.
/// Mirror pods, which the kubelet creates for static pods, can't have a ServiceAccount and are skipped.
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
/// `automountServiceAccountToken: false` on the ServiceAccount isn't seen. Set on the pod it has the same effect, and
/// holds whatever happens to the account.
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
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::SERVICE_ACCOUNTS, sources::POD_SERVICE_ACCOUNT],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let name = pod.spec().get("serviceAccountName");
        // The deprecated field still works where the newer one isn't set.
        let node = match (name.str()?, pod.spec().get("serviceAccount")) {
            (None | Some(""), deprecated) if !matches!(deprecated.str()?, None | Some("")) => deprecated,
            _ => name,
        };
        let account = node.str()?.unwrap_or_default();
        if !matches!(account, "" | "default") || pod.annotation("kubernetes.io/config.mirror")?.is_some() {
            return Ok(());
        }
        let start = if account.is_empty() {
            "the pod sets no serviceAccountName: it runs as \"default\" and "
        } else {
            "the pod runs as ServiceAccount \"default\" and "
        };
        if pod.spec().get("automountServiceAccountToken").bool()? != Some(false) {
            out.report(node, text![start, "gets its token"]);
        } else if token_volume(pod)?.is_some() {
            let help = "set serviceAccountName to a dedicated account";
            out.report(node, text![start, "mounts its token"]).help(help);
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
