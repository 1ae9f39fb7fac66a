use crate::kube::object;
use crate::kube::runtime_labels;
use crate::kube::selector::{Labels, Selector};
use crate::kube::service::Service;
use crate::lookup::reference::Missing;
use crate::lookup::service::{LOOKED_UP, selected_by};
use crate::policies::networking::target_port_rules::{declares, pods_of};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports monitors of the Prometheus Operator that scrape nothing:
///
/// - a ServiceMonitor whose selector matches the labels of no Service, or a PodMonitor whose selector matches no pod
///   and no pod template;
/// - a `port` that none of the selected Services, or pods, has by that name.
///
/// Without `namespaceSelector` only the monitor's own namespace counts. Empty selectors are ignored, and so are monitors
/// of all namespaces (`any: true`). So are, among files, those of `kube-system` and of the API server, whose Services are the
/// cluster's own.
///
/// ## Why
/// Prometheus drops such a monitor silently: there is no target that could be down, so no alert fires, and dashboards
/// are empty when they are needed. Often a ServiceMonitor has the labels of the pods: what it selects are the labels in
/// the Service's `metadata`.
///
/// ## What to write
/// ```yaml
/// apiVersion: monitoring.coreos.com/v1
/// kind: ServiceMonitor
/// metadata:
///   name: web
/// spec:
///   selector:
///     matchLabels: {app: web}
///   endpoints:
///     - port: metrics
/// ---
/// apiVersion: v1
/// kind: Service
/// metadata:
///   name: web
///   labels: {app: web}
/// spec:
///   selector: {app: web}
///   ports:
///     - name: metrics
///       port: 9090
/// ```
///
/// ## Limits
/// Whether a Prometheus selects the monitor is not checked. At admission, only the monitor's own namespace is looked up, and
/// of PodMonitors only that namespace ever. What is monitored may arrive later: unless `onViolation` is set, a finding only
/// warns on CREATE. Among files that aren't declared complete, something missing is only reported if the namespace has
/// others of its kind in the same directory.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingServiceMonitor {
    /// Labels that pods get at run time, from controllers or leader election. Pod templates don't need them; `*` and `?`
    /// are wildcards.
    pub runtime_labels: Vec<Glob>,
}

impl Default for DanglingServiceMonitor {
    fn default() -> DanglingServiceMonitor {
        let runtime_labels = runtime_labels::PATTERNS.iter().map(|label| Glob::new(*label)).collect();
        DanglingServiceMonitor { runtime_labels }
    }
}

impl Policy for DanglingServiceMonitor {
    const METADATA: Metadata = Metadata {
        id: "dangling-service-monitor",
        title: "ServiceMonitors and PodMonitors scrape something",
        why: "nothing is scraped, and no alert says so",
        help: "select labels in the metadata of the Service, and the name of one of its ports",
        category: Category::Networking,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: &[&kinds::SERVICE_MONITOR, &kinds::POD_MONITOR],
        needs: &[&kinds::SERVICE, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::POD],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::PROMETHEUS_OPERATOR, sources::SERVICE_MONITORS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        let Some(selector) = Selector::read(spec.get("selector"))?.filter(|selector| !selector.is_empty()) else {
            return Ok(());
        };
        let among = spec.get("namespaceSelector").mapping()?;
        if among.get("any").bool()? == Some(true) {
            return Ok(());
        }
        let mut namespaces = Vec::new();
        for name in among.get("matchNames").items()? {
            namespaces.extend(name.str()?);
        }
        if namespaces.is_empty() {
            namespaces.push(cx.namespace());
        }
        let elsewhere = namespaces.iter().any(|namespace| *namespace != cx.namespace());
        if *cx.kind() == kinds::POD_MONITOR {
            return if elsewhere { Ok(()) } else { self.check_pods(cx, selector, out) };
        }
        if cx.is_batch() && is_of_cluster(&selector, &namespaces) {
            return Ok(());
        }
        if elsewhere && !cx.is_batch() { Ok(()) } else { check_services(cx, &selector, &namespaces, out) }
    }
}

/// True when the Services are most likely the cluster's own, which no file has: those of `kube-system`, for its DNS and the
/// kubelets, and `kubernetes`.
fn is_of_cluster(selector: &Selector<'_>, namespaces: &[&str]) -> bool {
    let is_api_server = |(key, values): (&str, &[&str])| key == "component" && values == ["apiserver"];
    namespaces.contains(&"kube-system")
        || namespaces.contains(&object::DEFAULT_NAMESPACE) && selector.required().any(is_api_server)
}

/// Checks a ServiceMonitor.
fn check_services(
    cx: &Context<'_>,
    selector: &Selector<'_>,
    namespaces: &[&str],
    out: &mut Findings,
) -> Result<(), CheckError> {
    let mut selected = Vec::new();
    for namespace in namespaces {
        let filter = Filter::SelectedBy(selector);
        match *namespace == cx.namespace() {
            true => selected.extend(cx.list(&kinds::SERVICE, filter)?),
            false => selected.extend(cx.list_optional_in(&kinds::SERVICE, namespace, filter)?),
        }
    }
    selected.retain(|found| selector.matches(Labels::of(cx.node(found).get("metadata"))));
    if selected.is_empty() {
        if selector.is_template() {
            return Ok(());
        }
        let mut scope = "";
        for namespace in namespaces {
            let missing = Missing::inside(cx, &[&kinds::SERVICE], namespace)?;
            scope = if scope.is_empty() { missing.scope() } else { scope };
        }
        let noun = if namespaces.len() == 1 { " in namespace " } else { " in namespaces " };
        let within = text![noun, namespaces.join(", ")];
        let within =
            if cx.stated_namespace().is_some() || namespaces != [cx.namespace()] { within } else { String::new() };
        let message = text!["selector", selector.required_text(), " matches no Service", within, scope];
        out.report(cx.spec().get("selector"), message);
        return Ok(());
    }
    let mut names = Vec::new();
    for found in &selected {
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let ports = Service::read(cx.node(found)).and_then(|service| service.ports()).map_err(unreadable)?;
        names.extend(ports.into_iter().filter_map(|port| port.name.map(str::to_owned)));
    }
    for endpoint in cx.spec().get("endpoints").items()? {
        let place = endpoint.mapping()?.get("port");
        let Some(port) = place.str()?.filter(|port| !port.is_empty() && !names.iter().any(|name| name == port)) else {
            continue;
        };
        let title = selected.first().map_or("", Found::name);
        let message = match selected.len() {
            1 => text!["Service \"", title, "\" has no port named \"", port, "\""],
            more => text!["none of the ", more.to_string(), " selected Services has a port named \"", port, "\""],
        };
        let finding = out.report(place, message);
        match names.is_empty() {
            true => finding.help("name the Service's port"),
            false => finding.help(text!["use the name of one of the Service's ports: ", names.join(", ")]),
        };
    }
    Ok(())
}

impl DanglingServiceMonitor {
    /// Checks a PodMonitor of its own namespace.
    fn check_pods(&self, cx: &Context<'_>, selector: Selector<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let selector = selector.without(|key| self.runtime_labels.iter().any(|label| label.matches(key)));
        if selector.is_empty() || selector.is_template() {
            return Ok(());
        }
        let selected = selected_by(cx, &selector, true)?;
        let pods = pods_of(cx, &selected)?;
        if pods.is_empty() {
            let missing = Missing::of(cx, LOOKED_UP)?;
            let message = text!["selector", selector.required_text(), " matches no pods", missing.scope()];
            out.report(cx.spec().get("selector"), message).help("select labels of the pod template");
            return Ok(());
        }
        for endpoint in cx.spec().get("podMetricsEndpoints").items()? {
            let place = endpoint.mapping()?.get("port");
            let Some(port) = place.str()?.filter(|port| !port.is_empty()) else { continue };
            let mut declared = false;
            for pod in &pods {
                declared = declared || declares(pod, port, "TCP")?;
            }
            if !declared {
                out.report(place, text!["none of the selected pods has a port named \"", port, "\""])
                    .help("use the name of a container port, or its number in portNumber");
            }
        }
        Ok(())
    }
}
