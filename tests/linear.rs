//! Every policy's work grows with the object, not with its square: what it allocates is counted, the steps of its cursors
//! among them.

#![allow(clippy::unwrap_used, unsafe_code, reason = "a test may panic, and an allocator is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use plimsoll::engine::evaluate::{Review, evaluate};
use plimsoll::inventory::Objects;
use plimsoll::policies::POLICIES;
use plimsoll::settings::Date;
use serde_json::{Value, json};

/// Counts the bytes that the thread allocates.
struct Counting;

thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that ends has no counter any more.
        let _ = BYTES.try_with(|bytes| bytes.set(bytes.get() + layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn many(number: usize, item: impl Fn(usize) -> Value) -> Value {
    (0..number).map(item).collect()
}

/// A map of many keys.
fn keys(number: usize, value: &str) -> Value {
    Value::Object((0..number).map(|at| (format!("key-{at}"), json!(value))).collect())
}

fn deployment(template: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {
        "replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": template}})
}

fn pod(spec: Value) -> Value {
    deployment(json!({"metadata": {"labels": {"app": "web"}}, "spec": spec}))
}

fn container(more: Value) -> Value {
    let mut container = json!({"name": "web", "image": "web", "ports": [{"containerPort": 80}]});
    container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    container
}

/// Objects that are large in one respect each.
fn large(n: usize) -> Vec<(&'static str, Value)> {
    let full = |at: usize| {
        json!({
            "name": format!("c-{at}"), "image": "web",
            "ports": [{"containerPort": at % 60_000 + 1}, {"containerPort": 80, "name": "http"}],
            "env": [{"name": "A", "value": "$(B)"}, {"name": "A", "value": "b"},
                {"name": "P", "valueFrom": {"secretKeyRef": {"name": format!("s-{at}"), "key": "p"}}}],
            "envFrom": [{"configMapRef": {"name": format!("m-{at}")}}],
            "volumeMounts": [{"name": format!("v-{at}"), "mountPath": "/data", "subPath": "a"},
                {"name": "shared", "mountPath": "/shared"}],
            "livenessProbe": {"httpGet": {"port": "http", "path": "/"}},
            "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}},
        })
    };
    let volume = |at: usize| match at % 4 {
        0 => json!({"name": format!("v-{at}"), "emptyDir": {}}),
        1 => json!({"name": format!("v-{at}"), "emptyDir": {"medium": "Memory", "sizeLimit": "2Gi"}}),
        2 => json!({"name": format!("v-{at}"), "configMap": {"name": format!("m-{at}")}}),
        _ => json!({"name": format!("v-{at}"), "hostPath": {"path": "/var"}}),
    };
    let sidecar = |at: usize| {
        let mut container = full(at);
        container.as_object_mut().unwrap().insert("restartPolicy".to_owned(), json!("Always"));
        container
    };
    let rule = |at: usize| {
        json!({"host": format!("h-{}.example.com", at / 2), "http": {"paths": [{"path": "/", "pathType": "Prefix",
            "backend": {"service": {"name": format!("s-{at}"), "port": {"number": 80}}}}]}})
    };
    let peer = |at: usize| json!({"from": [{"podSelector": {"matchLabels": {"a": format!("{at}")}}}], "ports": [{"port": at + 1}]});
    let metric = |at: usize| {
        json!({"type": "ContainerResource", "containerResource": {"container": format!("c-{at}"), "name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": 60}}})
    };
    let metadata = json!({"name": "web", "namespace": "shop"});
    vec![
        ("containers", pod(json!({"containers": many(n, full), "volumes": many(n, volume)}))),
        (
            "sidecars",
            pod(
                json!({"initContainers": many(n, sidecar), "containers": [container(json!({}))], "volumes": many(n, volume)}),
            ),
        ),
        ("init containers", pod(json!({"initContainers": many(n, full), "containers": [container(json!({}))]}))),
        (
            "env of one name",
            pod(json!({"containers": [container(json!({"env": many(n, |_| json!({"name": "A", "value": "$(A)"}))}))]})),
        ),
        (
            "env",
            pod(
                json!({"containers": [container(json!({"env": many(n, |at| json!({"name": format!("A{}", at / 2), "value": format!("$(A{at})")}))}))]}),
            ),
        ),
        (
            "references",
            pod(
                json!({"containers": [container(json!({"envFrom": many(n, |at| json!({"secretRef": {"name": format!("s-{at}")}}))}))]}),
            ),
        ),
        (
            "ports",
            pod(
                json!({"containers": [container(json!({"ports": many(n, |at| json!({"containerPort": at % 50 + 1}))}))]}),
            ),
        ),
        (
            "named ports",
            pod(
                json!({"containers": [container(json!({"ports": many(n, |at| json!({"containerPort": at + 1, "name": "Http"}))}))]}),
            ),
        ),
        (
            "arguments",
            pod(
                json!({"containers": [container(json!({"command": many(n, |at| json!(format!("--a-{at}=$(A)"))), "args": many(n, |_| json!("sh"))}))]}),
            ),
        ),
        (
            "mounts",
            pod(
                json!({"containers": [container(json!({"volumeMounts": many(n, |at| json!({"name": format!("v-{at}"), "mountPath": format!("/{}", at / 2), "subPath": "a"}))}))], "volumes": many(n, volume)}),
            ),
        ),
        (
            "capabilities",
            pod(
                json!({"containers": [container(json!({"securityContext": {"capabilities": {"add": many(n, |at| json!(format!("C{}", at / 2)))}}}))]}),
            ),
        ),
        (
            "tolerations",
            pod(
                json!({"containers": [container(json!({}))], "tolerations": many(n, |at| json!({"key": format!("k-{}", at / 2), "operator": "Exists"}))}),
            ),
        ),
        (
            "spreads",
            pod(json!({"containers": [container(json!({}))], "topologySpreadConstraints": many(n, |at| json!({
            "maxSkew": 1, "topologyKey": format!("k-{}", at / 2), "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}}))})),
        ),
        (
            "affinity",
            pod(
                json!({"containers": [container(json!({}))], "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
            many(n, |at| json!({"topologyKey": format!("k-{at}"), "labelSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}}))}}}),
            ),
        ),
        (
            "labels",
            deployment(
                json!({"metadata": {"labels": keys(n, "a"), "annotations": keys(n, "b")}, "spec": {"containers": [container(json!({}))]}}),
            ),
        ),
        (
            "pull secrets",
            pod(
                json!({"containers": [container(json!({}))], "imagePullSecrets": many(n, |at| json!({"name": format!("s-{}", at / 2)})),
            "hostAliases": many(n, |at| json!({"ip": "10.0.0.1", "hostnames": [format!("h-{at}")]})), "readinessGates": many(n, |at| json!({"conditionType": format!("c-{at}")}))}),
            ),
        ),
        (
            "claims",
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": {"replicas": 3, "serviceName": "web",
            "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container(json!({}))]}},
            "volumeClaimTemplates": many(n, |at| json!({"metadata": {"name": format!("v-{}", at / 2)}, "spec": {"accessModes": ["ReadWriteMany"]}}))}}),
        ),
        (
            "service",
            json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": {"app": "web"},
            "ports": many(n, |at| json!({"name": format!("p-{}", at / 2), "port": at + 1, "targetPort": "http"}))}}),
        ),
        (
            "ingress",
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {"rules": many(n, rule),
            "tls": many(n, |at| json!({"hosts": [format!("h-{at}.example.com")], "secretName": format!("s-{at}")}))}}),
        ),
        (
            "network policy",
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": {
            "podSelector": {}, "ingress": many(n, peer), "egress": many(n, |_| json!({}))}}),
        ),
        (
            "metrics",
            json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 9, "metrics": many(n, metric)}}),
        ),
        (
            "config map",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": keys(n, "PASSWORD=hunter2abc")}),
        ),
        (
            "bindings",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": many(n, |at| json!({"kind": "ServiceAccount", "name": format!("a-{at}"), "namespace": "shop"}))}),
        ),
        (
            "rules",
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "web"},
            "rules": many(n, |at| json!({"apiGroups": ["", "*"], "resources": [format!("r-{at}"), "secrets", "pods/exec"],
                "verbs": ["*", "get"]}))}),
        ),
        (
            "webhooks",
            json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "web"}, "webhooks": many(n, |at| json!({"name": format!("w-{at}.example.com"),
                "rules": [{"apiGroups": ["*"], "resources": ["*"], "operations": ["*"]}], "timeoutSeconds": 30}))}),
        ),
        (
            "budget",
            json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": {"minAvailable": 1,
            "selector": {"matchExpressions": many(n, |at| json!({"key": format!("k-{at}"), "operator": "Exists"}))}}}),
        ),
    ]
}

#[test]
fn every_policy_is_linear_in_the_object() {
    let today = Date::parse("2026-01-01").unwrap();
    let sizes = [40, 320];
    let objects = sizes.map(large);
    let (small, big) = (objects.first().unwrap(), objects.last().unwrap());
    let mut wrong = Vec::new();
    let mut findings = 0;
    for entry in POLICIES {
        let policies = [(entry.configure)(&Value::Null).unwrap()];
        for ((name, small), (_, big)) in small.iter().zip(big) {
            let mut cost = |object: &Value| {
                let inventory = Objects::new(vec![std::sync::Arc::new(object.clone())], true);
                let before = BYTES.get();
                findings += evaluate(&policies, &Review::create(object, &inventory, today)).findings.len();
                BYTES.get() - before
            };
            let (few, many) = (cost(small), cost(big));
            // Eight times as large; what grows by doubling may take twice as much.
            if many > few.max(20_000) * 20 {
                wrong.push(format!("{}: {name}: {few} bytes, then {many}", entry.metadata.id));
            }
        }
    }
    assert!(findings > 5_000, "only {findings} findings");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
