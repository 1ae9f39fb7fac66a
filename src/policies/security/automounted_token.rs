use crate::kube::kinds::SERVICE_ACCOUNT;
use crate::kube::service_account::AccountName;
use crate::kube::volume::{Volume, volumes};
use crate::policies::prelude::*;
use crate::settings::LabelKey;

/// ## What it does
/// Reports pods into whose containers the token of their ServiceAccount is mounted without being asked for: the pod's
/// `automountServiceAccountToken` is not `false`, and where the pod sets none, neither is the account's. A projected
/// volume with a token for the API server is reported as well.
///
/// A pod that uses the API says so with an annotation (`optInAnnotation`), on itself or on the object that makes it, and
/// is then left alone. So are tokens with an `audience`, which other services take and the API server does not.
///
/// ## Why
/// Few programs ever ask the API server anything, but every pod gets a token for it by default. Whoever breaks into a
/// container finds it at a well-known path, and may do with it what the account may: often more than was meant, because
/// roles are bound to the `default` account to make something work.
///
/// ## What to write
/// ```yaml
/// spec:
///   automountServiceAccountToken: false
/// ```
/// On the ServiceAccount it covers all pods that set none themselves.
///
/// ## Limits
/// A pod that sets nothing can't be checked without its ServiceAccount. Among files that has to be given too; the
/// `default` one seldom is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutomountedToken {
    /// The annotation by which a pod, or the object that makes it, says that it uses the API. Any value will do but an
    /// empty one and `false`: the reason, for example.
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
        title: "Only pods that use the API get a token for it",
        why: "whoever breaks into the pod may do all that its ServiceAccount may",
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
        // The kubelet's own image of a static pod, which can't have a token.
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
            (None, Some(_)) => "its automountServiceAccountToken is true",
            (None, None) => "automountServiceAccountToken is not set",
        };
        let message = text!["the token of ", account.title(), " is mounted: ", because];
        let mut finding = out.report(node, message).help(self.help("set automountServiceAccountToken to false"));
        if let Some(found) = &found {
            let root = cx.node(&found);
            let place = root.get("automountServiceAccountToken");
            finding = finding.related(Related::to(found.kind, place, root, "could decide for all its pods"));
        } else if own.is_none() {
            // Whoever makes the account may still decide it there.
            finding = finding.warn_on_create();
        }
        // Into a Pod that the API server is admitting the token's volume has been put already.
        if !automounted {
            let edits = vec![Edit::set(node, json!(false))];
            finding.unsafe_fix("set automountServiceAccountToken to false", edits);
        }
        Ok(())
    }
}

/// How the volumes begin that the API server adds for the token.
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

    fn help(&self, order: &str) -> String {
        match &self.opt_in_annotation {
            Some(key) => text![order, ", or annotate the pod with ", key.as_str(), " if it uses the API"],
            None => order.to_owned(),
        }
    }

    fn check_volume(&self, volume: &Volume<'_>, out: &mut Findings) -> Result<(), Malformed> {
        // What is there on account of automounting is told as such.
        if volume.name.starts_with(AUTOMOUNTED) {
            return Ok(());
        }
        for source in volume.source("projected")?.get("sources").items()? {
            let token: Node<'_> = source.mapping()?.get("serviceAccountToken").mapping()?;
            if token.exists() && token.get("audience").str()?.unwrap_or_default().is_empty() {
                let message = text!["volume \"", volume.name, "\" has a token for the API server"];
                out.report(token, message).help(self.help("remove the token, or set its audience"));
            }
        }
        Ok(())
    }
}
