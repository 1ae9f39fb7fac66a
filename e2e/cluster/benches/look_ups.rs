//! What look-ups cost in a real cluster, by cluster and by namespace: the figures of docs/performance.md.
//!
//! `make bench-cluster`. `NAMESPACES` (300) get the objects of examples/model-service.yaml; then `OBJECTS` (4000) Deployments,
//! autoscalers and budgets are there.

#![allow(clippy::print_stdout, reason = "figures are printed")]

use std::time::{Duration, Instant};

use anyhow::Context;
use plimsoll_bench::service;
use plimsoll_e2e_cluster::api::JSON;
use plimsoll_e2e_cluster::cluster::Cluster;
use plimsoll_e2e_cluster::policies::{Mode, Policy};
use plimsoll_e2e_cluster::policy_server::PolicyServer;
use plimsoll_e2e_cluster::repository;
use serde_json::{Value, json};
use ureq::http::Method;

/// How many calls a median is of.
const CALLS: usize = 41;

fn main() -> anyhow::Result<()> {
    let (namespaces, objects) = (number("NAMESPACES", 300)?, number("OBJECTS", 4000)?);
    for lookups in ["cluster", "namespace"] {
        Cluster::run(|cluster| {
            println!("\nlookups: {lookups}");
            let before = watches(cluster)?;
            let server = PolicyServer::start(cluster, vec![suite(lookups)?])?;
            server.enforce(|_| true)?;
            apply(cluster, namespaces)?;
            println!("  watches: {}", watches(cluster)?.saturating_sub(before));
            println!("  policy-server: {} MB", memory(server.id())?);
            server.enforce(|_| false)?;
            fill(cluster, objects)?;
            calls(&server, objects)?;
            println!("  policy-server: {} MB", memory(server.id())?);
            Ok(())
        })?;
    }
    Ok(())
}

fn number(name: &str, default: usize) -> anyhow::Result<usize> {
    std::env::var(name).map_or(Ok(default), |text| text.parse().with_context(|| name.to_owned()))
}

fn suite(lookups: &str) -> anyhow::Result<Policy> {
    let mut suite = Policy::new("suite", Mode::Deny)?;
    suite.settings = json!({"profile": "production", "lookups": lookups});
    Ok(suite)
}

/// Creates the objects of the example in namespaces of their own, and says how long requests took.
fn apply(cluster: &Cluster, namespaces: usize) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(repository().join("examples/model-service.yaml"))?;
    let start = Instant::now();
    let (mut slow, mut refused, mut slowest) = (0, 0, Duration::ZERO);
    for namespace in 0..namespaces {
        let name = format!("parcels-{namespace}");
        for document in text.split("\n---\n") {
            let object: Value = yaml_serde::from_str(&document.replace("parcels", &name))?;
            let Some(path) = path(&object, &name) else { continue };
            let asked = Instant::now();
            let answer = cluster.api.ask(Method::POST, &path, JSON, Some(&object))?;
            let took = asked.elapsed();
            if answer.status >= 300 {
                refused += 1;
                println!("  {path}: {}: {}", answer.status, answer.body);
            }
            if start.elapsed() > Duration::from_secs(60) {
                slowest = slowest.max(took);
                slow += usize::from(took > Duration::from_secs(1));
            }
        }
    }
    let each = start.elapsed().as_secs_f64() / namespaces.max(1) as f64;
    println!("  {namespaces} namespaces: {each:.2} s each; {refused} requests refused");
    println!("  after the first minute: {slow} requests above 1 s, the slowest {} ms", slowest.as_millis());
    Ok(())
}

/// Where objects of this kind are created.
fn path(object: &Value, namespace: &str) -> Option<String> {
    let (version, kind) = (object.get("apiVersion")?.as_str()?, object.get("kind")?.as_str()?);
    let root = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
    let plural = match kind {
        "Namespace" => return Some(format!("{root}/namespaces")),
        "PriorityClass" => return Some(format!("{root}/priorityclasses")),
        "NetworkPolicy" => "networkpolicies".to_owned(),
        _ => kind.to_lowercase() + "s",
    };
    Some(format!("{root}/namespaces/{namespace}/{plural}"))
}

/// The watches that the API server serves.
fn watches(cluster: &Cluster) -> anyhow::Result<usize> {
    let metrics = cluster.api.ask(Method::GET, "/metrics", JSON, None)?.ok()?;
    let lines = metrics.as_str().context("no metrics")?.lines();
    let lines =
        lines.filter(|line| line.starts_with("apiserver_longrunning_requests") && line.contains("verb=\"WATCH\""));
    Ok(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).sum())
}

/// The resident memory of a process, in megabytes.
fn memory(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1000)
}

/// Creates Deployments without pods, each with an autoscaler and a budget, forty to a namespace.
fn fill(cluster: &Cluster, objects: usize) -> anyhow::Result<()> {
    let start = Instant::now();
    for number in 0..objects {
        let namespace = format!("full-{}", number / 40);
        if number % 40 == 0 {
            let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
            cluster.api.create("/api/v1/namespaces", &object)?;
        }
        for object in service(&namespace, &format!("web-{number}")) {
            let path = path(&object, &namespace).context("no path")?;
            cluster.api.create(&path, &object)?;
        }
    }
    println!("  {objects} Deployments, autoscalers and budgets created in {} s", start.elapsed().as_secs());
    Ok(())
}

/// Asks policy-server about one Deployment and one budget of a full namespace, as an API server does.
fn calls(server: &PolicyServer<'_>, objects: usize) -> anyhow::Result<()> {
    let [mut deployment, _, budget] = service("full-0", "web-0");
    if let Some(replicas) = deployment.pointer_mut("/spec/replicas") {
        *replicas = json!(3);
    }
    for (group, version, resource, object) in
        [("apps", "v1", "deployments", deployment), ("policy", "v1", "poddisruptionbudgets", budget)]
    {
        let kind = object.get("kind").cloned().unwrap_or_default();
        let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
            "uid": "1", "kind": {"group": group, "version": version, "kind": kind},
            "resource": {"group": group, "version": version, "resource": resource},
            "name": "web-0", "namespace": "full-0", "operation": "CREATE", "object": object, "oldObject": null,
            "dryRun": false, "options": {}, "userInfo": {"username": "jane", "groups": ["system:authenticated"]}}});
        // The first call may start a watch.
        let client = server.client()?;
        let ask = || client.ask(Method::POST, "/validate/clusterwide-suite-deny", JSON, Some(&review))?.ok();
        ask()?;
        let mut times = Vec::new();
        for _ in 0..CALLS {
            let asked = Instant::now();
            ask()?;
            times.push(asked.elapsed());
        }
        times.sort();
        let at = |position: usize| times.get(position).copied().unwrap_or_default().as_secs_f64() * 1000.0;
        let kind = kind.as_str().unwrap_or_default();
        println!(
            "  a call of the suite about a {kind}, {objects} of each kind: {:.1} ms in the median, {:.1} ms at p95",
            at(CALLS / 2),
            at(CALLS * 19 / 20)
        );
    }
    Ok(())
}
