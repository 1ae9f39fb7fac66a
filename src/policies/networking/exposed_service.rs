use crate::kube::network_policy::WholeNetwork;
use crate::kube::owner::is_controlled;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Services that can be reached from outside the cluster: of type `NodePort`, and of type `LoadBalancer` if
/// anybody may connect. A load balancer is accepted if `loadBalancerSourceRanges` or an annotation of its cloud names networks
/// other than all, or if an annotation or its class makes it internal: those of AWS's controller are unless
/// `aws-load-balancer-scheme` says otherwise.
///
/// Services owned by another object are ignored, such as those of Gateways.
///
/// ## Why
/// What an Ingress or a Gateway does for every request, such as TLS, authentication and limits, is missing at a Service
/// that is reached directly. A node port is open on every node, on all of its addresses, and nobody notices which of
/// them are public. Each load balancer has an address and a price of its own.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: Service
/// metadata:
///   name: web
/// spec:
///   type: ClusterIP
///   selector: {app: web}
///   ports:
///     - port: 80
///       targetPort: http
/// ```
/// And an Ingress or HTTPRoute for it. For what isn't HTTP, keep the load balancer and set `loadBalancerSourceRanges`.
///
/// ## Limits
/// The Service of the ingress controller itself has to be reachable: exempt it. Firewalls in front of the nodes are not
/// visible.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ExposedService {
    /// The types that are reported: `NodePort`, `LoadBalancer` or both.
    pub types: Vec<Exposure>,
}

/// A type of Service that is reached from outside the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Exposure {
    /// A port on every node
    NodePort,
    /// A load balancer of the cloud
    LoadBalancer,
}

impl Default for ExposedService {
    fn default() -> ExposedService {
        ExposedService { types: vec![Exposure::NodePort, Exposure::LoadBalancer] }
    }
}

impl Policy for ExposedService {
    const METADATA: Metadata = Metadata {
        id: "exposed-service",
        title: "Services are not reached from outside directly",
        why: "traffic reaches the pods past TLS, authentication and limits of the ingress",
        help: "use type: ClusterIP behind an Ingress or a Gateway",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Strict,
        targets: &[&kinds::SERVICE],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::SERVICE_TYPES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let place = cx.spec().mapping()?.get("type");
        if is_controlled(cx.object()) {
            return Ok(());
        }
        match place.str()? {
            Some("NodePort") if self.types.contains(&Exposure::NodePort) => {
                out.report(place, "type NodePort opens a port on every node");
            }
            Some("LoadBalancer") if self.types.contains(&Exposure::LoadBalancer) && !is_restricted(cx)? => {
                out.report(place, "type LoadBalancer is open to everybody: loadBalancerSourceRanges names no networks")
                    .help("set loadBalancerSourceRanges, make the load balancer internal, or use type: ClusterIP");
            }
            _ => {}
        }
        Ok(())
    }
}

/// Annotations that do what `loadBalancerSourceRanges` does.
const RANGES: [&str; 2] =
    ["service.beta.kubernetes.io/azure-allowed-ip-ranges", "service.beta.kubernetes.io/load-balancer-source-ranges"];

/// Annotations that make a load balancer internal.
const INTERNAL: &[&str] = &[
    "cloud.google.com/load-balancer-type",
    "load-balancer.hetzner.cloud/disable-public-network",
    "networking.gke.io/load-balancer-type",
    "oci-network-load-balancer.oraclecloud.com/internal",
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type",
    "service.beta.kubernetes.io/aws-load-balancer-internal",
    "service.beta.kubernetes.io/aws-load-balancer-scheme",
    "service.beta.kubernetes.io/azure-load-balancer-internal",
    "service.beta.kubernetes.io/oci-load-balancer-internal",
    "service.beta.kubernetes.io/openstack-internal-load-balancer",
    "service.beta.kubernetes.io/scw-loadbalancer-private",
    "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type",
    "service.kubernetes.io/qcloud-loadbalancer-internal-subnetid",
];

/// Their values for one that isn't.
const PUBLIC: &[&str] = &["", "false", "external", "internet", "internet-facing", "public"];

/// True when not everybody may connect to the load balancer.
fn is_restricted(cx: &Context<'_>) -> Result<bool, Malformed> {
    let spec = cx.spec();
    if spec.get("loadBalancerClass").str()? == Some("tailscale") {
        return Ok(true);
    }
    let mut ranges = Vec::new();
    for range in spec.get("loadBalancerSourceRanges").items()? {
        ranges.extend(range.str()?);
    }
    let annotations = cx.object().get("metadata").get("annotations");
    // The annotations only count without the field.
    if ranges.is_empty() {
        for key in RANGES {
            let listed = annotations.entry(key).str()?.unwrap_or_default();
            ranges.extend(listed.split(',').map(str::trim).filter(|range| !range.is_empty()));
        }
    }
    if !ranges.is_empty() && !ranges.iter().any(|range| WholeNetwork::of(range).is_some()) {
        return Ok(true);
    }
    let text = |key: &str| annotations.entry(key).str();
    let class = spec.get("loadBalancerClass").str()?;
    let is_aws = matches!(class, Some("service.k8s.aws/nlb" | "eks.amazonaws.com/nlb"))
        || matches!(text("service.beta.kubernetes.io/aws-load-balancer-type")?, Some("external" | "nlb-ip"));
    if is_aws {
        let scheme = text("service.beta.kubernetes.io/aws-load-balancer-scheme")?;
        let internal = text("service.beta.kubernetes.io/aws-load-balancer-internal")?;
        return Ok(scheme.unwrap_or("internal") == "internal" && internal != Some("false"));
    }
    for (key, value) in annotations.entries()? {
        let value = value.str()?.unwrap_or_default();
        if INTERNAL.contains(&key) && !PUBLIC.iter().any(|public| value.eq_ignore_ascii_case(public)) {
            return Ok(true);
        }
    }
    Ok(false)
}
