use serde_json::Map;

use crate::kube::removed_apis::{self, Change, NEVER};
use crate::kube::selector::Selector;
use crate::policies::prelude::*;

/// ## What it does
/// Reports objects in API versions that Kubernetes has removed by `kubernetesVersion`, such as PodDisruptionBudgets in
/// `policy/v1beta1` or Ingresses in `extensions/v1beta1`, and, unless `deprecated` is false, in versions that will be removed.
/// An Ingress in `networking.k8s.io/v1` whose backends are still written as in `v1beta1` is reported, too.
/// The table covers everything in the Deprecated API Migration Guide up to Kubernetes 1.36. Alpha versions other than `batch/v2alpha1`
/// and custom resources are not covered.
///
/// ## Why
/// The API server rejects objects in a removed version with `no matches for kind`. Existing objects keep running, so nobody
/// notices after an upgrade until the next release, the next rollback, or the day the cluster has to be rebuilt. Then some
/// objects of a release are applied and others are not.
///
/// ## What to write
/// ```yaml
/// apiVersion: policy/v1
/// kind: PodDisruptionBudget
/// ```
/// In some kinds more than the version changed. Where possible the fix converts the fields: an autoscaler's metrics to
/// `target`, an Ingress's backends to `service`. Where information is missing, such as the selector that `apps/v1` requires,
/// or where the same text has a new meaning, the finding says what to write. For example, a PodDisruptionBudget with an empty
/// selector selected no pods, but selects every pod in the namespace in `policy/v1`.
///
/// ## Limits
/// The fixed file needs a cluster that serves the new version. Workload defaults differ between the oldest versions and
/// `apps/v1`: fields that `strategy` or `updateStrategy` leave out get the new defaults.
///
/// The API server stores each object once and returns it in any version it serves, so only the admission request shows which
/// version the author used. The background audit therefore finds nothing, and nothing can be fixed in a cluster. The policy's
/// rules cover PodDisruptionBudgets, HorizontalPodAutoscalers and CronJobs in their current version, to which the API server
/// converts requests in older ones (`matchPolicy: Equivalent`, the default). To cover other kinds, add rules with their current
/// version. Requests in versions that the cluster no longer serves never reach a policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RemovedApi {
    /// Whether versions that are deprecated but still served are reported too, with low severity.
    pub deprecated: bool,
}

impl Default for RemovedApi {
    fn default() -> RemovedApi {
        RemovedApi { deprecated: true }
    }
}

impl Policy for RemovedApi {
    const METADATA: Metadata = Metadata {
        id: "removed-api",
        title: "Objects use API versions that Kubernetes still serves",
        why: "the API server rejects objects in a version that it no longer serves",
        help: "use an API version that Kubernetes still serves",
        category: Category::Workload,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: removed_apis::KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::DEPRECATION_GUIDE, sources::DEPRECATION_POLICY],
        ..Metadata::DEFAULT
    };

    // The most common kinds, in versions that every current cluster serves: the background audit fails on others. Leases and
    // access reviews, which are written all the time, shouldn't wait for a policy that never reports them.
    const ADMISSION_TARGETS: &'static [&'static Kind] =
        &[&kinds::POD_DISRUPTION_BUDGET, &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::CRON_JOB];

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let written = cx.api_version()?;
        let Some(api) = removed_apis::find(written, cx.kind().name) else {
            return report_old_backends(cx, written, out);
        };
        let kubernetes = cx.kubernetes();
        let title = text![written, " ", api.kind];
        let (since, until) = (api.deprecated.to_string(), api.removed.to_string());
        let place = cx.object().get("apiVersion");
        let finding = if kubernetes.at_least(api.removed) {
            out.report(place, text![title, " was removed in Kubernetes 1.", until])
        } else if self.deprecated && kubernetes.at_least(api.deprecated) {
            let removed = if api.removed == NEVER { String::new() } else { text![" and removed in 1.", until] };
            let message = text![title, " is deprecated since Kubernetes 1.", since, removed];
            out.report(place, message).severity(Severity::Low)
        } else {
            return Ok(());
        };
        let Some(replacement) = api.replacement else {
            if let Change::Other(help) = api.change {
                finding.help(help);
            }
            return Ok(());
        };
        if !kubernetes.at_least(api.replaced) {
            let from = text![replacement, ", which requires 1.", api.replaced.to_string()];
            finding.help(text!["use the newest version before ", from]);
            return Ok(());
        }
        let set = text!["set apiVersion to ", replacement];
        // The API server has converted the object: the author's manifest has to be changed.
        if place.str()? != Some(written) {
            finding.help(set);
            return Ok(());
        }
        let Some(mut edits) = changes(&api.change, cx)? else {
            finding.help(help(&api.change, &set, replacement, cx.object())?);
            return Ok(());
        };
        edits.insert(0, Edit::set(place, replacement));
        let title = if edits.len() == 1 { set.clone() } else { text!["convert it to ", replacement] };
        let help = if edits.len() == 1 { set } else { help(&api.change, &set, replacement, cx.object())? };
        finding.help(help).unsafe_fix(title, edits);
        Ok(())
    }
}

/// Reports an Ingress whose version is new and whose backends are old: the API server rejects it.
fn report_old_backends(cx: &Context<'_>, written: &str, out: &mut Findings) -> Result<(), CheckError> {
    // In a cluster the API server has rejected it before any policy is asked.
    if !cx.is_batch() || *cx.kind() != kinds::INGRESS || written != "networking.k8s.io/v1" {
        return Ok(());
    }
    let spec = cx.spec().mapping()?;
    let mut old = Some(spec.get("backend")).filter(|old| old.exists());
    for rule in spec.get("rules").items()? {
        for path in rule.get("http").get("paths").items()? {
            let backend = path.get("backend");
            let moved = ["serviceName", "servicePort"].map(|field| backend.get(field));
            old = old.or(moved.into_iter().find(|old| old.exists()));
        }
    }
    let Some(old) = old else { return Ok(()) };
    let message = "the backend is written as in networking.k8s.io/v1beta1, which networking.k8s.io/v1 does not accept";
    let finding = out.report(old, message);
    let help = "name the Service in backend.service.name and its port in backend.service.port, and the default in defaultBackend";
    match backends(cx.object())? {
        Some(edits) => finding.unsafe_fix("write the backends as in networking.k8s.io/v1", edits),
        None => finding.help(help),
    };
    Ok(())
}

/// The help for this object.
fn help(change: &Change, set: &str, replacement: &str, object: Node<'_>) -> Result<String, Malformed> {
    let convert = text!["convert it to ", replacement];
    Ok(match change {
        Change::Workload if !object.get("spec").get("selector").exists() => {
            text![set, ", and spec.selector to labels of the pod template"]
        }
        Change::Budget if selects_nothing(object)? => {
            text![set, ", and set labels in spec.selector; an empty one would select every pod"]
        }
        Change::Version | Change::Workload | Change::Budget => set.to_owned(),
        Change::Metrics => text![convert, ", where each metric has a target"],
        Change::Backends => text![convert, ", where a backend is a service and each path has a pathType"],
        Change::Webhooks => text![convert, ", where webhooks need sideEffects and admissionReviewVersions"],
        Change::Other(what) => text![convert, *what],
    })
}

/// The edits besides the version; `None` when the conversion needs information that isn't in the object.
fn changes(change: &Change, cx: &Context<'_>) -> Result<Option<Vec<Edit>>, Malformed> {
    let object = cx.object();
    match change {
        Change::Version => Ok(Some(Vec::new())),
        Change::Workload => workload(object),
        Change::Budget => Ok(if selects_nothing(object)? { None } else { Some(Vec::new()) }),
        Change::Metrics => metrics(cx),
        Change::Backends => backends(object),
        Change::Webhooks => webhooks(object),
        Change::Other(_) => Ok(None),
    }
}

/// True for an empty selector. A missing one selects nothing in either version.
fn selects_nothing(budget: Node<'_>) -> Result<bool, Malformed> {
    Ok(Selector::read(budget.get("spec").get("selector"))?.is_some_and(|selector| selector.is_empty()))
}

fn workload(object: Node<'_>) -> Result<Option<Vec<Edit>>, Malformed> {
    let spec = object.get("spec").mapping()?;
    if !spec.get("selector").exists() {
        return Ok(None);
    }
    let gone = ["rollbackTo", "templateGeneration"].map(|field| spec.get(field));
    let gone = gone.into_iter().filter(|field| field.exists());
    Ok(Some(gone.map(|field| Edit::remove(field)).collect()))
}

fn metrics(cx: &Context<'_>) -> Result<Option<Vec<Edit>>, Malformed> {
    let spec = cx.spec().mapping()?;
    let mut edits = Vec::new();
    if let Some((version, replacement)) = moved_reference(cx, spec.get("scaleTargetRef"))? {
        edits.push(Edit::set(version, replacement));
    }
    for metric in spec.get("metrics").items()? {
        let source = match metric.get("type").str()? {
            Some("Resource") => "resource",
            Some("ContainerResource") => "containerResource",
            Some("Pods") => "pods",
            Some("Object") => "object",
            Some("External") => "external",
            _ => return Ok(None),
        };
        let source = metric.get(source);
        // In autoscaling/v2beta2 most are there already; an Object metric of autoscaling/v2beta1 has another target.
        if source.get("target").get("type").exists() {
            if let Some((version, replacement)) = moved_reference(cx, source.get("describedObject"))? {
                edits.push(Edit::set(version, replacement));
            }
            continue;
        }
        let Some(value) = moved_metric(cx, source)? else { return Ok(None) };
        edits.push(Edit::set(source, value));
    }
    Ok(Some(edits))
}

/// The `apiVersion` of a reference to an object, with its replacement; `None` unless that version has been removed.
fn moved_reference<'a>(cx: &Context<'_>, reference: Node<'a>) -> Result<Option<(Node<'a>, &'static str)>, Malformed> {
    let version = reference.get("apiVersion");
    let (Some(written), Some(kind)) = (version.str()?, reference.get("kind").str()?) else { return Ok(None) };
    let api = removed_apis::find(written, kind).filter(|api| cx.kubernetes().at_least(api.replaced));
    Ok(api.and_then(|api| api.replacement).map(|replacement| (version, replacement)))
}

/// A metric source with its fields where `autoscaling/v2` has them; `None` unless it has exactly one target.
fn moved_metric(cx: &Context<'_>, source: Node<'_>) -> Result<Option<Value>, Malformed> {
    let mut moved = Map::new();
    let mut metric = Map::new();
    let mut target = Map::new();
    for (key, field) in source.entries()? {
        let Some(mut value) = field.value().cloned() else { continue };
        let (into, key) = match key {
            "name" | "container" | "metric" => (&mut moved, key),
            // The target of an Object metric is the measured object.
            "target" | "describedObject" => {
                if let Some((_, replacement)) = moved_reference(cx, field)?
                    && let Some(fields) = value.as_object_mut()
                {
                    fields.insert("apiVersion".to_owned(), json!(replacement));
                }
                (&mut moved, "describedObject")
            }
            "metricName" => (&mut metric, "name"),
            "selector" | "metricSelector" => (&mut metric, "selector"),
            "targetAverageUtilization" => (&mut target, "averageUtilization"),
            "targetAverageValue" | "averageValue" => (&mut target, "averageValue"),
            "targetValue" => (&mut target, "value"),
            _ => return Ok(None),
        };
        into.insert(key.to_owned(), value);
    }
    let field = ["averageUtilization", "averageValue", "value"].into_iter().find(|field| target.contains_key(*field));
    let kind = match field {
        _ if target.len() != 1 => return Ok(None),
        Some("averageUtilization") => "Utilization",
        Some("averageValue") => "AverageValue",
        _ => "Value",
    };
    target.insert("type".to_owned(), json!(kind));
    moved.insert("target".to_owned(), Value::Object(target));
    if !metric.is_empty() {
        moved.insert("metric".to_owned(), Value::Object(metric));
    }
    Ok(Some(Value::Object(moved)))
}

fn backends(ingress: Node<'_>) -> Result<Option<Vec<Edit>>, Malformed> {
    let spec = ingress.get("spec").mapping()?;
    let mut edits = Vec::new();
    let fallback = spec.get("backend");
    if fallback.exists() {
        let Some(value) = moved_backend(fallback)? else { return Ok(None) };
        edits.push(Edit::remove(fallback));
        edits.push(Edit::set(spec.get("defaultBackend"), value));
    }
    for rule in spec.get("rules").items()? {
        for path in rule.get("http").get("paths").items()? {
            let backend = path.get("backend");
            let Some(value) = moved_backend(backend)? else { return Ok(None) };
            edits.push(Edit::set(backend, value));
            let kind = path.get("pathType");
            if !kind.exists() {
                // The meaning of a path without a type.
                edits.push(Edit::set(kind, "ImplementationSpecific"));
            }
        }
    }
    Ok(Some(edits))
}

/// A backend with its fields where `networking.k8s.io/v1` has them; `None` when it has others.
fn moved_backend(backend: Node<'_>) -> Result<Option<Value>, Malformed> {
    let mut moved = Map::new();
    let mut service = Map::new();
    for (key, field) in backend.entries()? {
        let Some(value) = field.value() else { continue };
        match key {
            "resource" => {
                moved.insert(key.to_owned(), value.clone());
            }
            "serviceName" => {
                service.insert("name".to_owned(), value.clone());
            }
            "servicePort" => {
                let key = if value.is_number() { "number" } else { "name" };
                service.insert("port".to_owned(), crate::json::object(vec![(key, value.clone())]));
            }
            _ => return Ok(None),
        }
    }
    if !service.is_empty() {
        moved.insert("service".to_owned(), Value::Object(service));
    }
    // A backend is either a service or a resource.
    Ok((moved.len() == 1).then_some(Value::Object(moved)))
}

fn webhooks(configuration: Node<'_>) -> Result<Option<Vec<Edit>>, Malformed> {
    let mut edits = Vec::new();
    for webhook in configuration.get("webhooks").items()? {
        let harmless = matches!(webhook.get("sideEffects").str()?, Some("None" | "NoneOnDryRun"));
        if !harmless || webhook.get("admissionReviewVersions").items()?.len() == 0 {
            return Ok(None);
        }
        // The old defaults: otherwise requests would start to fail while a webhook is down.
        let defaults =
            [("failurePolicy", json!("Ignore")), ("matchPolicy", json!("Exact")), ("timeoutSeconds", json!(30))];
        for (field, value) in defaults {
            let field = webhook.get(field);
            if !field.exists() {
                edits.push(Edit::set(field, value));
            }
        }
    }
    Ok(Some(edits))
}
