use crate::kube::image::{ImageReference, images};
use crate::kube::kinds::SERVICE_ACCOUNT;
use crate::kube::service_account::AccountName;
use crate::policies::prelude::*;
use crate::settings::{ImagePattern, ObjectName};

/// ## What it does
/// Reports pods that use images from a registry in `registries` without a pull secret: neither the pod nor its
/// ServiceAccount has `imagePullSecrets`. All images count, including those of init containers, sidecars and image
/// volumes. While `registries` is empty nothing is reported.
///
/// ## Why
/// Without credentials a private registry answers as if the image didn't exist, and the pod stays in
/// `ImagePullBackOff`. It often shows late: as long as the image is still on the node from another pod, or from before
/// a secret was removed, all goes well, and the pod fails on the first new node.
///
/// ## What to write
/// ```yaml
/// spec:
///   imagePullSecrets:
///     - name: registry-credentials
/// ```
/// or the same on the ServiceAccount, for all its pods.
///
/// ## Limits
/// Nodes may have credentials of their own, through their cloud identity or the kubelet's credential provider: leave
/// such registries out of `registries`. Whether the secret exists and fits the registry is not checked. Secrets are
/// never read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingPullSecret {
    /// Registries, or paths in them, that require credentials. `*` and `?` match characters between two slashes.
    pub registries: Vec<ImagePattern>,
    /// The name of the secret that the fix adds. Without it there is no fix.
    pub secret: Option<ObjectName>,
}

impl Policy for MissingPullSecret {
    const METADATA: Metadata = Metadata {
        id: "missing-pull-secret",
        title: "Pods have pull secrets for private registries",
        why: "a node that doesn't have the image yet can't pull it, and the pod never starts",
        help: "add the registry's secret to imagePullSecrets of the pod or its ServiceAccount",
        category: Category::Images,
        severity: Severity::Low,
        profile: Profile::Off,
        targets: POD_KINDS,
        needs: &[&SERVICE_ACCOUNT],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::PRIVATE_REGISTRY, sources::SERVICE_ACCOUNTS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut users = Vec::new();
        for image in images(pod)? {
            // The pull secrets of a running pod can't be changed.
            if image.container().is_some_and(|container| container.role() == Role::Ephemeral) || !image.has_registry() {
                continue;
            }
            let name = ImageReference::parse(image.reference).normalised_name();
            if self.registries.iter().any(|private| private.matches(&name)) {
                users.push((image, name));
            }
        }
        let place = pod.spec().get("imagePullSecrets");
        if users.is_empty() || names_any(place)? {
            return Ok(());
        }
        let account = AccountName::of(pod)?;
        let found = account.look_up(cx)?;
        if let Some(found) = &found {
            let secrets = cx.node(found).get("imagePullSecrets");
            if names_any(secrets).map_err(|malformed| found.unreadable(&malformed))? {
                return Ok(());
            }
        }
        let together = if cx.reports_separately() { 1 } else { users.len() };
        for users in users.chunks(together) {
            let [(image, name), others @ ..] = users else { continue };
            let registry = name.split('/').next().unwrap_or_default();
            let more = match others.len() {
                0 => String::new(),
                count => text![" (and ", count.to_string(), " more)"],
            };
            let mut finding =
                out.report(place, text!["no pull secret for ", registry, ", used by ", image.title(), more]);
            if others.is_empty() {
                finding = finding.used_image(image);
            }
            match &found {
                Some(found) => {
                    let root = cx.node(found);
                    let place = root.get("imagePullSecrets");
                    finding = finding.related(Related::to(found.kind, place, root, "has no imagePullSecrets either"));
                }
                // The account may still arrive and have them.
                None => finding = finding.warn_on_create(),
            }
            if let Some(secret) = &self.secret {
                let title = text!["set imagePullSecrets to ", secret.as_str()];
                let edits = vec![Edit::set(place, json!([{"name": secret.as_str()}]))];
                finding.unsafe_fix(title, edits);
            }
        }
        Ok(())
    }
}

/// True when one of the references has a name.
fn names_any(secrets: Node<'_>) -> Result<bool, Malformed> {
    for secret in secrets.items()? {
        if !secret.mapping()?.get("name").str()?.unwrap_or_default().is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
