//! Who asks: credentials go only to servers that have proved who they are.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::Config;
use kube::config::{AuthInfo, ExecConfig};
use serde_json::{Value, json};

use crate::visible;

/// How long an exec plugin may take. Somebody may have to touch a key.
const PLUGIN: Duration = Duration::from_secs(60);
/// How much of its output is read.
const OUTPUT: u64 = 1 << 20;

/// Settles who asks. The error says why the credentials can't be used.
pub(super) fn settle(config: &mut Config) -> Result<(), String> {
    if config.cluster_url.scheme_str() != Some("https") {
        // As kubectl: whoever is on the way could read them.
        config.auth_info = AuthInfo::default();
        return Ok(());
    }
    let auth = &config.auth_info;
    if auth.auth_provider.is_some() {
        return Err("auth-provider has gone from Kubernetes; use an exec plugin".to_owned());
    }
    let tells_secret =
        auth.token.is_some() || auth.token_file.is_some() || auth.password.is_some() || auth.exec.is_some();
    if config.accept_invalid_certs && tells_secret {
        return Err(
            "insecure-skip-tls-verify lets anybody answer, who would get the credentials; set certificate-authority"
                .to_owned(),
        );
    }
    if let Some(exec) = config.auth_info.exec.take() {
        let credential = ask(&exec, PLUGIN).map_err(|reason| format!("its exec plugin {reason}"))?;
        credential.add_to(&mut config.auth_info);
    }
    Ok(())
}

/// What a plugin answers.
#[derive(Debug, Default, PartialEq, Eq)]
struct Credential {
    token: Option<String>,
    /// A certificate and its key.
    certificate: Option<(String, String)>,
}

impl Credential {
    fn add_to(self, auth: &mut AuthInfo) {
        if let Some((certificate, key)) = self.certificate {
            auth.client_certificate_data = Some(STANDARD.encode(certificate));
            auth.client_key_data = Some(STANDARD.encode(key).into());
        }
        if let Some(token) = self.token {
            auth.token = Some(token.into());
        }
    }
}

/// Runs a plugin. Nothing of what it prints is repeated, nor its arguments: either may be secret.
fn ask(exec: &ExecConfig, patience: Duration) -> Result<Credential, String> {
    let name = exec.command.as_deref().ok_or("has no command")?;
    let shown = visible::name(name).into_owned();
    let mut command = Command::new(name);
    command.args(exec.args.iter().flatten());
    for variable in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    let mut spec = json!({"interactive": false});
    if exec.provide_cluster_info
        && let (Some(fields), Some(cluster)) = (spec.as_object_mut(), &exec.cluster)
    {
        fields.insert("cluster".to_owned(), serde_json::to_value(cluster).unwrap_or_default());
    }
    let info = json!({"apiVersion": exec.api_version, "kind": "ExecCredential", "spec": spec});
    command.env("KUBERNETES_EXEC_INFO", info.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("{shown} cannot be run: {error}"))?;
    let done = wait(&mut child, patience);
    if done.is_err() {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
        let _ = child.wait();
    }
    let output = done.map_err(|reason| format!("{shown} {reason}; run it yourself to see why"))?;
    read(&output).ok_or_else(|| format!("{shown} gives no credential; run it yourself to see why"))
}

fn wait(child: &mut Child, patience: Duration) -> Result<Vec<u8>, String> {
    let late = || format!("has not answered within {} s", patience.as_secs());
    let end = Instant::now() + patience;
    let stdout = child.stdout.take().ok_or("has no output")?;
    let (send, received) = mpsc::channel();
    thread::spawn(move || {
        let mut output = Vec::new();
        let read = stdout.take(OUTPUT).read_to_end(&mut output);
        // Nobody waits any more when it is late.
        let _ = send.send(read.map(|_| output));
    });
    let output = received.recv_timeout(patience).map_err(|_| late())?;
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if Instant::now() > end => return Err(late()),
            None => thread::sleep(Duration::from_millis(10)),
        }
    };
    if !status.success() {
        return Err(format!("has failed ({status})"));
    }
    output.map_err(|error| error.to_string())
}

/// An ExecCredential, as JSON or YAML.
fn read(output: &[u8]) -> Option<Credential> {
    let value: Value = serde_json::from_slice(output).ok().or_else(|| yaml_serde::from_slice(output).ok())?;
    let status = value.get("status")?;
    let text = |key: &str| status.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let certificate = text("clientCertificateData").zip(text("clientKeyData"));
    let credential = Credential { token: text("token"), certificate };
    (credential != Credential::default()).then_some(credential)
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn plugin(script: &str) -> ExecConfig {
        let config = json!({"command": "sh", "args": ["-c", script], "apiVersion": "client.authentication.k8s.io/v1"});
        serde_json::from_value(config).unwrap()
    }

    #[test]
    fn a_plugin_answers_or_is_ended() {
        let minute = Duration::from_secs(60);
        let token = ask(&plugin("echo 'status: {token: xyz}'; echo noise >&2"), minute).unwrap();
        assert_eq!(token, Credential { token: Some("xyz".to_owned()), certificate: None });
        let failed = ask(&plugin("echo s3cr3t; echo s3cr3t >&2; exit 3"), minute).unwrap_err();
        assert!(failed.starts_with("sh has failed (exit status: 3)") && !failed.contains("s3cr3t"), "{failed}");
        assert!(ask(&plugin("echo '{}'"), minute).unwrap_err().contains("gives no credential"));
        let late = ask(&plugin("exec sleep 600"), Duration::from_millis(50)).unwrap_err();
        assert!(late.contains("has not answered"), "{late}");
    }
}
