//! The control plane.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::http::Method;

use crate::api::{Api, JSON, agent};
use crate::certificates::{Authority, Identity, token_keys};
use crate::kubectl::Kubectl;
use crate::kubelet::Kubelet;
use crate::process::{Process, free_ports};
use crate::recorder::Recorder;
use crate::wait::until;

/// The namespace and the service account of PolicyServer, as the policies' `rbac.yaml` have them.
pub const NAMESPACE: &str = "kubewarden";
/// The account of PolicyServer.
pub const ACCOUNT: &str = "policy-server";

/// A running cluster.
///
/// Its parts stop in the order in which they stand here.
pub struct Cluster {
    state: State,
    _kubelet: Kubelet,
    _processes: Vec<Process>,
    /// What the API server sends here, beside policy-server.
    pub recorder: Recorder,
    /// The API server, asked as an administrator.
    pub api: Api,
    /// kubectl, as an administrator.
    pub kubectl: Kubectl,
    /// Who signs certificates.
    pub authority: Authority,
    folder: Folder,
}

impl Cluster {
    /// Starts a cluster, and returns when it has nodes.
    ///
    /// # Errors
    /// When a program is absent or doesn't start.
    pub fn start() -> anyhow::Result<Cluster> {
        let folder = Folder::new()?;
        let authority = Authority::new()?;
        let mut processes = Vec::new();
        let url = control_plane(folder.path(), &authority, &mut processes)?;

        let administrator = authority.client("administrator", Some("system:masters"))?;
        let api = Api::new(url.clone(), agent(&authority, Some(&administrator))?);
        let kubectl = Kubectl {
            folder: folder.path().to_owned(),
            config: kubeconfig(folder.path(), "administrator", &url, &authority, &user_of(&administrator))?,
        };
        until("the API server is ready", || {
            processes.iter_mut().try_for_each(Process::check)?;
            let answer = api.ask(Method::GET, "/readyz", JSON, None);
            Ok(answer.ok().filter(|answer| answer.status == 200).map(drop))
        })?;
        controllers(folder.path(), &url, &authority, &mut processes)?;
        for namespace in [NAMESPACE, "kube-node-lease"] {
            let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
            api.create("/api/v1/namespaces", &object)?;
        }
        let kubelet = Kubelet::start(api.clone(), folder.path())?;
        let recorder = Recorder::start(&authority)?;
        let state = State { kubectl: kubectl.clone(), failed: false };
        let cluster =
            Cluster { state, _kubelet: kubelet, _processes: processes, recorder, api, kubectl, authority, folder };
        cluster.account("default", "default")?;
        Ok(cluster)
    }

    /// Starts a cluster and plays a sequence on it. If that fails, the logs are kept.
    ///
    /// # Errors
    /// When the cluster doesn't start, or the sequence fails.
    pub fn run(sequence: impl FnOnce(&Cluster) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut cluster = Cluster::start()?;
        let result = sequence(&cluster);
        cluster.state.failed = result.is_err();
        cluster.folder.failed = result.is_err();
        result
    }

    /// Where the logs are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration of a client that is a service account.
    ///
    /// # Errors
    /// When there is no token for it.
    pub fn account_config(&self, namespace: &str, name: &str) -> anyhow::Result<PathBuf> {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        let metadata = json!({"name": name, "namespace": namespace});
        self.api.create(&path, &json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}))?;
        let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"expirationSeconds": 86400}});
        let answer = self.api.ask(Method::POST, &format!("{path}/{name}/token"), JSON, Some(&request))?.ok()?;
        let token = answer.pointer("/status/token").context("no token")?;
        kubeconfig(self.folder(), name, &self.api.url, &self.authority, &json!({ "token": token }))
    }

    /// Waits for a service account, without which the API server refuses pods.
    ///
    /// # Errors
    /// When it doesn't come.
    pub fn account(&self, namespace: &str, name: &str) -> anyhow::Result<()> {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}");
        until(&format!("{namespace} has the service account {name}"), || Ok(self.api.get(&path)?.map(drop)))
    }
}

fn control_plane(folder: &Path, authority: &Authority, processes: &mut Vec<Process>) -> anyhow::Result<String> {
    let [etcd, peers, port] = free_ports()?;
    let data = folder.join("etcd");
    let arguments = [
        "--unsafe-no-fsync".to_owned(),
        format!("--data-dir={}", data.display()),
        format!("--listen-client-urls=http://127.0.0.1:{etcd}"),
        format!("--advertise-client-urls=http://127.0.0.1:{etcd}"),
        format!("--listen-peer-urls=http://127.0.0.1:{peers}"),
        format!("--initial-advertise-peer-urls=http://127.0.0.1:{peers}"),
        format!("--initial-cluster=default=http://127.0.0.1:{peers}"),
    ];
    processes.push(Process::start("etcd", folder, &arguments)?);

    let (signing, public) = token_keys()?;
    let server = authority.server()?;
    let file = |name: &str, text: &str| -> anyhow::Result<String> {
        let path = folder.join(name);
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    };
    let arguments = [
        format!("--etcd-servers=http://127.0.0.1:{etcd}"),
        "--bind-address=127.0.0.1".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        // Loopback can't be an endpoint of a Service.
        "--endpoint-reconciler-type=none".to_owned(),
        format!("--secure-port={port}"),
        format!("--tls-cert-file={}", file("apiserver.crt", &server.certificate)?),
        format!("--tls-private-key-file={}", file("apiserver.key", &server.key)?),
        format!("--client-ca-file={}", file("ca.crt", &authority.certificate)?),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-key-file={}", file("tokens.pub", &public)?),
        format!("--service-account-signing-key-file={}", file("tokens.key", &signing)?),
        "--authorization-mode=Node,RBAC".to_owned(),
        "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
        "--allow-privileged=true".to_owned(),
        "--profiling=false".to_owned(),
    ];
    processes.push(Process::start("kube-apiserver", folder, &arguments)?);
    Ok(format!("https://127.0.0.1:{port}"))
}

fn controllers(folder: &Path, url: &str, authority: &Authority, processes: &mut Vec<Process>) -> anyhow::Result<()> {
    let config = |user: &str| -> anyhow::Result<String> {
        let identity = authority.client(user, None)?;
        Ok(kubeconfig(folder, user, url, authority, &user_of(&identity))?.display().to_string())
    };
    let manager = [
        format!("--kubeconfig={}", config("system:kube-controller-manager")?),
        // Each controller as a user of its own, as kubeadm and the managed clusters have it.
        "--use-service-account-credentials=true".to_owned(),
        format!("--service-account-private-key-file={}", folder.join("tokens.key").display()),
        format!("--root-ca-file={}", folder.join("ca.crt").display()),
        "--leader-elect=false".to_owned(),
        "--secure-port=0".to_owned(),
        "--horizontal-pod-autoscaler-sync-period=1s".to_owned(),
    ];
    processes.push(Process::start("kube-controller-manager", folder, &manager)?);
    let scheduler = [
        format!("--kubeconfig={}", config("system:kube-scheduler")?),
        "--leader-elect=false".to_owned(),
        "--secure-port=0".to_owned(),
    ];
    processes.push(Process::start("kube-scheduler", folder, &scheduler)?);
    Ok(())
}

fn user_of(identity: &Identity) -> Value {
    use base64::Engine;
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    json!({"client-certificate-data": encode(&identity.certificate), "client-key-data": encode(&identity.key)})
}

fn kubeconfig(folder: &Path, name: &str, url: &str, authority: &Authority, user: &Value) -> anyhow::Result<PathBuf> {
    use base64::Engine;
    let ca = base64::engine::general_purpose::STANDARD.encode(&authority.certificate);
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "e2e",
        "clusters": [{"name": "e2e", "cluster": {"server": url, "certificate-authority-data": ca}}],
        "users": [{"name": "e2e", "user": user}],
        "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "e2e"}}],
    });
    let path = folder.join(format!("{}.kubeconfig", name.replace(':', "-")));
    // JSON is YAML.
    std::fs::write(&path, config.to_string())?;
    Ok(path)
}

/// Writes down what was there, if the test fails.
struct State {
    kubectl: Kubectl,
    failed: bool,
}

impl Drop for State {
    fn drop(&mut self) {
        if !self.failed && !std::thread::panicking() {
            return;
        }
        let objects = self.kubectl.run("get -A -o wide all,hpa,pdb,pvc,pv,nodes,namespaces");
        let events = self.kubectl.run("get -A events --sort-by=.metadata.creationTimestamp");
        for (name, printed) in [("objects.txt", objects), ("events.txt", events)] {
            // It is help for whoever reads the logs, and the test has failed anyway.
            let _ = printed.map(|printed| std::fs::write(self.kubectl.folder.join(name), printed.out + &printed.err));
        }
    }
}

/// The folder with the logs: kept when the test fails.
struct Folder {
    folder: Option<TempDir>,
    failed: bool,
}

impl Folder {
    fn new() -> anyhow::Result<Folder> {
        let folder = tempfile::Builder::new().prefix("plimsoll-e2e-").tempdir()?;
        Ok(Folder { folder: Some(folder), failed: false })
    }

    fn path(&self) -> &Path {
        self.folder.as_ref().map_or(Path::new("."), TempDir::path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.failed && !std::thread::panicking() {
            return;
        }
        if let Some(folder) = self.folder.take() {
            let path = folder.keep();
            // The largest part, and of no use.
            let _ = std::fs::remove_dir_all(path.join("etcd"));
            eprintln!("logs: {}", path.display());
        }
    }
}
