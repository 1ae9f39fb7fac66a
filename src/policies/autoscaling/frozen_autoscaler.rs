use std::num::NonZeroU16;

use crate::kube::autoscaler::Autoscaler;
use crate::policies::autoscaling::scaling_rules::behavior;
use crate::policies::prelude::*;
use crate::settings::SettingsError;

/// ## What it does
/// Reports HorizontalPodAutoscalers of autoscaling/v2 and KEDA ScaledObjects that don't scale in one direction:
///
/// - `behavior.scaleUp.selectPolicy: Disabled`: pods are never added;
/// - `behavior.scaleDown.selectPolicy: Disabled`: pods are never removed, with severity `low`;
/// - `behavior.scaleUp.stabilizationWindowSeconds` above `maxUpSeconds`: pods are added only when the load has been high
///   during all of that time.
///
/// KEDA has the same fields in `advanced.horizontalPodAutoscalerConfig`. HorizontalPodAutoscalers created by KEDA are skipped:
/// their ScaledObject is checked instead.
///
/// ## Why
/// An autoscaler that can't add pods leaves a service alone in the busy hour for which it was made, and looks healthy. One that
/// can't remove them keeps, after the first peak, as many pods as the peak needed. Both settings are for an incident or a
/// migration, and stay.
///
/// ## What to write
/// ```yaml
/// behavior:
///   scaleUp:
///     stabilizationWindowSeconds: 0
///   scaleDown:
///     stabilizationWindowSeconds: 300
///     policies:
///       - {type: Percent, value: 25, periodSeconds: 60}
/// ```
///
/// ## Limits
/// A workload may be scaled down by something else, such as a batch scheduler: exempt its autoscaler, with the reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct FrozenAutoscaler {
    /// The longest accepted stabilization window for scaling up, in seconds; below 3600, the API's maximum.
    pub max_up_seconds: NonZeroU16,
}

impl Default for FrozenAutoscaler {
    fn default() -> FrozenAutoscaler {
        FrozenAutoscaler { max_up_seconds: const { NonZeroU16::MIN.saturating_add(899) } }
    }
}

impl Policy for FrozenAutoscaler {
    const METADATA: Metadata = Metadata {
        id: "frozen-autoscaler",
        title: "Autoscalers scale in both directions",
        why: "pods are not added when they are needed, or never removed",
        help: "remove selectPolicy: Disabled, and limit the rate with policies instead",
        category: Category::Autoscaling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::SCALING_BEHAVIOR, sources::KEDA_SCALED_OBJECT],
        ..Metadata::DEFAULT
    };

    fn validate(&self) -> Result<(), SettingsError> {
        if self.max_up_seconds.get() >= 3600 {
            return Err(SettingsError::new("maxUpSeconds", "should be less than 3600, the API's maximum"));
        }
        Ok(())
    }

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) else { return Ok(()) };
        let Some(behavior) = behavior(cx, &autoscaler)? else { return Ok(()) };
        let (up, down) = (behavior.get("scaleUp").mapping()?, behavior.get("scaleDown").mapping()?);
        let disabled = |rules: Node<'_>| Ok::<bool, Malformed>(rules.get("selectPolicy").str()? == Some("Disabled"));
        let window = up.get("stabilizationWindowSeconds");
        let (seconds, most) = (window.int()?.unwrap_or_default(), i64::from(self.max_up_seconds.get()));
        if disabled(up)? {
            let message = "never adds pods: scaleUp.selectPolicy is Disabled";
            let help = "remove scaleUp.selectPolicy: Disabled, and limit the rate with scaleUp.policies instead";
            out.report(up.get("selectPolicy"), message).help(help);
        } else if seconds > most {
            let (seconds, most) = (seconds.to_string(), most.to_string());
            let message = text!["adds pods only after ", seconds, " s of high load, more than ", most, " s"];
            out.report(window, message).help("lower scaleUp.stabilizationWindowSeconds");
        }
        if disabled(down)? {
            let message = "never removes pods: scaleDown.selectPolicy is Disabled";
            let help = "remove scaleDown.selectPolicy: Disabled, and limit the rate with scaleDown.policies instead";
            out.report(down.get("selectPolicy"), message).severity(Severity::Low).help(help);
        }
        Ok(())
    }
}
