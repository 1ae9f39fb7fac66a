use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::kube::service_class::ServiceClass;
use crate::policies::prelude::*;
use crate::settings::{ServiceClassLabel, SettingsError};

/// ## What it does
/// Reports HorizontalPodAutoscalers of autoscaling/v2 and KEDA ScaledObjects that take pods of a `core` workload away in a
/// hurry: nothing waits for the load to stay low for `windowSeconds`, and nothing limits how many pods go at once. Either is
/// enough:
///
/// - `behavior.scaleDown.stabilizationWindowSeconds` of that length or more. Where it is absent it is 300;
/// - `behavior.scaleDown.policies` that limit the speed: a number of pods, or less than 100 %, for each period. With
///   `selectPolicy: Max`, which is the default, all of them have to; with `Min` one is enough; `Disabled` takes nothing away.
///
/// The class is a label of the workload or its pods; without it a workload is a core one. KEDA has the same fields in
/// `advanced.horizontalPodAutoscalerConfig`. An autoscaler that KEDA made is its ScaledObject's affair.
///
/// ## Why
/// Load comes in waves. An autoscaler that follows each trough at once has too few pods on the next crest, and starts those
/// that it has just stopped: caches cold, connections dropped, requests slow, each few minutes anew. To keep a pod for five
/// minutes longer costs next to nothing.
///
/// ## What to write
/// ```yaml
/// behavior:
///   scaleDown:
///     stabilizationWindowSeconds: 300
///     policies:
///       - {type: Percent, value: 25, periodSeconds: 60}
/// ```
///
/// ## Limits
/// 300 seconds is what the controller manager waits unless it was started with another
/// `--horizontal-pod-autoscaler-downscale-stabilization`, which can't be seen. In a cluster only Deployments and StatefulSets
/// are looked up; an autoscaler whose target isn't there yet is not checked until it is next changed or audited, and
/// the workload whose label says the class is never told.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UndampedAutoscaler {
    /// For how many seconds the load has to stay low before pods go, where nothing limits how many; at most 3600, which is
    /// all that the API takes.
    pub window_seconds: NonZeroU16,
    /// The label, on the workload or its pods, whose value is the service class: `core` or `nonCore`.
    pub service_class_label: ServiceClassLabel,
}

impl Default for UndampedAutoscaler {
    fn default() -> UndampedAutoscaler {
        UndampedAutoscaler {
            window_seconds: const { NonZeroU16::MIN.saturating_add(299) },
            service_class_label: ServiceClassLabel::default(),
        }
    }
}

/// How long the controller waits where nothing is written.
const DEFAULT_WINDOW: i64 = 300;

impl Policy for UndampedAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "undamped-autoscaler",
        title: "Autoscalers take pods of core workloads away slowly",
        why: "a short lull takes pods away that are wanted again a minute later",
        help: "set scaleDown.stabilizationWindowSeconds, or policies that limit how many pods go at once",
        category: Category::Autoscaling,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SCALING_BEHAVIOR, sources::KEDA_SCALED_OBJECT],
        ..Metadata::DEFAULT
    };

    fn validate(&self) -> Result<(), SettingsError> {
        if self.window_seconds.get() > 3600 {
            return Err(SettingsError::new(
                "windowSeconds",
                "should not be more than 3600, which is all that the API takes",
            ));
        }
        Ok(())
    }

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) else { return Ok(()) };
        let spec = cx.spec().mapping()?;
        let behavior = if autoscaler.is_scaled_object() {
            spec.dig(&["advanced", "horizontalPodAutoscalerConfig", "behavior"])
        } else if cx.object().get("apiVersion").str()? == Some("autoscaling/v1") || autoscaler.is_made_by_keda() {
            return Ok(());
        } else {
            spec.get("behavior")
        };
        let down = behavior.mapping()?.get("scaleDown").mapping()?;
        let window = down.get("stabilizationWindowSeconds");
        let (seconds, wanted) = (window.int()?.unwrap_or(DEFAULT_WINDOW), i64::from(self.window_seconds.get()));
        if seconds >= wanted || is_limited(down)? {
            return Ok(());
        }
        let Some((class, related)) = self.service_class_label.class_of_target(cx, &autoscaler)? else { return Ok(()) };
        if class != ServiceClass::Core {
            return Ok(());
        }
        let (seconds, wanted_text) = (seconds.to_string(), wanted.to_string());
        let default = if window.exists() { "," } else { ", the default," };
        let message = [
            "takes pods away after ",
            &seconds,
            " s of less load",
            default,
            " not ",
            &wanted_text,
            " s, and no policy limits how many",
        ];
        let order = text!["set scaleDown.stabilizationWindowSeconds to ", wanted_text];
        let edits = vec![Edit::set(window, json!(wanted))];
        let help = text![order, ", or limit how many pods go at once with scaleDown.policies"];
        out.report(window, message.concat()).help(help).related(related).unsafe_fix(order, edits);
        Ok(())
    }
}

/// True when policies keep all pods from going at once.
fn is_limited(down: Node<'_>) -> Result<bool, Malformed> {
    let mut limits = Vec::new();
    for policy in down.get("policies").items()? {
        let value = policy.get("value").int()?;
        limits.push(match policy.get("type").str()? {
            Some("Percent") => value.is_some_and(|percent| percent < 100),
            _ => true,
        });
    }
    Ok(match down.get("selectPolicy").str()? {
        Some("Disabled") => true,
        Some("Min") => limits.contains(&true),
        _ => !limits.is_empty() && !limits.contains(&false),
    })
}
