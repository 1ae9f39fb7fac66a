use crate::kube::quantity::Quantity;
use crate::kube::resources::{self, Resources, containers_request, pod_request};
use crate::kube::service_class::ServiceClass;
use crate::policies::prelude::*;
use crate::settings::{Bound, Range, Ratio, ResourceName, ServiceClassLabel};

/// ## What it does
/// Reports every app container, native sidecar and init container whose request is too small or too large a fraction of
/// its limit, for each resource in `resources`. The accepted fraction depends on the workload's service class, which a
/// label sets: all of the limit for `core` workloads, 0.6 to 0.9 of it for `nonCore` ones. Workloads without the label
/// are core.
///
/// A limit without a request is requested in full, because the API copies it. If the pod has a limit as a whole
/// (`spec.resources`), its pod-level request is compared instead of those of its containers. A missing limit or a
/// request of 0 is left to other policies.
///
/// ## Why
/// The scheduler fills nodes by requests; the gap between request and limit is reserved for nobody. At peak hours a
/// core workload finds it already used by its neighbors: its CPU is throttled, or the node runs out of memory and the
/// kernel picks a victim. A request equal to the limit is always available. A workload that can wait should leave some
/// room for borrowing: requesting all of its limit day and night pays for idle capacity.
///
/// ## What to write
/// ```yaml
/// resources:
///   requests: {cpu: 500m, memory: 512Mi}
///   limits: {cpu: 500m, memory: 512Mi}
/// ```
/// And for a workload that can wait:
/// ```yaml
/// metadata:
///   labels:
///     plimsoll.dev/service-class: nonCore
/// ```
///
/// ## Limits
/// Objects that another workload created, such as the pods of a Deployment, are only checked if they carry the label.
/// The fix keeps the limit and changes the request. The new request may not fit on any node, and an autoscaler that
/// targets utilization measures against it from then on.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RequestLimitRatio {
    /// The fraction of the limit that core workloads request, as `{min, max}` between 0 and 1.
    pub core: Range<Ratio>,
    /// The fraction of the limit that non-core workloads request, as `{min, max}` between 0 and 1.
    pub non_core: Range<Ratio>,
    /// The resources that are compared.
    pub resources: Vec<ResourceName>,
    /// The label, on the workload or its pods, whose value is the service class: `core` or `nonCore`.
    pub service_class_label: ServiceClassLabel,
}

impl Default for RequestLimitRatio {
    fn default() -> RequestLimitRatio {
        RequestLimitRatio {
            core: Range::new(Ratio::ALL, Ratio::ALL),
            non_core: Range::new(Ratio::percent::<60>(), Ratio::percent::<90>()),
            resources: vec![ResourceName::cpu(), ResourceName::memory()],
            service_class_label: ServiceClassLabel::default(),
        }
    }
}

impl Policy for RequestLimitRatio {
    const METADATA: Metadata = Metadata {
        id: "request-limit-ratio",
        title: "Requests are as close to limits as the service class requires",
        why: "the gap between request and limit is reserved for nobody when the node is busy",
        help: "set the request to the fraction of the limit that the service class requires",
        category: Category::Resources,
        severity: Severity::Medium,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CONTAINER_RESOURCES, sources::QUALITY_OF_SERVICE],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // The pods of a workload may not carry its class label; the workload itself is checked.
        let Some(class) = self.service_class_label.own_class(cx)? else { return Ok(()) };
        let rule = Rule { class, range: class.choose(self.core, self.non_core) };
        let whole = Resources::of_pod(pod)?;
        let mut shared = Vec::new();
        for resource in &self.resources {
            let resource = resource.as_str();
            if whole.limit(resource)?.is_none() {
                continue;
            }
            shared.push(resource);
            // The containers' requests together must not exceed the pod's.
            let least = containers_request(pod, resource)?.unwrap_or_default();
            if let Some(ratio) = Compared::read(&whole, resource, pod_request(pod, resource)?, Some(least))? {
                rule.report(&ratio, "the pod", None, out);
            }
        }
        for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
            let resources = Resources::of_container(container)?;
            let separate = self.resources.iter().map(ResourceName::as_str).filter(|name| !shared.contains(name));
            for resource in separate {
                let least = (!is_bounded(pod, resource)?).then_some(Quantity::ZERO);
                if let Some(ratio) = Compared::read(&resources, resource, resources.request(resource)?, least)? {
                    rule.report(&ratio, &container.title(), Some(container), out);
                }
            }
        }
        Ok(())
    }
}

/// True when the pod as a whole has a request or limit, which its containers' requests must fit into.
fn is_bounded(pod: &Pod<'_>, resource: &str) -> Result<bool, CheckError> {
    let whole = Resources::of_pod(pod)?;
    Ok(whole.request_node(resource).exists() || whole.limit_node(resource).exists())
}

/// A request and its limit.
struct Compared<'a, 'r> {
    resource: &'r str,
    place: Node<'a>,
    limit_node: Node<'a>,
    limit: Quantity,
    ratio: Ratio,
    /// The least that may be requested; `None` when the fix must not touch the request.
    least: Option<Quantity>,
}

impl<'a, 'r> Compared<'a, 'r> {
    fn read(
        resources: &Resources<'a>,
        resource: &'r str,
        request: Option<Quantity>,
        least: Option<Quantity>,
    ) -> Result<Option<Compared<'a, 'r>>, CheckError> {
        let Some((request, limit)) = request.zip(resources.limit(resource)?) else { return Ok(None) };
        let Some(ratio) = Ratio::between(request, limit) else { return Ok(None) };
        let (place, limit_node) = (resources.request_node(resource), resources.limit_node(resource));
        Ok(Some(Compared { resource, place, limit_node, limit, ratio, least }))
    }
}

struct Rule {
    class: ServiceClass,
    range: Range<Ratio>,
}

impl Rule {
    fn report(&self, compared: &Compared<'_, '_>, title: &str, container: Option<&Container<'_>>, out: &mut Findings) {
        let Some(bound) = self.range.broken_by(compared.ratio) else { return };
        let resource = compared.resource;
        let (part, bound_title) = (compared.ratio.to_string(), bound.title());
        let message = text![
            title,
            " requests ",
            part,
            " of its ",
            resources::title(resource),
            " limit, ",
            bound_title,
            " for class "
        ];
        let mut finding = out.report(compared.place, text![message, self.class.name()]);
        if let Some(container) = container {
            finding = finding.container(container);
        }
        if let Some(value) = self.request(compared, bound) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let order = text!["set resources.requests.", resource, " to ", text];
            finding.unsafe_fix(order, vec![Edit::set(compared.place, value)]);
        }
    }

    /// The request that fits; `None` when no amount does.
    fn request(&self, compared: &Compared<'_, '_>, bound: Bound<Ratio>) -> Option<Value> {
        let least = compared.least?;
        let (ratio, up) = match bound {
            Bound::Below(Ratio::ALL) => return compared.limit_node.value().cloned(),
            Bound::Below(ratio) => (ratio, true),
            Bound::Above(ratio) => (ratio, false),
        };
        let fits = |amount: Quantity| {
            let accepted = Ratio::between(amount, compared.limit).map(|ratio| self.range.broken_by(ratio));
            amount >= least && amount <= compared.limit && accepted == Some(None)
        };
        let parts = compared.limit.parts(ratio.parts_per_million(), compared.resource, up);
        parts.into_iter().find(|(amount, _)| fits(*amount)).map(|(_, text)| json!(text))
    }
}
