use crate::kube::image::{ImageReference, UsedImage, images};
use crate::policies::prelude::*;
use crate::settings::{ImageMirror, ImagePattern};

/// ## What it does
/// Reports every image from a registry in `deny` or, if `allow` isn't empty, from one that isn't in `allow`, in all
/// containers, including init, sidecar and ephemeral ones, and in image volumes. An entry of `deny` or `allow` is a
/// registry, or a registry and the beginning of a path: `ghcr.io/my-team` doesn't match `ghcr.io/my-team-2/app`.
///
/// Images are compared by their full name: `nginx`, `library/nginx` and `index.docker.io/library/nginx` are all
/// `docker.io/library/nginx`. By default only Docker Hub is denied.
///
/// ## Why
/// Anyone who can push to a registry decides what runs in the cluster. On a public one that is anybody who picks a name
/// similar to a known one; images there disappear, are replaced, and on Docker Hub are rate-limited, so a new node
/// can't start its pods on the busiest day. A registry of your own holds what you have scanned, and keeps it.
///
/// ## What to write
/// ```yaml
/// image: registry.example.com/docker-hub/library/nginx:1.27.3
/// ```
/// ## Limits
/// Only the name is read. Where the nodes' runtime redirects Docker Hub to a mirror, the name is still Docker Hub's and
/// is reported. Image signatures are not checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UntrustedRegistry {
    /// Registries, or paths in them, that no image may come from. `*` and `?` match characters between two slashes.
    pub deny: Vec<ImagePattern>,
    /// Registries, or paths in them, that images may come from. If empty, all that aren't denied.
    pub allow: Vec<ImagePattern>,
    /// Where images have been copied to, as `from=to`, such as `docker.io=registry.example.com/docker-hub`: the fix
    /// replaces the one by the other.
    pub mirrors: Vec<ImageMirror>,
}

impl Default for UntrustedRegistry {
    fn default() -> UntrustedRegistry {
        let deny = ImagePattern::parse("docker.io").into_iter().collect();
        UntrustedRegistry { deny, allow: Vec::new(), mirrors: Vec::new() }
    }
}

impl Policy for UntrustedRegistry {
    const METADATA: Metadata = Metadata {
        id: "untrusted-registry",
        title: "Images come from trusted registries",
        why: "anyone who can push to the registry decides what runs in the cluster",
        help: "copy the image to your own registry and use it from there",
        category: Category::Images,
        severity: Severity::Medium,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::IMAGES, sources::DOCKER_HUB_LIMITS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for image in images(pod)?.into_iter().filter(UsedImage::has_registry) {
            let reference = ImageReference::parse(image.reference);
            let name = reference.normalised_name();
            let violation = match self.verdict(&name) {
                Verdict::Trusted => continue,
                Verdict::Denied(entry) => text![" from ", entry.as_str(), ", which is denied"],
                Verdict::NotAllowed => ", which is not from an allowed registry".to_owned(),
            };
            let message = text![image.title(), " uses image ", image.reference, violation];
            let finding = out.report(image.node, message).used_image(&image).recognised_by(name.as_str());
            if let Some(copy) = self.copy_of(&name) {
                let tag = reference.tag.map_or(String::new(), |tag| text![":", tag]);
                let digest = reference.digest.map_or(String::new(), |digest| text!["@", digest]);
                let copy = text![copy, tag, digest];
                let title = text!["use ", copy];
                let edits = vec![Edit::set(image.node, copy)];
                finding.unsafe_fix(title, edits);
            } else if let Some(allowed) = self.allow.first() {
                finding.help(text!["copy the image to ", allowed.as_str(), " and use it from there"]);
            }
        }
        Ok(())
    }
}

/// Whether the settings trust an image.
enum Verdict<'s> {
    Trusted,
    Denied(&'s ImagePattern),
    NotAllowed,
}

impl UntrustedRegistry {
    fn verdict(&self, name: &str) -> Verdict<'_> {
        match self.deny.iter().find(|entry| entry.matches(name)) {
            Some(entry) => Verdict::Denied(entry),
            None if self.allow.is_empty() || self.allow.iter().any(|entry| entry.matches(name)) => Verdict::Trusted,
            None => Verdict::NotAllowed,
        }
    }

    /// A trusted copy of the image.
    fn copy_of(&self, name: &str) -> Option<String> {
        let mut copies = self.mirrors.iter().filter_map(|mirror| mirror.copy_of(name));
        copies.find(|copy| matches!(self.verdict(&ImageReference::parse(copy).normalised_name()), Verdict::Trusted))
    }
}
