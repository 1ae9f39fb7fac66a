use crate::kube::node_affinity::{NodeChoice, Operator, Preference, Requirement, Term, contradiction};
use crate::kube::owner::is_daemon;
use crate::kube::service_class::ServiceClass;
use crate::policies::prelude::*;
use crate::settings::{NodeGroup, ServiceClassLabel};

/// ## What it does
/// Reports node affinity that can't work as written:
///
/// - a required term that no node can match, alone or together with `nodeSelector`; severity high if no other term is left;
/// - a preference that the required terms and `nodeSelector` rule out; severity low if only some of its values are;
/// - a preference whose weight isn't between 1 and 100;
/// - an empty term (a required one matches no node, a preferred one has no effect), and `In` or `NotIn` without values;
/// - a workload that requires spot nodes without a fallback. DaemonSets, Jobs, pods that may finish and non-core workloads,
///   labelled `plimsoll.dev/service-class: nonCore`, don't need one.
///
/// Preferring spot nodes is fine: if there are none, the pod runs elsewhere. So are preferences that differ from each other.
///
/// ## Why
/// Required terms are alternatives, the expressions of one term all have to match, and `nodeSelector` has to match as well. A
/// pod that no node matches stays Pending indefinitely. A preference that can't be met is ignored silently, so nobody notices
/// that the expensive nodes are used after all. Spot nodes are reclaimed at two minutes' notice or less, often all of one
/// type at once: a workload that may run nowhere else is then down until some are available again.
///
/// ## What to write
/// ```yaml
/// affinity:
///   nodeAffinity:
///     requiredDuringSchedulingIgnoredDuringExecution:
///       nodeSelectorTerms:
///         - matchExpressions:
///             - key: karpenter.sh/capacity-type
///               operator: In
///               values: [spot, on-demand]
///     preferredDuringSchedulingIgnoredDuringExecution:
///       - weight: 100
///         preference:
///           matchExpressions:
///             - key: karpenter.sh/capacity-type
///               operator: In
///               values: [spot]
/// ```
///
/// ## Limits
/// Only the manifest is read, not the cluster's nodes: a zone that doesn't exist isn't noticed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ContradictoryNodeAffinity {
    /// The groups of nodes that can be reclaimed at any time, as `label=pattern`. The defaults are the labels of EKS, GKE,
    /// AKS and Karpenter; add those of your own groups.
    pub spot_groups: Vec<NodeGroup>,
    /// The groups that count as a fallback, as `label=pattern`. For a label that isn't listed here, every group that isn't
    /// a spot group counts.
    pub on_demand_groups: Vec<NodeGroup>,
    /// The key of the label that says which service class a workload is of: `core` or `nonCore`. A workload without it is
    /// a core one.
    pub service_class_label: ServiceClassLabel,
}

impl Default for ContradictoryNodeAffinity {
    fn default() -> ContradictoryNodeAffinity {
        ContradictoryNodeAffinity {
            spot_groups: NodeGroup::all(&[
                "karpenter.sh/capacity-type=spot",
                "eks.amazonaws.com/capacityType=SPOT",
                "cloud.google.com/gke-spot=true",
                "cloud.google.com/gke-preemptible=true",
                "cloud.google.com/gke-provisioning=spot",
                "kubernetes.azure.com/scalesetpriority=spot",
            ]),
            on_demand_groups: Vec::new(),
            service_class_label: ServiceClassLabel::default(),
        }
    }
}

impl Policy for ContradictoryNodeAffinity {
    const METADATA: Metadata = Metadata {
        id: "contradictory-node-affinity",
        title: "Node affinity can be satisfied and has a fallback",
        why: "the pod stays Pending, or its preference is silently ignored",
        help: "make required terms and preferences agree",
        category: Category::Scheduling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::NODE_AFFINITY],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let choice = NodeChoice::of(pod.spec())?;
        let possible = choice.alternatives();
        let severity = if possible.is_empty() { Severity::High } else { Self::METADATA.severity };
        if choice.has_required && choice.required.is_empty() {
            out.report(choice.required_node, "required node affinity has no terms, so it matches no node")
                .severity(severity)
                .help("add a term, or remove the required node affinity");
        }
        for term in &choice.required {
            if term.requirements.is_empty() {
                out.report(term.node, "an empty node selector term matches no node")
                    .severity(severity)
                    .help("add matchExpressions, or remove the term");
            }
            report_missing_values(term, out);
            let Some(clash) = contradiction(&choice.with_selector(term)) else { continue };
            // Of the two requirements, report the one in the term: its path shows which term it is.
            let place = term.requirements.iter().find(|own| own.key == clash.key).unwrap_or(clash);
            let selects = choice.selector.requirements.iter().any(|own| own.key == clash.key);
            let parts = if selects { "nodeSelector and required node affinity" } else { "required expressions" };
            out.report(place.node, text![parts, " contradict each other on ", clash.key])
                .severity(severity)
                .help(text!["make nodeSelector and all expressions of the term agree on ", clash.key]);
        }

        for preference in &choice.preferred {
            report_weight(preference, out);
            if preference.term.requirements.is_empty() {
                out.report(preference.term.node, "an empty preference has no effect")
                    .help("add matchExpressions, or remove the preference");
            }
            report_missing_values(&preference.term, out);
            report_excluded(&preference.term, &possible, out)?;
        }

        // A DaemonSet's pods come and go with their nodes; a Job can wait for other nodes.
        if pod.is_long_running()
            && !is_daemon(cx.object(), cx.kind())
            && self.service_class_label.own_class(cx)? != Some(ServiceClass::NonCore)
        {
            self.report_only_spot(&possible, out);
        }
        Ok(())
    }
}

impl ContradictoryNodeAffinity {
    fn report_only_spot(&self, possible: &[Vec<&Requirement<'_>>], out: &mut Findings) {
        let is_spot = |key: &str, value: &str| self.spot_groups.iter().any(|group| group.has(key, value));
        let any =
            |requirement: &&&Requirement<'_>| requirement.only().iter().any(|value| is_spot(requirement.key, value));
        let Some(spot) = possible.iter().flatten().find(any) else { return };
        if possible.iter().any(|all| all.iter().all(|requirement| self.leaves_fallback(requirement))) {
            return;
        }
        let message = text!["the pod can only run on spot nodes: ", spot.key, " must be ", list(spot.only())];
        out.report(spot.node, message).help(text![
            "prefer ",
            spot.key,
            " instead of requiring it, or also allow on-demand nodes"
        ]);
    }

    /// True when a node that isn't reclaimed can meet the requirement.
    fn leaves_fallback(&self, requirement: &Requirement<'_>) -> bool {
        let key = requirement.key;
        let named = self.on_demand_groups.iter().any(|group| group.matches_key(key));
        let stays = |value: &&str| {
            if named {
                self.on_demand_groups.iter().any(|group| group.has(key, value))
            } else {
                !self.spot_groups.iter().any(|group| group.has(key, value))
            }
        };
        requirement.only().is_empty() || requirement.only().iter().any(stays)
    }
}

fn report_missing_values(term: &Term<'_>, out: &mut Findings) {
    for requirement in term.requirements.iter().filter(|requirement| requirement.is_empty()) {
        let message = text!["the requirement of ", requirement.key, " has no values"];
        out.report(requirement.node.get("values"), message).help("add the values, or remove the expression");
    }
}

fn report_weight(preference: &Preference<'_>, out: &mut Findings) {
    let message = match preference.weight {
        Some(1..=100) => return,
        Some(weight) => text!["weight ", weight.to_string(), " of a preferred node is not between 1 and 100"],
        None => "a preferred node has no weight between 1 and 100".to_owned(),
    };
    out.report(preference.node.get("weight"), message).help("set the weight to a number from 1 to 100");
}

/// Reports preferences that can't be satisfied: `possible` are the alternatives of required terms.
fn report_excluded(
    preferred: &Term<'_>,
    possible: &[Vec<&Requirement<'_>>],
    out: &mut Findings,
) -> Result<(), CheckError> {
    let own: Vec<&Requirement<'_>> = preferred.requirements.iter().collect();
    if let Some(clash) = contradiction(&own) {
        let message = text!["the expressions of a preference contradict each other on ", clash.key];
        out.report(clash.node, message).help(text!["make the expressions of the preference agree on ", clash.key]);
        return Ok(());
    }
    // If no node matches anyway, the preference isn't the problem.
    let Some(first) = possible.first() else { return Ok(()) };
    let excluded =
        |own: &[&Requirement<'_>]| possible.iter().all(|all| contradiction(&[all.as_slice(), own].concat()).is_some());
    if excluded(&own) {
        let clash = contradiction(&[first.as_slice(), &own].concat());
        let Some(place) = own.iter().find(|own| clash.is_some_and(|clash| clash.key == own.key)) else { return Ok(()) };
        let message = text![describe(place), " is preferred, but the required terms rule it out"];
        out.report(place.node, message).help(text![
            "let the required terms allow the preferred ",
            place.key,
            ", or remove the preference"
        ]);
        return Ok(());
    }
    for (position, requirement) in own.iter().enumerate() {
        for (value, node) in requirement.only().iter().zip(requirement.node.get("values").items()?) {
            let single = requirement.only_value(value);
            let mut narrowed = own.clone();
            if let Some(place) = narrowed.get_mut(position) {
                *place = &single;
            }
            if excluded(&narrowed) {
                let message = text![requirement.key, " ", value, " is preferred, but the required terms rule it out"];
                out.report(node, message).severity(Severity::Low).help(text![
                    "let the required terms allow ",
                    value,
                    ", or remove it from the preference"
                ]);
            }
        }
    }
    Ok(())
}

/// A requirement as messages write it: `topology.kubernetes.io/zone in eu-west-1a, eu-west-1b`.
fn describe(requirement: &Requirement<'_>) -> String {
    let values = list(&requirement.values);
    match requirement.operator {
        Operator::In => text![requirement.key, " ", values],
        Operator::NotIn => text![requirement.key, " other than ", values],
        Operator::Exists => text!["a label ", requirement.key],
        Operator::DoesNotExist => text!["no label ", requirement.key],
        Operator::Gt => text![requirement.key, " above ", values],
        Operator::Lt => text![requirement.key, " below ", values],
    }
}

fn list(values: &[&str]) -> String {
    values.join(" or ")
}
