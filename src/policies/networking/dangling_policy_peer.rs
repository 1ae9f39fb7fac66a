use crate::kube::flagger::creates_pods_for;
use crate::kube::network_policy::{Direction, isolates, pod_selector};
use crate::kube::object::NAMESPACE_NAME;
use crate::kube::runtime_labels;
use crate::kube::selector::Selector;
use crate::lookup::network_policy::{WORKLOADS, selects_any};
use crate::lookup::reference::{Missing, any_canary};
use crate::lookup::service::selected_by;
use crate::policies::networking::target_port_rules::{declares, pods_of};
use crate::policies::prelude::*;
use crate::settings::Glob;
use crate::text::table::Table;

/// ## What it does
/// Reports entries of a NetworkPolicy's rules that match nothing:
///
/// - a peer with a `podSelector` alone that selects no pod and no pod template in the policy's namespace;
/// - a peer whose `namespaceSelector` names namespaces by `kubernetes.io/metadata.name`, none of which exists;
/// - a port by name, in an ingress rule, that none of the policy's pods has.
///
/// A policy that selects no pods itself is left to `dangling-network-policy`. Empty selectors, peers with `ipBlock` and
/// labels that pods only get at run time are ignored: see `runtimeLabels`.
///
/// ## Why
/// What should be allowed is blocked: the policy isolates its pods, and the clients that it was written for time out. Or
/// the entry was left behind when a client was removed, and the next pod that happens to have its labels may connect.
///
/// ## What to write
/// ```yaml
/// ingress:
///   - from:
///       - podSelector:
///           matchLabels: {app: gateway}
///     ports:
///       - port: http
/// ```
/// with labels from the client's `spec.template.metadata.labels`, and a port's name from the policy's own pods.
///
/// ## Limits
/// Other labels of namespaces, and pods in other namespaces, are not looked up. Among files, workloads of the namespace
/// must be given, and Namespaces only count if the input is declared complete. The clients may arrive later: unless
/// `onViolation` is set, a finding only warns on CREATE.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingPolicyPeer {
    /// Names of policies whose peers come and go, such as those of manually created Jobs; `*` and `?` are wildcards.
    pub ignore: Vec<Glob>,
    /// Labels that pods get at run time, from controllers or leader election. Pod templates don't need them; `*` and `?`
    /// are wildcards.
    pub runtime_labels: Vec<Glob>,
}

impl Default for DanglingPolicyPeer {
    fn default() -> DanglingPolicyPeer {
        let runtime_labels = runtime_labels::PATTERNS.iter().map(|label| Glob::new(*label)).collect();
        DanglingPolicyPeer { ignore: Vec::new(), runtime_labels }
    }
}

impl Policy for DanglingPolicyPeer {
    const METADATA: Metadata = Metadata {
        id: "dangling-policy-peer",
        title: "Rules of NetworkPolicies match something",
        why: "the clients that it was written for are blocked",
        help: "select labels that the clients' pods have, or remove the entry",
        category: Category::Networking,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: &[&kinds::NETWORK_POLICY],
        needs: &[
            &kinds::DEPLOYMENT,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::CRON_JOB,
            &kinds::POD,
            &kinds::NAMESPACE,
        ],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::NETWORK_POLICIES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let name = cx.name()?;
        if self.ignore.iter().any(|ignored| ignored.matches(name)) {
            return Ok(());
        }
        let mut unknown = None;
        let mut seen = Table::default();
        for (direction, rules, peers) in [(Direction::Ingress, "ingress", "from"), (Direction::Egress, "egress", "to")]
        {
            if !isolates(cx.object(), direction)? {
                continue;
            }
            for rule in cx.spec().get(rules).items()? {
                for peer in rule.mapping()?.get(peers).items()? {
                    match self.check_peer(cx, peer.mapping()?, &mut seen, out) {
                        Err(CheckError::Inventory(error @ InventoryError::NotGiven { .. })) => unknown = Some(error),
                        checked => checked?,
                    }
                }
            }
        }
        match check_ports(cx, out) {
            Err(CheckError::Inventory(error @ InventoryError::NotGiven { .. })) => unknown = Some(error),
            checked => checked?,
        }
        unknown.map_or(Ok(()), |error| Err(error.into()))
    }
}

impl DanglingPolicyPeer {
    fn check_peer(
        &self,
        cx: &Context<'_>,
        peer: Node<'_>,
        seen: &mut Table<()>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let namespaces = peer.get("namespaceSelector");
        if namespaces.exists() {
            return check_namespaces(cx, namespaces, seen, out);
        }
        let place = peer.get("podSelector");
        let Some(selector) = Selector::read(place)? else { return Ok(()) };
        let selector = selector.without(|key| self.runtime_labels.iter().any(|label| label.matches(key)));
        let labels = selector.required_text();
        if selector.is_empty() || selects_any(cx, &selector)? {
            return Ok(());
        }
        // A selector without a required label has no text to be recognized by.
        if !labels.is_empty() && !seen.insert(&labels, ()) {
            return Ok(());
        }
        if selector.is_template() || creates_pods_for(&selector) && any_canary(cx, |_| true)? {
            return Ok(());
        }
        let missing = Missing::of(cx, WORKLOADS)?;
        let message = text!["peer podSelector", labels, " matches no pods", missing.scope()];
        out.report(place, message).severity(missing.severity(Self::METADATA.severity));
        Ok(())
    }
}

/// Reports a selector of namespaces by name none of which exists.
fn check_namespaces(
    cx: &Context<'_>,
    place: Node<'_>,
    seen: &mut Table<()>,
    out: &mut Findings,
) -> Result<(), CheckError> {
    let Some(selector) = Selector::read(place)? else { return Ok(()) };
    let Some((_, names)) = selector.required().find(|(key, _)| *key == NAMESPACE_NAME) else { return Ok(()) };
    for &name in names {
        // These are in every cluster, and in no file. A Namespace that was not given is unknown.
        if name.starts_with("kube-") || name == "default" || name == cx.namespace() {
            return Ok(());
        }
        match cx.namespace_named(name) {
            Err(InventoryError::NotGiven { .. }) | Ok(Some(_)) => return Ok(()),
            answer => answer?,
        };
    }
    let quoted: Vec<String> = names.iter().map(|name| text!["\"", *name, "\""]).collect();
    let listed = quoted.join(", ");
    if !names.is_empty() && seen.insert(&text!["namespace ", listed], ()) {
        let what = if names.len() == 1 { "namespace " } else { "none of the namespaces " };
        let verdict = if names.len() == 1 { " does not exist" } else { " exists" };
        out.report(place, text!["peer namespaceSelector: ", what, listed, verdict])
            .help("select a namespace that exists, or remove the entry");
    }
    Ok(())
}

/// Reports names of ports that none of the policy's pods has.
fn check_ports(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let mut named = Vec::new();
    let mut seen = Table::default();
    if isolates(cx.object(), Direction::Ingress)? {
        for rule in cx.spec().get("ingress").items()? {
            for port in rule.get("ports").items()? {
                let place = port.mapping()?.get("port");
                let protocol = port.get("protocol").str()?.unwrap_or("TCP");
                if let Some(name) = place.value().and_then(Value::as_str)
                    && seen.insert(&text![protocol, "/", name], ())
                {
                    named.push((place, name, protocol));
                }
            }
        }
    }
    if named.is_empty() {
        return Ok(());
    }
    let selected = selected_by(cx, &pod_selector(cx.object())?, true)?;
    let pods = pods_of(cx, &selected)?;
    for (place, name, protocol) in named {
        let mut declared = pods.is_empty();
        for pod in &pods {
            declared = declared || declares(pod, name, protocol)?;
        }
        if !declared {
            out.report(place, text!["none of the policy's pods has a ", protocol, " port named \"", name, "\""])
                .why("no client can connect to the port that was meant")
                .help("use the name of a container port, or its number");
        }
    }
    Ok(())
}
