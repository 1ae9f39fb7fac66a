use crate::kube::port::{ContainerPort, declared_ports, is_port_name};
use crate::policies::prelude::*;

/// ## What it does
/// Reports ports of app containers and native sidecars that have no name, an invalid name, or the name of an earlier
/// port of the pod, in any container. A valid name has at most 15 characters: lower-case letters, digits and single
/// dashes, and at least one letter. Init containers that run to completion serve nobody and are ignored.
///
/// ## Why
/// Services, probes, NetworkPolicies and monitors can refer to a port by name. Then the number may change from one
/// release to the next, and the Service follows pod by pod during the rollout; by number, half of the pods get
/// connections on a closed port. A name shared by two ports of a pod is worse than none: a Service uses the first one,
/// and the second container gets no traffic.
///
/// ## What to write
/// ```yaml
/// ports:
///   - name: http
///     containerPort: 8080
///   - name: metrics
///     containerPort: 9090
/// ```
/// And in the Service `targetPort: http`.
///
/// ## Limits
/// The fix derives a name from the number (`http` for 8080), or makes the present name valid and unique, and renames it
/// in the container's own probes and hooks. It is unsafe because other objects may refer to the port by its present
/// name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UnnamedPort {}

impl Policy for UnnamedPort {
    const METADATA: Metadata = Metadata {
        id: "unnamed-port",
        title: "Container ports have unique names",
        why: "other objects can only refer to the port by number, which then can't change",
        help: "name the port after what it serves",
        category: Category::Networking,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SERVICE_PORTS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut declared = Vec::new();
        for container in pod.long_running_containers() {
            declared.extend(declared_ports(container)?.into_iter().map(|port| (container, port)));
        }
        let names: Vec<&str> = declared.iter().filter_map(|(_, port)| name(port)).collect();
        let mut made_up: Vec<String> = Vec::new();
        let mut earlier: Vec<(&Container<'_>, &str)> = Vec::new();
        for (container, port) in &declared {
            let number = port.number.to_string();
            let name = name(port);
            let of = text![" of ", container.title()];
            let message = match name {
                None => text!["port ", number, of, " has no name"],
                Some(name) if !is_port_name(name) => text!["port ", number, of, " has the invalid name \"", name, "\""],
                Some(name) => match earlier.iter().find(|(_, other)| *other == name) {
                    Some((other, _)) => {
                        text!["port ", number, of, ": name \"", name, "\" is already used by ", other.title()]
                    }
                    None => {
                        earlier.push((container, name));
                        continue;
                    }
                },
            };

            let is_free = |new: &str| !names.contains(&new) && !made_up.iter().any(|other| other == new);
            let new = new_name(name.unwrap_or_default(), port, is_free);
            let mut edits = vec![Edit::set(port.node.get("name"), json!(new))];
            // A name that two ports of the container share refers to the earlier one.
            let owned = name
                .filter(|name| !earlier.iter().any(|(other, taken)| taken == name && other.path() == container.path()));
            for user in users(container, owned) {
                edits.push(Edit::set(user, json!(new)));
            }
            let help = text!["name port ", number, " after what it serves"];
            out.report(port.node.get("name"), message)
                .container(container)
                .help(help)
                .unsafe_fix(text!["name port ", number, " \"", new, "\""], edits);
            earlier.extend(name.map(|name| (*container, name)));
            made_up.push(new);
        }
        Ok(())
    }
}

/// The port's name; `None` if empty.
fn name<'a>(port: &ContainerPort<'a>) -> Option<&'a str> {
    port.name.filter(|name| !name.is_empty())
}

/// A valid and free name: the present one, corrected, or one derived from the number.
fn new_name(present: &str, port: &ContainerPort<'_>, is_free: impl Fn(&str) -> bool) -> String {
    let mut words = present.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut valid = words.next().unwrap_or_default().to_ascii_lowercase();
    for word in words {
        valid = text![valid, "-", word.to_ascii_lowercase()];
    }
    valid.truncate(15);
    let usual = match (port.protocol, port.number) {
        ("TCP", 80 | 8080) => "http",
        ("TCP", 443 | 8443) => "https",
        _ => "",
    };
    let candidates = [valid.trim_end_matches('-'), usual];
    if let Some(fits) = candidates.into_iter().find(|name| is_port_name(name) && is_free(name)) {
        return fits.to_owned();
    }
    let protocol = match port.protocol {
        "UDP" => "udp",
        "SCTP" => "sctp",
        _ => "tcp",
    };
    let numbered = text![protocol, "-", port.number.unsigned_abs().to_string()];
    let mut name = numbered.clone();
    let mut count = 1;
    while !is_free(&name) {
        count += 1;
        name = text![numbered.as_str(), "-", count.to_string()];
    }
    name
}

/// The places where the container's own probes and hooks refer to its port by this name.
fn users<'a>(container: &Container<'a>, name: Option<&str>) -> Vec<Node<'a>> {
    let Some(name) = name else { return Vec::new() };
    let lifecycle = container.get("lifecycle");
    let handlers = [
        container.get("livenessProbe"),
        container.get("readinessProbe"),
        container.get("startupProbe"),
        lifecycle.get("postStart"),
        lifecycle.get("preStop"),
    ];
    let mut users = Vec::new();
    for handler in handlers {
        for port in [handler.get("httpGet").get("port"), handler.get("tcpSocket").get("port")] {
            if port.value().and_then(|port| port.as_str()) == Some(name) {
                users.push(port);
            }
        }
    }
    users
}
