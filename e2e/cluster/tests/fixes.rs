//! Policies that fix, in a cluster where several tools write the same objects.

use plimsoll_e2e_cluster::cluster::Cluster;
use plimsoll_e2e_cluster::kubectl::Kubectl;
use plimsoll_e2e_cluster::policies::{Mode, Modules, installed};
use plimsoll_e2e_cluster::policy_server::PolicyServer;
use plimsoll_e2e_cluster::repository;
use plimsoll_e2e_cluster::sequence::Sequence;
use plimsoll_e2e_cluster::wait::until;

const WORKLOADS: &str = include_str!("workloads.yaml");

fn fixed(modules: Modules) -> anyhow::Result<()> {
    Cluster::run(|cluster| {
        let server = PolicyServer::start(cluster, installed(modules, Mode::Fix)?)?;
        server.enforce(|_| true)?;
        let mut steps = Sequence::default();
        let kubectl = &cluster.kubectl;
        for (namespace, server_side) in [("by-client", false), ("by-server", true)] {
            kubectl.run(&format!("create namespace {namespace}"))?.ok()?;
            let folder = repository().join("examples");
            for file in ["web-service.yaml", "stateful-set.yaml", "cron-job.yaml", "daemon-set.yaml"] {
                if server_side && file == "cron-job.yaml" {
                    // It sets a variable twice, which server-side apply refuses by itself.
                    continue;
                }
                let text = std::fs::read_to_string(folder.join(file))?;
                // Each example has a namespace of its own.
                let text: String = text
                    .lines()
                    .filter(|line| !line.starts_with("  namespace:"))
                    .fold(String::new(), |text, line| text + line + "\n");
                stays(kubectl, &mut steps, namespace, server_side, file, &text)?;
            }
            stays(kubectl, &mut steps, namespace, server_side, "workloads.yaml", WORKLOADS)?;
        }
        two_managers(kubectl, &mut steps)?;
        steps.end()
    })
}

#[test]
#[ignore = "needs a control plane and policy-server"]
fn what_every_policy_fixed_stays_fixed() -> anyhow::Result<()> {
    fixed(Modules::Each)
}

#[test]
#[ignore = "needs a control plane and policy-server"]
fn what_the_suite_fixed_stays_fixed() -> anyhow::Result<()> {
    fixed(Modules::Suite)
}

/// Applied twice, a manifest makes an object once: what was fixed is fixed in the same way again.
fn stays(
    kubectl: &Kubectl,
    steps: &mut Sequence,
    namespace: &str,
    server_side: bool,
    file: &str,
    manifest: &str,
) -> anyhow::Result<()> {
    let mut apply = vec!["apply", "-n", namespace, "-f", "-"];
    let mut diff = vec!["diff", "-n", namespace, "-f", "-"];
    if server_side {
        apply.push("--server-side");
        diff.push("--server-side");
    }
    if steps.step(file, kubectl.with(&apply, manifest)?.ok()).is_none() {
        return Ok(());
    }
    let specifications = || -> anyhow::Result<String> {
        Ok(kubectl
            .with(
                &["get", "-n", namespace, "-f", "-", "-o", "jsonpath={range .items[*]}{.spec}{\"\\n\"}{end}"],
                manifest,
            )?
            .ok()?
            .out)
    };
    until("the autoscalers have what they want at least", || settled(kubectl, namespace))?;
    let before = specifications()?;
    for arguments in [&apply, &diff, &apply] {
        let printed = kubectl.with(arguments, manifest)?;
        if printed.code != Some(0) || (arguments == &diff && !printed.out.is_empty()) {
            steps.fail(&format!("{file}: kubectl {}\n{}{}", printed.command, printed.out, printed.err));
        }
    }
    let after = specifications()?;
    if before != after {
        steps.fail(&format!("{file} in {namespace}: \n{before}\nbecame\n{after}"));
    }
    Ok(())
}

/// Autoscalers change the number of replicas by themselves.
fn settled(kubectl: &Kubectl, namespace: &str) -> anyhow::Result<Option<()>> {
    let field = |of: &str, field: &str| -> anyhow::Result<String> {
        Ok(kubectl.run(&format!("get -n {namespace} {of} -o jsonpath={{{field}}}"))?.ok()?.out)
    };
    let autoscalers = kubectl.run(&format!("get -n {namespace} hpa -o name"))?.ok()?.out;
    for autoscaler in autoscalers.lines() {
        let target = [field(autoscaler, ".spec.scaleTargetRef.kind")?, field(autoscaler, ".spec.scaleTargetRef.name")?]
            .join("/");
        let minimum: u32 = field(autoscaler, ".spec.minReplicas")?.parse()?;
        let replicas = field(&target, ".spec.replicas")?;
        if replicas.parse::<u32>()? < minimum {
            return Ok(None);
        }
    }
    Ok(Some(()))
}

/// One tool has the workload, another one its number of replicas.
fn two_managers(kubectl: &Kubectl, steps: &mut Sequence) -> anyhow::Result<()> {
    kubectl.run("create namespace shared")?.ok()?;
    let apply = |manager: &str, manifest: &str| {
        let manager = format!("--field-manager={manager}");
        kubectl.with(&["apply", "-n", "shared", "--server-side", &manager, "-f", "-"], manifest)
    };
    let workload = r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {
        "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
        "containers": [{"name": "web", "image": "registry.example.com/shop/web:1.2.3", "ports": [{"containerPort": 8080}]}]}}}}"#;
    let replicas =
        r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 4}}"#;
    steps.step("the first manager", apply("one", workload)?.ok());
    steps.step("the second manager", apply("two", replicas)?.ok());
    let state = || -> anyhow::Result<String> {
        Ok(kubectl.run("get -n shared deployment/web -o jsonpath={.metadata.generation}:{.spec.replicas}")?.ok()?.out)
    };
    let before = state()?;
    for (manager, manifest) in [("one", workload), ("two", replicas), ("one", workload)] {
        steps.step("a manager again", apply(manager, manifest)?.ok());
    }
    let after = state()?;
    if before != after || !after.ends_with(":4") {
        steps.fail(&format!("generation and replicas: {before} became {after}"));
    }
    Ok(())
}
