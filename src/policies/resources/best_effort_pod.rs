use crate::kube::qos::{COUNTED, QosClass, Shortfall, pod_level, shortfall};
use crate::kube::quantity::Quantity;
use crate::kube::resources::{Resources, pod_request};
use crate::policies::prelude::*;
use crate::settings::ServiceClassLabel;

/// ## What it does
/// Reports pods whose quality-of-service class is less than the least for their service class, which a label says: `core`
/// or `nonCore`. A workload without the label is a core one. As long as settings don't say otherwise, that is every pod
/// of the class `BestEffort`: none of its containers requests or limits cpu or memory.
///
/// Kubernetes gives the class, and this policy reckons as it does. Init containers and native sidecars count as app
/// containers do. Amounts of the pod as a whole (`spec.resources`) come first: when there are any, only they count. A limit
/// without a request is requested in full. 0 is nothing. For `Guaranteed` everything has to have a limit for cpu and one
/// for memory, and to request all of both; each container that doesn't is reported.
///
/// ## Why
/// When a node runs out of memory, `BestEffort` pods are the first that the kernel kills and the kubelet evicts, however
/// little they use. When its cpu is busy, they get what is left over, which may be nothing. It happens at the busiest
/// hour, since that is when nodes fill up.
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
/// Amounts that a LimitRange adds to the pods, and containers that a webhook injects, are not seen in a workload's
/// template. What another workload made, such as the pods of a Deployment, needs no more than the least of both service
/// classes when it doesn't carry the label.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct BestEffortPod {
    /// The least quality-of-service class of core workloads: `BestEffort`, `Burstable` or `Guaranteed`.
    pub core: QosClass,
    /// The same for other workloads.
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
        title: "Pods have the quality of service that their service class needs",
        why: "the pod is among the first to be killed or starved when its node is full",
        help: "set resources.requests for cpu and memory",
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
        // What a workload made may be of either class, and was checked by the right one already.
        let (least, of) = match service_class {
            Some(class) => (class.choose(self.core, self.non_core), text![" for class ", class.name()]),
            None => (self.core.min(self.non_core), " for any class".to_owned()),
        };
        let class = QosClass::of(pod)?;
        if class >= least {
            return Ok(());
        }
        let verdict = text!["the pod is ", class.name(), ", less than ", least.name(), of];
        if class == QosClass::BestEffort {
            let message = text![verdict, ": nothing in it requests cpu or memory"];
            let finding = out.report(pod.spec().get("containers"), message);
            if least == QosClass::Guaranteed {
                finding.help("set equal requests and limits for cpu and memory in every container");
            }
        } else {
            report_shortfalls(pod, &verdict, out)?;
        }
        Ok(())
    }
}

/// Reports whatever keeps a pod from being `Guaranteed`.
fn report_shortfalls(pod: &Pod<'_>, verdict: &str, out: &mut Findings) -> Result<(), Malformed> {
    const HELP: &str = "set equal requests and limits for cpu and memory";
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

/// What is wrong with the requests and limits that `amounts` gives by resource, each as a verb and its object.
fn violations(
    amounts: impl Fn(&str) -> Result<(Option<Quantity>, Option<Quantity>), Malformed>,
) -> Result<Vec<String>, Malformed> {
    let mut violations = Vec::new();
    for resource in COUNTED {
        let (request, limit) = amounts(resource)?;
        match shortfall(request, limit) {
            None => {}
            Some(Shortfall::NoLimit) => violations.push(text!["has no ", resource, " limit"]),
            Some(Shortfall::NotRequested) => violations.push(text!["does not request all of its ", resource, " limit"]),
        }
    }
    Ok(violations)
}
