//! A service as Plimsoll would have it, in a cluster with every policy and the suite: nobody says a word.

use anyhow::Context;
use plimsoll_e2e_cluster::cluster::Cluster;
use plimsoll_e2e_cluster::kubectl::Kubectl;
use plimsoll_e2e_cluster::policies::{Mode, Modules, Policy, installed};
use plimsoll_e2e_cluster::policy_server::PolicyServer;
use plimsoll_e2e_cluster::repository;
use plimsoll_e2e_cluster::sequence::Sequence;
use plimsoll_e2e_cluster::wait::until;

/// Another build of the example's image.
const NEXT_IMAGE: &str = "registry.example.com/parcels/quotes:3.8.2@sha256:\
                          0d1c8f6f3a0e6e5d4c7b2a19080f7e6d5c4b3a29180f7e6d5c4b3a29180f7e6d";

#[test]
#[ignore = "needs a control plane and policy-server"]
fn a_right_service_gets_no_warning_in_its_whole_life() -> anyhow::Result<()> {
    Cluster::run(|cluster| {
        let mut policies = Vec::new();
        for mode in [Mode::Deny, Mode::Warn] {
            policies.extend(installed(Modules::Each, mode)?);
            policies.extend(installed(Modules::Suite, mode)?);
        }
        // What no profile has isn't for everybody.
        policies.retain(|policy| policy.is_in_a_profile);
        let server = PolicyServer::start(cluster, policies)?;
        let mut sequence = Sequence::default();
        for mode in [Mode::Deny, Mode::Warn] {
            let chosen = |policy: &Policy| policy.name.ends_with(&format!("-{}", mode.name()));
            if mode == Mode::Deny {
                server.record("parcels", chosen)?;
            }
            server.enforce(chosen)?;
            let mut steps = Sequence::default();
            life(cluster, mode, &mut steps)?;
            if mode == Mode::Deny {
                server.recorded("service")?;
            }
            sequence.step(mode.name(), steps.end());
        }
        sequence.end()
    })
}

fn life(cluster: &Cluster, mode: Mode, steps: &mut Sequence) -> anyhow::Result<()> {
    let kubectl = &cluster.kubectl;
    let file = repository().join("examples/model-service.yaml");
    // Kubernetes' own warnings count as well.
    let first = kubectl.apply_file(&file)?.ok()?;
    if first.err.contains("Warning:") {
        steps.fail(&first.err);
    }
    rolled_out(kubectl)?;
    // Pods can't start without it: Kubernetes puts it into every namespace.
    let certificates = until("the namespace has the cluster's certificate", || {
        cluster.api.get("/api/v1/namespaces/parcels/configmaps/kube-root-ca.crt")
    });
    steps.step("what Kubernetes itself creates", certificates);
    ready(kubectl, 3)?;
    let generations = || -> anyhow::Result<String> {
        let fields = "-o jsonpath={.items[*].metadata.generation}";
        Ok(kubectl.run(&format!("get -f {} {fields}", file.display()))?.ok()?.out)
    };
    let before = generations()?;
    let again = kubectl.apply_file(&file)?.ok()?;
    let after = generations()?;
    // For some kinds kubectl sends a patch that changes nothing, and says "configured".
    if before != after || again.err.contains("Warning:") {
        steps.fail(&format!("applied again: generations {before} became {after}\n{}{}", again.out, again.err));
    }
    let difference = kubectl.run(&format!("diff -f {}", file.display()))?;
    if difference.code != Some(0) || !difference.out.is_empty() {
        steps.fail(&format!("diff: {}{}", difference.out, difference.err));
    }

    if mode == Mode::Deny {
        changes(cluster, steps)?;
    }
    steps.silent(kubectl, "delete namespace parcels --wait=false");
    until("the namespace is gone", || Ok(cluster.api.get("/api/v1/namespaces/parcels")?.is_none().then_some(())))
        .context("deletion of the namespace")
}

/// What happens to a service in its time.
fn changes(cluster: &Cluster, steps: &mut Sequence) -> anyhow::Result<()> {
    let kubectl = &cluster.kubectl;
    // A release, and back.
    for command in [
        &format!("set image -n parcels deployment/quotes quotes={NEXT_IMAGE}"),
        "rollout undo -n parcels deployment/quotes",
        "rollout restart -n parcels deployment/quotes",
        r#"patch -n parcels hpa/quotes --type=merge -p {"spec":{"minReplicas":5}}"#,
    ] {
        steps.silent(kubectl, command);
        let whole = rolled_out(kubectl);
        steps.step(command, whole);
    }
    let scaled = ready(kubectl, 5);
    steps.step("autoscaler", scaled);

    // A node is drained: the budget lets the pods go one after the other, and they come back elsewhere.
    let pod = kubectl.run("get -n parcels pods -o jsonpath={.items[0].spec.nodeName}")?.ok()?.out;
    steps.silent(kubectl, &format!("drain {pod} --ignore-daemonsets --delete-emptydir-data --timeout=300s"));
    let whole = rolled_out(kubectl);
    steps.step("after the drain", whole);
    steps.silent(kubectl, &format!("uncordon {pod}"));

    // A change that makes it worse.
    let worse = r#"{"spec":{"template":{"spec":{"containers":[{"name":"quotes","readinessProbe":null}]}}}}"#;
    let worse = kubectl.run(&format!("patch -n parcels deployment/quotes --type=strategic -p {worse}"))?;
    steps.step("without a readiness probe", worse.refused());
    Ok(())
}

fn rolled_out(kubectl: &Kubectl) -> anyhow::Result<()> {
    kubectl.run("rollout status -n parcels deployment/quotes --timeout=300s")?.ok()?;
    Ok(())
}

/// Waits until the autoscaler has made this many pods ready.
fn ready(kubectl: &Kubectl, replicas: u32) -> anyhow::Result<()> {
    until(&format!("{replicas} pods are ready"), || {
        let ready = kubectl.run("get -n parcels deployment/quotes -o jsonpath={.status.readyReplicas}")?.ok()?;
        Ok((ready.out == replicas.to_string()).then_some(()))
    })
}
