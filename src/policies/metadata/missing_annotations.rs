use crate::policies::metadata::metadata_rules::{Written, add, at_once, lacks, missing};
use crate::policies::prelude::*;
use crate::settings::Keys;

/// ## What it does
/// Reports workloads, Services and Ingresses without the annotations in `keys`, by default what the object is for and who
/// owns it; and pod templates without those in `templateKeys`, by default what the pods depend on. Where several keys will
/// do, any of them is enough. An empty value is as good as none. What a controller made is not reported again.
///
/// ## Why
/// Whoever is called at night to something that they have never seen wants to know three things: what it is, whom to wake,
/// and what else has to be up for it to work. An annotation is where the cluster itself can answer, also after the wiki has
/// moved and the repository was renamed. Unlike labels, annotations hold sentences and URLs.
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
/// Annotations on the pod template roll the pods when they are changed; those of the object don't.
///
/// ## Limits
/// That the annotations are there says nothing of whether they are true.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingAnnotations {
    /// The annotations that objects have to have: each entry is a key, or a list of keys of which one will do.
    pub keys: Vec<Keys>,
    /// The same for pod templates, and for Pods that no controller made.
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
        title: "Objects say what they are for, who owns them and what they depend on",
        why: "whoever is called to it at night can't tell what it is and whom to ask",
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
            // It is its own template.
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
        out.report(annotations, lacks(holder, "annotation", keys)).help(add("annotation", keys, place));
    }
    Ok(())
}
