use crate::kube::ingress::{BackendPort, backends};
use crate::kube::service::{Service, ServicePort};
use crate::lookup::reference::{Target, target};
use crate::policies::prelude::*;
use crate::text::table::Table;

/// ## What it does
/// Reports backends of Ingresses whose Service does not exist in the Ingress's namespace, or has no port with that
/// number or name. The Service's `port` counts, not its `targetPort` and not the container's port. A Service or port
/// that several paths point to is reported once.
///
/// `resource` backends are ignored, and so are actions of the AWS Load Balancer Controller, which are written as
/// Services with the port `use-annotation`. An `ExternalName` Service without ports is assumed to accept every port.
/// Services that Flagger creates for a Canary among the files count as existing. Among files that aren't declared
/// complete, a missing Service is reported with severity `low`, and only if its namespace has other Services in the
/// same directory. Nothing is reported if a custom resource in the namespace may create it.
///
/// ## Why
/// The Ingress is accepted, and requests to that path fail with a 503 or 404, or reach a default page. Some controllers
/// drop the whole Ingress.
///
/// ## What to write
/// ```yaml
/// apiVersion: networking.k8s.io/v1
/// kind: Ingress
/// metadata:
///   name: web
/// spec:
///   rules:
///     - host: shop.example.com
///       http:
///         paths:
///           - path: /
///             pathType: Prefix
///             backend:
///               service:
///                 name: web
///                 port:
///                   name: http
/// ```
///
/// ## Limits
/// The Service may still arrive: unless `onViolation` is set, a finding only warns on CREATE. If a Service loses a port
/// later, the background audit reports the Ingress.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingIngress {}

impl Policy for DanglingIngress {
    const METADATA: Metadata = Metadata {
        id: "dangling-ingress",
        title: "Ingress backends exist",
        why: "requests to that path fail",
        help: "use a Service in the same namespace, and one of its ports",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::INGRESS],
        needs: &[&kinds::SERVICE],
        by_name: &[&kinds::SERVICE],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::INGRESSES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut unknown = None;
        // The Services that were reported, and their ports as they are written.
        let (mut reported, mut reported_ports) = (Table::default(), Table::default());
        for backend in backends(cx.object())? {
            let port = backend.port.map(|port| match port {
                BackendPort::Number(number) => number.to_string(),
                // No number has quotes.
                BackendPort::Name(name) => text!["\"", name],
            });
            let key = text![backend.name, " ", port.unwrap_or_default()];
            if reported_ports.contains(&key) || backend.port == Some(BackendPort::Name("use-annotation")) {
                continue;
            }
            let title = text!["Service \"", backend.name, "\""];
            let found = match target(cx, &kinds::SERVICE, backend.name) {
                Ok(Target::Found(found)) => found,
                Ok(Target::Created) => continue,
                Ok(Target::Missing(missing)) => {
                    if reported.insert(backend.name, ()) {
                        let help = text!["create ", title, ", or correct the name"];
                        let severity = missing.severity(Self::METADATA.severity);
                        let message = text!["backend ", title, " ", missing.verdict()];
                        out.report(backend.name_node, message).severity(severity).help(help);
                    }
                    reported_ports.insert(&key, ());
                    continue;
                }
                Err(error @ InventoryError::NotGiven { .. }) => {
                    unknown = Some(error);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let unreadable = |malformed| found.unreadable(&malformed);
            let service = Service::read(cx.node(&found)).map_err(unreadable)?;
            let ports = service.ports().map_err(unreadable)?;
            let anywhere = service.is_external().map_err(unreadable)? && ports.is_empty();
            let Some(wanted) = backend.port.filter(|port| !anywhere && !ports.iter().any(|known| is(known, *port)))
            else {
                continue;
            };
            let message = match wanted {
                BackendPort::Number(number) => text!["backend ", title, " has no port ", number.to_string()],
                BackendPort::Name(name) => text!["backend ", title, " has no port named \"", name, "\""],
            };
            let listed: Vec<String> = ports.iter().map(written).collect();
            let help = match listed.is_empty() {
                true => "add the port to the Service".to_owned(),
                false => text!["use one of the Service's ports: ", listed.join(", ")],
            };
            let place = cx.node(&found).get("spec").get("ports");
            out.report(backend.port_node, message).help(help).related(service.related(place, "its ports"));
            reported.insert(backend.name, ());
            reported_ports.insert(&key, ());
        }
        unknown.map_or(Ok(()), |error| Err(error.into()))
    }
}

fn is(port: &ServicePort<'_>, wanted: BackendPort<'_>) -> bool {
    match wanted {
        BackendPort::Number(number) => port.number == number,
        BackendPort::Name(name) => port.name == Some(name),
    }
}

/// A port as people write it: `80 (http)`.
fn written(port: &ServicePort<'_>) -> String {
    let number = port.number.to_string();
    port.name.map_or_else(|| number.clone(), |name| text![number, " (", name, ")"])
}
