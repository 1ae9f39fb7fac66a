//! Pod templates are checked in every kind that has them.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::sync::Arc;

use plimsoll::engine::evaluate::{Report, Review, evaluate};
use plimsoll::inventory::Objects;
use plimsoll::policies::POLICIES;
use plimsoll::settings::Date;
use serde_json::{Value, json};

fn check(policy: &str, objects: &[Value]) -> Vec<Report> {
    let entry = POLICIES.iter().find(|entry| entry.metadata.id == policy).unwrap();
    let policies = [(entry.configure)(&json!({})).unwrap()];
    let inventory = Objects::new(objects.iter().cloned().map(Arc::new).collect(), true);
    let today = Date::parse("2026-01-01").unwrap();
    objects.iter().map(|object| evaluate(&policies, &Review::create(object, &inventory, today))).collect()
}

fn paths(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.path.as_str()).collect()
}

fn object(api_version: &str, kind: &str, fields: Value) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}});
    object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    object
}

#[test]
fn every_template_is_checked() {
    let container = json!({"name": "a", "securityContext": {"privileged": true}});
    let pod = json!({"spec": {"containers": [container]}});
    let job = json!({"template": {"spec": {"template": pod}}});
    let workflow = json!({"templates": [
        {"name": "main", "dag": {"tasks": []}},
        {"name": "build", "container": container},
        {"name": "test", "script": container, "sidecars": [container]},
    ]});
    for (object, expected) in [
        (object("v1", "PodTemplate", json!({"template": pod})), vec!["/template/spec/containers/0"]),
        (
            object("keda.sh/v1alpha1", "ScaledJob", json!({"spec": {"jobTargetRef": {"template": pod}}})),
            vec!["/spec/jobTargetRef/template/spec/containers/0"],
        ),
        (
            object("apps.kruise.io/v1alpha1", "CloneSet", json!({"spec": {"template": pod}})),
            vec!["/spec/template/spec/containers/0"],
        ),
        (
            object("serving.knative.dev/v1", "Service", json!({"spec": {"template": pod}})),
            vec!["/spec/template/spec/containers/0"],
        ),
        (
            object("extensions/v1beta1", "Deployment", json!({"spec": {"template": pod}})),
            vec!["/spec/template/spec/containers/0"],
        ),
        (
            object("jobset.x-k8s.io/v1alpha2", "JobSet", json!({"spec": {"replicatedJobs": [job, job]}})),
            vec![
                "/spec/replicatedJobs/0/template/spec/template/spec/containers/0",
                "/spec/replicatedJobs/1/template/spec/template/spec/containers/0",
            ],
        ),
        (
            object("argoproj.io/v1alpha1", "Workflow", json!({"spec": workflow})),
            vec!["/spec/templates/1/container", "/spec/templates/2/script", "/spec/templates/2/sidecars/0"],
        ),
        (
            object("argoproj.io/v1alpha1", "CronWorkflow", json!({"spec": {"workflowSpec": workflow}})),
            vec![
                "/spec/workflowSpec/templates/1/container",
                "/spec/workflowSpec/templates/2/script",
                "/spec/workflowSpec/templates/2/sidecars/0",
            ],
        ),
    ] {
        let reports = check("privileged-container", std::slice::from_ref(&object));
        let expected: Vec<String> = expected.iter().map(|path| format!("{path}/securityContext/privileged")).collect();
        assert_eq!(paths(&reports[0]), expected, "{object}");
    }
}

#[test]
fn templates_of_knative_and_argo_get_no_fix() {
    let container = json!({"name": "a", "securityContext": {"privileged": true}});
    for object in [
        object(
            "serving.knative.dev/v1",
            "Service",
            json!({"spec": {"template": {"spec": {"containers": [container]}}}}),
        ),
        object("argoproj.io/v1alpha1", "Workflow", json!({"spec": {"templates": [{"container": container}]}})),
    ] {
        let reports = check("privileged-container", std::slice::from_ref(&object));
        let finding = &reports[0].findings[0];
        assert!(finding.fix.is_none() && finding.help.is_some(), "{object}");
    }
}

#[test]
fn parameters_of_a_workflow_are_not_malformed() {
    let memory = json!({"limits": {"memory": "{{inputs.parameters.memory}}"}});
    let spec = json!({"templates": [{"container": {"image": "a", "resources": memory}}]});
    let reports = check("missing-requests", &[object("argoproj.io/v1alpha1", "Workflow", json!({"spec": spec}))]);
    assert!(reports[0].errors.is_empty());
}

#[test]
fn a_rollout_with_a_workload_ref_has_the_pods_of_its_deployment() {
    let labels = json!({"app": "web"});
    let deployment = object(
        "apps/v1",
        "Deployment",
        json!({"spec": {"replicas": 0, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a"}]}}}}),
    );
    let reference = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
    let rollout = object("argoproj.io/v1alpha1", "Rollout", json!({"spec": {"replicas": 4, "workloadRef": reference}}));
    let budget = object(
        "policy/v1",
        "PodDisruptionBudget",
        json!({"spec": {"minAvailable": 4, "selector": {"matchLabels": labels}}}),
    );
    let reports = check("drain-deadlock", &[deployment.clone(), rollout.clone(), budget]);
    assert_eq!(paths(&reports[2]), ["/spec/minAvailable"]);
    let reports = check("missing-disruption-budget", &[deployment, rollout]);
    assert_eq!((reports[0].findings.len(), reports[1].findings.len()), (1, 0));
}
