//! policy-server with the shipped modules.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use plimsoll_e2e_cluster::process::{Process, command, free_ports};
use plimsoll_e2e_cluster::wait::until;
use plimsoll_host::ModuleMetadata;
use serde_json::{Map, Value, json};

use crate::modules_dir;
use crate::stand_in::ApiServer;

/// A running policy-server.
pub struct PolicyServer {
    process: Process,
    folder: PathBuf,
    port: u16,
    readiness: u16,
    workers: usize,
}

/// A policy as Kubewarden's controller configures it: it may read and call what its module declares, and change objects.
///
/// # Errors
/// When the module is not there, or has no metadata.
pub fn policy(id: &str, settings: &Value) -> anyhow::Result<Value> {
    policy_of(&modules_dir().join(format!("{id}.wasm")), settings)
}

/// The same of any module.
///
/// # Errors
/// When it is not there, or has no metadata.
pub fn policy_of(module: &Path, settings: &Value) -> anyhow::Result<Value> {
    let path = std::path::absolute(module)?;
    let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let metadata = ModuleMetadata::of_module(&bytes)?.context("no metadata")?;
    Ok(json!({
        "module": format!("file://{}", path.display()),
        "policyMode": "protect",
        "allowedToMutate": true,
        "settings": settings,
        "contextAwareResources": metadata.context_aware_resources,
        "hostCapabilities": metadata.host_capabilities.unwrap_or_default(),
    }))
}

impl PolicyServer {
    /// Starts policy-server with these policies, and returns when it answers.
    ///
    /// # Errors
    /// When it doesn't start.
    pub fn start(
        folder: &Path,
        policies: &Map<String, Value>,
        api: &ApiServer,
        workers: usize,
    ) -> anyhow::Result<PolicyServer> {
        // JSON is YAML.
        let file = |name: &str, content: &Value| std::fs::write(folder.join(name), content.to_string());
        file("kubeconfig", &api.kubeconfig())?;
        file("policies.yml", &Value::Object(policies.clone()))?;
        file("sources.yml", &json!({}))?;
        let [port, readiness] = free_ports()?;
        let process = run(folder, port, readiness, workers)?;
        Ok(PolicyServer { process, folder: folder.to_owned(), port, readiness, workers })
    }

    /// Ends the process with a signal, such as `TERM`, and starts it again on the same port. Returns when it answers.
    ///
    /// # Errors
    /// When it doesn't stop or start.
    pub fn restart(&mut self, signal: &str) -> anyhow::Result<()> {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status()?;
        anyhow::ensure!(sent.success(), "kill -s {signal} {id}: {sent}");
        until("policy-server stops", || Ok(self.process.check().is_err().then_some(())))?;
        self.process = run(&self.folder, self.port, self.readiness, self.workers)?;
        Ok(())
    }

    /// Where it listens on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A connection to it, on which answers are waited for at most this long.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn connect(&self, patience: Duration) -> anyhow::Result<Connection> {
        Connection::open(self.port, patience)
    }
}

fn run(folder: &Path, port: u16, readiness: u16, workers: usize) -> anyhow::Result<Process> {
    let mut command = command("policy-server", folder)?;
    command.env("KUBECONFIG", folder.join("kubeconfig"));
    command.args(["--policies", "policies.yml", "--sources-path", "sources.yml"]);
    command.args(["--addr", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--readiness-probe-port", &readiness.to_string()]);
    command.args(["--workers", &workers.to_string(), "--log-level", "warn"]);
    // The default of two seconds would measure what else the machine does.
    command.args(["--policy-timeout", "30"]);
    let mut process = Process::run("policy-server", folder, &mut command)?;
    // It compiles all modules before it listens.
    until("policy-server listens", || {
        process.check()?;
        Ok(TcpStream::connect(("127.0.0.1", port)).ok())
    })?;
    Ok(process)
}

/// A connection over which one request after the other is sent.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Opens one to a port on loopback.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn open(port: u16, patience: Duration) -> anyhow::Result<Connection> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_nodelay(true)?;
        Ok(Connection(BufReader::new(stream)))
    }

    /// The status and the body of an answer.
    ///
    /// # Errors
    /// When there is none in time.
    pub fn post(&mut self, path: &str, body: &str) -> anyhow::Result<(u16, Vec<u8>)> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let stream = self.0.get_mut();
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
        let mut first = String::new();
        self.0.read_line(&mut first)?;
        let status = first.split_whitespace().nth(1).context("no answer")?.parse()?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, body))
    }

    /// What policy-server answers to a request: an AdmissionResponse.
    ///
    /// # Errors
    /// When it doesn't answer, or with something else.
    pub fn ask(&mut self, path: &str, request: &Value) -> anyhow::Result<Value> {
        let (status, body) = self.post(path, &review(request))?;
        anyhow::ensure!(status == 200, "{path}: {status}: {}", String::from_utf8_lossy(&body));
        let mut answer: Value = serde_json::from_slice(&body)?;
        Ok(answer.get_mut("response").context("no response")?.take())
    }
}

/// A request as an API server sends it.
pub fn review(request: &Value) -> String {
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}).to_string()
}
