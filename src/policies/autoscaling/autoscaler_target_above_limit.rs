use crate::kube::metric::ResourceMetric;
use crate::kube::quantity::Quantity;
use crate::kube::resources::Resources;
use crate::policies::autoscaling::scaling_rules::{Pair, Violation, check_pairs, resource_title};
use crate::policies::prelude::*;
use crate::settings::Ratio;

/// ## What it does
/// Reports autoscalers whose target is so close to the pods' limits that usage hardly ever reaches it:
///
/// - an `averageValue` above 90% of the CPU limit, or above 75% of the memory limit (`maxRatio`);
/// - an `averageUtilization` that is as much of the limit: 190% of a 250m request is 95% of a 500m limit.
///
/// A metric for the whole pod is compared with the sum of the limits of its app containers and native sidecars, or with the
/// pod-level limit if that is lower; if one of them has no limit, nothing is reported. A `ContainerResource` metric is
/// compared with its own container's limit. KEDA's `cpu` and `memory` triggers are checked the same way.
///
/// At admission the finding is reported on whichever object is applied last: the autoscaler or the workload. Among files it
/// is reported on the autoscaler.
///
/// ## Why
/// At its CPU limit a container is throttled: it can't use more, however long the queue. At its memory limit it is
/// OOM-killed. The autoscaler sees usage that never reaches the target, or a freshly restarted pod that uses little, and adds
/// no pods while the service is at its slowest.
///
/// ## What to write
/// ```yaml
/// # limits: {cpu: 500m, memory: 512Mi}
/// metrics:
///   - type: Resource
///     resource:
///       name: cpu
///       target: {type: AverageValue, averageValue: 350m}
/// ```
///
/// ## Limits
/// Limits set by a LimitRange and containers injected by a webhook are unknown. In a cluster only Deployments and
/// StatefulSets are looked up. Metrics in annotations of autoscaling/v1 objects are not read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutoscalerTargetAboveLimit {
    /// The highest accepted ratio of the target to the limit, as `{cpu, memory}` between 0 and 1.
    pub max_ratio: MaxRatio,
}

/// The highest accepted ratio of the target to the limit, for each resource.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub struct MaxRatio {
    /// Ratio to the CPU limit.
    pub cpu: Ratio,
    /// Ratio to the memory limit.
    pub memory: Ratio,
}

impl Default for MaxRatio {
    fn default() -> MaxRatio {
        MaxRatio { cpu: Ratio::percent::<90>(), memory: Ratio::percent::<75>() }
    }
}

impl Policy for AutoscalerTargetAboveLimit {
    const METADATA: Metadata = Metadata {
        id: "autoscaler-target-above-limit",
        title: "Autoscalers add pods before pods reach their limits",
        why: "pods are throttled or OOM-killed before the autoscaler adds any",
        help: "set the target below the limits of the pods",
        category: Category::Autoscaling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[
            &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::SCALED_OBJECT,
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::ROLLOUT,
        ],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        by_name: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::HORIZONTAL_AUTOSCALING, sources::CONTAINER_RESOURCES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // Requests can't exceed limits, so low percentages are below any ratio of the limit.
        let reaches = |metric: &ResourceMetric<'_>| {
            let Some(most) = self.ratio(metric.resource) else { return false };
            let is_low = |percentage: i64| percentage.saturating_mul(10_000) <= i64::from(most.parts_per_million());
            !metric.relative || !matches!(metric.percentage(), Ok(percentage) if percentage.is_none_or(is_low))
        };
        check_pairs(cx, &reaches, &mut |pair, metrics| {
            for metric in metrics {
                self.report(pair, metric, out)?;
            }
            Ok(())
        })
    }
}

impl AutoscalerTargetAboveLimit {
    fn ratio(&self, resource: &str) -> Option<Ratio> {
        match resource {
            "cpu" => Some(self.max_ratio.cpu),
            "memory" => Some(self.max_ratio.memory),
            _ => None,
        }
    }

    fn report(&self, pair: &Pair<'_>, metric: &ResourceMetric<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let resource = metric.resource;
        let Some(most) = self.ratio(resource) else { return Ok(()) };
        let Some(limit) = limit(pair.pod, metric)? else { return Ok(()) };
        let name = resource_title(resource);
        let shown = |amount| match text(amount, resource) {
            // Not "the 1 limit".
            cores if resource == "cpu" && !cores.ends_with('m') => text![cores, " CPU"],
            amount => amount,
        };
        let limit_text = shown(limit);
        let of = match metric.container {
            Some(container) => text![" limit of container \"", container, "\""],
            None => " limit of the pod".to_owned(),
        };
        let (message, wanted) = if let Some(average) = metric.average()? {
            if Ratio::between(average, limit).is_none_or(|ratio| ratio <= most) {
                return Ok(());
            }
            // Rounded up, so that it is never shown as equal to the maximum.
            let share =
                average.parts_per_million_of(limit).unwrap_or_default().saturating_add(9_999).div_euclid(10_000);
            let message = text![
                name,
                " target ",
                text(average, resource),
                " is ",
                share.to_string(),
                "% of the ",
                limit_text,
                of,
                " (max ",
                percent(most),
                "%)",
            ];
            let wanted = limit.parts(most.parts_per_million(), resource, false).into_iter().next();
            let wanted = wanted.map(|(_, text)| {
                let edit = Edit::set(metric.amount_node, text.as_str());
                (text, edit)
            });
            (message, wanted)
        } else {
            let Some((percentage, request)) = metric.percentage()?.zip(request(pair.pod, metric)?) else {
                return Ok(());
            };
            let Some(share) = request.parts_per_million_of(limit).filter(|share| *share > 0) else { return Ok(()) };
            let max = i128::from(most.parts_per_million()).saturating_mul(100);
            let reached = i128::from(percentage).saturating_mul(share);
            if reached <= max {
                return Ok(());
            }
            let message = text![
                name,
                " target ",
                percentage.to_string(),
                "% of the ",
                shown(request),
                " request is ",
                reached.saturating_add(999_999).div_euclid(1_000_000).to_string(),
                "% of the ",
                limit_text,
                of,
                " (max ",
                percent(most),
                "%)",
            ];
            let wanted = max.div_euclid(share);
            let wanted = i64::try_from(wanted).ok().filter(|wanted| *wanted > 0);
            let wanted = wanted.map(|wanted| (wanted.to_string(), metric.set_percentage(wanted)));
            (message, wanted)
        };
        let container = alone(pair.pod, metric);
        let violation = Violation {
            message,
            resource,
            metric: metric.amount_node,
            note: text!["the ", name, " limit is ", text(limit, resource)],
            place: match container {
                Some(container) => Resources::of_container(container)?.limit_node(resource),
                None => pair.pod.spec().get("containers"),
            },
            container,
        };
        match wanted {
            Some((wanted, edit)) => {
                let order = text!["set ", metric.field(), " to ", wanted];
                if let Some(finding) = pair.report(violation, text![order, " or lower, or raise the limit"], out) {
                    finding.unsafe_fix(order, vec![edit]);
                }
            }
            None => {
                pair.report(violation, "set a target below the limit, or raise the limit".to_owned(), out);
            }
        }
        Ok(())
    }
}

/// The only container that the metric measures.
fn alone<'p>(pod: &'p Pod<'p>, metric: &ResourceMetric<'_>) -> Option<&'p Container<'p>> {
    let mut containers = measured(pod, metric);
    let container = containers.next()?;
    containers.next().is_none().then_some(container)
}

/// The containers that the metric measures.
fn measured<'p>(pod: &'p Pod<'p>, metric: &ResourceMetric<'_>) -> impl Iterator<Item = &'p Container<'p>> {
    let name = metric.container;
    pod.long_running_containers().filter(move |container| name.is_none_or(|name| name == container.name()))
}

/// The limit of the containers that the metric measures; `None` when one of them has none.
fn limit(pod: &Pod<'_>, metric: &ResourceMetric<'_>) -> Result<Option<Quantity>, Malformed> {
    let sum = sum(pod, metric, |resources| resources.limit(metric.resource))?;
    if metric.container.is_some() {
        return Ok(sum);
    }
    let whole = Resources::of_pod(pod)?.limit(metric.resource)?;
    Ok(match (sum, whole) {
        (Some(sum), Some(whole)) => Some(sum.min(whole)),
        (sum, whole) => sum.or(whole),
    })
}

/// The requests that the percentage refers to; `None` when a container has none, so the metric can't be computed.
fn request(pod: &Pod<'_>, metric: &ResourceMetric<'_>) -> Result<Option<Quantity>, Malformed> {
    let whole = Resources::of_pod(pod)?.request(metric.resource)?;
    match whole.filter(|_| metric.container.is_none()) {
        Some(whole) => Ok(Some(whole)),
        None => sum(pod, metric, |resources| resources.request(metric.resource)),
    }
}

fn sum(
    pod: &Pod<'_>,
    metric: &ResourceMetric<'_>,
    amount: impl Fn(&Resources<'_>) -> Result<Option<Quantity>, Malformed>,
) -> Result<Option<Quantity>, Malformed> {
    let mut sum = None;
    for container in measured(pod, metric) {
        let Some(amount) = amount(&Resources::of_container(container)?)? else { return Ok(None) };
        sum = Some(sum.unwrap_or(Quantity::ZERO).plus(amount));
    }
    Ok(sum)
}

/// A ratio in percent: `75`, `62.5`.
fn percent(ratio: Ratio) -> String {
    let parts = ratio.parts_per_million();
    let whole = parts.div_euclid(10_000).to_string();
    let decimals = parts.rem_euclid(10_000).saturating_add(10_000).to_string();
    match decimals.get(1..).unwrap_or_default().trim_end_matches('0') {
        "" => whole,
        decimals => text![whole, ".", decimals],
    }
}

/// An amount as people write it.
fn text(amount: Quantity, resource: &str) -> String {
    let mut texts = amount.parts(1_000_000, resource, true);
    let exact = texts.iter().position(|(whole, _)| *whole == amount);
    match exact {
        Some(exact) => texts.swap_remove(exact).1,
        None => texts.pop().map(|(_, text)| text).unwrap_or_default(),
    }
}
