use crate::inventory::Absence;
use crate::kube::kinds::SERVICE_ACCOUNT;
use crate::kube::service_account::{AccountName, DEFAULT};
use crate::kube::volume::{Volume, volumes};
use crate::policies::prelude::*;
use crate::settings::{Glob, LabelKey};

/// ## What it does
/// Reports pods that mount their ServiceAccount's token without asking for it: `automountServiceAccountToken` is not
/// `false` on the pod or, where the pod doesn't set it, on the ServiceAccount. A projected volume with a token for the
/// API server is reported too, whatever its name: one without an `audience`, or with one of `apiAudiences`.
///
/// Not reported are pods whose account gets rights from a RoleBinding or ClusterRoleBinding among the objects given:
/// they are meant to use the API. A pod can also declare that it uses the API with an annotation (`optInAnnotation`),
/// on itself or on the object that creates it; in a cluster that only counts with `honorAnnotations: true`. An explicit
/// `automountServiceAccountToken: true` is a statement and only gets an info finding.
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
/// Set on the ServiceAccount, it covers all pods that don't set the field themselves. Set it to `true` on pods that use
/// the API.
///
/// ## Limits
/// A pod that doesn't set the field can't be checked without its ServiceAccount. When checking files, include it. The `default`
/// one is rarely among them: in a directory without any ServiceAccount it is taken to be as every namespace gets it, and the
/// finding has severity `low`. At admission, bindings are not read.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutomountedToken {
    /// The annotation by which a pod, or the object that creates it, declares that it uses the API. Any value counts except
    /// an empty one and `false`; the reason makes a good value.
    pub opt_in_annotation: Option<LabelKey>,
    /// Audiences of tokens that the API server accepts, as patterns with `*` and `?`: the issuer of the cluster's tokens, and
    /// what `--api-audiences` names.
    pub api_audiences: Vec<Glob>,
}

/// How most clusters name their API server.
const API_AUDIENCES: &[&str] = &[
    "api",
    "kubernetes",
    "kubernetes.default*",
    "https://kubernetes",
    "https://kubernetes.default*",
    "https://container.googleapis.com/v1/projects/*",
    "https://oidc.eks.*",
    "https://*.azmk8s.io*",
];

impl Default for AutomountedToken {
    fn default() -> AutomountedToken {
        AutomountedToken {
            opt_in_annotation: LabelKey::parse("plimsoll.dev/uses-kubernetes-api"),
            api_audiences: API_AUDIENCES.iter().map(|&audience| Glob::new(audience)).collect(),
        }
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
        let account = AccountName::of(pod)?;
        // Mirror pods, which the kubelet creates for static pods, can't have a token.
        let mirror = pod.metadata().get("annotations").entry("kubernetes.io/config.mirror").exists();
        if mirror || self.opts_in(cx, pod)? || account.has_rights(cx)? {
            return Ok(());
        }
        let node = pod.spec().get("automountServiceAccountToken");
        let own = node.bool()?;
        // Without the account nothing is known of it, but what the pod mounts itself is.
        let found = if own.is_none() { account.look_up(cx) } else { Ok(None) };
        let automount = match (own, &found) {
            (None, Ok(Some(found))) => {
                let node = cx.node(found).get("automountServiceAccountToken");
                node.bool().map_err(|malformed| found.unreadable(&malformed))?
            }
            _ => own,
        };
        let mut added = false;
        for volume in volumes(pod)? {
            // At admission the API server has already added the token's volume to a Pod.
            if automount != Some(false) && *cx.kind() == kinds::POD && volume.name.starts_with(ADDED) {
                added = true;
            } else {
                self.check_volume(&volume, cx, out)?;
            }
        }
        // The account that every namespace has is rarely changed: among files it most likely is as the API server made it.
        let guessed =
            account.name == DEFAULT && cx.is_directory() && matches!(&found, Err(InventoryError::NotGiven { .. }));
        let found = if guessed { None } else { found? };
        // Every namespace has the account "default". Any other account may exist with unknown settings and rights.
        if found.is_none()
            && own.is_none()
            && account.name != DEFAULT
            && cx.absence(&SERVICE_ACCOUNT) != Absence::Certain
        {
            return Err(InventoryError::NotGiven { kind: SERVICE_ACCOUNT.name }.into());
        }
        if automount == Some(false) {
            return Ok(());
        }
        let because = match (own, automount) {
            (Some(_), _) => "automountServiceAccountToken is true",
            (None, Some(_)) => "the ServiceAccount sets automountServiceAccountToken to true",
            (None, None) => "automountServiceAccountToken is not set",
        };
        let message = text!["the token of ", account.title(), " is mounted: ", because];
        let mut finding = out.report(node, message);
        if guessed {
            finding = finding.severity(Severity::Low);
        }
        if automount == Some(true) {
            finding = finding.severity(Severity::Info);
            finding = finding.help("set automountServiceAccountToken to false unless the pod uses the API");
        } else {
            finding = finding.help(self.help("set automountServiceAccountToken to false", cx));
        }
        if let Some(found) = &found {
            let root = cx.node(found);
            let place = root.get("automountServiceAccountToken");
            finding = finding.related(Related::to(found.kind, place, root, "can set this for all its pods"));
        } else if own.is_none() {
            // The account may still arrive and set it.
            finding = finding.warn_on_create();
        }
        if !added && automount.is_none() {
            let edits = vec![Edit::set(node, false)];
            finding.unsafe_fix("set automountServiceAccountToken to false", edits);
        }
        Ok(())
    }
}

/// How the names of the volumes begin that the API server adds for the token.
const ADDED: &str = "kube-api-access-";

impl AutomountedToken {
    fn opts_in(&self, cx: &Context<'_>, pod: &Pod<'_>) -> Result<bool, Malformed> {
        let Some(key) = self.opt_in_annotation.as_ref().filter(|_| cx.honors_annotations()) else { return Ok(false) };
        for metadata in [pod.metadata(), cx.object().get("metadata")] {
            let value = metadata.get("annotations").entry(key.as_str()).str()?.unwrap_or_default();
            if !matches!(value.trim_ascii(), "" | "false") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn help(&self, action: &str, cx: &Context<'_>) -> String {
        match &self.opt_in_annotation {
            Some(key) if cx.honors_annotations() => {
                text![action, ", or annotate the pod with ", key.as_str(), " if it uses the API"]
            }
            _ => text![action, " unless the pod uses the API"],
        }
    }

    fn check_volume(&self, volume: &Volume<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), Malformed> {
        for source in volume.source("projected")?.get("sources").items()? {
            let token: Node<'_> = source.mapping()?.get("serviceAccountToken").mapping()?;
            let audience = token.get("audience").str()?.unwrap_or_default();
            let is_apis = audience.is_empty() || self.api_audiences.iter().any(|known| known.matches(audience));
            if token.exists() && is_apis {
                let message = text!["volume \"", volume.name, "\" mounts a token for the API server"];
                out.report(token, message).help(self.help("remove the token", cx));
            }
        }
        Ok(())
    }
}
