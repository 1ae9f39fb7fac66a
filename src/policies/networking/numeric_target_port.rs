use crate::kube::port::{ContainerPort, declared_ports};
use crate::kube::selector::Labels;
use crate::kube::service::{Service, ServicePort};
use crate::lookup::service::{pod_of, selected_by, services_for, title};
use crate::policies::prelude::*;

/// ## What it does
/// Compares the `targetPort` of Services with the ports that the selected pods declare.
///
/// - A number, or an absent `targetPort`, which defaults to `port`, is reported if all selected pods give that port the
///   same name: use the name instead. Numbers that the pods don't declare or don't name are not reported.
/// - A name that none of the selected pods has is reported with severity `high`: the Service has no usable endpoints.
///
/// App containers and native sidecars count. A Service that selects nothing is left to `dangling-service`.
///
/// ## Why
/// A name is resolved per pod. If a release moves the server to another port, the Service follows each pod during the
/// rollout; with a number, either the old or the new pods get connections on a closed port. A name that no pod has
/// resolves to nothing: the Service has endpoints without ports, and every connection is refused.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: Service
/// metadata:
///   name: web
/// spec:
///   selector:
///     app: web
///   ports:
///     - name: http
///       port: 80
///       targetPort: http
/// ```
/// And in the container `ports: [{name: http, containerPort: 8080}]`.
///
/// ## Limits
/// In a cluster, Deployments, StatefulSets and DaemonSets are looked up; other kinds of workload are only seen among
/// files. If such a workload arrives after the Service, missing names are reported on it, but numbers are not.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct NumericTargetPort {}

impl Policy for NumericTargetPort {
    const METADATA: Metadata = Metadata {
        id: "numeric-target-port",
        title: "Services refer to container ports by name",
        why: "the Service doesn't follow when the container's port changes",
        help: "set targetPort to the name of the container's port",
        category: Category::Networking,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::SERVICE, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET],
        needs: &[&kinds::SERVICE, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SERVICE_PORTS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if *cx.kind() == kinds::SERVICE {
            return check_service(cx, out);
        }
        // Among files it is reported on the Service.
        if cx.is_batch() {
            return Ok(());
        }
        check_workload(cx, out)
    }
}

/// How many related places a finding shows.
const RELATED: usize = 10;

fn check_service(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let service = Service::read(cx.object())?;
    let ports = service.ports()?;
    let Some(selector) = service.selector.as_ref().filter(|_| !ports.is_empty()) else { return Ok(()) };
    let selected = selected_by(cx, selector, false)?;
    let pods = pods_of(cx, &selected)?;
    for port in &ports {
        let place = port.node.get("targetPort");
        match verdict(port, &pods)? {
            Verdict::Fine => {}
            Verdict::Named { number, name } => {
                let is = if place.exists() { "targetPort is " } else { "targetPort defaults to " };
                let message = text![is, number.to_string(), ", which the pods name \"", name, "\""];
                let order = text!["set targetPort to ", name];
                let edit = Edit::set(place, json!(name));
                out.report(place, message).unsafe_fix(order, vec![edit]);
            }
            Verdict::Unknown(name) => {
                let message = text![none_of(&selected), " container port named \"", name, "\""];
                let help = text!["set targetPort to the name of a container port, or name the port \"", name, "\""];
                let mut finding = out.report(place, message).severity(Severity::High).help(help);
                for found in selected.iter().take(RELATED) {
                    let object = cx.node(found);
                    let spec = object.dig(found.kind.template.unwrap_or_default()).get("spec");
                    let note = text!["no port is named \"", name, "\""];
                    finding = finding.related(Related::to(found.kind, spec.get("containers"), object, note));
                }
            }
        }
    }
    Ok(())
}

fn check_workload(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let Some(pod) = cx.pod()? else { return Ok(()) };
    for found in services_for(cx, Labels::of(pod.metadata()))? {
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let service = Service::read(cx.node(&found)).map_err(unreadable)?;
        let Some(selector) = &service.selector else { continue };
        let ports = service.ports().map_err(unreadable)?;
        let selected = selected_by(cx, selector, false)?;
        let pods = pods_of(cx, &selected)?;
        for port in &ports {
            let Verdict::Unknown(name) = verdict(port, &pods)? else { continue };
            let title = title(&found);
            let message = text![title, " targets a port named \"", name, "\", which these pods don't have"];
            let help = text!["name the container port \"", name, "\", or correct the Service's targetPort"];
            let related = service.related(port.node.get("targetPort"), text!["targetPort: ", name]);
            out.report(pod.spec().get("containers"), message).severity(Severity::High).help(help).related(related);
        }
    }
    Ok(())
}

fn pods_of<'f>(cx: &'f Context<'_>, selected: &'f [Found]) -> Result<Vec<Pod<'f>>, CheckError> {
    let mut pods = Vec::new();
    for found in selected {
        pods.extend(pod_of(cx, found)?);
    }
    Ok(pods)
}

/// How messages begin about what the selected workloads don't have.
fn none_of(selected: &[Found]) -> String {
    match selected {
        [single] => text![title(single), " has no"],
        several => text!["none of the ", several.len().to_string(), " selected workloads has a"],
    }
}

/// Where a Service's port leads.
enum Verdict<'a> {
    /// To the pods, or there are no pods.
    Fine,
    /// To this number, which has a name in all pods.
    Named {
        /// The number.
        number: i64,
        /// The name.
        name: &'a str,
    },
    /// To this name, which no pod has.
    Unknown(&'a str),
}

fn verdict<'a>(port: &ServicePort<'a>, pods: &[Pod<'a>]) -> Result<Verdict<'a>, CheckError> {
    if pods.is_empty() {
        return Ok(Verdict::Fine);
    }
    let target: Node<'a> = port.node.get("targetPort");
    let number = match target.value() {
        Some(Value::String(name)) => {
            for pod in pods {
                if resolve(pod, name, port.protocol)?.is_some() {
                    return Ok(Verdict::Fine);
                }
            }
            return Ok(Verdict::Unknown(name));
        }
        Some(_) => target.int()?.unwrap_or_default(),
        None => port.number,
    };
    let mut common = None;
    for pod in pods {
        let Some(name) = name_of(pod, number, port.protocol)? else { return Ok(Verdict::Fine) };
        // The name replaces the number only if it resolves to the same port in every pod.
        if common.is_some_and(|common| common != name) || resolve(pod, name, port.protocol)? != Some(number) {
            return Ok(Verdict::Fine);
        }
        common = Some(name);
    }
    Ok(common.map_or(Verdict::Fine, |name| Verdict::Named { number, name }))
}

/// The number of the pod's first port of that name, as the endpoint controller resolves it.
fn resolve(pod: &Pod<'_>, name: &str, protocol: &str) -> Result<Option<i64>, Malformed> {
    let port = find(pod, |port| port.name == Some(name) && port.protocol == protocol)?;
    Ok(port.map(|port| port.number))
}

fn name_of<'a>(pod: &Pod<'a>, number: i64, protocol: &str) -> Result<Option<&'a str>, Malformed> {
    let port = find(pod, |port| port.number == number && port.protocol == protocol)?;
    Ok(port.and_then(|port| port.name).filter(|name| !name.is_empty()))
}

fn find<'a>(
    pod: &Pod<'a>,
    wanted: impl Fn(&ContainerPort<'a>) -> bool,
) -> Result<Option<ContainerPort<'a>>, Malformed> {
    // The endpoint controller looks at app containers before sidecars.
    let sidecars = pod.long_running_containers().filter(|container| container.role() == Role::Sidecar);
    for container in pod.app_containers().chain(sidecars) {
        if let Some(port) = declared_ports(container)?.into_iter().find(|port| wanted(port)) {
            return Ok(Some(port));
        }
    }
    Ok(None)
}
