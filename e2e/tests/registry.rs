//! The modules go to a registry and come back. `make e2e-real` runs this.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::net::TcpStream;

use plimsoll_e2e::kwctl::{ids, kwctl, module};
use plimsoll_e2e::wasm_of;
use plimsoll_e2e_cluster::process::{Process, free_ports};
use plimsoll_e2e_cluster::wait::until;
use serde_json::json;

/// Debian's `docker-registry`.
const REGISTRY: &str = "docker-registry";

#[test]
#[ignore = "needs kwctl and docker-registry"]
fn kwctl_pushes_to_a_registry_what_it_pulls_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let [port] = free_ports().unwrap();
    let address = format!("127.0.0.1:{port}");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let config = json!({"version": 0.1, "http": {"addr": address}, "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": file("registry")}}});
    // JSON is YAML.
    std::fs::write(file("config.yml"), config.to_string()).unwrap();
    std::fs::write(file("sources.yml"), json!({"insecure_sources": [address]}).to_string()).unwrap();
    let mut registry = Process::start(REGISTRY, folder.path(), &["serve".to_owned(), file("config.yml")]).unwrap();
    until("the registry listens", || {
        registry.check()?;
        Ok(TcpStream::connect(("127.0.0.1", port)).ok())
    })
    .unwrap();
    for id in ids() {
        let uri = format!("registry://{address}/policies/{id}:v0.1.0");
        let (sources, pulled) = (file("sources.yml"), file(&format!("{id}.wasm")));
        let module = module(id).unwrap().display().to_string();
        kwctl(folder.path(), &["push", "--sources-path", &sources, &module, &uri]).unwrap();
        kwctl(folder.path(), &["pull", "--sources-path", &sources, "--output-path", &pulled, &uri]).unwrap();
        assert!(std::fs::read(&pulled).unwrap() == wasm_of(id).unwrap(), "{id}: another module was pulled");
    }
}
