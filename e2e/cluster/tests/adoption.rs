//! Policies that come to workloads which were there before: nothing that runs is frozen.

use std::collections::BTreeSet;

use anyhow::Context;
use plimsoll_e2e_cluster::api::JSON;
use plimsoll_e2e_cluster::cluster::Cluster;
use plimsoll_e2e_cluster::policies::{Mode, Modules, Policy, installed};
use plimsoll_e2e_cluster::policy_server::PolicyServer;
use plimsoll_e2e_cluster::sequence::Sequence;
use plimsoll_e2e_cluster::wait::until;
use serde_json::{Value, json};
use ureq::http::Method;

/// Workloads as people write them who have never heard of a policy.
const WORKLOADS: &str = include_str!("workloads.yaml");

fn everything(modules: Modules) -> anyhow::Result<()> {
    Cluster::run(|cluster| {
        for mode in Mode::ALL {
            cluster.kubectl.run(&format!("create namespace shop-{}", mode.name()))?.ok()?;
            cluster.kubectl.with(&["apply", "-n", &format!("shop-{}", mode.name()), "-f", "-"], WORKLOADS)?.ok()?;
        }
        let mut policies: Vec<Policy> = Vec::new();
        for mode in Mode::ALL {
            policies.extend(installed(modules, mode)?);
        }
        let server = PolicyServer::start(cluster, policies)?;
        let mut sequence = Sequence::default();
        for mode in Mode::ALL {
            whole(cluster, mode)?;
            let chosen = |policy: &Policy| policy.name.ends_with(&format!("-{}", mode.name()));
            let records = mode == Mode::Deny && modules == Modules::Each;
            if records {
                server.record(&format!("shop-{}", mode.name()), chosen)?;
            }
            server.enforce(chosen)?;
            let mut steps = Sequence::default();
            nothing_is_frozen(cluster, mode, &mut steps)?;
            if records {
                server.recorded("adoption")?;
            }
            sequence.step(mode.name(), steps.end());
        }
        sequence.end()
    })
}

#[test]
#[ignore = "needs a control plane and policy-server"]
fn every_policy_lets_what_runs_run() -> anyhow::Result<()> {
    everything(Modules::Each)
}

#[test]
#[ignore = "needs a control plane and policy-server"]
fn the_suite_lets_what_runs_run() -> anyhow::Result<()> {
    everything(Modules::Suite)
}

/// Waits until every pod that should be there is ready.
fn whole(cluster: &Cluster, mode: Mode) -> anyhow::Result<()> {
    let namespace = format!("shop-{}", mode.name());
    until(&format!("the workloads of {namespace} are whole"), || {
        let list = |resource: &str| cluster.api.list(&format!("/apis/apps/v1/namespaces/{namespace}/{resource}"));
        let number = |object: &Value, path: &str| object.pointer(path).and_then(Value::as_i64).unwrap_or_default();
        let current =
            |object: &Value| number(object, "/status/observedGeneration") == number(object, "/metadata/generation");
        let replicated = [list("deployments")?, list("statefulsets")?].concat().iter().all(|object| {
            current(object)
                && number(object, "/status/readyReplicas") == number(object, "/spec/replicas")
                && number(object, "/status/updatedReplicas") == number(object, "/spec/replicas")
                && number(object, "/status/replicas") == number(object, "/spec/replicas")
        });
        let daemons = list("daemonsets")?.iter().all(|object| {
            let desired = number(object, "/status/desiredNumberScheduled");
            let ready = number(object, "/status/numberReady");
            current(object)
                && desired > 0
                && ready == desired
                && number(object, "/status/updatedNumberScheduled") == desired
        });
        Ok((replicated && daemons).then_some(()))
    })
}

fn pods(cluster: &Cluster, namespace: &str) -> anyhow::Result<BTreeSet<String>> {
    let pods = cluster.api.list(&format!("/api/v1/namespaces/{namespace}/pods"))?;
    let text = |pod: &Value, path: &str| pod.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let workloads = pods.iter().filter(|pod| pod.pointer("/metadata/ownerReferences/0/kind") != Some(&"Job".into()));
    Ok(workloads.map(|pod| text(pod, "/metadata/uid")).collect())
}

/// The claims of a StatefulSet outlive its pods, grow, and come back when they were deleted.
fn volumes(cluster: &Cluster, namespace: &str, steps: &mut Sequence) -> anyhow::Result<()> {
    let (kubectl, n) = (&cluster.kubectl, format!("-n {namespace}"));
    let claim = |name: &str| -> anyhow::Result<Option<Value>> {
        cluster.api.get(&format!("/api/v1/namespaces/{namespace}/persistentvolumeclaims/{name}"))
    };
    let bound = |name: &str, not: Option<&Value>| {
        until(&format!("{name} is bound"), || {
            let found = claim(name)?.filter(|claim| claim.pointer("/status/phase") == Some(&json!("Bound")));
            Ok(found.and_then(|claim| claim.pointer("/metadata/uid").cloned()).filter(|uid| Some(uid) != not))
        })
    };
    let first = bound("data-db-0", None)?;
    let last = bound("data-db-2", None)?;
    let larger = r#"{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}"#;
    steps.silent(kubectl, &format!("patch {n} pvc/data-db-0 --type=merge -p {larger}"));
    for replicas in [2, 3] {
        steps.silent(kubectl, &format!("scale {n} statefulset/db --replicas={replicas}"));
        steps.silent(kubectl, &format!("rollout status {n} statefulset/db --timeout=300s"));
    }
    anyhow::ensure!(bound("data-db-2", None)? == last, "data-db-2 is another claim after scaling");
    // It goes when nobody uses it any more; the controller makes another one, which has no owner.
    steps.silent(kubectl, &format!("delete {n} pvc/data-db-0 --wait=false"));
    steps.silent(kubectl, &format!("delete {n} pod/db-0"));
    bound("data-db-0", Some(&first))?;
    steps.silent(kubectl, &format!("rollout status {n} statefulset/db --timeout=300s"));
    Ok(())
}

/// Evicts the pods of a node as `kubectl drain` does, those of this namespace: three budgets say when each may go.
fn drain(cluster: &Cluster, mode: Mode, steps: &mut Sequence) -> anyhow::Result<()> {
    let (kubectl, namespace) = (&cluster.kubectl, format!("shop-{}", mode.name()));
    let path = format!("/api/v1/namespaces/{namespace}/pods");
    let text = |pod: &Value, path: &str| pod.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let evict = |name: &str| {
        let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace}});
        cluster.api.ask(Method::POST, &format!("{path}/{name}/eviction"), JSON, Some(&eviction))
    };
    // The budget of web lets nobody go: the answer is the budget's, not a policy's.
    let web = cluster.api.list(&format!("{path}?labelSelector=app%3Dweb"))?;
    let node = text(web.first().context("no pod")?, "/spec/nodeName");
    let blocked = evict(&text(web.first().context("no pod")?, "/metadata/name"))?;
    anyhow::ensure!(blocked.status == 429, "{}: {}", blocked.status, blocked.body);
    let better = r#"{"spec":{"minAvailable":null,"maxUnavailable":1}}"#;
    steps.silent(kubectl, &format!("patch -n {namespace} poddisruptionbudget/web --type=merge -p {better}"));

    steps.silent(kubectl, &format!("cordon {node}"));
    let there = cluster.api.list(&format!("{path}?fieldSelector=spec.nodeName%3D{node}"))?;
    let owner = |pod: &Value| text(pod, "/metadata/ownerReferences/0/kind");
    let leaving: Vec<&Value> =
        there.iter().filter(|pod| ["ReplicaSet", "StatefulSet"].contains(&owner(pod).as_str())).collect();
    anyhow::ensure!(!leaving.is_empty(), "no pod on {node}");
    for pod in leaving {
        let name = text(pod, "/metadata/name");
        until(&format!("{name} was evicted"), || {
            let answer = evict(&name)?;
            // The budget allows it as soon as those before it are replaced.
            if answer.status == 429 {
                return Ok(None);
            }
            anyhow::ensure!([201, 404].contains(&answer.status), "{name}: {}: {}", answer.status, answer.body);
            Ok(Some(()))
        })?;
    }
    whole(cluster, mode)?;
    steps.silent(kubectl, &format!("uncordon {node}"));
    Ok(())
}

fn nothing_is_frozen(cluster: &Cluster, mode: Mode, steps: &mut Sequence) -> anyhow::Result<()> {
    let kubectl = &cluster.kubectl;
    let namespace = format!("shop-{}", mode.name());
    let n = format!("-n {namespace}");
    let specification = |of: &str| -> anyhow::Result<String> {
        Ok(kubectl.run(&format!("get {n} {of} -o jsonpath={{.spec}}"))?.ok()?.out)
    };

    // What people change without touching what was wrong.
    let before = specification("deployment/web")?;
    for what in [
        "deployment/web",
        "poddisruptionbudget/web",
        "poddisruptionbudget/db",
        "service/web",
        "statefulset/db",
        "daemonset/agent",
        "cronjob/report",
        "hpa/api",
        "configmap/settings",
        "secret/credentials",
    ] {
        steps.silent(kubectl, &format!("label {n} {what} team=checkout"));
        steps.silent(kubectl, &format!("annotate {n} {what} example.com/ticket=4711"));
        steps.silent(kubectl, &format!("label {n} {what} team=payments --overwrite --dry-run=server"));
    }
    steps.silent(kubectl, &format!("label namespace {namespace} team=checkout"));
    if specification("deployment/web")? != before {
        steps.fail("a label on deployment/web changed its specification");
    }

    // Pods come back.
    let old = pods(cluster, &namespace)?;
    anyhow::ensure!(old.len() >= 12, "{} pods", old.len());
    steps.silent(kubectl, &format!("delete pods {n} --all --wait=false"));
    let back = until("all pods were replaced", || Ok(pods(cluster, &namespace)?.is_disjoint(&old).then_some(())))
        .and_then(|()| whole(cluster, mode));
    steps.step("pods that were deleted", back);

    // Scaling, by people and by the autoscaler.
    for (what, replicas) in [("deployment/web", 7), ("statefulset/db", 3), ("deployment/web", 4)] {
        steps.silent(kubectl, &format!("scale {n} {what} --replicas={replicas}"));
        steps.step(what, whole(cluster, mode));
    }
    steps.silent(kubectl, &format!(r#"patch {n} hpa/api --type=merge -p {{"spec":{{"minReplicas":3}}}}"#));
    let scaled = until("the autoscaler has scaled", || {
        let replicas = kubectl.run(&format!("get {n} deployment/api -o jsonpath={{.status.readyReplicas}}"))?.ok()?.out;
        Ok((replicas == "3").then_some(()))
    });
    steps.step("autoscaler", scaled);

    // Roll-outs.
    for what in ["deployment/web", "statefulset/db", "daemonset/agent"] {
        let old = pods(cluster, &namespace)?;
        steps.silent(kubectl, &format!("rollout restart {n} {what}"));
        steps.silent(kubectl, &format!("rollout status {n} {what} --timeout=300s"));
        steps.step(what, whole(cluster, mode));
        let new = pods(cluster, &namespace)?;
        anyhow::ensure!(!old.is_subset(&new), "{what} was not restarted");
        steps.silent(kubectl, &format!("rollout undo {n} {what}"));
        steps.silent(kubectl, &format!("rollout status {n} {what} --timeout=300s"));
        steps.step(what, whole(cluster, mode));
    }

    // Jobs of a CronJob.
    let finished = until("the CronJob has a Job that is complete", || {
        let jobs = cluster.api.list(&format!("/apis/batch/v1/namespaces/{namespace}/jobs"))?;
        let since = |job: &&Value| job.pointer("/metadata/labels/team").is_none();
        let complete = jobs.iter().filter(since).any(|job| job.pointer("/status/succeeded").is_some());
        Ok(complete.then_some(()))
    });
    steps.step("CronJob", finished);

    // Rotation of a Secret: in place, and by a new one that takes its place.
    let rotated = r#"{"stringData":{"user":"shop-2"}}"#;
    steps.silent(kubectl, &format!("patch {n} secret/credentials --type=merge -p {rotated}"));
    steps.silent(kubectl, &format!("create secret generic {n} credentials-2 --from-literal=user=shop-3"));
    let next = r#"[{"op":"replace","path":"/spec/template/spec/containers/0/envFrom/1/secretRef/name","value":"credentials-2"}]"#;
    steps.silent(kubectl, &format!("patch {n} deployment/web --type=json -p {next}"));
    steps.silent(kubectl, &format!("rollout status {n} deployment/web --timeout=300s"));
    steps.step("a new Secret", whole(cluster, mode));
    steps.silent(kubectl, &format!("delete {n} secret/credentials"));

    let kept = volumes(cluster, &namespace, steps);
    steps.step("volumes", kept);
    let drained = drain(cluster, mode, steps);
    steps.step("drain", drained);

    // Status, finalizers, debugging.
    let pod = kubectl.run(&format!("get {n} pods -l app=web -o name"))?.ok()?.out;
    let pod = pod.lines().next().context("no pod")?;
    steps.silent(kubectl, &format!("annotate {n} {pod} example.com/ticket=4711"));
    let condition = r#"{"status":{"conditions":[{"type":"example.com/Seen","status":"True"}]}}"#;
    steps.silent(kubectl, &format!("patch {n} {pod} --subresource=status --type=strategic -p {condition}"));
    // A container for debugging is new: it is right by itself.
    let custom = cluster.folder().join("debug.json");
    let right = json!({"imagePullPolicy": "IfNotPresent", "securityContext": {"readOnlyRootFilesystem": true,
        "runAsUser": 10001, "runAsGroup": 10001}});
    std::fs::write(&custom, right.to_string())?;
    let debug = format!(
        "debug {n} {pod} --image=registry.example.com/tools/debug:1.2.3@sha256:{} --container=debugger \
         --profile=restricted --custom={} --attach=false -- sleep 60",
        "9b1c8f6f3a0e6e5d4c7b2a19080f7e6d5c4b3a29180f7e6d5c4b3a29180f7e6d",
        custom.display()
    );
    steps.silent(kubectl, &debug);
    for finalizers in [r#"["example.com/wait"]"#, "[]"] {
        let patch = format!(r#"{{"metadata":{{"finalizers":{finalizers}}}}}"#);
        steps.silent(kubectl, &format!("patch {n} deployment/web --type=merge -p {patch}"));
    }
    let patch = r#"{"metadata":{"finalizers":["example.com/wait"]}}"#;
    steps.silent(kubectl, &format!("patch {n} statefulset/db --type=merge -p {patch}"));
    steps.silent(kubectl, &format!("delete {n} statefulset/db --wait=false"));
    steps.silent(kubectl, &format!("patch {n} statefulset/db --type=merge -p {}", r#"{"metadata":{"finalizers":[]}}"#));

    // What is new is checked.
    let create = kubectl.run(&format!("create deployment {n} new --image=nginx"))?;
    let worse = r#"{"spec":{"template":{"spec":{"hostPID":true}}}}"#;
    let worse = kubectl.run(&format!("patch {n} deployment/web --type=strategic -p {worse}"))?;
    for answer in [create, worse] {
        let name = answer.command.clone();
        if mode == Mode::Deny {
            steps.step(&name, answer.refused());
        } else if let Some(printed) = steps.step(&name, answer.ok())
            && mode == Mode::Warn
            && printed.warnings().is_empty()
        {
            steps.fail(&format!("no warning: {name}"));
        }
    }
    if mode == Mode::Fix && specification("deployment/web")?.contains("\"hostPID\":true") {
        steps.fail("hostPID was not fixed");
    }

    steps.silent(kubectl, &format!("delete namespace {namespace} --wait=false"));
    let gone = until(&format!("{namespace} is gone"), || {
        Ok(cluster.api.get(&format!("/api/v1/namespaces/{namespace}"))?.is_none().then_some(()))
    });
    steps.step("deletion of the namespace", gone);
    Ok(())
}
