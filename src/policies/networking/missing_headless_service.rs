use serde_json::Map;

use crate::kube::owner::is_controlled;
use crate::kube::port::declared_ports;
use crate::kube::service::Service;
use crate::kube::workload::Workload;
use crate::lookup::companion::new_metadata;
use crate::lookup::reference::{Target, target};
use crate::policies::prelude::*;
use crate::text::table::Table;

/// ## What it does
/// Reports StatefulSets whose `serviceName` is absent, or refers to a Service that does not exist, is not headless
/// (`clusterIP: None`), or does not select their pods.
///
/// ## Why
/// The pods of a StatefulSet have stable names, `db-0`, `db-1`. Only a headless Service makes these names resolvable,
/// as `db-0.db.shop.svc.cluster.local`: without it, cluster members can't find each other and clients can't reach the
/// primary. A Service with a cluster IP balances over all pods and gives none of them a name.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: Service
/// metadata:
///   name: db
/// spec:
///   clusterIP: None
///   selector:
///     app: db
///   ports:
///     - name: postgres
///       port: 5432
/// ```
/// And `serviceName: db` in the StatefulSet. Add a second Service with a cluster IP for clients that can use any pod.
///
/// ## Limits
/// The Service may still arrive: unless `onViolation` is set, a finding only warns on CREATE. If a Service changes
/// later, the background audit reports the StatefulSet. `serviceName` and a Service's `clusterIP` are immutable: the
/// object must be recreated.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingHeadlessService {}

impl Policy for MissingHeadlessService {
    const METADATA: Metadata = Metadata {
        id: "missing-headless-service",
        title: "StatefulSets have a headless Service",
        why: "the pods' stable DNS names don't resolve",
        help: "set serviceName to a headless Service that selects these pods",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::STATEFUL_SET],
        needs: &[&kinds::SERVICE],
        by_name: &[&kinds::SERVICE],
        ephemeral: false,
        expects_later_object: true,
        fix: FixAvailability::NewObject,
        since: "0.1.0",
        sources: &[sources::STATEFUL_SETS, sources::SERVICES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let (Some(pod), Some(workload)) = (cx.pod()?, Workload::of(cx.object(), cx.kind())) else { return Ok(()) };
        // Its operator creates the Service, too.
        if is_controlled(cx.object()) {
            return Ok(());
        }
        let place = cx.spec().get("serviceName");
        let Some(name) = place.str()?.filter(|name| !name.is_empty()) else {
            out.report(place, text![workload.title(), " has no serviceName, so its pods get no stable DNS names"]);
            return Ok(());
        };
        let title = text!["Service \"", name, "\""];
        let found = match target(cx, &kinds::SERVICE, name)? {
            Target::Found(found) => found,
            Target::Created => return Ok(()),
            Target::Missing(missing) => {
                let message = text!["serviceName: ", title, " ", missing.verdict()];
                let help = text!["create the headless ", title];
                let severity = missing.severity(Self::METADATA.severity);
                let finding = out.report(place, message).severity(severity).help(help);
                if let Some(service) = service_of(cx, name, pod)? {
                    finding.new_object(service);
                }
                return Ok(());
            }
        };
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let object = cx.node(&found);
        let service = Service::read(object).map_err(unreadable)?;
        if !service.is_headless().map_err(unreadable)? {
            let message = text!["serviceName: ", title, " is not headless"];
            let help = text!["recreate ", title, " with clusterIP: None, or use another Service"];
            let related = service.related(object.get("spec").get("clusterIP"), "clusterIP is not None");
            out.report(place, message).help(help).related(related);
        }
        if !service.selector.as_ref().is_some_and(|selector| selector.matches(workload.labels())) {
            let message = text!["serviceName: ", title, " does not select these pods"];
            let help = text!["set the selector of ", title, " to the labels of the pod template"];
            let related = service.related(service.selector_node(), "its selector");
            out.report(place, message).help(help).related(related);
        }
        Ok(())
    }
}

/// A headless Service of that name for the StatefulSet's pods; `None` when a Service's selector can't select them.
fn service_of(cx: &Context<'_>, name: &str, pod: &Pod<'_>) -> Result<Option<Value>, CheckError> {
    let selector = cx.spec().get("selector");
    let labels =
        selector.get("matchLabels").value().filter(|labels| labels.as_object().is_some_and(|all| !all.is_empty()));
    let Some(labels) = labels.filter(|_| !selector.get("matchExpressions").exists()) else { return Ok(None) };
    let mut ports: Vec<Value> = Vec::new();
    let mut names = Table::default();
    for container in pod.long_running_containers() {
        for port in declared_ports(container)? {
            let Some(name) = port.name.filter(|name| !name.is_empty()) else { continue };
            // Port names are unique within a Service.
            if !names.insert(name, ()) {
                continue;
            }
            let mut entry = json!({"name": name, "port": port.number, "targetPort": name});
            if let Some(fields) = entry.as_object_mut().filter(|_| port.protocol != "TCP") {
                fields.insert("protocol".to_owned(), json!(port.protocol));
            }
            ports.push(entry);
        }
    }
    let mut spec = Map::new();
    spec.insert("clusterIP".to_owned(), json!("None"));
    spec.insert("selector".to_owned(), labels.clone());
    if !ports.is_empty() {
        spec.insert("ports".to_owned(), Value::Array(ports));
    }
    Ok(Some(json!({"apiVersion": "v1", "kind": "Service", "metadata": new_metadata(cx, name), "spec": spec})))
}
