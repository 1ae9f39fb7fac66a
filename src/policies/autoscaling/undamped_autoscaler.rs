use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::kube::percent::IntOrPercent;
use crate::kube::service_class::ServiceClass;
use crate::policies::autoscaling::scaling_rules::behavior;
use crate::policies::prelude::*;
use crate::settings::{ServiceClassLabel, SettingsError};

/// ## What it does
/// Reports HorizontalPodAutoscalers of autoscaling/v2 and KEDA ScaledObjects that scale `core` workloads too fast.
///
/// Down: the stabilization window is shorter than `windowSeconds`, and no policy limits how many pods are removed at once.
/// Either is enough:
///
/// - `behavior.scaleDown.stabilizationWindowSeconds` of at least that length; it defaults to 300;
/// - `behavior.scaleDown.policies` that limit the rate: fewer pods than lie between the minimum and the maximum, or less than
///   100%, per period. With `selectPolicy: Max`, the default, all of them must; with `Min` one is enough; `Disabled` never
///   scales down.
///
/// Up: `behavior.scaleUp` has no stabilization window, and its policies allow a step from the minimum to the maximum at once,
/// although the API's default, which doubles the pods or adds 4, would take several. A moment's peak then starts all pods.
///
/// The class is a label on the workload or its pods; without it a workload is core. KEDA has the same fields in
/// `advanced.horizontalPodAutoscalerConfig`. HorizontalPodAutoscalers created by KEDA are skipped: their ScaledObject is
/// checked instead.
///
/// ## Why
/// Load comes in waves. An autoscaler that scales down in every trough has too few pods at the next peak and restarts the
/// ones it has just stopped: cold caches, dropped connections and slow requests every few minutes. Keeping a pod for five
/// more minutes costs next to nothing.
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
/// The default of 300 seconds can be changed with the controller manager's flag
/// `--horizontal-pod-autoscaler-downscale-stabilization`, which is unknown here. In a cluster only Deployments and
/// StatefulSets are looked up. If the target does not exist yet, the autoscaler is checked when it is next changed or
/// audited. The workload whose label sets the class is never reported.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UndampedAutoscaler {
    /// The shortest accepted stabilization window in seconds, if no policy limits the rate; at most 3600, the API's maximum.
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

/// The API's default stabilization window for scaling down.
const DEFAULT_WINDOW: i64 = 300;

impl Policy for UndampedAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "undamped-autoscaler",
        title: "Autoscalers scale core workloads gradually",
        why: "a short lull removes pods that are needed again a minute later, and a short peak starts all of them",
        help: "set stabilizationWindowSeconds, or limit the rate with policies",
        category: Category::Autoscaling,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        by_name: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SCALING_BEHAVIOR, sources::KEDA_SCALED_OBJECT],
        ..Metadata::DEFAULT
    };

    fn validate(&self) -> Result<(), SettingsError> {
        if self.window_seconds.get() > 3600 {
            return Err(SettingsError::new("windowSeconds", "should not be more than 3600, the API's maximum"));
        }
        Ok(())
    }

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) else { return Ok(()) };
        let Some(behavior) = behavior(cx, &autoscaler)? else { return Ok(()) };
        let sizes = (autoscaler.min_pods()?, autoscaler.max_pods()?.unwrap_or(i64::MAX));
        let (down, up) = (behavior.get("scaleDown").mapping()?, behavior.get("scaleUp").mapping()?);
        let window = down.get("stabilizationWindowSeconds");
        let (seconds, wanted) = (window.int()?.unwrap_or(DEFAULT_WINDOW), i64::from(self.window_seconds.get()));
        let fast_down = seconds < wanted && !is_limited(down, sizes)?;
        let fast_up = up.get("stabilizationWindowSeconds").int()?.unwrap_or(0) == 0 && jumps(up, sizes)?;
        if !fast_down && !fast_up {
            return Ok(());
        }
        let Some((class, related)) = self.service_class_label.class_of_target(cx, &autoscaler)? else { return Ok(()) };
        if class != ServiceClass::Core {
            return Ok(());
        }
        if fast_up {
            let (min, max) = (sizes.0.to_string(), sizes.1.to_string());
            let message = text!["scales up from ", min, " to ", max, " pods in one step, with no stabilization window"];
            let help = "set scaleUp.stabilizationWindowSeconds, or remove scaleUp.policies to use the defaults";
            out.report(up.get("policies"), message).help(help).related(related.clone());
        }
        if !fast_down {
            return Ok(());
        }
        let (seconds, wanted_text) = (seconds.to_string(), wanted.to_string());
        let default = if window.exists() { "" } else { ", the default," };
        let message = text![
            "scale-down stabilization window of ",
            seconds,
            " s",
            default,
            " is below ",
            wanted_text,
            " s, and no policy limits the rate",
        ];
        let order = text!["set scaleDown.stabilizationWindowSeconds to ", wanted_text];
        let edits = vec![Edit::set(window, wanted)];
        let help = text![order, ", or limit the rate with scaleDown.policies"];
        out.report(window, message).help(help).related(related).unsafe_fix(order, edits);
        Ok(())
    }
}

/// True when policies prevent all pods that can be removed from being removed at once.
fn is_limited(down: Node<'_>, (min, max): (i64, i64)) -> Result<bool, Malformed> {
    let mut limits = Vec::new();
    for policy in down.get("policies").items()? {
        let value = policy.get("value").int()?;
        limits.push(match policy.get("type").str()? {
            Some("Percent") => value.is_some_and(|percent| percent < 100),
            _ => value.is_none_or(|pods| pods <= 1 || pods < max.saturating_sub(min)),
        });
    }
    Ok(match down.get("selectPolicy").str()? {
        Some("Disabled") => true,
        Some("Min") => limits.contains(&true),
        _ => !limits.is_empty() && !limits.contains(&false),
    })
}

/// True when written policies allow a step from the minimum to the maximum, for which the API's default needs several.
fn jumps(up: Node<'_>, (min, max): (i64, i64)) -> Result<bool, Malformed> {
    let mut steps = Vec::new();
    for policy in up.get("policies").items()? {
        let value = policy.get("value").int()?.unwrap_or_default();
        steps.push(match policy.get("type").str()? {
            Some("Percent") => IntOrPercent::Percent(value).rounded_up(min),
            _ => value,
        });
    }
    let step = match up.get("selectPolicy").str()? {
        Some("Disabled") => None,
        Some("Min") => steps.into_iter().min(),
        _ => steps.into_iter().max(),
    };
    let reaches = |step: i64| min.saturating_add(step) >= max;
    Ok(step.is_some_and(reaches) && !reaches(min.max(4)))
}
