//! `plimsoll graph` as it is called.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use common::Playground;
use serde_json::json;

const WORKLOADS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: app
          resources:
            requests: {cpu: 250m}
            limits: {cpu: 500m}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers: [{name: agent}]
";

const AROUND: &str = "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 3
  maxReplicas: 10
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}
    - type: External
      external: {metric: {name: queue}, target: {type: AverageValue, averageValue: \"30\"}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec:
  minAvailable: 75%
  selector: {matchLabels: {app: web}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: db, namespace: shop}
spec:
  maxUnavailable: 1
  selector: {matchLabels: {app: db}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  rules:
    - http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
          - {path: /old, pathType: Prefix, backend: {service: {name: old, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: orders, namespace: shop}
spec:
  scaleTargetRef: {name: orders}
  triggers:
    - {type: cpu, metricType: Utilization, metadata: {value: \"70\"}}
";

#[test]
fn the_graph_for_people() {
    let playground = Playground::with(&[("around.yaml", AROUND), ("workloads.yaml", WORKLOADS)]);
    let ran = playground.run(&["graph"]);
    assert_eq!(
        ran.out,
        "\
Deployment shop/web: 3 to 10 pods (minReplicas and maxReplicas of HorizontalPodAutoscaler \"web\")
  HorizontalPodAutoscaler web: 3 to 10
    cpu at 60% of 250m requested, which is 150m, limit 500m
    External
  PodDisruptionBudget web, minAvailable: 75%: none of 3 pods may be evicted, 2 of 10
  Service web
    Ingress shop
  NetworkPolicy all: what comes in and what goes out

StatefulSet shop/db: 3 pods (replicas)
  PodDisruptionBudget db, maxUnavailable: 1: 1 of 3 pods may be evicted
  NetworkPolicy all: what comes in and what goes out

DaemonSet default/agent

Not here:
  Ingress shop/shop leads to Service \"old\"
  ScaledObject shop/orders scales Deployment \"orders\"
"
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

const ACCESS: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: ci, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers: [{name: app}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
  - {apiGroups: [\"\"], resources: [secrets], verbs: [list]}
  - {apiGroups: [\"\"], resources: [pods/exec], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: both, namespace: bank}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}, {kind: ServiceAccount, name: ci, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ci, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ci}
subjects: [{kind: ServiceAccount, name: ci, namespace: shop}]
";

#[test]
fn the_graph_says_what_pods_may_do_in_the_api() {
    let playground = Playground::with(&[("access.yaml", ACCESS)]);
    let ran = playground.run(&["graph"]);
    assert_eq!(
        ran.out,
        "\
Deployment shop/web: 2 pods (replicas)
  ServiceAccount web
    has ClusterRole \"view\" by RoleBinding \"both\", in bank
    may read every Secret, run commands in every pod in the cluster (ClusterRole \"reader\" by ClusterRoleBinding \"web\")

ServiceAccount shop/ci
  has ClusterRole \"view\" by RoleBinding \"both\", in bank
  has Role \"ci\" by RoleBinding \"ci\", in shop; the role is not here
"
    );
    let graph = playground.run(&["graph", "--format", "json"]).json();
    assert_eq!(graph["edges"], json!([{"from": 0, "to": 2, "relation": "authorizes"}]));
    assert_eq!(
        graph["nodes"][0]["facts"]["rights"][1],
        json!({"role": "ClusterRole \"reader\"", "binding": "ClusterRoleBinding \"web\"", "namespace": null,
            "may": ["read every Secret", "run commands in every pod"]})
    );
}

#[test]
fn the_graph_for_programs() {
    let playground = Playground::with(&[("around.yaml", AROUND), ("workloads.yaml", WORKLOADS)]);
    let ran = playground.run(&["graph", "--format", "json", "workloads.yaml", "around.yaml"]);
    let graph = ran.json();
    assert_eq!(graph["version"], 1);
    assert_eq!(
        graph["nodes"][0],
        json!({"object": 0, "kind": "Deployment", "namespace": "shop", "name": "web", "missing": [], "unreadable": null,
            "file": "workloads.yaml", "facts": {"role": "workload", "pods": {"least": 3, "most": 10, "written": null,
                "from": "minReplicas and maxReplicas of HorizontalPodAutoscaler \"web\""}}})
    );
    assert_eq!(
        graph["nodes"][4]["facts"],
        json!({"role": "budget", "demand": "minAvailable: 75%",
            "atLeast": {"pods": 3, "kept": 3, "allowed": 0}, "atMost": {"pods": 10, "kept": 8, "allowed": 2}})
    );
    assert_eq!(
        graph["nodes"][3]["facts"]["metrics"][0],
        json!({"name": "cpu", "container": null, "targetPercent": 60, "requests": "250m", "scalesAt": "150m",
            "limits": "500m", "limitPercent": 200, "withoutRequest": []})
    );
    assert_eq!(graph["edges"][0], json!({"from": 3, "to": 0, "relation": "scales"}));
    assert_eq!(graph["edges"].as_array().unwrap().len(), 7);
    assert_eq!(ran.code, 0);
}

#[test]
fn unreadable_documents_are_reported_and_the_rest_is_shown() {
    let playground = Playground::with(&[
        ("workloads.yaml", &WORKLOADS.replace("replicas: 3", "replicas: three")),
        ("values.yaml", "replicas: 3\n"),
    ]);
    std::fs::create_dir(playground.path("nothing")).unwrap();
    let ran = playground.run(&["graph", "workloads.yaml"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "error: workloads.yaml: StatefulSet shop/db: /spec/replicas should be a whole number\n");
    assert!(ran.out.contains("Deployment shop/web: 1 pod (the default)\n\nStatefulSet shop/db: cannot be read\n"));
    for (args, code) in [
        (["graph", "values.yaml"].as_slice(), 2),
        (&["graph", "nothing"], 2),
        (&["graph", "nothing", "--allow-empty"], 0),
        (&["graph", "workloads.yaml", "--format", "dot"], 2),
    ] {
        assert_eq!(playground.run(args).code, code, "{args:?}");
    }
}

#[test]
fn reads_standard_input() {
    let playground = Playground::with(&[]);
    let ran = playground.run_with(&["graph", "-"], WORKLOADS.as_bytes());
    assert!(ran.out.starts_with("Deployment shop/web: 1 pod (the default)\n"), "{}", ran.out);
}
