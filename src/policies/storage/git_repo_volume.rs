use crate::kube::volume::volumes;
use crate::policies::prelude::*;

/// ## What it does
/// Reports every `gitRepo` volume.
///
/// ## Why
/// For such a volume the kubelet itself runs `git`, as root on the node and outside of any container. A repository with a
/// crafted hook has thus been able to run its own code there (CVE-2024-10220). The type was deprecated for years; since
/// Kubernetes 1.33 it is disabled, and a pod that uses it never starts.
///
/// ## What to write
/// ```yaml
/// initContainers:
///   - name: clone
///     image: registry.example.com/tools/git:2.49.0
///     args: [clone, --depth=1, --branch=v1.4.0, "https://git.example.com/site.git", /site]
///     volumeMounts:
///       - name: site
///         mountPath: /site
/// volumes:
///   - name: site
///     emptyDir: {}
/// ```
/// Better still, build the files into an image.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct GitRepoVolume {}

impl Policy for GitRepoVolume {
    const METADATA: Metadata = Metadata {
        id: "git-repo-volume",
        title: "Pods don't mount Git repositories",
        why: "the kubelet runs git as root on the node, or since Kubernetes 1.33 doesn't start the pod at all",
        help: "clone the repository into an emptyDir in an init container",
        category: Category::Storage,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::GIT_REPO],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let effect = if cx.kubernetes().at_least(33) {
            "which Kubernetes no longer mounts"
        } else {
            "for which the node runs git as root"
        };
        for volume in volumes(pod)? {
            let source = volume.source("gitRepo")?;
            if source.exists() {
                // The repository's URL may contain a password.
                out.report(source, text!["volume \"", volume.name, "\" is a gitRepo, ", effect]);
            }
        }
        Ok(())
    }
}
