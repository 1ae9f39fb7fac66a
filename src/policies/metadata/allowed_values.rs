use crate::policies::metadata::metadata_rules::Written;
use crate::policies::prelude::*;
use crate::settings::{Glob, KeyPattern, SettingsError};

/// ## What it does
/// Reports what the settings don't allow; without settings, nothing:
///
/// - labels and annotations that match `deniedLabels` and `deniedAnnotations`, on objects and on pod templates, unless
///   `allowedLabels` or `allowedAnnotations` has them;
/// - values of labels and annotations that `labelValues` and `annotationValues` name, if none of their patterns matches;
/// - priority classes, runtime classes, storage classes and ingress classes that are not in the list of their kind, if
///   that list isn't empty. An object that names no class isn't reported.
///
/// Objects that a controller created are not reported again: their owner is.
///
/// ## Why
/// Some values are the platform's to give: a priority class that evicts others, a storage class that costs, an ingress
/// class that leads to the internet, an annotation that configures the proxy for everybody, a label that decides who
/// pays. The API server accepts any of them from anybody.
///
/// ## What to write
/// ```yaml
/// policies:
///   allowed-values:
///     deniedAnnotations: ["nginx.ingress.kubernetes.io/*-snippet"]
///     labelValues: ["example.com/environment=dev", "example.com/environment=prod"]
///     priorityClasses: ["team-*"]
///     ingressClasses: [internal]
/// ```
///
/// ## Limits
/// Patterns have only `*` and `?`. Whether a label is there at all is checked by `missing-labels`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AllowedValues {
    /// Labels that nobody may set, as patterns with `*` and `?`.
    pub denied_labels: Vec<Glob>,
    /// Exceptions to `deniedLabels`, as patterns with `*` and `?`.
    pub allowed_labels: Vec<Glob>,
    /// The values that a label may have, as `label=pattern`; several entries for one label are alternatives.
    pub label_values: Vec<KeyPattern>,
    /// Annotations that nobody may set, as patterns with `*` and `?`.
    pub denied_annotations: Vec<Glob>,
    /// Exceptions to `deniedAnnotations`, as patterns with `*` and `?`.
    pub allowed_annotations: Vec<Glob>,
    /// The values that an annotation may have, as `annotation=pattern`; several entries for one annotation are
    /// alternatives.
    pub annotation_values: Vec<KeyPattern>,
    /// Priority classes that pods may have, as patterns with `*` and `?`. If empty, all.
    pub priority_classes: Vec<Glob>,
    /// Runtime classes that pods may have, as patterns with `*` and `?`. If empty, all.
    pub runtime_classes: Vec<Glob>,
    /// Storage classes that claims may have, as patterns with `*` and `?`. If empty, all.
    pub storage_classes: Vec<Glob>,
    /// Ingress classes that Ingresses may have, as patterns with `*` and `?`. If empty, all.
    pub ingress_classes: Vec<Glob>,
}

/// The kinds with pods, Services, Ingresses and claims.
const TARGETS: &[&Kind] = &{
    let mut all = [&kinds::SERVICE; POD_KINDS.len() + 3];
    let (front, back) = all.split_at_mut(POD_KINDS.len());
    front.copy_from_slice(POD_KINDS);
    if let [_, ingress, claim] = back {
        *ingress = &kinds::INGRESS;
        *claim = &kinds::PERSISTENT_VOLUME_CLAIM;
    }
    all
};

const STORAGE_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

impl Policy for AllowedValues {
    const METADATA: Metadata = Metadata {
        id: "allowed-values",
        title: "Labels, annotations and classes have the values that the settings allow",
        why: "the value is the platform's to give",
        help: "use a value that the settings allow",
        category: Category::Metadata,
        severity: Severity::Medium,
        profile: Profile::Off,
        targets: TARGETS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::LABELS, sources::ANNOTATIONS],
        ..Metadata::DEFAULT
    };

    fn validate(&self) -> Result<(), SettingsError> {
        for (name, denied, allowed) in [
            ("allowedLabels", &self.denied_labels, &self.allowed_labels),
            ("allowedAnnotations", &self.denied_annotations, &self.allowed_annotations),
        ] {
            if denied.is_empty() && !allowed.is_empty() {
                return Err(SettingsError::new(name, "has no effect, because nothing is denied"));
            }
        }
        Ok(())
    }

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let written = Written::of(cx);
        let Some(own) = written.object else { return Ok(()) };
        self.report_metadata(own, "", out)?;
        // A Pod is its own template.
        if let Some(template) = written.template.filter(|_| *cx.kind() != kinds::POD) {
            self.report_metadata(template, "the pod template's ", out)?;
        }
        if *cx.kind() == kinds::INGRESS {
            let classes = &self.ingress_classes;
            report_class(cx.spec().get("ingressClassName"), "ingress class", classes, out)?;
            let annotation = own.get("annotations").entry("kubernetes.io/ingress.class");
            return Ok(report_class(annotation, "ingress class", classes, out)?);
        }
        let storage = |claim: Node<'_>, out: &mut Findings| {
            // The older form, which the API reads first.
            let annotation = claim.mapping()?.get("metadata").get("annotations").entry(STORAGE_CLASS);
            for class in [annotation, claim.get("spec").get("storageClassName")] {
                report_class(class, "storage class", &self.storage_classes, out)?;
            }
            Ok::<(), Malformed>(())
        };
        if *cx.kind() == kinds::PERSISTENT_VOLUME_CLAIM {
            return Ok(storage(cx.object(), out)?);
        }
        for claim in cx.spec().get("volumeClaimTemplates").items()? {
            storage(claim, out)?;
        }
        let Some(pod) = cx.pod()? else { return Ok(()) };
        report_class(pod.spec().get("priorityClassName"), "priority class", &self.priority_classes, out)?;
        report_class(pod.spec().get("runtimeClassName"), "runtime class", &self.runtime_classes, out)?;
        for volume in pod.spec().get("volumes").items()? {
            storage(volume.mapping()?.get("ephemeral").get("volumeClaimTemplate"), out)?;
        }
        Ok(())
    }
}

impl AllowedValues {
    fn report_metadata(&self, metadata: Node<'_>, whose: &str, out: &mut Findings) -> Result<(), Malformed> {
        let of_labels = ("labels", "label ", [&self.denied_labels, &self.allowed_labels], &self.label_values);
        let keys = [&self.denied_annotations, &self.allowed_annotations];
        let of_annotations = ("annotations", "annotation ", keys, &self.annotation_values);
        for (field, noun, [denied, allowed], values) in [of_labels, of_annotations] {
            let whose = if whose.is_empty() { "the " } else { whose };
            for (key, node) in metadata.mapping()?.get(field).entries()? {
                let is_in = |patterns: &[Glob]| patterns.iter().any(|pattern| pattern.matches(key));
                if is_in(denied) && !is_in(allowed) {
                    out.report(node, text![whose, noun, key, " is denied"]).help(text!["remove the ", noun, key]);
                    continue;
                }
                let patterns = values.iter().filter(|pattern| pattern.matches_key(key)).map(KeyPattern::pattern);
                let patterns: Vec<&Glob> = patterns.collect();
                let value = node.str()?.unwrap_or_default();
                if !patterns.is_empty() && !patterns.iter().any(|pattern| pattern.matches(value)) {
                    let message = text![whose, noun, key, " has a value that is not allowed"];
                    out.report(node, message).help(use_one_of(&patterns));
                }
            }
        }
        Ok(())
    }
}

fn report_class(node: Node<'_>, noun: &str, allowed: &[Glob], out: &mut Findings) -> Result<(), Malformed> {
    let class = node.str()?.unwrap_or_default();
    if !class.is_empty() && !allowed.is_empty() && !allowed.iter().any(|allowed| allowed.matches(class)) {
        let message = text![noun, " ", class, " is not allowed"];
        out.report(node, message).help(use_one_of(&allowed.iter().collect::<Vec<_>>()));
    }
    Ok(())
}

fn use_one_of(patterns: &[&Glob]) -> String {
    let patterns: Vec<&str> = patterns.iter().map(|pattern| pattern.as_str()).collect();
    text!["use ", patterns.join(" or ")]
}
