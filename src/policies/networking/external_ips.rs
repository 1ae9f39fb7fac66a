use crate::kube::service::Service;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports every address in a Service's `externalIPs` that `allow` doesn't list. `ExternalName` Services, whose
/// addresses have no effect, and the status of load balancers are ignored.
///
/// ## Why
/// Nobody checks whether the addresses belong to the Service's owner. Every node then sends traffic for them to the
/// Service's pods: whoever can create a Service can take over the address of an API, a DNS server or another team's
/// service for the whole cluster, and read or answer what was meant for it (CVE-2020-8554). There is no fix: Kubernetes
/// 1.36 deprecates the field.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: Service
/// metadata:
///   name: web
/// spec:
///   type: LoadBalancer
///   selector: {app: web}
///   ports:
///     - port: 443
///       targetPort: https
/// ```
/// On bare metal, a load balancer such as MetalLB or kube-vip manages who gets which address.
///
/// ## Limits
/// Allowed addresses are compared as text: write an IPv6 address as Services do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ExternalIps {
    /// Addresses that Services may claim; `*` and `?` are wildcards.
    pub allow: Vec<Glob>,
}

impl Policy for ExternalIps {
    const METADATA: Metadata = Metadata {
        id: "external-ips",
        title: "Services don't claim external IPs",
        why: "any Service can take over traffic to any address",
        help: "remove externalIPs and use type: LoadBalancer",
        category: Category::Networking,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: &[&kinds::SERVICE],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::EXTERNAL_IPS, sources::EXTERNAL_IPS_FLAW],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if Service::read(cx.object())?.is_external()? {
            return Ok(());
        }
        for place in cx.spec().get("externalIPs").items()? {
            let Some(address) = place.str()?.filter(|address| !self.allow.iter().any(|glob| glob.matches(address)))
            else {
                continue;
            };
            out.report(place, text!["the Service claims the external IP ", address]);
        }
        Ok(())
    }
}
