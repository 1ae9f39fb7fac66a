//! Policies with look-ups: findings that a later object may resolve only warn on CREATE, and many objects are handled
//! through indexes.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use plimsoll::engine::evaluate::{Report, Review, evaluate};
use plimsoll::engine::fix::fix;
use plimsoll::inventory::{Filter, Inventory, InventoryError, Objects, Query};
use plimsoll::policies::POLICIES;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::context::Operation;
use plimsoll::policy::fix::Applicability;
use plimsoll::policy::metadata::Profile;
use plimsoll::settings::Date;
use serde_json::{Value, json};

const LOOKING: &[&str] = &[
    "autoscaler-replica-range",
    "autoscaler-target-above-limit",
    "autoscaler-target-range",
    "autoscaler-without-requests",
    "capacity-drop-on-rollout",
    "colocated-replicas",
    "dangling-autoscaler",
    "drain-deadlock",
    "duplicate-autoscaler",
    "missing-autoscaler",
    "missing-disruption-budget",
    "overlapping-disruption-budgets",
    "recreate-strategy",
    "replicas-fight-autoscaler",
    "rounded-disruption-budget",
    "sidecar-skewed-autoscaler",
    "single-replica",
    "thin-disruption-budget",
    "undamped-autoscaler",
    "unschedulable-anti-affinity",
];

fn policies(ids: &[&str], settings: &Value) -> Vec<Configured> {
    let chosen = POLICIES.iter().filter(|entry| ids.contains(&entry.metadata.id));
    chosen.map(|entry| (entry.configure)(settings).unwrap()).collect()
}

fn check(policies: &[Configured], object: &Value, inventory: &dyn Inventory) -> Report {
    let review = Review {
        object,
        old_object: None,
        operation: Operation::Create,
        namespace: None,
        sent_as: None,
        requested_by: None,
        inventory,
        today: Date::from_days_since_1970(0),
        honor_annotations: false,
    };
    evaluate(policies, &review)
}

fn deployment(name: &str, replicas: u32) -> Value {
    let labels = json!({"app.kubernetes.io/component": "web", "app.kubernetes.io/name": name});
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
            "spec": {"containers": [{"name": "app"}]}}}})
}

fn budget(name: &str, least: &Value) -> Value {
    let labels = json!({"app.kubernetes.io/component": "web", "app.kubernetes.io/name": name});
    json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"minAvailable": least, "selector": {"matchLabels": labels}}})
}

fn autoscaler(name: &str, least: u32) -> Value {
    json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": least, "maxReplicas": 20}})
}

fn warn_on_create(object: &Value, state: Vec<Value>) -> Vec<bool> {
    warn_on_create_of("drain-deadlock", object, state)
}

fn warn_on_create_of(policy: &str, object: &Value, state: Vec<Value>) -> Vec<bool> {
    let inventory = Objects::cluster(state.into_iter().map(Arc::new).collect());
    let report = check(&policies(&[policy], &Value::Null), object, &inventory);
    report.findings.iter().map(|finding| finding.warn_on_create).collect()
}

#[test]
fn budget_of_a_single_pod_warns_until_an_autoscaler_exists() {
    let one = json!(1);
    assert_eq!(warn_on_create(&deployment("web", 1), vec![budget("web", &one)]), [true]);
    assert_eq!(warn_on_create(&budget("web", &one), vec![deployment("web", 1)]), [true]);
    let scaled = vec![deployment("web", 1), autoscaler("web", 1)];
    assert_eq!(warn_on_create(&budget("web", &one), scaled), [false]);
    assert_eq!(warn_on_create(&budget("web", &json!(3)), vec![deployment("web", 3)]), [false]);
    assert_eq!(warn_on_create(&budget("web", &json!("100%")), vec![deployment("web", 1)]), [false]);
}

#[test]
fn missing_companion_always_warns_on_create() {
    let policies = policies(&["missing-disruption-budget"], &Value::Null);
    let report = check(&policies, &deployment("web", 2), &Objects::cluster(Vec::new()));
    assert!(report.findings[0].warn_on_create);
}

#[test]
fn single_replica_warns_until_an_autoscaler_exists() {
    assert_eq!(warn_on_create_of("single-replica", &deployment("web", 1), vec![]), [true]);
    assert_eq!(warn_on_create_of("single-replica", &deployment("web", 1), vec![autoscaler("web", 1)]), [false]);
    assert_eq!(warn_on_create_of("single-replica", &autoscaler("web", 1), vec![deployment("web", 1)]), [false]);
}

#[test]
fn recreate_strategy_warns_until_the_claim_exists() {
    let mut web = deployment("web", 1);
    web["spec"]["strategy"] = json!({"type": "Recreate"});
    assert_eq!(warn_on_create_of("recreate-strategy", &web, vec![]), [false]);
    web["spec"]["template"]["spec"]["volumes"] =
        json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    assert_eq!(warn_on_create_of("recreate-strategy", &web, vec![]), [true]);
    let claim = |mode: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"},
            "spec": {"accessModes": [mode]}})
    };
    assert_eq!(warn_on_create_of("recreate-strategy", &web, vec![claim("ReadWriteMany")]), [false]);
    assert!(warn_on_create_of("recreate-strategy", &web, vec![claim("ReadWriteOnce")]).is_empty());
}

/// Notes the kinds that are listed in a cluster.
struct Listed {
    cluster: Objects,
    kinds: Mutex<BTreeSet<&'static str>>,
}

impl Inventory for Listed {
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        if !matches!(query.filter, Filter::Named(_)) {
            self.kinds.lock().unwrap().insert(query.kind.name);
        }
        self.cluster.list(query)
    }
}

/// The kinds that all policies of the production profile list for this object, but those whose findings wait, and the one that
/// compares all workloads.
fn listed(object: &Value, cluster: &[Value]) -> Vec<&'static str> {
    let chosen = POLICIES.iter().filter(|entry| {
        let metadata = entry.metadata;
        let compares = metadata.id == "overlapping-selectors";
        metadata.profile <= Profile::Production && !metadata.expects_later_object && !compares
    });
    let policies: Vec<Configured> = chosen.map(|entry| (entry.configure)(&Value::Null).unwrap()).collect();
    let cluster = Objects::cluster(cluster.iter().cloned().map(Arc::new).collect());
    let inventory = Listed { cluster, kinds: Mutex::default() };
    check(&policies, object, &inventory);
    inventory.kinds.into_inner().unwrap().into_iter().collect()
}

/// Each listed kind is a watch in PolicyServer, and of a large cluster megabytes in each call.
#[test]
fn workloads_are_listed_only_for_what_is_suspicious() {
    let mut web = deployment("web", 3);
    web["spec"]["template"]["spec"]["containers"][0]["ports"] = json!([{"name": "http", "containerPort": 8080}]);
    let service = |port: Value| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": web["spec"]["selector"]["matchLabels"], "ports": [{"port": 80, "targetPort": port}]}})
    };
    let budget = |name: &str, amount: Value| {
        let mut budget = budget(name, &amount);
        let spec = budget["spec"].as_object_mut().unwrap();
        let amount = spec.remove("minAvailable").unwrap();
        spec.insert("maxUnavailable".to_owned(), amount);
        budget
    };
    let around = [web.clone(), service(json!("http")), budget("web", json!(1)), budget("api", json!(1))];
    let kinds = ["HorizontalPodAutoscaler", "PodDisruptionBudget", "Service"];
    assert_eq!(listed(&web, &around), kinds);
    assert_eq!(listed(&around[2], &around), ["PodDisruptionBudget"]);
    assert!(listed(&service(json!(8080)), &around).is_empty());

    let misnamed = [web.clone(), service(json!("grpc")), budget("web", json!(0))];
    for object in &misnamed {
        assert!(listed(object, &misnamed).contains(&"Deployment"), "{object}");
    }
    let twice = [web.clone(), budget("web", json!(1)), {
        let mut other = budget("web", json!(2));
        other["metadata"]["name"] = json!("other");
        other
    }];
    assert!(listed(&twice[1], &twice).contains(&"Deployment"));
}

/// For any budget, the fixes lead to one that neither deadlocks nor is thin.
#[test]
fn fixed_budget_neither_deadlocks_nor_is_thin() {
    let policies = policies(&["drain-deadlock", "rounded-disruption-budget", "thin-disruption-budget"], &Value::Null);
    let amounts = || {
        let percent = [0, 1, 33, 50, 65, 75, 99, 100].map(|percent| json!(format!("{percent}%")));
        percent.into_iter().chain([0, 1, 2, 5, 19, 40].map(|count| json!(count)))
    };
    let (mut thin, mut silent) = (0, 0);
    for (least, most) in (1..=20_u32).flat_map(|least| [(least, least), (least, least + 1), (least, least * 3)]) {
        for target in (50..=90).step_by(10) {
            let mut autoscaler = autoscaler("web", least);
            autoscaler["spec"]["maxReplicas"] = json!(most);
            autoscaler["spec"]["metrics"] = json!([{"type": "Resource", "resource":
                {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}}}]);
            let around = [deployment("web", 1), autoscaler].map(Arc::new);
            for (field, amount) in ["minAvailable", "maxUnavailable"]
                .into_iter()
                .flat_map(|field| amounts().map(move |amount| (field, amount)))
            {
                let mut object = budget("web", &Value::Null);
                object["spec"]["minAvailable"] = Value::Null;
                object["spec"][field] = amount;
                let objects = around.iter().cloned().chain([Arc::new(object.clone())]).collect();
                let inventory = Objects::new(objects, true);
                let review = Review {
                    object: &object,
                    old_object: None,
                    operation: Operation::Create,
                    namespace: None,
                    sent_as: None,
                    requested_by: None,
                    inventory: &inventory,
                    today: Date::from_days_since_1970(0),
                    honor_annotations: false,
                };
                let before = evaluate(&policies, &review);
                let found = |report: &Report, id: &str| report.findings.iter().any(|finding| finding.metadata.id == id);
                thin += usize::from(found(&before, "thin-disruption-budget"));
                silent += usize::from(before.findings.is_empty());
                let fixed = fix(&policies, &review, &|_| Some(Applicability::Unsafe));
                let left: Vec<&str> = fixed.report.findings.iter().map(|finding| finding.message.as_str()).collect();
                assert!(left.is_empty(), "{least} to {most} pods at {target}%: {object} to {}: {left:?}", fixed.object);
            }
        }
    }
    assert!(thin > 1_000 && silent > 1_000, "{thin} thin, {silent} silent");
}

/// All objects share a label: a look-up by that label would return all of them each time.
#[test]
fn indexes_handle_twenty_thousand_objects_of_each_kind() {
    let count = 20_000;
    let objects: Vec<Arc<Value>> = (0..count)
        .map(|index| format!("web-{index}"))
        .flat_map(|name| [deployment(&name, 2), autoscaler(&name, 3), budget(&name, &json!("75%"))])
        .map(Arc::new)
        .collect();
    let policies = policies(LOOKING, &Value::Null);
    let inventory = Objects::new(objects.clone(), true);
    let mut deadlocks = 0;
    for object in &objects {
        let report = check(&policies, object, &inventory);
        assert!(report.errors.is_empty());
        assert!(report.findings.iter().all(|finding| finding.metadata.id != "missing-disruption-budget"));
        deadlocks += report.findings.iter().filter(|finding| finding.metadata.id == "drain-deadlock").count();
    }
    assert_eq!(deadlocks, count);
}

#[test]
fn indexes_handle_network_policies_of_ten_thousand_workloads() {
    let policy = |name: &str| {
        let labels = json!({"app.kubernetes.io/component": "web", "app.kubernetes.io/name": name});
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": "shop"}, "spec": {"podSelector": {"matchLabels": labels}}})
    };
    let named = (0..10_000).map(|index| format!("web-{index}"));
    let objects: Vec<Arc<Value>> = named.flat_map(|name| [deployment(&name, 2), policy(&name)]).map(Arc::new).collect();
    let policies = policies(&["dangling-network-policy", "unisolated-pod"], &Value::Null);
    let inventory = Objects::new(objects.clone(), true);
    for object in &objects {
        let report = check(&policies, object, &inventory);
        assert!(report.errors.is_empty() && report.findings.is_empty());
    }
    let report = check(&policies, &policy("nothing"), &inventory);
    assert_eq!(report.findings.len(), 1);
    assert!(report.findings[0].warn_on_create);
}
