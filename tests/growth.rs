//! Look-ups grow linearly with the number of objects, not quadratically.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll::engine::evaluate::{Review, evaluate};
use plimsoll::inventory::{Inventory, InventoryError, Objects, Query};
use plimsoll::policies::POLICIES;
use plimsoll::policy::configured::Configured;
use plimsoll::settings::Date;
use serde_json::{Value, json};

/// Counts the objects that look-ups return.
struct Counting {
    objects: Objects,
    given: AtomicUsize,
}

impl Inventory for Counting {
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        let answer = self.objects.list(query)?;
        self.given.fetch_add(1 + answer.len(), Ordering::Relaxed);
        Ok(answer)
    }

    fn is_batch(&self) -> bool {
        self.objects.is_batch()
    }
}

const RBAC: &str = "rbac.authorization.k8s.io/v1";

/// A service with all its objects, in a namespace that it shares with all others.
fn service(number: usize) -> [Value; 19] {
    let name = format!("service-{number}");
    let metadata = json!({"name": name, "namespace": "shop"});
    let labels = json!({"app.kubernetes.io/name": name});
    let selector = json!({"matchLabels": labels});
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": name});
    let host = format!("{name}.example.com");
    let rules = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]);
    let subjects = json!([{"kind": "ServiceAccount", "name": name, "namespace": "shop"}]);
    let backend = json!({"service": {"name": name, "port": {"name": "http"}}});
    [
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {
            "selector": selector,
            "template": {"metadata": {"labels": labels}, "spec": {
                "serviceAccountName": name,
                "containers": [{
                    "name": "app",
                    "image": "registry.example.com/app:1.0.0",
                    "ports": [{"name": "http", "containerPort": 8080}],
                    "envFrom": [{"configMapRef": {"name": name}}, {"secretRef": {"name": name}}],
                }],
            }},
        }}),
        json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "namespace": "shop", "labels": labels}, "spec": {
            "selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}}),
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": {
            "scaleTargetRef": target, "minReplicas": 3, "maxReplicas": 9}}),
        json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": {
            "maxUnavailable": 1, "selector": selector}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": {
            "podSelector": selector, "ingress": [{"from": [{"podSelector": selector}], "ports": [{"port": "http"}]}]}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {
            "defaultBackend": backend, "tls": [{"secretName": name}],
            "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"LEVEL": "info"}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": format!("{name}-data"), "namespace": "shop"},
            "spec": {"ports": [{"port": 5432}]}}),
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "endpoints": [],
            "metadata": {"name": name, "namespace": "shop",
                "labels": {"kubernetes.io/service-name": format!("{name}-data")}}}),
        json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": metadata, "spec": {
            "gatewayClassName": "istio", "listeners": [{"name": "https", "port": 443, "protocol": "HTTPS"}]}}),
        json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": metadata, "spec": {
            "parentRefs": [{"name": name}], "hostnames": [host], "rules": [{"backendRefs": [{"name": name, "port": 80}]}]}}),
        json!({"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": metadata, "spec": {
            "selector": {"matchLabels": labels}, "endpoints": [{"port": "http"}]}}),
        json!({"apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler", "metadata": metadata, "spec": {
            "targetRef": target}}),
        json!({"apiVersion": RBAC, "kind": "Role", "metadata": metadata, "rules": rules}),
        json!({"apiVersion": RBAC, "kind": "RoleBinding", "metadata": metadata, "subjects": subjects,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}}),
        json!({"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": name, "labels": labels},
            "aggregationRule": {"clusterRoleSelectors": [selector]}, "rules": rules}),
        json!({"apiVersion": RBAC, "kind": "ClusterRoleBinding", "metadata": {"name": name}, "subjects": subjects,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}}),
    ]
}

/// The number of objects that look-ups return while checking this many services, for one policy.
fn looked_up(policies: &[Configured], services: usize) -> usize {
    let objects: Vec<Arc<Value>> = (0..services).flat_map(service).map(Arc::new).collect();
    let inventory = Counting { objects: Objects::new(objects.clone(), true), given: AtomicUsize::new(0) };
    let today = Date::parse("2026-01-01").unwrap();
    for object in &objects {
        evaluate(policies, &Review::create(object, &inventory, today));
    }
    inventory.given.into_inner()
}

#[test]
fn look_ups_grow_linearly() {
    let mut wrong = Vec::new();
    let mut looking = 0;
    for entry in POLICIES {
        let policies = [(entry.configure)(&Value::Null).unwrap()];
        let (few, many) = (looked_up(&policies, 10), looked_up(&policies, 100));
        looking += usize::from(few > 0);
        if many > few * 12 {
            wrong.push(format!("{}: {few} objects for 10 services, {many} for 100", entry.metadata.id));
        }
    }
    assert!(looking > 20, "only {looking} policies look up objects");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
