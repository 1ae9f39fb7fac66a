use std::num::NonZeroU16;

use crate::kube::port::declared_ports;
use crate::policies::prelude::*;

/// ## What it does
/// Reports containers that declare ports below 1024, once per container. Not reported are pods on the host's network,
/// whose ports are the node's; Windows pods; pods whose sysctl `net.ipv4.ip_unprivileged_port_start` opens the port to
/// everybody; and TCP port 22, which `ssh-port` reports.
///
/// ## Why
/// On Linux a process needs the capability `NET_BIND_SERVICE`, or root, to listen below 1024, unless the container runtime
/// lifts that. So a container that listens there often runs as root for no other reason, and fails when it no
/// longer may.
///
/// ## What to write
/// ```yaml
/// containers:
///   - name: web
///     image: registry.example.com/shop/web:1.4.2
///     ports:
///       - name: http
///         containerPort: 8080
/// ```
/// Clients don't notice: the Service keeps `port: 80` and has `targetPort: http`.
///
/// ## Limits
/// Newer runtimes open all ports to every container in their default configuration, which is not visible in a manifest.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct PrivilegedPort {
    /// Ports below 1024 that containers may listen on.
    pub allow: Vec<NonZeroU16>,
}

const START: &str = "net.ipv4.ip_unprivileged_port_start";

impl Policy for PrivilegedPort {
    const METADATA: Metadata = Metadata {
        id: "privileged-port",
        title: "Containers listen on unprivileged ports",
        why: "listening there takes root or a capability",
        help: "listen on a port from 1024 on, and leave the low number to the Service",
        category: Category::Networking,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::UNPRIVILEGED_PORTS, sources::CAPABILITIES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = pod.spec();
        if pod.is_windows() || spec.get("hostNetwork").bool()? == Some(true) {
            return Ok(());
        }
        let mut start = 1024;
        for sysctl in spec.get("securityContext").mapping()?.get("sysctls").items()? {
            if sysctl.mapping()?.get("name").str()? == Some(START) {
                start = sysctl.get("value").str()?.and_then(|value| value.parse().ok()).unwrap_or(start);
            }
        }
        for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
            let allowed = |number| self.allow.iter().any(|allowed| i64::from(allowed.get()) == number);
            let mut low = declared_ports(container)?;
            low.retain(|port| (1..start).contains(&port.number) && !allowed(port.number));
            low.retain(|port| port.number != 22 || port.protocol != "TCP");
            let Some(first) = low.first() else { continue };
            let mut numbers: Vec<String> = Vec::new();
            for number in low.iter().map(|port| port.number.to_string()) {
                if numbers.last() != Some(&number) {
                    numbers.push(number);
                }
            }
            let ports = if numbers.len() == 1 { " listens on port " } else { " listens on ports " };
            let message = text![container.title(), ports, numbers.join(", "), ", below 1024"];
            out.report(first.node.get("containerPort"), message).container(container);
        }
        Ok(())
    }
}
