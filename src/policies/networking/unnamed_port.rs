use crate::kube::network_policy::names_port;
use crate::kube::port::{ContainerPort, declared_ports, is_port_name};
use crate::kube::selector::Labels;
use crate::kube::service::Service;
use crate::lookup::service::title;
use crate::policies::prelude::*;
use crate::text::table::Table;

/// ## What it does
/// Reports ports of app containers and native sidecars that have no name, an invalid name, or the name of an earlier
/// port of the pod, in any container. All unnamed ports of a container are one finding. A valid name has at most 15
/// characters: lower-case letters, digits and single dashes, and at least one letter. Init containers that run to
/// completion serve nobody and are ignored.
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
/// name; there is none if a given Service or NetworkPolicy does.
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
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SERVICE_PORTS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut declared = Vec::new();
        for container in pod.long_running_containers() {
            declared.extend(declared_ports(container)?.into_iter().map(|port| (container, port)));
        }
        let mut names = Names::default();
        for (_, port) in &declared {
            name(port).into_iter().for_each(|name| names.take(name));
        }
        let mut earlier: Table<Users<'_, '_>> = Table::default();
        let mut unnamed: Vec<Unnamed<'_>> = Vec::new();
        for (container, port) in &declared {
            let number = port.number.to_string();
            let of = text!["port ", number, " of ", container.title()];
            let Some(name) = name(port) else {
                let new = names.new_name("", port, container);
                unnamed.push(Unnamed { container, port: *port, new });
                continue;
            };
            // Of the containers with that name, one after the other, the first and the last are enough.
            let users = earlier.get(name).copied();
            let message = match users.map(|users| users.first) {
                _ if !is_port_name(name) => text![of, " has the invalid name \"", name, "\""],
                Some(other) => text![of, ": name \"", name, "\" is already used by ", other.title()],
                None => {
                    earlier.insert(name, Users { first: container, last: container });
                    continue;
                }
            };
            let new = names.new_name(name, port, container);
            let mut edits = vec![Edit::set(port.node.get("name"), new.as_str())];
            // A name that two ports of the container share refers to the earlier one.
            if users.is_none_or(|users| users.last.path() != container.path()) {
                edits.extend(own_users(container, name).into_iter().map(|user| Edit::set(user, new.as_str())));
            }
            let others = users_elsewhere(cx, pod, name)?;
            let mut help = text!["name port ", number, " after what it serves"];
            if !others.is_empty() {
                let titles: Vec<String> = others.iter().map(title).collect();
                help = text![help, ", also in ", titles.join(" and ")];
            }
            let finding = out.report(port.node.get("name"), message).container(container).help(help);
            // Renamed here alone, the port would be lost to them.
            if others.is_empty() {
                finding.unsafe_fix(text!["name port ", number, " \"", new, "\""], edits);
            }
            earlier.update(name, Users { first: container, last: container }, |users| users.last = container);
        }
        let at_once = if cx.reports_separately() { 1 } else { usize::MAX };
        for of_container in unnamed.chunk_by(|one, other| one.container.path() == other.container.path()) {
            of_container.chunks(at_once).for_each(|ports| report_unnamed(ports, out));
        }
        Ok(())
    }
}

/// A port without a name, and one for it.
struct Unnamed<'a> {
    container: &'a Container<'a>,
    port: ContainerPort<'a>,
    new: String,
}

/// Reports ports of one container.
fn report_unnamed(ports: &[Unnamed<'_>], out: &mut Findings) {
    let Some(first) = ports.first() else { return };
    let (mut numbers, mut titles, mut edits) = (Vec::new(), Vec::new(), Vec::new());
    for Unnamed { port, new, .. } in ports {
        let number = port.number.to_string();
        titles.push(text!["port ", number, " \"", new, "\""]);
        numbers.push(if port.protocol == "TCP" { number } else { text![number, "/", port.protocol] });
        edits.push(Edit::set(port.node.get("name"), new.as_str()));
    }
    let container = first.container;
    let message = match numbers.as_slice() {
        [number] => text!["port ", number, " of ", container.title(), " has no name"],
        numbers => {
            text![numbers.len().to_string(), " ports of ", container.title(), " have no name: ", numbers.join(", ")]
        }
    };
    let help = if ports.len() == 1 {
        text!["name port ", numbers.concat(), " after what it serves"]
    } else {
        "name each port after what it serves".to_owned()
    };
    out.report(first.port.node.get("name"), message)
        .container(container)
        .help(help)
        .unsafe_fix(text!["name ", titles.join(", ")], edits);
}

/// The given Services and NetworkPolicies that refer to a port of the pod by this name.
fn users_elsewhere(cx: &Context<'_>, pod: &Pod<'_>, name: &str) -> Result<Vec<Found>, CheckError> {
    let labels = Labels::of(pod.metadata());
    let mut users = cx.list_optional(&kinds::SERVICE, Filter::Selecting(labels))?;
    users.retain(|found| {
        let Ok(service) = Service::read(cx.node(found)) else { return false };
        let ports = service.ports().unwrap_or_default();
        service.selector.is_some_and(|selector| selector.matches(labels))
            && ports.iter().any(|port| port.node.get("targetPort").str() == Ok(Some(name)))
    });
    for found in cx.list_optional(&kinds::NETWORK_POLICY, Filter::Selecting(labels))? {
        if names_port(cx.node(&found), name) {
            users.push(found);
        }
    }
    Ok(users)
}

/// The port's name; `None` if empty.
fn name<'a>(port: &ContainerPort<'a>) -> Option<&'a str> {
    port.name.filter(|name| !name.is_empty())
}

/// The first and the last of the containers with a port of one name.
#[derive(Clone, Copy)]
struct Users<'c, 'a> {
    first: &'c Container<'a>,
    last: &'c Container<'a>,
}

/// The names of a pod's ports, the new ones too.
#[derive(Default)]
struct Names {
    taken: Table<()>,
    /// How many names were derived from a number, by the name without a count.
    counts: Table<u64>,
}

impl Names {
    fn take(&mut self, name: &str) {
        self.taken.insert(name, ());
    }

    /// Takes a valid and free name: the present one, corrected, or one derived from the number.
    fn new_name(&mut self, present: &str, port: &ContainerPort<'_>, container: &Container<'_>) -> String {
        let new = self.free_name(present, port, container);
        self.take(&new);
        new
    }

    fn free_name(&mut self, present: &str, port: &ContainerPort<'_>, container: &Container<'_>) -> String {
        let mut words = present.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let mut valid = words.next().unwrap_or_default().to_ascii_lowercase();
        for word in words {
            valid = text![valid, "-", word.to_ascii_lowercase()];
            if valid.len() > 15 {
                break;
            }
        }
        valid.truncate(15);
        // By its name it must stay a port for monitoring.
        let monitors = port.is_monitoring(container);
        let usual = match (port.protocol, port.number) {
            _ if monitors => "metrics",
            ("TCP", 80 | 8080) => "http",
            ("TCP", 443 | 8443) => "https",
            _ => "",
        };
        let candidates = [valid.trim_end_matches('-'), usual];
        if let Some(fits) = candidates.into_iter().find(|name| is_port_name(name) && !self.taken.contains(name)) {
            return fits.to_owned();
        }
        let protocol = match port.protocol {
            _ if monitors => "metrics",
            "UDP" => "udp",
            "SCTP" => "sctp",
            _ => "tcp",
        };
        let numbered = text![protocol, "-", port.number.unsigned_abs().to_string()];
        // Those below were taken when they were counted.
        let mut count = self.counts.get(&numbered).copied().unwrap_or(1);
        let mut name = if count > 1 { text![numbered.as_str(), "-", count.to_string()] } else { numbered.clone() };
        while self.taken.contains(&name) {
            count += 1;
            name = text![numbered.as_str(), "-", count.to_string()];
        }
        self.counts.update(&numbered, count, |known| *known = count);
        name
    }
}

/// The places where the container's own probes and hooks refer to its port by this name.
fn own_users<'a>(container: &Container<'a>, name: &str) -> Vec<Node<'a>> {
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
