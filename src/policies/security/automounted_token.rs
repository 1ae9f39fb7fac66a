use crate::kube::kinds::SERVICE_ACCOUNT;
use crate::kube::service_account::AccountName;
use crate::kube::volume::{Volume, volumes};
use crate::policies::prelude::*;
use crate::settings::LabelKey;

/// ## What it does
/// Reports pods that mount their ServiceAccount's token without asking for it: `automountServiceAccountToken` is not
/// `false` on the pod or, where the pod doesn't set it, on the ServiceAccount. A projected volume with a token for the
/// API server is reported too.
///
/// A pod that uses the API declares it with an annotation (`optInAnnotation`), on itself or on the object that creates
/// it, and is not reported. Neither are tokens with an `audience`, which are for other services and not accepted by the
/// API server.
///
/// ## Why
/// Few programs ever call the API server, yet every pod gets a token for it by default. An attacker who breaks into a
/// container finds the token at a well-known path and can do everything the account may: often more than intended,
/// because roles get bound to the `default` account just to make something work.
///
/// ## What to write
/// ```yaml
/// spec:
///   automountServiceAccountToken: false
/// ```
/// Set on the ServiceAccount, it covers all pods that don't set the field themselves.
///
/// ## Limits
/// A pod that doesn't set the field can't be checked without its ServiceAccount. When checking files, include it; the
/// `default` one is seldom among them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutomountedToken {
    /// The annotation by which a pod, or the object that creates it, declares that it uses the API. Any value counts except
    /// an empty one and `false`; the reason makes a good value.
    pub opt_in_annotation: Option<LabelKey>,
}

impl Default for AutomountedToken {
    fn default() -> AutomountedToken {
        AutomountedToken { opt_in_annotation: LabelKey::parse("plimsoll.dev/uses-kubernetes-api") }
    }
}

impl Policy for AutomountedToken {
    const METADATA: Metadata = Metadata {
        id: "automounted-token",
        title: "Only pods that use the Kubernetes API mount a token for it",
        why: "an attacker in the pod can do everything its ServiceAccount may",
        help: "set automountServiceAccountToken to false",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        needs: &[&SERVICE_ACCOUNT],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::TOKEN_AUTOMOUNTING, sources::SERVICE_ACCOUNTS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // Mirror pods, which the kubelet creates for static pods, can't have a token.
        if pod.metadata().get("annotations").entry("kubernetes.io/config.mirror").exists() || self.opts_in(cx, pod)? {
            return Ok(());
        }
        let volumes = volumes(pod)?;
        let automounted = volumes.iter().any(|volume| volume.name.starts_with(AUTOMOUNTED));
        for volume in volumes {
            self.check_volume(&volume, out)?;
        }
        let node = pod.spec().get("automountServiceAccountToken");
        let own = node.bool()?;
        if own == Some(false) {
            return Ok(());
        }
        let account = AccountName::of(pod)?;
        let found = if own.is_none() { account.look_up(cx)? } else { None };
        let theirs = match &found {
            Some(found) => {
                let node = cx.node(&found).get("automountServiceAccountToken");
                node.bool().map_err(|malformed| found.unreadable(&malformed))?
            }
            None => None,
        };
        if theirs == Some(false) {
            return Ok(());
        }
        let because = match (own, theirs) {
            (Some(_), _) => "automountServiceAccountToken is true",
            (None, Some(_)) => "the ServiceAccount sets automountServiceAccountToken to true",
            (None, None) => "automountServiceAccountToken is not set",
        };
        let message = text!["the token of ", account.title(), " is mounted: ", because];
        let mut finding = out.report(node, message).help(self.help("set automountServiceAccountToken to false"));
        if let Some(found) = &found {
            let root = cx.node(&found);
            let place = root.get("automountServiceAccountToken");
            finding = finding.related(Related::to(found.kind, place, root, "can set this for all its pods"));
        } else if own.is_none() {
            // The account may still arrive and set it.
            finding = finding.warn_on_create();
        }
        // At admission the API server has already added the token's volume to a Pod.
        if !automounted {
            let edits = vec![Edit::set(node, json!(false))];
            finding.unsafe_fix("set automountServiceAccountToken to false", edits);
        }
        Ok(())
    }
}

/// How the names of the volumes begin that the API server adds for the token.
const AUTOMOUNTED: &str = "kube-api-access-";

impl AutomountedToken {
    fn opts_in(&self, cx: &Context<'_>, pod: &Pod<'_>) -> Result<bool, Malformed> {
        let Some(key) = &self.opt_in_annotation else { return Ok(false) };
        for metadata in [pod.metadata(), cx.object().get("metadata")] {
            let value = metadata.get("annotations").entry(key.as_str()).str()?.unwrap_or_default();
            if !matches!(value.trim_ascii(), "" | "false") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn help(&self, action: &str) -> String {
        match &self.opt_in_annotation {
            Some(key) => text![action, ", or annotate the pod with ", key.as_str(), " if it uses the API"],
            None => action.to_owned(),
        }
    }

    fn check_volume(&self, volume: &Volume<'_>, out: &mut Findings) -> Result<(), Malformed> {
        // A token that the API server mounted is reported as automounted.
        if volume.name.starts_with(AUTOMOUNTED) {
            return Ok(());
        }
        for source in volume.source("projected")?.get("sources").items()? {
            let token: Node<'_> = source.mapping()?.get("serviceAccountToken").mapping()?;
            if token.exists() && token.get("audience").str()?.unwrap_or_default().is_empty() {
                let message = text!["volume \"", volume.name, "\" mounts a token for the API server"];
                out.report(token, message).help(self.help("remove the token, or set its audience"));
            }
        }
        Ok(())
    }
}
