//! The benchmarks' input: manifests of any size, and all policies.

use std::fmt::Write;
use std::sync::Arc;

use plimsoll::engine::evaluate::{Report, Review, evaluate};
use plimsoll::inventory::{Inventory, Objects};
use plimsoll::policies::POLICIES;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::context::Operation;
use plimsoll::settings::Date;
use plimsoll_manifest::{Limits, objects, read};
use serde_json::{Value, json};

/// A typical Deployment: two app containers, a sidecar, an init container, probes, resources. It has a few violations.
pub const DEPLOYMENT: &str = include_str!("deployment.yaml");

/// Every policy under default settings.
pub fn policies() -> Vec<Configured> {
    POLICIES.iter().filter_map(|entry| (entry.configure)(&Value::Null).ok()).collect()
}

/// The policies that look other objects up, or those that don't.
pub fn policies_with_needs(needs: bool) -> Vec<Configured> {
    policies().into_iter().filter(|policy| policy.metadata.needs.is_empty() != needs).collect()
}

/// A stream of `documents` Deployments, each with a name of its own.
pub fn stream(documents: usize) -> String {
    let mut text = String::new();
    for number in 0..documents {
        text.push_str("---\n");
        text.push_str(&DEPLOYMENT.replace("storefront", &format!("storefront-{number}")));
    }
    text
}

/// A workload with its autoscaler and its budget, as one of thousands in a cluster.
pub fn service(namespace: &str, name: &str) -> [Value; 3] {
    let metadata = json!({"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/name": name}});
    let labels = json!({"app.kubernetes.io/name": name});
    let probe = json!({"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 5});
    let resources = json!({"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "256Mi"}});
    let environment: Vec<Value> =
        (0..10).map(|n| json!({"name": format!("SETTING_{n}"), "value": "some value"})).collect();
    let container = json!({"name": "web", "image": "registry.example.com/web:1.2.3", "env": environment,
        "ports": [{"name": "http", "containerPort": 8080}], "readinessProbe": probe, "livenessProbe": probe,
        "resources": resources, "lifecycle": {"preStop": {"sleep": {"seconds": 10}}}});
    [
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": 0,
            "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}}),
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}, "minReplicas": 3, "maxReplicas": 9,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu",
                "target": {"type": "Utilization", "averageUtilization": 60}}}]}}),
        json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": {
            "maxUnavailable": 1, "selector": {"matchLabels": labels}}}),
    ]
}

/// `total` objects in equal parts of Deployment, HorizontalPodAutoscaler, PodDisruptionBudget, Service and NetworkPolicy,
/// that refer to each other, spread over `namespaces`.
pub fn cluster(total: usize, namespaces: usize) -> String {
    let mut text = String::new();
    for number in 0..total / 5 {
        let namespace = number % namespaces;
        let metadata = format!("{{name: web-{number}, namespace: ns-{namespace}}}");
        let deployment = DEPLOYMENT
            .replace("namespace: shop", &format!("namespace: ns-{namespace}"))
            .replace("storefront", &format!("web-{number}"));
        let written = write!(
            text,
            "---\n{deployment}---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {metadata}\n\
             spec:\n  minReplicas: 3\n  maxReplicas: 9\n  scaleTargetRef:\n    apiVersion: apps/v1\n    \
             kind: Deployment\n    name: web-{number}\n  metrics:\n    - type: Resource\n      resource:\n        \
             name: cpu\n        target: {{type: Utilization, averageUtilization: 65}}\n---\napiVersion: policy/v1\n\
             kind: PodDisruptionBudget\nmetadata: {metadata}\nspec:\n  minAvailable: 75%\n  selector:\n    \
             matchLabels:\n      app.kubernetes.io/name: web-{number}\n---\napiVersion: v1\nkind: Service\n\
             metadata: {metadata}\nspec:\n  selector:\n    app.kubernetes.io/name: web-{number}\n  ports:\n    \
             - {{name: http, port: 80, targetPort: http}}\n---\napiVersion: networking.k8s.io/v1\n\
             kind: NetworkPolicy\nmetadata: {metadata}\nspec:\n  podSelector:\n    matchLabels:\n      \
             app.kubernetes.io/name: web-{number}\n  policyTypes: [Ingress]\n  ingress:\n    - from:\n        \
             - podSelector: {{matchLabels: {{role: gateway}}}}\n      ports:\n        - {{port: http}}\n"
        );
        debug_assert!(written.is_ok(), "writing to a String can't fail");
    }
    text
}

/// Reads a stream as the command line does.
pub fn parse(text: &str) -> Vec<Arc<Value>> {
    let limits = Limits { file_bytes: usize::MAX, ..Limits::default() };
    let file = read(text.as_bytes(), &limits);
    file.documents
        .iter()
        .flat_map(|document| objects(document).map(|(_, object)| Arc::new(object.into_owned())).collect::<Vec<_>>())
        .collect()
}

/// Checks every object, with all of them as the inventory.
pub fn check(policies: &[Configured], objects: &[Arc<Value>]) -> usize {
    let inventory = Objects::new(objects.to_vec(), true);
    objects.iter().map(|object| check_one(policies, object, &inventory).findings.len()).sum()
}

/// Checks one object.
pub fn check_one(policies: &[Configured], object: &Value, inventory: &dyn Inventory) -> Report {
    let review = Review {
        object,
        old_object: None,
        operation: Operation::Create,
        namespace: None,
        sent_as: None,
        requested_by: None,
        inventory,
        today: Date::LAST,
        honor_annotations: true,
    };
    evaluate(policies, &review)
}
