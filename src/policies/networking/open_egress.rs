use std::num::NonZeroU16;

use crate::kube::network_policy::{self, Direction, WholeNetwork};
use crate::policies::prelude::*;

/// ## What it does
/// Reports egress rules of a NetworkPolicy that allow connections to anywhere: a rule without `to`, such as `{}`, and
/// an `ipBlock` that covers all of IPv4 (`0.0.0.0/0`) or IPv6 (`::/0`) without an `except`.
///
/// Rules that open only ports in `allowPorts`, or ports by name, are ignored: DNS queries to any server are mostly
/// harmless. So are policies whose `policyTypes` don't include `Egress`: their egress rules have no effect.
///
/// ## Why
/// Network policies are additive: one open rule undoes all other restrictions on the pods it selects. An attacker in
/// such a pod can send data anywhere, download tools, and probe every neighbor and the cloud's metadata service, which
/// hands out credentials.
///
/// ## What to write
/// ```yaml
/// egress:
///   - to:
///       - podSelector:
///           matchLabels: {app: ledger}
///     ports: [{port: 8443}]
///   - to:
///       - ipBlock:
///           cidr: 0.0.0.0/0
///           except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16]
///     ports: [{port: 443}]
/// ```
///
/// ## Limits
/// Whether an `except` excludes enough can't be seen from the policy. Two halves of the address space, such as
/// `0.0.0.0/1` and `128.0.0.0/1`, are not combined.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct OpenEgress {
    /// Networks that may be open as a whole: `0.0.0.0/0`, `::/0`. With both, rules without `to` are accepted as well.
    pub allow_cidrs: Vec<WholeNetwork>,
    /// Ports that may be open to anywhere.
    pub allow_ports: Vec<NonZeroU16>,
}

impl Default for OpenEgress {
    fn default() -> OpenEgress {
        OpenEgress { allow_cidrs: Vec::new(), allow_ports: DNS.into_iter().collect() }
    }
}

const DNS: Option<NonZeroU16> = NonZeroU16::new(53);

impl Policy for OpenEgress {
    const METADATA: Metadata = Metadata {
        id: "open-egress",
        title: "NetworkPolicies restrict where pods may connect to",
        why: "an attacker in the pod can send its data anywhere",
        help: "list the pods' destinations in \"to\"",
        category: Category::Networking,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::NETWORK_POLICY],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::NETWORK_POLICIES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        if !network_policy::isolates(cx.object(), Direction::Egress)? {
            return Ok(());
        }
        for rule in spec.get("egress").items()? {
            if self.opens_ports(rule.mapping()?)? {
                self.report(rule, out)?;
            }
        }
        Ok(())
    }
}

impl OpenEgress {
    fn report(&self, rule: Node<'_>, out: &mut Findings) -> Result<(), Malformed> {
        let mut anywhere = true;
        for peer in rule.get("to").items()? {
            anywhere = false;
            let block = peer.mapping()?.get("ipBlock").mapping()?;
            let cidr = block.get("cidr");
            let Some((written, network)) = cidr.str()?.and_then(|text| Some((text, WholeNetwork::of(text)?))) else {
                continue;
            };
            if block.get("except").items()?.len() > 0 || self.allow_cidrs.contains(&network) {
                continue;
            }
            let title = network.title();
            let message = text!["egress is open to every ", title, " address: ", written, " has no except"];
            out.report(cidr, message).help("narrow the cidr, or list networks that the pods must not reach in except");
        }
        let both = [WholeNetwork::V4, WholeNetwork::V6].iter().all(|network| self.allow_cidrs.contains(network));
        if anywhere && !both {
            out.report(rule, "egress is open to every address: the rule has no \"to\"");
        }
        Ok(())
    }

    /// True when the rule opens more than the allowed ports.
    fn opens_ports(&self, rule: Node<'_>) -> Result<bool, Malformed> {
        let mut any = false;
        for entry in rule.get("ports").items()? {
            any = true;
            let port = entry.mapping()?.get("port");
            // A named port only matches pods that declare it.
            if port.value().is_some_and(|port| port.is_string()) {
                continue;
            }
            let Some(first) = port.int()? else { return Ok(true) };
            let last = entry.get("endPort").int()?.unwrap_or(first);
            if first != last || !self.allow_ports.iter().any(|allowed| i64::from(allowed.get()) == first) {
                return Ok(true);
            }
        }
        Ok(!any)
    }
}
