use crate::kube::image::{ImageReference, UsedImage, images};
use crate::policies::prelude::*;
use crate::settings::{Glob, NamespaceImages};

/// ## What it does
/// Reports images whose tag matches none of `tags`, and images in a namespace that `namespaces` doesn't allow there, in
/// all containers, including init, sidecar and ephemeral ones, and in image volumes. Without settings it reports nothing.
///
/// A namespace that no entry of `namespaces` matches may use any image; one that several match may use the images of all
/// of them. Images are compared by their full name, as in `untrusted-registry`, which is for rules that hold everywhere.
///
/// An image without a tag is left to `mutable-image-tag`, which can also require a digest. Images that are still a template,
/// such as `${IMAGE}`, are skipped.
///
/// ## Why
/// Teams agree on what a release looks like, and on whose images run where: tags that are versions, no builds of a
/// branch in production, one team's images in its own namespaces. An agreement that nothing checks is forgotten by the
/// first urgent fix.
///
/// ## What to write
/// ```yaml
/// policies:
///   required-image-properties:
///     tags: ["v?*.?*.?*", "?*.?*.?*"]
///     namespaces:
///       - shop-*=registry.example.com/shop
///       - shop-*=registry.example.com/base
/// ```
///
/// ## Limits
/// Patterns have only `*` and `?`. A manifest without a namespace is checked by its tags alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RequiredImageProperties {
    /// Tags that images may have, as patterns with `*` and `?`. If empty, all.
    pub tags: Vec<Glob>,
    /// The images that namespaces may use, as `namespace=image`: a pattern for the namespace, and a registry or the
    /// beginning of a path in one.
    pub namespaces: Vec<NamespaceImages>,
}

impl Policy for RequiredImageProperties {
    const METADATA: Metadata = Metadata {
        id: "required-image-properties",
        title: "Images have the tags and names that the settings require",
        why: "the image isn't one that may run here",
        help: "use an image that the settings allow",
        category: Category::Images,
        severity: Severity::Medium,
        profile: Profile::Off,
        targets: POD_KINDS,
        ephemeral: true,
        since: "0.1.0",
        sources: &[sources::IMAGES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for image in images(pod)?.into_iter().filter(|image| !image.is_template()) {
            let uses = text![image.title(), " uses image ", image.reference];
            if ImageReference::parse(image.reference).tag.is_some_and(|tag| !self.accepts_tag(tag)) {
                let message = text![uses, ", whose tag is not allowed"];
                out.report(image.node, message).used_image(&image).help("use a tag that the settings allow");
            }
            let Some(namespace) = cx.stated_namespace().filter(|namespace| !self.accepts_name(&image, namespace))
            else {
                continue;
            };
            let message = text![uses, ", which is not allowed in namespace ", namespace];
            let finding = out.report(image.node, message).used_image(&image);
            if let Some(entry) = self.namespaces.iter().find(|entry| entry.is_for(namespace)) {
                finding.help(text!["use an image from ", entry.images().as_str()]);
            }
        }
        Ok(())
    }
}

impl RequiredImageProperties {
    fn accepts_tag(&self, tag: &str) -> bool {
        self.tags.is_empty() || self.tags.iter().any(|allowed| allowed.matches(tag))
    }

    fn accepts_name(&self, image: &UsedImage<'_, '_>, namespace: &str) -> bool {
        let mut entries = self.namespaces.iter().filter(|entry| entry.is_for(namespace)).peekable();
        if entries.peek().is_none() || !image.has_registry() {
            return true;
        }
        let name = ImageReference::parse(image.reference).normalised_name();
        entries.any(|entry| entry.images().matches(&name))
    }
}
