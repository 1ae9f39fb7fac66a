use crate::kube::service::Service;
use crate::lookup::service::selected_by;
use crate::policies::networking::target_port_rules::{Verdict, pods_of, verdict};
use crate::policies::prelude::*;

/// ## What it does
/// Reports ports of a Service whose `targetPort` is a number, or absent and so defaults to `port`, although all
/// selected pods give that port the same name: use the name instead. Numbers that the pods don't declare or don't name
/// are not reported.
///
/// App containers and native sidecars count. A Service that selects nothing is left to `dangling-service`, and a name
/// that no pod has to `undeclared-target-port`.
///
/// ## Why
/// A name is resolved per pod. If a release moves the server to another port, the Service follows each pod during the
/// rollout; with a number, either the old or the new pods get connections on a closed port.
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
/// files. A workload that arrives after the Service is not reported.
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
        targets: &[&kinds::SERVICE],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SERVICE_PORTS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let service = Service::read(cx.object())?;
        let ports = service.ports()?;
        let Some(selector) = service.selector.as_ref().filter(|_| !ports.is_empty()) else { return Ok(()) };
        let selected = selected_by(cx, selector, false)?;
        let pods = pods_of(cx, &selected)?;
        for port in &ports {
            let Verdict::Named { number, name } = verdict(port, &pods)? else { continue };
            let place = port.node.get("targetPort");
            let is = if place.exists() { "targetPort is " } else { "targetPort defaults to " };
            let message = text![is, number.to_string(), ", which the pods name \"", name, "\""];
            out.report(place, message).unsafe_fix(text!["set targetPort to ", name], vec![Edit::set(place, name)]);
        }
        Ok(())
    }
}
