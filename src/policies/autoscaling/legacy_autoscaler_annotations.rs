use crate::kube::legacy_metrics::{self, BEHAVIOR, METRICS, PREFIX};
use crate::policies::prelude::*;

/// ## What it does
/// Reports HorizontalPodAutoscalers with annotations that start with `autoscaling.alpha.kubernetes.io/`: metrics and
/// behavior, for which autoscaling/v1 has no fields, and status that was exported with them. The API server itself adds
/// `conditions` and `current-metrics` when it returns an autoscaler as autoscaling/v1; in that version those two are not
/// reported.
///
/// ## Why
/// In an annotation, the scaling rules of a service are one quoted line of JSON. Nothing validates it: a typo is silently
/// ignored, and the autoscaler falls back to CPU alone. In autoscaling/v2 these annotations have no effect, and the API server
/// drops them.
///
/// ## What to write
/// ```yaml
/// apiVersion: autoscaling/v2
/// kind: HorizontalPodAutoscaler
/// spec:
///   metrics:
///     - type: Resource
///       resource:
///         name: memory
///         target: {type: Utilization, averageUtilization: 80}
/// ```
///
/// ## Limits
/// The fix rewrites files only: a mutating policy can't change an object's API version. An autoscaler written as
/// autoscaling/v2 shows these annotations when it is read or edited as autoscaling/v1.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct LegacyAutoscalerAnnotations {}

/// Annotations with the autoscaler's status, which the API server adds in autoscaling/v1.
const STATE: [&str; 2] =
    ["autoscaling.alpha.kubernetes.io/conditions", "autoscaling.alpha.kubernetes.io/current-metrics"];

/// The field of autoscaling/v1 that is a metric in autoscaling/v2.
const CPU: &str = "targetCPUUtilizationPercentage";

impl Policy for LegacyAutoscalerAnnotations {
    const METADATA: Metadata = Metadata {
        id: "legacy-autoscaler-annotations",
        title: "Autoscalers define metrics and behavior in fields, not in annotations",
        why: "annotations are not validated, and invalid ones are silently ignored",
        help: "use spec.metrics and spec.behavior of autoscaling/v2",
        category: Category::Autoscaling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER],
        ephemeral: false,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[sources::AUTOSCALER_API, sources::HORIZONTAL_AUTOSCALING],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let object = cx.object();
        let version = object.get("apiVersion").str()?.unwrap_or_default();
        let hidden = Hidden::of(object)?;
        let is_v1 = version == "autoscaling/v1";
        for (name, annotation) in &hidden.annotations {
            let annotation = *annotation;
            let field = match *name {
                METRICS => Some("metrics"),
                BEHAVIOR => Some("behavior"),
                name if is_v1 && STATE.contains(&name) => continue,
                _ => None,
            };
            let read = match *name {
                METRICS => hidden.metrics.is_some(),
                BEHAVIOR => hidden.behavior.is_some(),
                _ => true,
            };
            let Some(field) = field else {
                out.report(annotation, text!["annotation ", name, " has no effect"])
                    .severity(Severity::Low)
                    .safe_fix("remove the annotation", vec![Edit::remove(annotation)]);
                continue;
            };
            if !is_v1 {
                let message = text!["annotation ", name, " has no effect in ", version];
                let finding = out.report(annotation, message);
                if let Some(edits) = hidden.moved(name, object.get("spec").get(field), annotation) {
                    finding.unsafe_fix(text!["move the annotation to spec.", field], edits);
                } else if object.get("spec").get(field).exists() {
                    let title = text!["remove the annotation; spec.", field, " takes effect"];
                    finding.unsafe_fix(title, vec![Edit::remove(annotation)]);
                }
                continue;
            }
            let message = if read {
                text!["annotation ", name, " sets spec.", field, " without validation"]
            } else {
                text!["annotation ", name, " is invalid and silently ignored"]
            };
            let finding = out.report(annotation, message);
            // At admission the API version can't be changed.
            if let Some(edits) = hidden.rewritten(object).filter(|_| cx.is_batch()) {
                finding.unsafe_fix("rewrite the autoscaler as autoscaling/v2", edits);
            }
        }
        Ok(())
    }
}

/// An autoscaler's legacy annotations.
struct Hidden<'a> {
    /// The legacy annotations, by name.
    annotations: Vec<(&'a str, Node<'a>)>,
    /// Whether the object has other annotations too.
    among_others: bool,
    /// The metrics, including the one in autoscaling/v1's own field; `None` when they can't be read.
    metrics: Option<Vec<Value>>,
    /// The behavior; `None` when it can't be read, null when there is none.
    behavior: Option<Value>,
}

impl<'a> Hidden<'a> {
    fn of(object: Node<'a>) -> Result<Hidden<'a>, Malformed> {
        let node = object.get("metadata").mapping()?.get("annotations");
        let mut annotations = Vec::new();
        let mut among_others = false;
        for (name, annotation) in node.entries()? {
            if name.starts_with(PREFIX) && annotation.exists() {
                annotations.push((name, annotation));
            } else {
                among_others = true;
            }
        }
        let behavior = match node.entry(BEHAVIOR).str()? {
            None => Some(Value::Null),
            Some(text) => legacy_metrics::read_behavior(text),
        };
        Ok(Hidden { annotations, among_others, metrics: legacy_metrics::metrics(object)?, behavior })
    }

    /// The edits that move one annotation to its field; `None` when the field is set or the annotation can't be read.
    fn moved(&self, name: &str, place: Node<'_>, annotation: Node<'_>) -> Option<Vec<Edit>> {
        let value = if name == METRICS { self.metrics.clone().map(Value::from) } else { self.behavior.clone() };
        let value = value.filter(|_| !place.exists())?;
        Some(vec![Edit::set(place, value), Edit::remove(annotation)])
    }

    /// The edits that convert the object to autoscaling/v2; `None` when an annotation can't be read.
    fn rewritten(&self, object: Node<'_>) -> Option<Vec<Edit>> {
        let (metrics, behavior) = (self.metrics.as_ref()?, self.behavior.as_ref()?);
        let spec = object.get("spec");
        let mut edits = vec![Edit::set(object.get("apiVersion"), "autoscaling/v2")];
        if spec.get(CPU).exists() {
            edits.push(Edit::remove(spec.get(CPU)));
        }
        if !metrics.is_empty() {
            edits.push(Edit::set(spec.get("metrics"), Value::from(metrics.clone())));
        }
        if !behavior.is_null() {
            edits.push(Edit::set(spec.get("behavior"), behavior.clone()));
        }
        if self.among_others {
            edits.extend(self.annotations.iter().map(|(_, annotation)| Edit::remove(*annotation)));
        } else {
            edits.push(Edit::remove(object.get("metadata").get("annotations")));
        }
        Some(edits)
    }
}
