use crate::kube::selector::Labels;
use crate::kube::service::{Service, ServicePort};
use crate::lookup::service::{selected_by, services_for, title};
use crate::policies::networking::target_port_rules::{Verdict, pods_of, verdict};
use crate::policies::prelude::*;

/// ## What it does
/// Reports ports of a Service whose `targetPort` is a name that none of the selected pods gives to a port. App
/// containers and native sidecars count. A Service that selects nothing is left to `dangling-service`.
///
/// At admission the finding is reported on whichever object is applied last. Among files it is reported on the Service.
///
/// ## Why
/// A name that no pod has resolves to nothing: the Service has endpoints without ports, and every connection is
/// refused. Neither the Service nor the pods show an error. A number in quotes is a name, too, and one that no port can
/// have.
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
/// files. Numbers are not compared with the ports that the pods declare: a container may listen on a port without
/// declaring it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct UndeclaredTargetPort {}

impl Policy for UndeclaredTargetPort {
    const METADATA: Metadata = Metadata {
        id: "undeclared-target-port",
        title: "Named target ports of Services exist",
        why: "every connection to that port of the Service is refused",
        help: "set targetPort to the name of a container port",
        category: Category::Networking,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: &[&kinds::SERVICE, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET],
        needs: &[&kinds::SERVICE, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET],
        ephemeral: false,
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
    let mut ports = service.ports()?;
    ports.retain(is_named);
    let Some(selector) = service.selector.as_ref().filter(|_| !ports.is_empty()) else { return Ok(()) };
    let selected = selected_by(cx, selector, false)?;
    let pods = pods_of(cx, &selected)?;
    for port in &ports {
        let Verdict::Unknown(name) = verdict(port, &pods)? else { continue };
        let message = text![none_of(&selected), " container port named \"", name, "\""];
        let help = match name.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text!["write targetPort without quotes: ", name],
            false => text!["set targetPort to the name of a container port, or name the port \"", name, "\""],
        };
        let mut finding = out.report(port.node.get("targetPort"), message).help(help);
        for found in selected.iter().take(RELATED) {
            let object = cx.node(found);
            let spec = object.dig(found.kind.template.unwrap_or_default()).get("spec");
            let note = text!["no port is named \"", name, "\""];
            finding = finding.related(Related::to(found.kind, spec.get("containers"), object, note));
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
        let mut ports = service.ports().map_err(unreadable)?;
        ports.retain(is_named);
        // Other pods matter only where these have no such port.
        let mut is_missing = false;
        for port in &ports {
            is_missing |= matches!(verdict(port, std::slice::from_ref(pod))?, Verdict::Unknown(_));
        }
        if !is_missing {
            continue;
        }
        let selected = selected_by(cx, selector, false)?;
        let pods = pods_of(cx, &selected)?;
        for port in &ports {
            let Verdict::Unknown(name) = verdict(port, &pods)? else { continue };
            let title = title(&found);
            let message = text![title, " targets a port named \"", name, "\", which these pods don't have"];
            let help = text!["name the container port \"", name, "\", or correct the Service's targetPort"];
            let related = service.related(port.node.get("targetPort"), text!["targetPort: ", name]);
            out.report(pod.spec().get("containers"), message).help(help).related(related);
        }
    }
    Ok(())
}

/// True for ports that lead to a named one.
fn is_named(port: &ServicePort<'_>) -> bool {
    matches!(port.node.get("targetPort").value(), Some(Value::String(_)))
}

/// How messages begin about what the selected workloads don't have.
fn none_of(selected: &[Found]) -> String {
    match selected {
        [single] => text![title(single), " has no"],
        several => text!["none of the ", several.len().to_string(), " selected workloads has a"],
    }
}
