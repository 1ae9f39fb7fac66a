//! The Policy Working Group's reports, as dashboards of clusters read them: one `PolicyReport` for each namespace, and a
//! `ClusterPolicyReport` for what belongs to none, in a list for `kubectl apply`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use plimsoll::kube::kinds::Kind;
use plimsoll_lint::check::{Located, is_target};
use plimsoll_lint::manifests::Object;
use serde_json::{Value, json};

use super::{Run, documentation};
use crate::visible;

/// The name of the reports, and of who writes them.
const NAME: &str = "plimsoll";

/// The results on the objects of a namespace.
#[derive(Default)]
struct Report {
    results: Vec<Value>,
    failed: usize,
    warned: usize,
    skipped: usize,
}

/// Writes all reports. A namespace whose objects have no finding has one too: it takes the place of an older one.
pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut reports: BTreeMap<Option<&str>, Report> = BTreeMap::new();
    for object in run.manifests.objects.iter().filter(|object| is_target(object)) {
        reports.entry(namespace(object)).or_default();
    }
    for located in &run.report.findings {
        let Some(object) = run.object(located) else { continue };
        let report = reports.entry(namespace(object)).or_default();
        let fails = run.fails(located);
        let counter = if fails { &mut report.failed } else { &mut report.warned };
        *counter += 1;
        let message = &located.finding.message;
        report.results.push(result(run, located, object, if fails { "fail" } else { "warn" }, message));
    }
    for suppressed in &run.report.suppressed {
        let Some(object) = run.object(&suppressed.located) else { continue };
        let report = reports.entry(namespace(object)).or_default();
        report.skipped += 1;
        let message = format!("{} (exempt: {})", suppressed.located.finding.message, suppressed.reason);
        report.results.push(result(run, &suppressed.located, object, "skip", &message));
    }
    let items: Vec<Value> = reports.into_iter().map(|(namespace, report)| resource(namespace, report)).collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    visible::json(&mut &mut *out, &list)
}

/// Where an object is, `default` spelt out; `None` for what belongs to no namespace.
fn namespace(object: &Object) -> Option<&str> {
    let namespaced = Kind::of(&object.value).is_none_or(|kind| kind.namespaced);
    let stated = object.text("/metadata/namespace");
    namespaced.then_some(if stated.is_empty() { "default" } else { stated })
}

fn resource(namespace: Option<&str>, report: Report) -> Value {
    let Report { results, failed, warned, skipped } = report;
    let mut metadata = json!({"name": NAME, "labels": {"app.kubernetes.io/managed-by": NAME}});
    if let (Some(namespace), Some(fields)) = (namespace, metadata.as_object_mut()) {
        fields.insert("namespace".to_owned(), json!(visible::name(namespace)));
    }
    json!({
        "apiVersion": "wgpolicyk8s.io/v1alpha2",
        "kind": if namespace.is_some() { "PolicyReport" } else { "ClusterPolicyReport" },
        "metadata": metadata,
        "summary": {"pass": 0, "fail": failed, "warn": warned, "error": 0, "skip": skipped},
        "results": results,
    })
}

fn result(run: &Run<'_>, located: &Located, object: &Object, result: &str, message: &str) -> Value {
    let metadata = located.finding.metadata;
    let mut resource = json!({
        "apiVersion": visible::name(object.text("/apiVersion")),
        "kind": visible::name(object.text("/kind")),
        "name": visible::name(object.name()),
    });
    if let (Some(namespace), Some(fields)) = (namespace(object), resource.as_object_mut()) {
        fields.insert("namespace".to_owned(), json!(visible::name(namespace)));
    }
    // All properties are texts.
    let mut properties = json!({
        "file": visible::name(&run.path(located.place.file)),
        "line": located.place.span.start.line.to_string(),
        "path": visible::message(located.finding.path.as_str()),
        "help": visible::message(located.finding.help()),
        "why": located.finding.why(),
        "documentation": documentation(metadata.id),
        "fingerprint": located.fingerprint,
    });
    if let (Some(container), Some(fields)) = (&located.finding.container, properties.as_object_mut()) {
        fields.insert("container".to_owned(), json!(visible::name(container)));
    }
    json!({
        "source": NAME,
        "policy": metadata.id,
        "rule": metadata.id,
        "category": metadata.category.name(),
        "severity": located.finding.severity.name(),
        "result": result,
        // Of what isn't met, that which isn't scored counts as a warning.
        "scored": result != "warn",
        "message": visible::message(message),
        "resources": [resource],
        "properties": properties,
    })
}
