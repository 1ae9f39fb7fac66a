use crate::policies::metadata::metadata_rules::{Written, add_help, at_once, missing, missing_message};
use crate::policies::prelude::*;
use crate::settings::Keys;

/// ## What it does
/// Reports workloads, Services and Ingresses without the annotations in `keys`, by default a description and an owner,
/// and pod templates without those in `templateKeys`, by default the pods' dependencies. If an entry lists several
/// keys, any of them is enough. An empty value counts as missing. Objects that a controller created are not reported
/// again.
///
/// ## Why
/// Whoever is paged for a service they have never seen needs three answers: what it is, whom to call, and what else has
/// to be up for it to work. With annotations the cluster itself can answer, even after the wiki has moved and the
/// repository was renamed. Unlike labels, annotations hold sentences and URLs.
///
/// ## What to write
/// ```yaml
/// metadata:
///   annotations:
///     kubernetes.io/description: Takes orders and hands them to the warehouse.
///     a8r.io/owner: team-checkout
/// spec:
///   template:
///     metadata:
///       annotations:
///         a8r.io/dependencies: payments, postgres-orders
/// ```
/// Changing an annotation on the pod template rolls the pods; changing one on the object doesn't.
///
/// ## Limits
/// Whether the annotations are true can't be checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingAnnotations {
    /// Annotations that objects must have: each entry is a key, or a list of keys, any of which is enough.
    pub keys: Vec<Keys>,
    /// The same for pod templates, and for Pods without a controller.
    pub template_keys: Vec<Keys>,
}

impl Default for MissingAnnotations {
    fn default() -> MissingAnnotations {
        let keys = [
            Keys::new(&["kubernetes.io/description", "a8r.io/description", "description"]),
            Keys::new(&["a8r.io/owner", "owner"]),
        ];
        let template_keys = Keys::new(&["a8r.io/dependencies", "dependencies"]);
        MissingAnnotations {
            keys: keys.into_iter().flatten().collect(),
            template_keys: template_keys.into_iter().collect(),
        }
    }
}

impl Policy for MissingAnnotations {
    const METADATA: Metadata = Metadata {
        id: "missing-annotations",
        title: "Objects document their purpose, owner and dependencies",
        why: "whoever is on call can't tell what it does and whom to ask",
        help: "add the annotations kubernetes.io/description and a8r.io/owner",
        category: Category::Metadata,
        severity: Severity::Info,
        profile: Profile::Strict,
        targets: &[
            &kinds::POD,
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::JOB,
            &kinds::CRON_JOB,
            &kinds::ROLLOUT,
            &kinds::SERVICE,
            &kinds::INGRESS,
        ],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::ANNOTATIONS, sources::WELL_KNOWN_LABELS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let written = Written::of(cx);
        if *cx.kind() == kinds::POD {
            // A Pod is its own template.
            let keys: Vec<&Keys> = self.keys.iter().chain(&self.template_keys).collect();
            return report(cx, written.object, &keys, "the object", "", out);
        }
        let (keys, template_keys): (Vec<&Keys>, Vec<&Keys>) =
            (self.keys.iter().collect(), self.template_keys.iter().collect());
        report(cx, written.object, &keys, "the object", "", out)?;
        report(cx, written.template, &template_keys, "the pod template", " to the pod template", out)
    }
}

fn report(
    cx: &Context<'_>,
    metadata: Option<Node<'_>>,
    wanted: &[&Keys],
    holder: &str,
    place: &str,
    out: &mut Findings,
) -> Result<(), CheckError> {
    let Some(annotations) = metadata.map(|metadata| metadata.get("annotations")) else { return Ok(()) };
    let missing = missing(annotations, wanted)?;
    for keys in missing.chunks(at_once(cx)) {
        out.report(annotations, missing_message(holder, "annotation", keys)).help(add_help("annotation", keys, place));
    }
    Ok(())
}
