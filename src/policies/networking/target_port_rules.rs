//! Where the ports of Services lead.

use crate::kube::port::{ContainerPort, declared_ports};
use crate::kube::service::ServicePort;
use crate::lookup::service::pod_of;
use crate::policies::prelude::*;

/// The pods of looked-up workloads.
///
/// # Errors
/// When one can't be read.
pub(super) fn pods_of<'f>(cx: &'f Context<'_>, selected: &'f [Found]) -> Result<Vec<Pod<'f>>, CheckError> {
    let mut pods = Vec::new();
    for found in selected {
        pods.extend(pod_of(cx, found)?);
    }
    Ok(pods)
}

/// Where a Service's port leads.
pub(super) enum Verdict<'a> {
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

/// Where the port leads in these pods.
///
/// # Errors
/// When a port is malformed.
pub(super) fn verdict<'a>(port: &ServicePort<'a>, pods: &[Pod<'a>]) -> Result<Verdict<'a>, CheckError> {
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

/// True when the pod has a port of that name.
///
/// # Errors
/// When a port is malformed.
pub(super) fn declares(pod: &Pod<'_>, name: &str, protocol: &str) -> Result<bool, Malformed> {
    Ok(resolve(pod, name, protocol)?.is_some())
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
