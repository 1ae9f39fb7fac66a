use crate::kube::object;
use crate::kube::owner::is_controlled;
use crate::kube::service::{Service, service_of};
use crate::lookup::reference::Missing;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Services without a selector for which there is neither an EndpointSlice, by its label
/// `kubernetes.io/service-name`, nor an Endpoints object of the same name.
///
/// `ExternalName` Services, Services that a controller owns, and the API server's own Service `kubernetes` are ignored.
/// Services with a selector are left to `dangling-service`.
///
/// ## Why
/// Nobody fills in the endpoints of a Service without a selector. It gets a name and an address, and refuses every
/// connection. Often the selector was forgotten, or written at the wrong depth.
///
/// ## What to write
/// ```yaml
/// apiVersion: discovery.k8s.io/v1
/// kind: EndpointSlice
/// metadata:
///   name: database-1
///   labels:
///     kubernetes.io/service-name: database
/// addressType: IPv4
/// ports:
///   - name: postgres
///     port: 5432
/// endpoints:
///   - addresses: [10.20.0.15]
/// ```
/// Or `spec.selector` in the Service, with labels of the pods.
///
/// ## Limits
/// The endpoints can only be created after the Service, perhaps by an operator: unless `onViolation` is set, a finding
/// only warns on CREATE. Among files that aren't declared complete, a Service is only checked if its namespace has other
/// EndpointSlices or Endpoints in the same directory, with severity `low`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct EndpointlessService {}

impl Policy for EndpointlessService {
    const METADATA: Metadata = Metadata {
        id: "endpointless-service",
        title: "Services without a selector have endpoints",
        why: "every connection to the Service is refused",
        help: "set spec.selector to labels of the pods, or add an EndpointSlice",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::SERVICE],
        needs: &[&kinds::ENDPOINTS, &kinds::ENDPOINT_SLICE],
        by_name: &[&kinds::ENDPOINTS],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::SERVICES_WITHOUT_SELECTORS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let service = Service::read(cx.object())?;
        let name = cx.name()?;
        if service.selector.is_some() || service.is_external()? || is_controlled(cx.object()) || name.is_empty() {
            return Ok(());
        }
        if name == "kubernetes" && cx.namespace() == object::DEFAULT_NAMESPACE {
            return Ok(());
        }
        // Slices come second: a cluster has many, and they change all the time.
        for kind in [&kinds::ENDPOINTS, &kinds::ENDPOINT_SLICE] {
            let is_slice = *kind == kinds::ENDPOINT_SLICE;
            let filter = if is_slice { Filter::RoutingTo(name) } else { Filter::Named(name) };
            let found = match cx.list(kind, filter) {
                Err(InventoryError::NotGiven { .. }) => continue,
                answer => answer?,
            };
            let belongs = |found: &Found| match is_slice {
                true => service_of(cx.node(found)) == Some(name),
                false => found.name() == name,
            };
            if found.iter().any(belongs) {
                return Ok(());
            }
        }
        let missing = Missing::of(cx, &[&kinds::ENDPOINT_SLICE, &kinds::ENDPOINTS])?;
        let message = text!["the Service has no selector, and there is no EndpointSlice for it", missing.scope()];
        out.report(service.selector_node(), message).severity(missing.severity(Self::METADATA.severity));
        Ok(())
    }
}
