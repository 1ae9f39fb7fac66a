//! Which containers of a pod serve requests, and what routes requests to them.

use crate::inventory::Found;
use crate::json::node::{Malformed, Node};
use crate::kube::container::{Container, Role};
use crate::kube::mesh::is_injected;
use crate::kube::pod::Pod;
use crate::kube::port::{Port, declared_ports, is_monitoring_name};
use crate::kube::probe::{Handler, Probe, Purpose};
use crate::kube::selector::Labels;
use crate::kube::service::Service;
use crate::lookup::service::services_for;
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::text::holds;
use crate::text::shell::{mentions_number, words_of};

/// What routes requests to a pod.
pub enum Routes {
    /// These Services.
    Services(Vec<Found>),
    /// Unknown: no Service was given, or the policy doesn't look them up in a cluster.
    Unknown,
    /// Nothing: none of the Services selects the pod.
    Nothing,
}

impl Routes {
    /// What routes requests to the pod, according to objects that are known without a look-up: those that are checked
    /// together with it.
    ///
    /// # Errors
    /// When the pod can't be read.
    pub fn to(cx: &Context<'_>, pod: &Pod<'_>) -> Result<Routes, CheckError> {
        if !cx.is_batch() {
            return Ok(Routes::Unknown);
        }
        match services_for(cx, Labels::of(pod.metadata())) {
            Ok(services) if services.is_empty() => Ok(Routes::Nothing),
            Ok(services) => Ok(Routes::Services(services)),
            // The pod can be checked without knowing its Services.
            Err(CheckError::Inventory(_)) => Ok(Routes::Unknown),
            Err(error) => Err(error),
        }
    }

    /// True when the container serves requests: it declares a port that isn't only for monitoring, has a readiness
    /// probe over the network, or a Service targets it.
    ///
    /// # Errors
    /// When the container is malformed.
    pub fn reach(&self, cx: &Context<'_>, pod: &Pod<'_>, container: &Container<'_>) -> Result<bool, Malformed> {
        if !container.is_long_running() {
            return Ok(false);
        }
        if serves(container)? {
            return Ok(true);
        }
        let Routes::Services(services) = self else { return Ok(false) };
        for found in services {
            // A malformed Service is a separate problem.
            if is_target(cx.node(found), pod, container).unwrap_or(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// True when the container itself shows that it serves requests: by a port that isn't only for monitoring, or by a readiness
/// probe over the network.
///
/// # Errors
/// When the container is malformed.
pub fn serves(container: &Container<'_>) -> Result<bool, Malformed> {
    let has_port = declared_ports(container)?.iter().any(|port| !port.is_monitoring(container));
    Ok(has_port || is_asked_for_readiness(container)?)
}

/// True for a controller of the cluster: it takes part in a leader election, or runs under a ServiceAccount of its own and serves
/// nobody. Two of them at once would both act, or one would wait for the other's lease.
///
/// # Errors
/// When the pod can't be read.
pub fn is_controller(cx: &Context<'_>, pod: &Pod<'_>) -> Result<bool, CheckError> {
    let account = pod.spec().get("serviceAccountName").str()?.unwrap_or_default();
    let mut alone = !matches!(account, "" | "default");
    for container in pod.long_running_containers() {
        for list in ["command", "args"] {
            if words_of(container.get(list))?
                .iter()
                .any(|word| holds(word, "leader-elect") && !word.ends_with("=false"))
            {
                return Ok(true);
            }
        }
        alone &= !serves(container)?;
    }
    if !alone {
        return Ok(false);
    }
    // A Service shows that it serves although it declares no port.
    let routes = Routes::to(cx, pod)?;
    for container in pod.long_running_containers() {
        if routes.reach(cx, pod, container)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// True when the container is probed for readiness at a port that isn't only for health checks. Only for health checks are
/// an undeclared port beside declared ones, and one that an argument names so: `--health-probe-bind-address=:8081`.
fn is_asked_for_readiness(container: &Container<'_>) -> Result<bool, Malformed> {
    let Some(probe) = Probe::of(container, Purpose::Readiness)? else { return Ok(false) };
    let port = match probe.handler()? {
        Handler::Exec { .. } => return Ok(false),
        Handler::HttpGet { port, .. } | Handler::TcpSocket { port, .. } | Handler::Grpc { port, .. } => port,
    };
    let Some(Port::Number(number)) = port else { return Ok(false) };
    let number = number.to_string();
    let is_health = |word: &&str| {
        ["health", "probe", "metrics"].iter().any(|name| word.contains(name)) && mentions_number(word, &number)
    };
    let named = |list| Ok(words_of(container.get(list))?.iter().any(is_health));
    Ok(declared_ports(container)?.is_empty() && !named("command")? && !named("args")?)
}

/// True when the Service targets the container, other than for monitoring.
fn is_target(object: Node<'_>, pod: &Pod<'_>, container: &Container<'_>) -> Result<bool, Malformed> {
    let apps = pod.app_containers().filter(|container| !is_injected(container)).count();
    let only = apps == 1 && container.role() == Role::App && !is_injected(container);
    for port in Service::read(object)?.ports()? {
        if port.name.is_some_and(is_monitoring_name) {
            continue;
        }
        let target = Port::resolve(port.node.get("targetPort"), container)?;
        let Port::Number(number) = target.unwrap_or(Port::Number(port.number)) else { continue };
        let targets = if declared_ports(container)?.iter().any(|declared| declared.number == number) {
            // A Service may use a port for more than monitoring even if its name in the container says otherwise.
            port.name.is_some()
        } else {
            only && !is_declared(number, pod)?
        };
        if targets {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True when a container of the pod declares this port.
fn is_declared(number: i64, pod: &Pod<'_>) -> Result<bool, Malformed> {
    for container in pod.long_running_containers() {
        if declared_ports(container)?.iter().any(|port| port.number == number) {
            return Ok(true);
        }
    }
    Ok(false)
}
