use crate::kube::image::{ImageReference, ImageUser, Pin, images};
use crate::policies::images::mutable_tags;
use crate::policies::prelude::*;
use crate::policy::fix::{Applicability, Fix};
use crate::settings::Glob;

/// ## What it does
/// Reports images whose pull policy doesn't fit their tag or digest, in all containers, including init, sidecar and
/// ephemeral ones, and in image volumes:
///
/// - `Always` with a digest or a version tag, which name the same image each time. A tag without a digit, such as
///   `bookworm`, counts as neither a version nor a mutable tag.
/// - Anything but `Always` with a tag in `mutableTags`, or without a tag.
/// - `Never`.
///
/// Where no policy is set the API's default counts: `Always` for `latest` and for no tag, even next to a digest as in
/// `app:latest@sha256:…`, and otherwise `IfNotPresent`. With `prefer: always`, everything but `Always` is reported.
///
/// ## Why
/// With `Always` no container starts or restarts without an answer from the registry: its outage becomes the workload's
/// outage, for an image that is already on the node. With a mutable tag it is the other way round: with `IfNotPresent`
/// a node runs what the tag meant when it first pulled it, and two pods of one workload run different code. With
/// `Never` a pod starts only on nodes where someone has already pulled the image, and the next node is not one of them.
///
/// ## What to write
/// ```yaml
/// image: registry.example.com/shop/cart:1.14.2
/// imagePullPolicy: IfNotPresent
/// ```
/// ## Limits
/// Where teams share nodes and must not run each other's private images, `Always` is right: only then is a pod's access
/// to the image checked at each start, as the admission plugin AlwaysPullImages enforces. Set `prefer: always` there.
/// The fix for a version tag is unsafe, since any tag can be pushed again; the one for a digest is safe.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ImagePullPolicy {
    /// The policy for images that don't change: `ifNotPresent`, or `always` where each start has to be authorised.
    pub prefer: Prefer,
    /// Mutable tags, as patterns with `*` and `?`.
    pub mutable_tags: Vec<Glob>,
}

/// The pull policy for images that don't change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Prefer {
    /// A node asks the registry only if it doesn't have the image.
    IfNotPresent,
    /// A node asks the registry at each start.
    Always,
}

impl Default for ImagePullPolicy {
    fn default() -> ImagePullPolicy {
        ImagePullPolicy { prefer: Prefer::IfNotPresent, mutable_tags: mutable_tags() }
    }
}

/// How long a reference keeps naming the same image.
enum Pinned<'a> {
    /// Forever.
    Digest,
    /// Unless the tag is pushed again.
    Version(&'a str),
    /// Until the next push.
    Mutable(&'a str),
    /// The reference doesn't say.
    Unknown,
}

impl Policy for ImagePullPolicy {
    const METADATA: Metadata = Metadata {
        id: "image-pull-policy",
        title: "imagePullPolicy fits the image's tag or digest",
        why: "pods can't start without the registry, or nodes run different images under one tag",
        help: "set imagePullPolicy to IfNotPresent, and pin the image to a version tag or digest",
        category: Category::Images,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[sources::IMAGE_PULL_POLICY],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for image in images(pod)?.into_iter().filter(|image| !image.is_template()) {
            let reference = ImageReference::parse(image.reference);
            let written = image.pull_policy.str()?.filter(|policy| !policy.is_empty());
            let policy = written.unwrap_or(reference.default_pull_policy());
            let Some(Violation { cause, required, safe }) = self.violation(&reference, policy) else { continue };

            let field = match image.user {
                ImageUser::Container(_) => "imagePullPolicy",
                ImageUser::Volume(_) => "pullPolicy",
            };
            let default = if written.is_none() { " has the default " } else { " has " };
            let message = text![image.title(), default, field, " ", policy, cause];
            out.report(image.pull_policy, message).used_image(&image).recognised_by(policy).fix(Fix {
                title: text!["set ", field, " to ", required],
                applicability: if safe { Applicability::Safe } else { Applicability::Unsafe },
                edits: vec![Edit::set(image.pull_policy, required)],
            });
        }
        Ok(())
    }
}

/// What is wrong with a pull policy.
struct Violation {
    cause: String,
    required: &'static str,
    /// Whether the same image keeps running with the required one.
    safe: bool,
}

impl ImagePullPolicy {
    fn violation(&self, reference: &ImageReference<'_>, policy: &str) -> Option<Violation> {
        let preferred = match self.prefer {
            Prefer::IfNotPresent => "IfNotPresent",
            Prefer::Always => "Always",
        };
        let (cause, required, safe) = match (self.pinned(reference), policy) {
            (Pinned::Mutable(""), "IfNotPresent" | "Never") => {
                (" for an image without a tag".to_owned(), "Always", false)
            }
            (Pinned::Mutable(tag), "IfNotPresent" | "Never") => (text![" for the mutable tag ", tag], "Always", false),
            // The image is present wherever the pod runs today.
            (_, "Never") => {
                let cause = ": it starts only on nodes that already have the image".to_owned();
                (cause, preferred, self.prefer == Prefer::IfNotPresent)
            }
            (_, "IfNotPresent") if self.prefer == Prefer::Always => {
                (": it starts without the registry's authorisation".to_owned(), "Always", false)
            }
            (Pinned::Digest, "Always") if self.prefer == Prefer::IfNotPresent => {
                (" for an image with a digest".to_owned(), "IfNotPresent", true)
            }
            (Pinned::Version(tag), "Always") if self.prefer == Prefer::IfNotPresent => {
                (text![" for the version tag ", tag], "IfNotPresent", false)
            }
            _ => return None,
        };
        Some(Violation { cause, required, safe })
    }

    fn pinned<'a>(&self, reference: &ImageReference<'a>) -> Pinned<'a> {
        match reference.pin() {
            Pin::Digest(_) => Pinned::Digest,
            Pin::Nothing => Pinned::Mutable(""),
            Pin::Tag(tag) if self.mutable_tags.iter().any(|mutable| mutable.matches(tag)) => Pinned::Mutable(tag),
            Pin::Tag(tag) if tag.bytes().any(|byte| byte.is_ascii_digit()) => Pinned::Version(tag),
            Pin::Tag(_) | Pin::Invalid(_) => Pinned::Unknown,
        }
    }
}
