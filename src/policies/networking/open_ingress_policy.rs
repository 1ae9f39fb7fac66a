use crate::kube::network_policy::{self, Direction, WholeNetwork};
use crate::policies::prelude::*;

/// ## What it does
/// Reports ingress rules of a NetworkPolicy that admit everybody at every port: a rule without `from` and without `ports`,
/// such as `{}`, and an `ipBlock` that covers all of IPv4 (`0.0.0.0/0`) or IPv6 (`::/0`) without an `except` in a rule
/// without `ports`. An entry of `ports` without a `port`, or from 1 to 65535, is every port of its protocol.
///
/// Rules with other ports are ignored: what serves the public has to be reachable. So are policies whose `policyTypes` don't
/// include `Ingress`.
///
/// ## Why
/// Network policies are additive: one such rule undoes all other restrictions on the pods that it selects, and it looks as if they
/// were protected. A pod without any policy would be as open.
///
/// ## What to write
/// ```yaml
/// ingress:
///   - from:
///       - podSelector:
///           matchLabels: {app: gateway}
///     ports: [{port: 8080}]
///   - ports: [{port: 8443}]
/// ```
///
/// ## Limits
/// A rule that admits every pod of the cluster (`namespaceSelector: {}`) is not reported. Two halves of the address
/// space, such as `0.0.0.0/1` and `128.0.0.0/1`, are not combined.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct OpenIngressPolicy {}

impl Policy for OpenIngressPolicy {
    const METADATA: Metadata = Metadata {
        id: "open-ingress-policy",
        title: "NetworkPolicies restrict who may connect",
        why: "everybody can connect to the pods, whatever other policies say",
        help: "list who may connect in \"from\", or the public ports in \"ports\"",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::NETWORK_POLICY],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::NETWORK_POLICIES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        if !network_policy::isolates(cx.object(), Direction::Ingress)? {
            return Ok(());
        }
        for rule in spec.get("ingress").items()? {
            let Some(ports) = every_port(rule.mapping()?)? else { continue };
            let mut peers = rule.get("from").items()?.peekable();
            if peers.peek().is_none() {
                let lacks = if ports.is_empty() { "neither \"from\" nor \"ports\"" } else { "no \"from\"" };
                out.report(rule, text!["everybody may connect to every ", ports, "port: the rule has ", lacks]);
            }
            for peer in peers {
                let block = peer.mapping()?.get("ipBlock").mapping()?;
                let cidr = block.get("cidr");
                let Some((written, network)) = cidr.str()?.and_then(|text| Some((text, WholeNetwork::of(text)?)))
                else {
                    continue;
                };
                if block.get("except").items()?.len() == 0 {
                    let title = network.title();
                    let message = text!["every ", title, " address may connect to every ", ports, "port: ", written];
                    out.report(cidr, message).help("narrow the cidr, or list the public ports in \"ports\"");
                }
            }
        }
        Ok(())
    }
}

/// Of which protocol a rule opens every port: empty for all of them, else its name and a space; `None` for some ports.
fn every_port(rule: Node<'_>) -> Result<Option<String>, Malformed> {
    let mut ports = rule.get("ports").items()?.peekable();
    if ports.peek().is_none() {
        return Ok(Some(String::new()));
    }
    for entry in ports {
        let port = entry.mapping()?.get("port");
        let first = port.value().and_then(Value::as_i64);
        let is_range = first.is_some_and(|first| first <= 1) && entry.get("endPort").int()? == Some(65535);
        if is_range || !port.exists() {
            return Ok(Some(text![entry.get("protocol").str()?.unwrap_or("TCP"), " "]));
        }
    }
    Ok(None)
}
