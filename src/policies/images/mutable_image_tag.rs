use crate::kube::image::{ImageReference, Pin, images};
use crate::policies::images::mutable_tags;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports every image without a digest whose tag is missing or in `mutableTags`, and every image whose digest is not
/// valid, in all containers, including init, sidecar and ephemeral ones, and in image volumes. A valid digest always
/// passes, whatever tag is next to it; `registry:5000/app` has a port and no tag.
///
/// Images that are still a template, such as `${IMAGE}` or `{{ .Values.image }}`, only get an info finding.
///
/// ## Why
/// No tag means `latest`, and `latest` is whatever was pushed last. Two pods of one Deployment run different code after
/// a node is replaced, a rollback changes nothing because both revisions name the same image, and nobody can say what
/// ran last night.
///
/// ## What to write
/// ```yaml
/// image: registry.example.com/shop/cart:1.14.2@sha256:7d6b6b1a1f6d0b0a5a2c7c8a0c0e8f4e5d9b8a7c6f5e4d3c2b1a09f8e7d6c5b4
/// ```
/// ## Limits
/// Any tag can be pushed again. Only a digest never changes: see `requireDigest`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MutableImageTag {
    /// Mutable tags, as patterns with `*` and `?`. An image without a tag is always reported.
    pub mutable_tags: Vec<Glob>,
    /// Whether every image must have a digest.
    pub require_digest: bool,
}

impl Default for MutableImageTag {
    fn default() -> MutableImageTag {
        MutableImageTag { mutable_tags: mutable_tags(), require_digest: false }
    }
}

impl Policy for MutableImageTag {
    const METADATA: Metadata = Metadata {
        id: "mutable-image-tag",
        title: "Images are pinned to a version tag or digest",
        why: "a mutable tag gives pods of one workload different code, and a rollback nothing to return to",
        help: "pin the image to a version tag or, better, a digest",
        category: Category::Images,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: true,
        since: "0.1.0",
        sources: &[sources::IMAGES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for image in images(pod)? {
            let tag = image.tag().filter(|tag| self.mutable_tags.iter().any(|mutable| mutable.matches(tag)));
            // A tag that moves does so whatever is still a template in front of it.
            if image.is_template() && (tag.is_none() || self.require_digest) {
                let message = text![image.title(), " uses image ", image.reference, ", which is not rendered"];
                let finding = out.report(image.node, message).used_image(&image).severity(Severity::Info);
                finding.help("render the template, and check the result");
                continue;
            }
            let violation = match ImageReference::parse(image.reference).pin() {
                Pin::Digest(_) => continue,
                Pin::Invalid(_) => ", which has an invalid digest",
                _ if self.require_digest => ", which has no digest",
                Pin::Nothing => ", which has no tag and so defaults to latest",
                Pin::Tag(_) if tag.is_some() => ", whose tag is mutable",
                Pin::Tag(_) => continue,
            };
            let message = text![image.title(), " uses image ", image.reference, violation];
            let finding = out.report(image.node, message).used_image(&image);
            if violation.ends_with("digest") {
                finding.help("pin the image by digest: name:tag@sha256:<64 lowercase hexadecimal digits>");
            }
        }
        Ok(())
    }
}
