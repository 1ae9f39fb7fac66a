use crate::kube::image::{ImageReference, ImageUser, Pin, images};
use crate::policies::prelude::*;
use crate::policy::fix::{Applicability, Fix};
use crate::settings::Glob;

/// ## What it does
/// Reports images whose pull policy doesn't fit what holds them: of all containers, init, sidecar and ephemeral ones
/// among them, and of image volumes.
///
/// - `Always` with a digest or a version tag, which is the same image each time. A tag that has no digit in it, such as
///   `bookworm`, is taken for neither a version nor a moving tag.
/// - Anything but `Always` with a tag in `mutableTags`, or with none.
/// - `Never`.
///
/// Where nothing is written the API's default counts: `Always` for `latest` and for no tag, also beside a digest written
/// as `app:latest@sha256:…`, and otherwise `IfNotPresent`. With `prefer: always` everything but `Always` is reported.
///
/// ## Why
/// With `Always` no container starts, or starts again after a crash, without an answer from the registry: its outage
/// becomes the workload's, for an image that lies on the node already. A tag that moves is the other way round: with
/// `IfNotPresent` a node runs what the tag meant when it first pulled it, and two pods of one workload run different
/// code. With `Never` a pod starts only on nodes that somebody has prepared, and the next node is not one of them.
///
/// ## What to write
/// ```yaml
/// image: registry.example.com/shop/cart:1.14.2
/// imagePullPolicy: IfNotPresent
/// ```
///
/// ## Limits
/// Where teams share nodes and must not run each other's private images, `Always` is right: only then is a pod's right to
/// an image checked each time, which is what the admission plugin AlwaysPullImages is for. Set `prefer: always` there.
/// The fix for a version tag isn't a safe one, since any tag can be pushed again; the one for a digest is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ImagePullPolicy {
    /// What images that don't move should have: `ifNotPresent`, or `always` where each start has to be authorised.
    pub prefer: Prefer,
    /// Tags that move, as patterns with `*` and `?`.
    pub mutable_tags: Vec<Glob>,
}

/// What images that don't move should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Prefer {
    /// The registry is asked only by a node that lacks the image.
    IfNotPresent,
    /// The registry is asked each time.
    Always,
}

/// Tags that most people move.
const MUTABLE_TAGS: &[&str] =
    &["latest", "*-latest", "*-SNAPSHOT", "stable", "main", "master", "develop", "dev", "edge", "nightly"];

impl Default for ImagePullPolicy {
    fn default() -> ImagePullPolicy {
        let mutable_tags = MUTABLE_TAGS.iter().map(|&tag| Glob::new(tag)).collect();
        ImagePullPolicy { prefer: Prefer::IfNotPresent, mutable_tags }
    }
}

/// Whether a reference means the same image tomorrow.
enum Holds<'a> {
    /// For ever.
    Digest,
    /// As long as nobody pushes the tag again.
    Version(&'a str),
    /// Not at all.
    Moving(&'a str),
    /// Nobody can say.
    Unknown,
}

impl Policy for ImagePullPolicy {
    const METADATA: Metadata = Metadata {
        id: "image-pull-policy",
        title: "Images are pulled as often as they can change",
        why: "pods can't start without the registry, or nodes run different images under one tag",
        help: "set imagePullPolicy to IfNotPresent, and give the image a version tag or a digest",
        category: Category::Images,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[sources::IMAGE_PULL_POLICY],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for image in images(pod)? {
            let reference = ImageReference::parse(image.reference);
            let written = image.pull_policy.str()?.filter(|policy| !policy.is_empty());
            let policy = written.unwrap_or(reference.default_pull_policy());
            let Some(Violation { what, wanted, safe }) = self.violation(&reference, policy) else { continue };

            let field = match image.user {
                ImageUser::Container(_) => "imagePullPolicy",
                ImageUser::Volume(_) => "pullPolicy",
            };
            let default = if written.is_none() { ", the default," } else { "" };
            let message = text![image.title(), " has ", field, " ", policy, default, what];
            let order = text!["set ", field, " to ", wanted];
            let mut finding = out.report(image.pull_policy, message).help(order.clone());
            if let Some(container) = image.container() {
                finding = finding.container(container);
            }
            finding.fix(Fix {
                title: order,
                applicability: if safe { Applicability::Safe } else { Applicability::Unsafe },
                edits: vec![Edit::set(image.pull_policy, json!(wanted))],
            });
        }
        Ok(())
    }
}

/// What is wrong with a pull policy.
struct Violation {
    what: String,
    wanted: &'static str,
    /// Whether what runs stays the same with the one that is wanted.
    safe: bool,
}

impl ImagePullPolicy {
    fn violation(&self, reference: &ImageReference<'_>, policy: &str) -> Option<Violation> {
        let preferred = match self.prefer {
            Prefer::IfNotPresent => "IfNotPresent",
            Prefer::Always => "Always",
        };
        let (what, wanted, safe) = match (self.holds(reference), policy) {
            (Holds::Moving(""), "IfNotPresent" | "Never") => {
                (" for an image without a tag".to_owned(), "Always", false)
            }
            (Holds::Moving(tag), "IfNotPresent" | "Never") => (text![" for the moving tag ", tag], "Always", false),
            // Wherever the pod runs today the image is present.
            (_, "Never") => {
                let what = " and starts only on nodes that have the image".to_owned();
                (what, preferred, self.prefer == Prefer::IfNotPresent)
            }
            (_, "IfNotPresent") if self.prefer == Prefer::Always => {
                (" and starts without asking the registry whether it may".to_owned(), "Always", false)
            }
            (Holds::Digest, "Always") if self.prefer == Prefer::IfNotPresent => {
                (" for an image with a digest".to_owned(), "IfNotPresent", true)
            }
            (Holds::Version(tag), "Always") if self.prefer == Prefer::IfNotPresent => {
                (text![" for the version tag ", tag], "IfNotPresent", false)
            }
            _ => return None,
        };
        Some(Violation { what, wanted, safe })
    }

    fn holds<'a>(&self, reference: &ImageReference<'a>) -> Holds<'a> {
        match reference.pin() {
            Pin::Digest(_) => Holds::Digest,
            Pin::Nothing => Holds::Moving(""),
            Pin::Tag(tag) if self.mutable_tags.iter().any(|moving| moving.matches(tag)) => Holds::Moving(tag),
            Pin::Tag(tag) if tag.bytes().any(|byte| byte.is_ascii_digit()) => Holds::Version(tag),
            Pin::Tag(_) => Holds::Unknown,
        }
    }
}
