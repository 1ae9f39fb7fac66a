use crate::kube::gateway::{Reference, backends, parents};
use crate::kube::service::Service;
use crate::lookup::reference::{Missing, Target, target, target_in};
use crate::policies::prelude::*;
use crate::text::is_template;
use crate::text::table::Table;

/// ## What it does
/// Reports references of HTTPRoutes, GRPCRoutes and TLSRoutes that lead nowhere:
///
/// - a backend, or the target of a mirror, whose Service does not exist, or has no such port;
/// - a parent whose Service does not exist;
/// - among files, a parent whose Gateway does not exist, or has no listener of that `sectionName` or `port`.
///
/// The Service's `port` counts, not its `targetPort`. A Service or port that several rules refer to is reported once.
/// Other kinds of backend are ignored, backends with `weight: 0`, and at admission those in other namespaces. An
/// `ExternalName` Service without ports is assumed to accept every port. Services that Flagger creates for a Canary among the
/// files count as existing.
///
/// ## Why
/// The route is accepted, and its status, which few people read, has the only sign. Requests to a missing backend are
/// answered with a 500; a route without its Gateway gets no requests at all.
///
/// ## What to write
/// ```yaml
/// apiVersion: gateway.networking.k8s.io/v1
/// kind: HTTPRoute
/// metadata:
///   name: web
/// spec:
///   parentRefs:
///     - name: edge
///       namespace: infra
///       sectionName: https
///   hostnames: [shop.example.com]
///   rules:
///     - backendRefs:
///         - name: web
///           port: 80
/// ```
///
/// ## Limits
/// Whether a Gateway accepts routes of this namespace, and a ReferenceGrant backends of another, is not checked. Among
/// files that aren't declared complete, something missing is reported with severity `low`, and only if its namespace
/// has other objects of the kind in the same directory. The Service may still arrive: unless `onViolation` is set, a
/// finding only warns on CREATE.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingRoute {}

impl Policy for DanglingRoute {
    const METADATA: Metadata = Metadata {
        id: "dangling-route",
        title: "Routes of the Gateway API lead somewhere",
        why: "the route gets no requests, or answers them with an error",
        help: "refer to an existing object, and to one of its ports or listeners",
        category: Category::Networking,
        severity: Severity::High,
        profile: Profile::Production,
        targets: &[&kinds::HTTP_ROUTE, &kinds::GRPC_ROUTE, &kinds::TLS_ROUTE],
        needs: &[&kinds::SERVICE],
        by_name: &[&kinds::SERVICE],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::HTTP_ROUTES, sources::GATEWAYS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut unknown = None;
        let mut reported = Table::default();
        let parents = parents(cx.object())?.into_iter().map(|parent| ("parent", parent));
        let all = parents.chain(backends(cx.object())?.into_iter().map(|backend| ("backend", backend)));
        for (role, reference) in all {
            let Some(kind) = reference.kind else { continue };
            // What gets no requests yet may come later.
            if reference.node.get("weight").int()? == Some(0) {
                continue;
            }
            let port = reference.port.map_or_else(String::new, |port| port.to_string());
            let namespace = reference.namespace.unwrap_or(cx.namespace());
            let section = reference.section.unwrap_or_default();
            if !reported.insert(&[kind.name, namespace, reference.name, section, &port].join("\n"), ()) {
                continue;
            }
            let checked = match (*kind == kinds::GATEWAY, namespace == cx.namespace()) {
                (true, _) if cx.is_batch() => check_gateway(cx, &reference, namespace, out),
                (false, true) => match target(cx, &kinds::SERVICE, reference.name) {
                    Ok(found) => check_service(cx, role, &reference, found, out),
                    Err(error) => Err(error.into()),
                },
                (false, false) if cx.is_batch() => {
                    match target_in(cx, &kinds::SERVICE, namespace, reference.name) {
                        Ok(found) => check_service(cx, role, &reference, found, out),
                        // The namespace's Services aren't among the files.
                        Err(InventoryError::NotGiven { .. }) => Ok(()),
                        Err(error) => Err(error.into()),
                    }
                }
                _ => Ok(()),
            };
            match checked {
                Err(CheckError::Inventory(error @ InventoryError::NotGiven { .. })) => unknown = Some(error),
                checked => checked?,
            }
        }
        unknown.map_or(Ok(()), |error| Err(error.into()))
    }
}

fn check_service(
    cx: &Context<'_>,
    role: &str,
    reference: &Reference<'_>,
    found: Target,
    out: &mut Findings,
) -> Result<(), CheckError> {
    let title = text!["Service \"", reference.name, "\""];
    let found = match found {
        Target::Found(found) => found,
        Target::Created => return Ok(()),
        Target::Missing(missing) => {
            report_missing(role, &title, missing, reference, out);
            return Ok(());
        }
    };
    let unreadable = |malformed| found.unreadable(&malformed);
    let service = Service::read(cx.node(&found)).map_err(unreadable)?;
    let ports = service.ports().map_err(unreadable)?;
    let anywhere = service.is_external().map_err(unreadable)? && ports.is_empty();
    let Some(port) = reference.port.filter(|port| !anywhere && !ports.iter().any(|known| known.number == *port)) else {
        return Ok(());
    };
    let listed: Vec<String> = ports.iter().map(|port| port.number.to_string()).collect();
    let help = match listed.is_empty() {
        true => "add the port to the Service".to_owned(),
        false => text!["use one of the Service's ports: ", listed.join(", ")],
    };
    let related = service.related(cx.node(&found).get("spec").get("ports"), "its ports");
    let message = text![role, " ", title, " has no port ", port.to_string()];
    out.report(reference.node.get("port"), message).help(help).related(related);
    Ok(())
}

fn check_gateway(
    cx: &Context<'_>,
    reference: &Reference<'_>,
    namespace: &str,
    out: &mut Findings,
) -> Result<(), CheckError> {
    let gateways = cx.list_optional_in(&kinds::GATEWAY, namespace, Filter::Named(reference.name))?;
    let title = text!["Gateway \"", reference.name, "\""];
    let Some(found) = gateways.iter().find(|found| found.name() == reference.name) else {
        // Routes are usually kept apart from the Gateway that they are attached to.
        if let Ok(missing) = Missing::inside(cx, &[&kinds::GATEWAY], namespace)
            && !is_template(reference.name)
        {
            report_missing("parent", &title, missing, reference, out);
        }
        return Ok(());
    };
    let unreadable = |malformed: Malformed| found.unreadable(&malformed);
    let gateway = cx.node(found);
    let spec = gateway.get("spec");
    // Other objects may add listeners.
    if spec.get("allowedListeners").exists() || reference.section.is_none() && reference.port.is_none() {
        return Ok(());
    }
    let mut names = Vec::new();
    for listener in spec.get("listeners").items().map_err(unreadable)? {
        let name = listener.get("name").str().map_err(unreadable)?.unwrap_or_default();
        let port = listener.get("port").int().map_err(unreadable)?;
        let named = reference.section.is_none_or(|section| section == name);
        if named && (reference.port.is_none() || reference.port == port) {
            return Ok(());
        }
        names.push(text![name, " (", port.unwrap_or_default().to_string(), ")"]);
    }
    let listener = match reference.section {
        Some(section) => text![" named \"", section, "\""],
        None => String::new(),
    };
    let at = reference.port.map_or_else(String::new, |port| text![" on port ", port.to_string()]);
    let place = if reference.section.is_some() { "sectionName" } else { "port" };
    let message = text!["parent ", title, " has no listener", listener, at];
    let related = Related::to(&kinds::GATEWAY, spec.get("listeners"), gateway, "its listeners");
    let finding = out.report(reference.node.get(place), message).related(related);
    if !names.is_empty() {
        finding.help(text!["use one of the Gateway's listeners: ", names.join(", ")]);
    }
    Ok(())
}

fn report_missing(role: &str, title: &str, missing: Missing, reference: &Reference<'_>, out: &mut Findings) {
    let message = text![role, " ", title, " ", missing.verdict()];
    let help = text!["create ", title, ", or correct the name"];
    let severity = missing.severity(DanglingRoute::METADATA.severity);
    out.report(reference.node.get("name"), message).severity(severity).help(help);
}
