use crate::kube::metric::ResourceMetric;
use crate::kube::quantity::Quantity;
use crate::kube::resources::Resources;
use crate::policies::autoscaling::scaling_rules::{Pair, Violation, check_pairs};
use crate::policies::prelude::*;
use crate::settings::Ratio;

/// ## What it does
/// Reports autoscalers that wait for a use which the pods' limits hardly let happen:
///
/// - an `averageValue` of more than 0.9 of the cpu limit, or more than 0.75 of the memory limit (`maxRatio`);
/// - an `averageUtilization` that comes to the limit or more: 200 % of a request of 250m is all of a limit of 500m.
///
/// A metric of the whole pod is held against the limits of its app containers and native sidecars together, or that of the
/// pod as a whole where it is less; where one of them has no limit there is none to reach. A `ContainerResource` metric is
/// held against its own container's. KEDA's triggers of `cpu` and `memory` count alike.
///
/// In a cluster both the autoscaler and the workload are told, whichever comes last. Among files, which are all checked
/// together, the autoscaler is.
///
/// ## Why
/// At its cpu limit a container is throttled: it can't use more, however long the queue. At its memory limit it is killed.
/// The autoscaler sees a use that never reaches the target, or a pod that starts anew with little, and adds nothing while
/// the service is as slow as it can be.
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
/// Limits that a LimitRange adds, and containers that a webhook injects, can't be seen. In a cluster only Deployments and
/// StatefulSets are looked up. Metrics that autoscaling/v1 keeps in an annotation are not read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AutoscalerTargetAboveLimit {
    /// What part of the limit an `averageValue` may be at most, as `{cpu, memory}` between 0 and 1.
    pub max_ratio: MaxRatio,
}

/// The greatest part of the limit, for each resource.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub struct MaxRatio {
    /// Of the cpu limit.
    pub cpu: Ratio,
    /// Of the memory limit.
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
        title: "Autoscalers add pods before the pods are at their limits",
        why: "pods are throttled or killed before the autoscaler adds any",
        help: "set a target below the limits of the pods",
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
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::HORIZONTAL_AUTOSCALING, sources::CONTAINER_RESOURCES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // What no request can be above, no percentage up to 100 of it reaches.
        let reaches = |metric: &ResourceMetric<'_>| {
            self.ratio(metric.resource).is_some()
                && (!metric.relative || !matches!(metric.percentage(), Ok(None | Some(..100))))
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
        let limit_text = text(limit, resource);
        let user = match metric.container {
            Some(name) => text!["container \"", name, "\""],
            None => "the pod".to_owned(),
        };
        let (message, wanted) = if let Some(average) = metric.average()? {
            if Ratio::between(average, limit).is_none_or(|ratio| ratio <= most) {
                return Ok(());
            }
            let (average, most_text) = (text(average, resource), most.to_string());
            let message = [
                "waits for ",
                resource,
                " use of ",
                &average,
                ", more than ",
                &most_text,
                " of the ",
                &limit_text,
                " that ",
                &user,
                " may use",
            ];
            let wanted = limit.parts(most.parts_per_million(), resource, false).into_iter().next();
            let wanted = wanted.map(|(_, text)| {
                let edit = Edit::set(metric.amount_node, json!(text));
                (text, edit)
            });
            (message.concat(), wanted)
        } else {
            let Some((percentage, request)) = metric.percentage()?.zip(request(pair.pod, metric)?) else {
                return Ok(());
            };
            let Some(share) = request.parts_per_million_of(limit).filter(|share| *share > 0) else { return Ok(()) };
            if i128::from(percentage).saturating_mul(share) < 100_000_000 {
                return Ok(());
            }
            let (percentage, request) = (percentage.to_string(), text(request, resource));
            let message = [
                "waits for ",
                resource,
                " use of ",
                &percentage,
                "% of ",
                &request,
                ", which reaches the ",
                &limit_text,
                " that ",
                &user,
                " may use",
            ];
            let wanted = i128::from(most.parts_per_million()).saturating_mul(100).div_euclid(share);
            let wanted = i64::try_from(wanted).ok().filter(|wanted| *wanted > 0);
            let wanted = wanted.map(|wanted| (wanted.to_string(), metric.set_percentage(wanted)));
            (message.concat(), wanted)
        };
        let container = alone(pair.pod, metric);
        let violation = Violation {
            message,
            resource,
            metric: metric.amount_node,
            note: text!["the ", resource, " limit is ", limit_text],
            place: match container {
                Some(container) => Resources::of_container(container)?.limit_node(resource),
                None => pair.pod.spec().get("containers"),
            },
            container,
        };
        match wanted {
            Some((wanted, edit)) => {
                let order = text!["set ", metric.field(), " to ", wanted];
                if let Some(finding) = pair.report(violation, text![order, " or less, or raise the limit"], out) {
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

/// The one container that the metric is about.
fn alone<'p>(pod: &'p Pod<'p>, metric: &ResourceMetric<'_>) -> Option<&'p Container<'p>> {
    let mut containers = measured(pod, metric);
    let container = containers.next()?;
    containers.next().is_none().then_some(container)
}

/// The containers that the metric is about.
fn measured<'p>(pod: &'p Pod<'p>, metric: &ResourceMetric<'_>) -> impl Iterator<Item = &'p Container<'p>> {
    let name = metric.container;
    pod.long_running_containers().filter(move |container| name.is_none_or(|name| name == container.name()))
}

/// What the containers that the metric is about may use at most; `None` when something has no bound.
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

/// What the percentage is of; `None` when something requests nothing, which no autoscaler can compute with.
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

/// An amount as people write it.
fn text(amount: Quantity, resource: &str) -> String {
    let mut texts = amount.parts(1_000_000, resource, true);
    let exact = texts.iter().position(|(whole, _)| *whole == amount);
    match exact {
        Some(exact) => texts.swap_remove(exact).1,
        None => texts.pop().map(|(_, text)| text).unwrap_or_default(),
    }
}
