use crate::kube::ingress::{Backend, BackendPort, backends};
use crate::kube::service::{Service, ServicePort};
use crate::lookup::service::named;
use crate::policies::prelude::*;

/// ## What it does
/// Reports backends of Ingresses whose Service does not exist in the Ingress's namespace, or has no port of that number or
/// name. What counts is the Service's `port`, not its `targetPort` and not the container's. A Service or port that several
/// paths lead to is reported once.
///
/// Backends that are other objects (`resource`) are left alone, and so are the actions of the AWS load balancer
/// controller, which are written as Services with the port `use-annotation`. A Service that stands for a name outside the
/// cluster and lists no ports is taken to have every port.
///
/// ## Why
/// The Ingress is accepted, and the requests for that path end in an error 503 or 404, or at somebody else's default page.
/// Some controllers leave out the whole Ingress.
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
/// The Service may still arrive: unless `onViolation` is set, a finding only warns on CREATE. A Service that loses a port
/// later is not told; the Ingress is, in the background audit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingIngress {}

impl Policy for DanglingIngress {
    const METADATA: Metadata = Metadata {
        id: "dangling-ingress",
        title: "Ingresses lead to Services",
        why: "requests for that path end in an error",
        help: "name a Service of the same namespace, and one of its ports",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::INGRESS],
        needs: &[&kinds::SERVICE],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::INGRESSES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut reported: Vec<Backend<'_>> = Vec::new();
        for backend in backends(cx.object())? {
            let known = |known: &Backend<'_>| known.name == backend.name && (known.port == backend.port);
            if backend.port == Some(BackendPort::Name("use-annotation")) || reported.iter().any(known) {
                continue;
            }
            let title = text!["Service \"", backend.name, "\""];
            let Some(found) = named(cx, backend.name)? else {
                if !reported.iter().any(|known| known.name == backend.name) {
                    let help = text!["create ", title, ", or correct the name"];
                    out.report(backend.name_node, text!["backend ", title, " does not exist"]).help(help);
                }
                reported.push(backend);
                continue;
            };
            let unreadable = |malformed| found.unreadable(&malformed);
            let service = Service::read(cx.node(&found)).map_err(unreadable)?;
            let ports = service.ports().map_err(unreadable)?;
            let anywhere = service.is_external().map_err(unreadable)? && ports.is_empty();
            let Some(port) = backend.port.filter(|port| !anywhere && !ports.iter().any(|known| is(known, *port)))
            else {
                continue;
            };
            let message = match port {
                BackendPort::Number(number) => text!["backend ", title, " has no port ", number.to_string()],
                BackendPort::Name(name) => text!["backend ", title, " has no port named ", name],
            };
            let listed: Vec<String> = ports.iter().map(written).collect();
            let help = match listed.is_empty() {
                true => "add the port to the Service".to_owned(),
                false => text!["name a port that the Service has: ", listed.join(", ")],
            };
            let place = cx.node(&found).get("spec").get("ports");
            out.report(backend.port_node, message).help(help).related(service.related(place, "its ports"));
            reported.push(backend);
        }
        Ok(())
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
