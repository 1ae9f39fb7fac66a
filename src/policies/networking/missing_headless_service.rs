use serde_json::Map;

use crate::kube::port::declared_ports;
use crate::kube::service::Service;
use crate::kube::workload::Workload;
use crate::lookup::service::named;
use crate::policies::prelude::*;

/// ## What it does
/// Reports StatefulSets whose `serviceName` is absent, or names a Service that does not exist, is not headless
/// (`clusterIP: None`), or does not select their pods.
///
/// ## Why
/// The pods of a StatefulSet have names that last, `db-0`, `db-1`. That others find them by these names, as
/// `db-0.db.shop.svc.cluster.local`, is the headless Service's doing: without it members of a cluster can't find each
/// other, and a client can't choose the primary. A Service with an address leads to any of the pods and gives none a name.
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
/// And `serviceName: db` in the StatefulSet. A second Service with an address may stand beside it for clients that don't
/// mind which pod they get.
///
/// ## Limits
/// The Service may still arrive: unless `onViolation` is set, a finding only warns on CREATE. A Service that is changed
/// later is not told; the StatefulSet is, in the background audit. Neither `serviceName` nor a Service's `clusterIP` can be
/// changed: the object has to be made anew.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingHeadlessService {}

impl Policy for MissingHeadlessService {
    const METADATA: Metadata = Metadata {
        id: "missing-headless-service",
        title: "StatefulSets have a headless Service",
        why: "the pods' lasting names lead nowhere",
        help: "set serviceName to a headless Service that selects these pods",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::STATEFUL_SET],
        needs: &[&kinds::SERVICE],
        ephemeral: false,
        expects_later_object: true,
        fix: FixAvailability::NewObject,
        since: "0.1.0",
        sources: &[sources::STATEFUL_SETS, sources::SERVICES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let (Some(pod), Some(workload)) = (cx.pod()?, Workload::of(cx.object(), cx.kind())) else { return Ok(()) };
        let place = cx.spec().get("serviceName");
        let Some(name) = place.str()?.filter(|name| !name.is_empty()) else {
            out.report(place, text![workload.title(), " has no serviceName, so its pods have no names of their own"]);
            return Ok(());
        };
        let title = text!["Service \"", name, "\""];
        let Some(found) = named(cx, name)? else {
            let help = text!["create the headless ", title];
            let finding = out.report(place, text!["serviceName: ", title, " does not exist"]).help(help);
            if let Some(service) = service_of(cx, name, pod)? {
                finding.new_object(service);
            }
            return Ok(());
        };
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let object = cx.node(&found);
        let service = Service::read(object).map_err(unreadable)?;
        if !service.is_headless().map_err(unreadable)? {
            let message = text!["serviceName: ", title, " is not headless"];
            let help = text!["make ", title, " anew with clusterIP: None, or name another"];
            let related = service.related(object.get("spec").get("clusterIP"), "not None");
            out.report(place, message).help(help).related(related);
        }
        if !service.selector.as_ref().is_some_and(|selector| selector.matches(workload.labels())) {
            let message = text!["serviceName: ", title, " does not select these pods"];
            let help = text!["give the selector of ", title, " the labels of the pod template"];
            let related = service.related(service.selector_node(), "its selector");
            out.report(place, message).help(help).related(related);
        }
        Ok(())
    }
}

/// A headless Service of that name for the StatefulSet's pods; `None` when plain labels don't say which they are.
fn service_of(cx: &Context<'_>, name: &str, pod: &Pod<'_>) -> Result<Option<Value>, CheckError> {
    let selector = cx.spec().get("selector");
    let labels =
        selector.get("matchLabels").value().filter(|labels| labels.as_object().is_some_and(|all| !all.is_empty()));
    let Some(labels) = labels.filter(|_| !selector.get("matchExpressions").exists()) else { return Ok(None) };
    let mut ports: Vec<Value> = Vec::new();
    for container in pod.long_running_containers() {
        for port in declared_ports(container)? {
            let Some(name) = port.name.filter(|name| !name.is_empty()) else { continue };
            // A Service's ports have names of their own.
            if ports.iter().any(|known| known.get("name").and_then(Value::as_str) == Some(name)) {
                continue;
            }
            let mut entry = json!({"name": name, "port": port.number, "targetPort": name});
            if let Some(fields) = entry.as_object_mut().filter(|_| port.protocol != "TCP") {
                fields.insert("protocol".to_owned(), json!(port.protocol));
            }
            ports.push(entry);
        }
    }
    let mut metadata = json!({ "name": name });
    if let (Some(namespace), Some(fields)) =
        (cx.object().get("metadata").get("namespace").value(), metadata.as_object_mut())
    {
        fields.insert("namespace".to_owned(), namespace.clone());
    }
    let mut spec = Map::new();
    spec.insert("clusterIP".to_owned(), json!("None"));
    spec.insert("selector".to_owned(), labels.clone());
    if !ports.is_empty() {
        spec.insert("ports".to_owned(), Value::Array(ports));
    }
    Ok(Some(json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})))
}
