use std::net::IpAddr;

use crate::kube::service::Service;
use crate::policies::prelude::*;

/// ## What it does
/// Reports `ExternalName` Services whose name leads somewhere unexpected: to the caller itself (`localhost`, a loopback
/// address), or nowhere, because it is an IP address, which a DNS alias can't have. An alias of a Service in another
/// namespace of the cluster, `db.billing.svc.cluster.local`, is noted with severity `info`.
///
/// ## Why
/// The name is resolved where the Service is used. With `localhost`, an ingress controller or a proxy connects to its
/// own ports, where its administration listens without a password: whoever can create a Service and an Ingress reaches
/// them. An address resolves to nothing, and every connection fails.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: Service
/// metadata:
///   name: mail
/// spec:
///   type: ExternalName
///   externalName: smtp.example.com
/// ```
/// For an address, a Service without a selector, and an EndpointSlice with the address.
///
/// ## Limits
/// What a name resolves to is not looked up. With an alias, clients send its name in `Host` and in TLS, which the target
/// has to know.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RedirectingService {}

impl Policy for RedirectingService {
    const METADATA: Metadata = Metadata {
        id: "redirecting-service",
        title: "ExternalName Services name an external host",
        why: "proxies that use the Service connect to themselves",
        help: "set externalName to a host outside the cluster",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::SERVICE],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::EXTERNAL_NAMES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if !Service::read(cx.object())?.is_external()? {
            return Ok(());
        }
        let place = cx.spec().get("externalName");
        let Some(written) = place.str()? else { return Ok(()) };
        let name = written.trim_end_matches('.').to_ascii_lowercase();
        let address = name.parse::<IpAddr>().ok();
        let is_local = name == "localhost" || name.ends_with(".localhost") || name.starts_with("localhost.localdomain");
        if is_local || address.is_some_and(|address| address.is_loopback() || address.is_unspecified()) {
            out.report(place, text!["externalName ", written, " leads back to whoever uses the Service"]);
        } else if address.is_some() {
            out.report(
                place,
                text!["externalName ", written, " is an IP address, and an alias of one resolves to nothing"],
            )
            .why("the name resolves to nothing, and every connection fails")
            .help("remove type and externalName, and add an EndpointSlice with the address");
        } else if let Some(namespace) = namespace_of(&name).filter(|namespace| *namespace != cx.namespace()) {
            let message = text!["externalName ", written, " belongs to a Service in namespace \"", namespace, "\""];
            out.report(place, message)
                .severity(Severity::Info)
                .why("its namespace doesn't decide who may use it, and clients send a name that it doesn't know")
                .help("use the Service by its own name, or a Gateway and a ReferenceGrant");
        }
        Ok(())
    }
}

/// The namespace of a name in the cluster's DNS: of a Service, `db.billing.svc` or `db.billing.svc.cluster.local`, or of one of
/// its pods, `db-0.db.billing.svc.cluster.local`.
fn namespace_of(name: &str) -> Option<&str> {
    let (before, after) = name.split_once(".svc")?;
    let is_cluster = after.is_empty() || after.starts_with('.') && after.ends_with(".local");
    before.rsplit_once('.').map(|(_, namespace)| namespace).filter(|_| is_cluster)
}
