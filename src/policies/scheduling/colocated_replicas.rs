use crate::kube::exclusive::{Exclusive, binds_host_port};
use crate::kube::node_affinity::NodeChoice;
use crate::kube::scheduling::{Apart, Means, rules, shared_keys};
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::{expected_pods, the_pods};
use crate::lookup::exclusive::exclusive;
use crate::policies::prelude::*;
use crate::settings::SettingsError;

/// ## What it does
/// Reports workloads of two or more pods that nothing keeps apart: neither pod anti-affinity nor a topology spread constraint
/// over the nodes (`requireKeys`) or zones (`recommendKeys`) that selects the workload's own pods. A rule whose selector or
/// namespace misses the workload's own pods has no effect on them and doesn't count. Pods that are spread over nodes but not
/// over zones get an `info` finding.
///
/// Pods that bind host ports are on different nodes anyway. Not reported are pods that must share a node: by required pod
/// affinity, a node selector or node affinity for a single node, or a shared `ReadWriteOnce` claim. Likewise for zones.
///
/// ## Why
/// By default the scheduler only weakly prefers to spread replicas. Those that share a node fail with it, all at once, and so
/// do those that share a zone.
///
/// ## What to write
/// ```yaml
/// topologySpreadConstraints:
///   - maxSkew: 1
///     topologyKey: kubernetes.io/hostname
///     whenUnsatisfiable: ScheduleAnyway
///     labelSelector:
///       matchLabels:
///         app: web
///   - maxSkew: 1
///     topologyKey: topology.kubernetes.io/zone
///     whenUnsatisfiable: ScheduleAnyway
///     labelSelector:
///       matchLabels:
///         app: web
/// ```
///
/// ## Limits
/// Default constraints in the scheduler's configuration aren't visible. A `namespaceSelector` is assumed to select the
/// workload's own namespace. There is no fix for pods that share a claim whose access modes are unknown.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ColocatedReplicas {
    /// The node labels over which pods must be spread: any one of them is enough.
    pub require_keys: Vec<String>,
    /// The node labels over which pods should be spread as well: any one of them is enough. An empty list recommends none.
    pub recommend_keys: Vec<String>,
    /// What counts as spreading them.
    pub accept: Vec<Accept>,
}

/// What spreads pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Accept {
    /// Pod anti-affinity, required or preferred.
    AntiAffinity,
    /// Topology spread constraints.
    Spread,
}

impl Default for ColocatedReplicas {
    fn default() -> ColocatedReplicas {
        ColocatedReplicas {
            require_keys: vec!["kubernetes.io/hostname".to_owned()],
            recommend_keys: vec!["topology.kubernetes.io/zone".to_owned()],
            accept: vec![Accept::AntiAffinity, Accept::Spread],
        }
    }
}

impl Policy for ColocatedReplicas {
    const METADATA: Metadata = Metadata {
        id: "colocated-replicas",
        title: "Replicas are spread over nodes",
        why: "a single node failure can take down all replicas",
        help: "add a topology spread constraint that selects the workload's own pods",
        category: Category::Scheduling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::ROLLOUT],
        needs: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::PERSISTENT_VOLUME_CLAIM],
        ephemeral: false,
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::TOPOLOGY_SPREAD, sources::ANTI_AFFINITY],
        ..Metadata::DEFAULT
    };

    fn validate(&self) -> Result<(), SettingsError> {
        if self.require_keys.is_empty() {
            return Err(SettingsError::new("requireKeys", "should list at least one node label"));
        }
        if self.accept.is_empty() {
            return Err(SettingsError::new("accept", "should list antiAffinity, spread or both"));
        }
        Ok(())
    }

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(workload) = Workload::of(cx.object(), cx.kind()) else { return Ok(()) };
        let Some(pod) = cx.pod()? else { return Ok(()) };
        let rules = rules(pod.spec(), workload.labels(), cx.namespace())?;
        // Pods in different zones are on different nodes.
        let apart = self.keeps_apart(&rules, &self.recommend_keys);
        let own = self.keeps_apart(&rules, &self.require_keys);
        // Then a constraint that misses its own pods is still a mistake; anti-affinity may be meant for other pods.
        let mistaken = apart && !own && rules.iter().any(|rule| !rule.means.is_anti_affinity() && self.misses(rule));
        let nodes = (apart || own || binds_host_port(pod)?) && !mistaken;
        let shared = shared_keys(pod.spec(), workload.labels(), cx.namespace())?;
        let choice = NodeChoice::of(pod.spec())?;
        let together = |keys: &[String]| keys.iter().any(|key| shared.contains(&key.as_str()) || choice.pins(key));
        let zones = apart || self.recommend_keys.is_empty() || together(&self.recommend_keys);
        let one_node =
            choice.pins("metadata.name") || pod.spec().get("nodeName").str()?.is_some_and(|name| !name.is_empty());
        if nodes && zones || one_node || together(&self.require_keys) {
            return Ok(());
        }
        // A single pod needs no spreading.
        let expected = expected_pods(cx, &workload)?;
        if expected.pods < 2 {
            return Ok(());
        }
        let exclusive = exclusive(cx, &workload, pod)?;
        if matches!(exclusive, Some(Exclusive::Claim | Exclusive::Singleton)) {
            return Ok(());
        }

        let keys = if nodes { &self.recommend_keys } else { &self.require_keys };
        let Some(key) = keys.first() else { return Ok(()) };
        let pods = the_pods(cx, expected.pods);
        let misdirected = rules
            .iter()
            .find(|rule| !rule.own && self.accepts(rule) && keys.iter().any(|key| key == rule.topology_key));
        let (place, message) = match misdirected {
            Some(rule) => {
                let selector = rule.node.get("labelSelector");
                let title = rule.means.title();
                (
                    selector,
                    text!["the ", title, " over ", rule.topology_key, " does not select the workload's own pods"],
                )
            }
            None => {
                let spec = pod.spec();
                let place = self.place(spec);
                (
                    place,
                    text![
                        pods,
                        " of ",
                        workload.title(),
                        " may all ",
                        place_of(key),
                        ": nothing spreads them over ",
                        key
                    ],
                )
            }
        };
        let mut finding = out.report(place, message);
        if nodes {
            finding = finding.severity(Severity::Info);
        } else if mistaken {
            finding = finding.severity(Severity::Low);
        }
        if expected.autoscaler.is_some() {
            finding = finding.related(expected.related(&workload));
        }
        if let Some(selector) = workload.selector()
            && exclusive != Some(Exclusive::SharedClaim)
        {
            // Pods that are spread over nodes only would get the finding about zones.
            let also = self.recommend_keys.first().filter(|_| !nodes && !zones);
            let (mut title, edit) = self.fix(pod.spec(), &rules, key, selector.clone());
            let mut edits = vec![edit];
            if let Some(zone) = also {
                let (_, edit) = self.fix(pod.spec(), &rules, zone, selector);
                title = text![title, " and ", zone.as_str()];
                edits.push(edit);
            }
            finding.safe_fix(title, edits);
        }
        Ok(())
    }
}

impl ColocatedReplicas {
    fn accepts(&self, rule: &Apart<'_>) -> bool {
        self.accept.contains(if rule.means.is_anti_affinity() { &Accept::AntiAffinity } else { &Accept::Spread })
    }

    /// True for a rule over nodes that doesn't select the workload's own pods.
    fn misses(&self, rule: &Apart<'_>) -> bool {
        !rule.own && self.accepts(rule) && self.require_keys.iter().any(|key| key == rule.topology_key)
    }

    fn keeps_apart(&self, rules: &[Apart<'_>], keys: &[String]) -> bool {
        rules.iter().any(|rule| rule.own && self.accepts(rule) && keys.iter().any(|key| key == rule.topology_key))
    }

    /// The place of the missing rule.
    fn place<'a>(&self, spec: Node<'a>) -> Node<'a> {
        if self.accept.contains(&Accept::Spread) {
            spec.get("topologySpreadConstraints")
        } else {
            spec.get("affinity").get("podAntiAffinity")
        }
    }

    /// How to spread the pods, as an order and as an edit.
    fn fix(&self, spec: Node<'_>, rules: &[Apart<'_>], key: &str, selector: Value) -> (String, Edit) {
        if !self.accept.contains(&Accept::Spread) {
            let term = json!({"weight": 100, "podAffinityTerm": {"topologyKey": key, "labelSelector": selector}});
            let at = self.place(spec).get("preferredDuringSchedulingIgnoredDuringExecution").path();
            return (text!["add a preferred pod anti-affinity over ", key], Edit::Append { at, value: term });
        }
        // The API allows one constraint for each key and mode.
        let same = rules.iter().find(|rule| rule.means == Means::PreferredSpread && rule.topology_key == key);
        if let Some(rule) = same {
            let order = text!["select the workload's own pods in the topology spread constraint over ", key];
            return (order, Edit::set(rule.node.get("labelSelector"), selector));
        }
        let constraint = json!({
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": selector,
        });
        let order = text!["add a topology spread constraint over ", key];
        (order, Edit::append(self.place(spec), constraint))
    }
}

/// What pods share that are together, as it is said.
fn place_of(key: &str) -> &'static str {
    match key {
        "kubernetes.io/hostname" => "run on one node",
        "topology.kubernetes.io/zone" => "run in one zone",
        _ => "run in one place",
    }
}
