use serde_json::Map;

use crate::kube::kinds::{INGRESS, NETWORK_POLICY, POD, SERVICE};
use crate::kube::network_policy::{Direction, isolates};
use crate::kube::owner::is_controlled;
use crate::kube::port::declared_ports;
use crate::kube::selector::{Labels, Selector};
use crate::kube::service::{Service, ServicePort};
use crate::lookup::companion::{is_made_by_job, new_metadata};
use crate::lookup::network_policy::policies_for;
use crate::policies::prelude::*;
use crate::settings::SettingsError;

/// ## What it does
/// Reports pods, and workloads, that no NetworkPolicy in their namespace selects for ingress; `directions` can add
/// egress. A policy without `policyTypes` applies to ingress, and to egress too if it has egress rules. A policy that
/// allows everything counts: somebody made a decision.
///
/// Objects created by a controller are skipped, since the workload itself is reported, and so are pods in the host's
/// network (`hostNetwork: true`), to which NetworkPolicies don't apply.
///
/// ## Why
/// A pod that no policy selects accepts connections from every other pod in the cluster, in any namespace, and often
/// from outside. An attacker in the least important pod can try every database and dashboard, most of which trust their
/// neighbors.
///
/// ## What to write
/// ```yaml
/// apiVersion: networking.k8s.io/v1
/// kind: NetworkPolicy
/// metadata:
///   name: checkout
/// spec:
///   podSelector:
///     matchLabels: {app: checkout}
///   policyTypes: [Ingress]
///   ingress:
///     - from:
///         - podSelector: {matchLabels: {app: gateway}}
///       ports: [{port: 8080}]
/// ```
/// Or add one default-deny policy per namespace, with `podSelector: {}` and no rules.
///
/// ## Limits
/// The proposed policy admits the namespace's own pods, and anyone at the ports that a given Ingress, load balancer or
/// monitoring uses; others may connect today, so try it before you rely on it. Only Kubernetes' own NetworkPolicies are
/// looked up, not those of Cilium, Calico or a cluster's administrators. They have no effect unless the cluster's
/// network plugin enforces them. The policy may arrive after the workload: unless `onViolation` is set, a missing one
/// only warns on CREATE.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnisolatedPod {
    /// The directions that need a policy: `Ingress` to the pods, `Egress` from them.
    pub directions: Vec<Direction>,
}

impl Default for UnisolatedPod {
    fn default() -> UnisolatedPod {
        UnisolatedPod { directions: vec![Direction::Ingress] }
    }
}

impl Policy for UnisolatedPod {
    const METADATA: Metadata = Metadata {
        id: "unisolated-pod",
        title: "NetworkPolicies restrict who can connect to a pod",
        why: "every pod in the cluster can connect to it",
        help: "add a NetworkPolicy that selects these pods",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        needs: &[&NETWORK_POLICY],
        ephemeral: false,
        expects_later_object: true,
        fix: FixAvailability::NewObject,
        since: "0.1.0",
        sources: &[sources::NETWORK_POLICIES],
        ..Metadata::DEFAULT
    };

    fn validate(&self) -> Result<(), SettingsError> {
        if self.directions.is_empty() {
            return Err(SettingsError::new("directions", "should include Ingress or Egress"));
        }
        Ok(())
    }

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if is_controlled(cx.object()) || pod.spec().get("hostNetwork").bool()? == Some(true) {
            return Ok(());
        }
        let labels = Labels::of(pod.metadata());
        let policies = policies_for(cx, labels)?;
        let mut open = Vec::new();
        for direction in [Direction::Ingress, Direction::Egress] {
            let mut isolated = !self.directions.contains(&direction);
            for found in &policies {
                let isolates = isolates(cx.node(found), direction);
                isolated |= isolates.map_err(|malformed| found.unreadable(&malformed))?;
            }
            if !isolated {
                open.push(direction);
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        let name = cx.name()?;
        let whose = if *cx.kind() == POD { "" } else { "the pods of " };
        let quoted = if name.is_empty() { String::new() } else { text![" \"", name, "\""] };
        let directions = open.iter().map(|direction| direction.title()).collect::<Vec<_>>().join(" or ");
        let message = text!["no NetworkPolicy selects ", whose, cx.kind().name, quoted, " for ", directions];
        let mut finding = out.report(pod.metadata().get("labels"), message);
        for found in &policies {
            let root = cx.node(found);
            let place = root.get("spec").get("policyTypes");
            finding = finding.related(Related::to(found.kind, place, root, "applies to the other direction only"));
        }
        if labels.iter().next().is_none() {
            finding = finding.help("add labels to the pods, and a NetworkPolicy that selects them");
        }
        if let Some(policy) = policy_of(cx, pod, &open, &policies)? {
            finding.new_object(policy);
        }
        Ok(())
    }
}

/// A policy that admits pods of the same namespace, and anyone at the ports that others are known to use, and that allows
/// egress to the namespace and to name servers; `None` without a name or labels, or when those ports aren't known.
fn policy_of(
    cx: &Context<'_>,
    pod: &Pod<'_>,
    open: &[Direction],
    others: &[Found],
) -> Result<Option<Value>, CheckError> {
    let Some(name) = cx.name().ok().filter(|name| !name.is_empty()) else { return Ok(None) };
    let (Some(selected), Some(ports)) = (selecting(cx, pod), ports_from_outside(cx, pod)?) else { return Ok(None) };
    // It must not replace an existing policy.
    let taken = others.iter().any(|other| other.name() == name);
    let name = match open.first().filter(|_| taken) {
        Some(direction) => text![name, "-", direction.title()],
        None => name.to_owned(),
    };
    let mut spec = Map::new();
    spec.insert("podSelector".to_owned(), json!({ "matchLabels": selected }));
    let types: Vec<&str> = open.iter().map(|direction| direction.name()).collect();
    spec.insert("policyTypes".to_owned(), json!(types));
    for direction in open {
        let (field, rules) = match direction {
            Direction::Ingress if ports.is_empty() => ("ingress", json!([{"from": [{"podSelector": {}}]}])),
            Direction::Ingress => ("ingress", json!([{"from": [{"podSelector": {}}]}, {"ports": ports.clone()}])),
            Direction::Egress => (
                "egress",
                json!([
                    {"to": [{"podSelector": {}}]},
                    {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]},
                ]),
            ),
        };
        spec.insert(field.to_owned(), rules);
    }
    Ok(Some(json!({
        "apiVersion": NETWORK_POLICY.api_version(),
        "kind": NETWORK_POLICY.name,
        "metadata": new_metadata(cx, &name),
        "spec": spec,
    })))
}

/// The ports that the ingress controller, a load balancer or monitoring connects to from outside the namespace, as far
/// as they are given; `None` when one of them is unknown.
fn ports_from_outside(cx: &Context<'_>, pod: &Pod<'_>) -> Result<Option<Vec<Value>>, CheckError> {
    let mut declared = Vec::new();
    for container in pod.long_running_containers() {
        declared.extend(declared_ports(container)?);
    }
    let mut open: Vec<(i64, &'static str)> = Vec::new();
    for port in &declared {
        if port.name.is_some_and(is_metrics) {
            open.push((port.number, protocol(port.protocol)));
        }
    }
    if pod.annotation("prometheus.io/scrape")? == Some("true") {
        match pod.annotation("prometheus.io/port")?.map(str::parse) {
            Some(Ok(number)) => open.push((number, "TCP")),
            _ => open.extend(declared.iter().map(|port| (port.number, protocol(port.protocol)))),
        }
    }
    let labels = Labels::of(pod.metadata());
    for found in cx.list_optional(&SERVICE, Filter::Selecting(labels))? {
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let service = Service::read(cx.node(&found)).map_err(unreadable)?;
        if !service.selector.as_ref().is_some_and(|selector| selector.matches(labels)) {
            continue;
        }
        let is_external = service.is_reached_from_outside().map_err(unreadable)?
            || !cx.list_optional(&INGRESS, Filter::RoutingTo(found.name()))?.is_empty();
        // Monitoring connects to a port that the Service names for it, whatever the container calls it.
        let is_open = |port: &ServicePort<'_>| is_external || port.name.is_some_and(is_metrics);
        for port in service.ports().map_err(unreadable)?.into_iter().filter(is_open) {
            let number = match port.node.get("targetPort").value() {
                None => Some(port.number),
                Some(Value::String(name)) => {
                    let named =
                        declared.iter().find(|known| known.name == Some(name) && known.protocol == port.protocol);
                    named.map(|known| known.number)
                }
                Some(number) => number.as_i64(),
            };
            let Some(number) = number else { return Ok(None) };
            open.push((number, protocol(port.protocol)));
        }
    }
    open.sort_unstable();
    open.dedup();
    Ok(Some(open.into_iter().map(|(port, protocol)| json!({"port": port, "protocol": protocol})).collect()))
}

fn protocol(written: &str) -> &'static str {
    match written {
        "UDP" => "UDP",
        "SCTP" => "SCTP",
        _ => "TCP",
    }
}

/// True for the name of a port that monitoring scrapes.
fn is_metrics(name: &str) -> bool {
    name.split('-').any(|word| word == "metrics") || name.starts_with("prom")
}

/// The labels to select the pods by: those of the workload's selector, else all that a person has set.
fn selecting(cx: &Context<'_>, pod: &Pod<'_>) -> Option<Value> {
    let labels = Labels::of(pod.metadata());
    let own = cx.spec().get("selector").get("matchLabels");
    let fits = Selector::read_plain(own).ok().flatten().is_some_and(|selector| selector.matches(labels));
    for source in [own.value().filter(|_| fits), pod.metadata().get("labels").value()] {
        let mut chosen = Map::new();
        for (key, value) in source.and_then(Value::as_object).into_iter().flatten() {
            if value.is_string() && !is_made_by_job(key) {
                chosen.insert(key.clone(), value.clone());
            }
        }
        if !chosen.is_empty() {
            return Some(Value::Object(chosen));
        }
    }
    None
}
