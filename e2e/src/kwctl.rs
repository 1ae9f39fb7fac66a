//! kwctl, which policies' authors use.

use std::path::{Path, PathBuf};

use plimsoll::policies::POLICIES;
use plimsoll_e2e_cluster::process::command;

use crate::modules_dir;

/// A trust configuration in which nobody is trusted. With one of its own, kwctl doesn't try for a second at each run to fetch
/// Sigstore's.
const TRUST: &str = r#"{
  "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
  "trustedRoot": {
    "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    "tlogs": [], "certificateAuthorities": [], "ctlogs": [], "timestampAuthorities": []
  },
  "signingConfig": {}
}"#;

/// Runs kwctl, which has its cache in `folder` and reaches nothing but loopback, and returns what it printed.
///
/// # Errors
/// When it is not on the PATH, or fails: with what it said.
pub fn kwctl(folder: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let mut command = command("kwctl", folder)?;
    // Nobody listens there. What it would fetch is only for signatures.
    command.env("HTTPS_PROXY", "http://127.0.0.1:9").env("NO_PROXY", "127.0.0.1").args(arguments);
    if arguments.first() == Some(&"run") {
        let trust = folder.join("sigstore-trust-config.json");
        std::fs::write(&trust, TRUST)?;
        command.arg("--sigstore-trust-config").arg(trust);
    }
    let output = command.output()?;
    let error = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "kwctl {}\n{error}", arguments.join(" "));
    Ok(output.stdout)
}

/// The ids of all modules.
pub fn ids() -> impl Iterator<Item = &'static str> {
    POLICIES.iter().map(|entry| entry.metadata.id).chain(["suite"])
}

/// The path of a module, as programs in other folders need it.
///
/// # Errors
/// When there is no current folder.
pub fn module(id: &str) -> anyhow::Result<PathBuf> {
    Ok(std::path::absolute(modules_dir().join(format!("{id}.wasm")))?)
}
