use crate::kube::qos::{COUNTED, QosClass, Shortfall, pod_level, shortfall};
use crate::kube::quantity::Quantity;
use crate::kube::resources::{Resources, pod_request, title};
use crate::policies::prelude::*;
use crate::settings::ServiceClassLabel;

/// ## What it does
/// Reports pods whose QoS class is below the minimum for their service class, which a label sets: `core` or `nonCore`.
/// Workloads without the label are core. By default every `BestEffort` pod is reported: one in which no container
/// requests or limits CPU or memory.
///
/// The class is computed the way Kubernetes does it. Init containers and native sidecars count like app containers.
/// Pod-level resources (`spec.resources`) take precedence: if there are any, only they count. A limit without a request
/// is requested in full. 0 counts as nothing. `Guaranteed` requires CPU and memory limits everywhere, and requests
/// equal to them; every container that falls short is reported.
///
/// ## Why
/// When a node runs out of memory, `BestEffort` pods are the first that the kernel kills and the kubelet evicts,
/// however little they use. When its CPU is busy, they get the leftovers, which may be nothing. That happens at peak
/// hours, when nodes fill up.
///
/// ## What to write
/// ```yaml
/// resources:
///   requests:
///     cpu: 100m
///     memory: 128Mi
/// ```
/// One request in one container makes the pod `Burstable`; equal requests and limits in every container make it
/// `Guaranteed`.
///
/// ## Limits
/// Amounts that a LimitRange adds to the pods, and containers that a webhook injects, are not visible in a workload's
/// template. Pods that another workload created, such as those of a Deployment, only have to meet the lower of the two
/// minimums unless they carry the label.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct BestEffortPod {
    /// The minimum QoS class of core workloads: `BestEffort`, `Burstable` or `Guaranteed`.
    pub core: QosClass,
    /// The same for non-core workloads.
    pub non_core: QosClass,
    /// The label, on the workload or its pods, whose value is the service class: `core` or `nonCore`.
    pub service_class_label: ServiceClassLabel,
}

impl Default for BestEffortPod {
    fn default() -> BestEffortPod {
        BestEffortPod {
            core: QosClass::Burstable,
            non_core: QosClass::Burstable,
            service_class_label: ServiceClassLabel::default(),
        }
    }
}

impl Policy for BestEffortPod {
    const METADATA: Metadata = Metadata {
        id: "best-effort-pod",
        title: "Pods have the QoS class that their service class needs",
        why: "the pod is among the first to be killed or starved when its node fills up",
        help: "set CPU and memory requests",
        category: Category::Resources,
        severity: Severity::High,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::QUALITY_OF_SERVICE, sources::NODE_PRESSURE_EVICTION],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let service_class = self.service_class_label.own_class(cx)?;
        // A pod that a workload created may be of either class, and was checked by the right one already.
        let (least, of) = match service_class {
            Some(class) => (class.choose(self.core, self.non_core), text!["class ", class.name()]),
            None => (self.core.min(self.non_core), "every class".to_owned()),
        };
        let class = QosClass::of(pod)?;
        if class >= least {
            return Ok(());
        }
        if class == QosClass::BestEffort {
            let mut message = "QoS class is BestEffort: no container requests CPU or memory".to_owned();
            let mut help = "set CPU and memory requests";
            if least == QosClass::Guaranteed {
                message = text![message, "; ", of, " requires Guaranteed"];
                help = "set equal CPU and memory requests and limits in every container";
            }
            out.report(pod.spec().get("containers"), message).help(help);
        } else {
            let verdict = text!["QoS class is ", class.name(), ", ", of, " requires ", least.name()];
            report_shortfalls(pod, &verdict, out)?;
        }
        Ok(())
    }
}

/// Reports everything that keeps a pod from being `Guaranteed`.
fn report_shortfalls(pod: &Pod<'_>, verdict: &str, out: &mut Findings) -> Result<(), Malformed> {
    const HELP: &str = "set equal CPU and memory requests and limits";
    if let Some(whole) = pod_level(pod)? {
        let violations = violations(|resource| Ok((pod_request(pod, resource)?, whole.limit(resource)?)))?;
        let message = text!["the pod ", violations.join(" and "), ": ", verdict];
        out.report(pod.spec().get("resources"), message).help(HELP);
        return Ok(());
    }
    for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
        let resources = Resources::of_container(container)?;
        let violations = violations(|resource| Ok((resources.request(resource)?, resources.limit(resource)?)))?;
        if !violations.is_empty() {
            let message = text![container.title(), " ", violations.join(" and "), ": ", verdict];
            out.report(container.get("resources"), message).container(container).help(HELP);
        }
    }
    Ok(())
}

/// The shortfalls in the requests and limits that `amounts` gives by resource, as in `has no CPU limit`.
fn violations(
    amounts: impl Fn(&str) -> Result<(Option<Quantity>, Option<Quantity>), Malformed>,
) -> Result<Vec<String>, Malformed> {
    let mut violations = Vec::new();
    for resource in COUNTED {
        let (request, limit) = amounts(resource)?;
        match shortfall(request, limit) {
            None => {}
            Some(Shortfall::NoLimit) => violations.push(text!["has no ", title(resource), " limit"]),
            Some(Shortfall::NotRequested) => {
                violations.push(text!["requests less than its ", title(resource), " limit"]);
            }
        }
    }
    Ok(violations)
}
