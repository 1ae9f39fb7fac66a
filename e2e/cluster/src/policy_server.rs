//! policy-server with its policies, behind webhooks as Kubewarden's controller writes them.

use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Map, Value, json};
use ureq::http::Method;

use crate::api::{Api, JSON, agent};
use crate::cluster::{ACCOUNT, Cluster, NAMESPACE};
use crate::policies::{self, Mode, Policy};
use crate::process::{Process, command, free_ports};
use crate::recorder::{Asked, RECORD, is_wanted};
use crate::wait::until;
use crate::{modules_dir, repository};

const VALIDATING: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const MUTATING: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
/// More than a small machine would have by default: see [`PolicyServer::look_up_everything`].
const WORKERS: usize = 8;
/// How often a look-up is tried.
const LOOK_UPS: usize = 3;
const PART_OF: &str = "app.kubernetes.io/part-of";

/// A running policy-server.
pub struct PolicyServer<'a> {
    cluster: &'a Cluster,
    process: Process,
    port: u16,
    policies: Vec<Policy>,
}

impl<'a> PolicyServer<'a> {
    /// Starts policy-server with these policies, as its service account, which may read what their `rbac.yaml` grant.
    /// No webhook calls it yet.
    ///
    /// # Errors
    /// When it doesn't start.
    pub fn start(cluster: &'a Cluster, policies: Vec<Policy>) -> anyhow::Result<PolicyServer<'a>> {
        let folder = cluster.folder().join("policy-server");
        std::fs::create_dir_all(&folder)?;
        let config = cluster.account_config(NAMESPACE, ACCOUNT)?;
        grant(cluster, &policies)?;
        let file = |name: &str, text: &str| -> anyhow::Result<String> {
            let path = folder.join(name);
            std::fs::write(&path, text)?;
            Ok(path.display().to_string())
        };
        let identity = cluster.authority.server()?;
        let [port, readiness] = free_ports()?;
        let entries: Map<String, Value> =
            policies.iter().map(|policy| (policy.unique_name(), entry(policy, &modules_dir()))).collect();
        let mut command = command("policy-server", &folder)?;
        command.env("KUBECONFIG", config);
        // JSON is YAML.
        command.args(["--policies", &file("policies.yml", &Value::Object(entries).to_string())?]);
        command.args(["--sources-path", &file("sources.yml", "{}")?]);
        command.args(["--cert-file", &file("tls.crt", &identity.certificate)?]);
        command.args(["--key-file", &file("tls.key", &identity.key)?]);
        command.args(["--addr", "127.0.0.1", "--port", &port.to_string()]);
        command.args(["--readiness-probe-port", &readiness.to_string()]);
        command.args(["--workers", &WORKERS.to_string()]);
        // The default of two seconds would measure what else the machine does.
        command.args(["--policy-timeout", "8"]);
        let mut process = Process::run("policy-server", cluster.folder(), &mut command)?;
        // It compiles all modules before it listens.
        until("policy-server listens", || {
            process.check()?;
            Ok(TcpStream::connect(("127.0.0.1", port)).ok())
        })?;
        let server = PolicyServer { cluster, process, port, policies };
        server.look_up_everything()?;
        Ok(server)
    }

    /// Has policy-server start its watches, by the requests whose look-ups are recorded. The first look-up of a kind may hang and
    /// take a worker with it (kubewarden/adm-controller#1320), which is an error of the server and would be taken for a module's.
    fn look_up_everything(&self) -> anyhow::Result<()> {
        let agent = agent(&self.cluster.authority, None)?;
        let mut unanswered = 0;
        for module in policies::ids()? {
            let path = repository().join("policies").join(&module).join("session-request.json");
            let Ok(request) = std::fs::read_to_string(path) else { continue };
            let request: Value = serde_json::from_str(&request)?;
            let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request});
            let asked = self.policies.iter().find(|policy| policy.module == module);
            let asked = asked.or_else(|| self.policies.iter().find(|policy| policy.module == "suite"));
            let Some(policy) = asked else { continue };
            // As long as the API server would wait.
            let tries = (0..LOOK_UPS).position(|_| {
                let request =
                    agent.post(self.url(policy)).config().timeout_global(Some(Duration::from_secs(10))).build();
                request.send_json(&review).is_ok_and(|answer| answer.status() == 200)
            });
            unanswered += tries.with_context(|| format!("{module} can't look anything up"))?;
        }
        if unanswered > 0 {
            println!("policy-server left {unanswered} first look-ups without an answer");
        }
        Ok(())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Writes down, if that is wanted, what the API server sends for a namespace from the next [`Self::enforce`] on, and what the
    /// chosen policies answer. Afterwards [`Self::recorded`] has to be called.
    ///
    /// # Errors
    /// When the cluster's objects can't be read.
    pub fn record(&self, namespace: &str, chosen: impl Fn(&Policy) -> bool) -> anyhow::Result<()> {
        if !is_wanted() {
            return Ok(());
        }
        // What the policies may look up, in the form in which the API server would list it.
        let kinds = "namespace,deployments,statefulsets,daemonsets,cronjobs,hpa,ingresses,networkpolicies,pdb,configmaps,\
                     limitranges,pvc,resourcequotas,secrets,services,serviceaccounts";
        let list = self.cluster.kubectl.run(&format!("get -n {namespace} {kinds} -o json"))?.ok()?.out;
        let list: Value = serde_json::from_str(&list)?;
        let mut objects = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        objects.retain(|object| {
            let of = |path: &str| object.pointer(path) == Some(&json!(namespace));
            of("/metadata/namespace") || of("/metadata/name")
        });
        for object in &mut objects {
            if let Some(fields) = object.as_object_mut() {
                fields.remove("status");
            }
        }
        let asked = self.policies.iter().filter(|policy| policy.module != "suite" && chosen(policy));
        let asked = asked.map(|policy| Asked { id: policy.module.clone(), url: self.url(policy) }).collect();
        self.cluster.recorder.begin(namespace, objects, asked);
        Ok(())
    }

    /// Writes what was recorded to `e2e/reviews`.
    ///
    /// # Errors
    /// When nothing was.
    pub fn recorded(&self, sequence: &str) -> anyhow::Result<()> {
        if is_wanted() { self.cluster.recorder.write(sequence) } else { Ok(()) }
    }

    /// A client of it, for who asks in the API server's place.
    ///
    /// # Errors
    /// When a certificate can't be read.
    pub fn client(&self) -> anyhow::Result<Api> {
        Ok(Api::new(format!("https://127.0.0.1:{}", self.port), agent(&self.cluster.authority, None)?))
    }

    fn url(&self, policy: &Policy) -> String {
        format!("https://127.0.0.1:{}/validate/{}", self.port, policy.unique_name())
    }

    /// Has the API server ask the chosen policies and no others, from the next request on.
    ///
    /// # Errors
    /// When the API server doesn't take the webhooks.
    pub fn enforce(&self, chosen: impl Fn(&Policy) -> bool) -> anyhow::Result<()> {
        let Cluster { api, recorder, .. } = self.cluster;
        let all = format!("?labelSelector={PART_OF}%3Dkubewarden");
        api.delete(&format!("{VALIDATING}{all}"), None)?;
        api.delete(&format!("{MUTATING}{all}"), None)?;
        for policy in self.policies.iter().filter(|policy| chosen(policy)) {
            let webhook = Webhook {
                name: &policy.unique_name(),
                mutating: policy.mutating,
                url: self.url(policy),
                rules: policy.rules(),
                failure_policy: "Fail",
                namespaces: "NotIn",
            };
            webhook.install(self.cluster)?;
        }
        let own = |path: &str| format!("https://127.0.0.1:{}{path}", recorder.port);
        if recorder.is_recording() {
            let suite = Policy::new("suite", Mode::Deny)?;
            let (name, url, rules) = ("record", own(RECORD), suite.rules());
            let webhook = Webhook { name, mutating: false, url, rules, failure_policy: "Ignore", namespaces: "NotIn" };
            webhook.install(self.cluster)?;
        }
        // The API server learns of each kind of configuration in the order in which they are written: when it calls the
        // last one, it knows them all. These are for the namespace that is exempt from all others.
        let rules =
            json!([{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["CREATE"]}]);
        let mark = recorder.mark();
        for (kind, mutating) in [("validating", false), ("mutating", true)] {
            let (name, url) = (mark.replace('/', ""), own(&format!("{mark}-{kind}")));
            let (name, rules) = (name.as_str(), &rules);
            let webhook = Webhook { name, mutating, url, rules, failure_policy: "Ignore", namespaces: "In" };
            webhook.install(self.cluster)?;
        }
        let probe = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}});
        until("the API server knows the webhooks", || {
            let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps?dryRun=All");
            api.ask(Method::POST, &path, JSON, Some(&probe))?.ok()?;
            let seen = |kind: &str| recorder.has_seen(&format!("{mark}-{kind}"));
            Ok((seen("validating") && seen("mutating")).then_some(()))
        })
    }
}

/// What calls somebody for some requests.
struct Webhook<'w> {
    name: &'w str,
    mutating: bool,
    url: String,
    rules: &'w Value,
    /// What happens when nobody answers.
    failure_policy: &'w str,
    /// How its namespaces relate to PolicyServer's: all but that one (`NotIn`), or only that one (`In`).
    namespaces: &'w str,
}

impl Webhook<'_> {
    /// Writes it as Kubewarden's controller does.
    fn install(&self, cluster: &Cluster) -> anyhow::Result<()> {
        use base64::Engine;
        let (path, kind) = if self.mutating {
            (MUTATING, "MutatingWebhookConfiguration")
        } else {
            (VALIDATING, "ValidatingWebhookConfiguration")
        };
        let ca = base64::engine::general_purpose::STANDARD.encode(&cluster.authority.certificate);
        let configuration = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": {"name": self.name, "labels": {PART_OF: "kubewarden"}},
            "webhooks": [{
                "name": format!("{}.kubewarden.admission", self.name),
                "clientConfig": {"url": self.url, "caBundle": ca},
                "rules": self.rules,
                "failurePolicy": self.failure_policy,
                "matchPolicy": "Equivalent",
                "namespaceSelector": {"matchExpressions": [
                    {"key": "kubernetes.io/metadata.name", "operator": self.namespaces, "values": [NAMESPACE]},
                ]},
                "sideEffects": "None",
                "timeoutSeconds": 10,
                "admissionReviewVersions": ["v1"],
            }],
        });
        cluster.api.ask(Method::POST, path, JSON, Some(&configuration))?.ok()?;
        Ok(())
    }
}

/// A policy as the controller configures it in policy-server.
fn entry(policy: &Policy, modules: &Path) -> Value {
    json!({
        "namespacedName": {"Namespace": "", "Name": policy.name},
        "module": format!("file://{}", modules.join(format!("{}.wasm", policy.module)).display()),
        "policyMode": "protect",
        "allowedToMutate": policy.mutating,
        "settings": policy.settings,
        "contextAwareResources": policy.metadata.get("contextAwareResources").cloned().unwrap_or_else(|| json!([])),
        "hostCapabilities": ["*"],
    })
}

/// What the policies may look up, and nothing else.
fn grant(cluster: &Cluster, policies: &[Policy]) -> anyhow::Result<()> {
    let mut modules: Vec<&str> = policies.iter().map(|policy| policy.module.as_str()).collect();
    modules.dedup();
    let mut manifests = String::new();
    for module in modules {
        let path = repository().join("policies").join(module).join("rbac.yaml");
        if path.is_file() {
            manifests += &std::fs::read_to_string(path)?;
            manifests += "\n---\n";
        }
    }
    if !manifests.is_empty() {
        cluster.kubectl.apply(&manifests)?.ok()?;
    }
    Ok(())
}
