//! Publishing to a real registry on loopback: Debian's docker-registry.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A registry that stops with its test.
struct Registry {
    process: Child,
    port: u16,
    _storage: TempDir,
}

impl Registry {
    fn start() -> Self {
        let storage = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = storage.path().join("config.yml");
        let root = storage.path().join("data");
        std::fs::write(
            &config,
            format!(
                "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \
                 '127.0.0.1:{port}'}}\n",
                root.display()
            ),
        )
        .unwrap();
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry is on PATH: `make registry-tests` installs it");
        let registry = Self { process, port, _storage: storage };
        wait_until("the registry answers", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        registry
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The body of a GET, and its status.
    fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let accept = "application/vnd.oci.image.manifest.v1+json, application/octet-stream";
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\nAccept: {accept}\r\n\r\n", self.host()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let (head, body) = answer.split_at(end);
        let status = String::from_utf8_lossy(head).split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.get(4..).unwrap().to_vec())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "not so after a minute: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A module with nothing but metadata.
fn module(id: &str, version: &str, salt: &str) -> Vec<u8> {
    let metadata = format!(
        r#"{{"annotations":{{"io.kubewarden.policy.title":"{id}","io.kubewarden.policy.version":"{version}","io.kubewarden.policy.source":"https://example.com/{id}","io.kubewarden.policy.usage":"two\nlines","salt":" {salt} "}}}}"#
    );
    let name = b"io.kubewarden.metadata";
    let mut section = vec![u8::try_from(name.len()).unwrap()];
    section.extend_from_slice(name);
    section.extend_from_slice(metadata.as_bytes());
    let mut wasm = b"\0asm\x01\0\0\0\0".to_vec();
    let mut length = section.len();
    loop {
        let low = u8::try_from(length & 0x7f).unwrap();
        length >>= 7;
        wasm.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    wasm.extend(section);
    wasm
}

fn place(dist: &Path, id: &str, salt: &str) {
    let folder = dist.join(id).join("1.2.3");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("policy.wasm"), module(id, "1.2.3", salt)).unwrap();
}

/// `dist/` with three modules.
fn dist() -> TempDir {
    let dist = TempDir::new().unwrap();
    for id in ["missing-prestop", "drain-deadlock", "suite"] {
        place(dist.path(), id, "a");
    }
    dist
}

fn publish(dist: &Path, registry: &str, options: &[&str]) -> (bool, String, String) {
    run("publish", dist, &[&["--registry", registry], options].concat())
}

#[test]
#[ignore = "needs docker-registry: make registry-tests"]
fn modules_come_back_byte_for_byte() {
    let registry = Registry::start();
    let dist = dist();
    let target = format!("{}/plimsoll/policies", registry.host());
    let (done, stdout, stderr) = publish(dist.path(), &target, &[]);
    assert!(done, "{stderr}");
    assert!(stdout.ends_with("3 pushed, 0 unchanged\n"), "{stdout}");

    let (status, body) = registry.get("/v2/plimsoll/policies/suite/manifests/v1.2.3");
    assert_eq!(status, 200);
    let manifest: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let at = |pointer: &str| manifest.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    assert_eq!(at("/config/mediaType"), "application/vnd.wasm.config.v1+json");
    assert_eq!(at("/layers/0/mediaType"), "application/vnd.wasm.content.layer.v1+wasm");
    let expected = serde_json::json!({
        "io.kubewarden.policy.title": "suite",
        "io.kubewarden.policy.version": "1.2.3",
        "io.kubewarden.policy.source": "https://example.com/suite",
        "org.opencontainers.image.source": "https://example.com/suite",
        "salt": "a",
    });
    assert_eq!(manifest.get("annotations"), Some(&expected));
    let blob = |digest: &str| registry.get(&format!("/v2/plimsoll/policies/suite/blobs/{digest}"));
    assert_eq!(blob(&at("/layers/0/digest")), (200, module("suite", "1.2.3", "a")));
    assert_eq!(blob(&at("/config/digest")), (200, b"{}".to_vec()));

    let digests: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dist.path().join("digests.json")).unwrap()).unwrap();
    let digest = digests.get(format!("{target}/suite:v1.2.3")).unwrap().as_str().unwrap();
    assert_eq!(registry.get(&format!("/v2/plimsoll/policies/suite/manifests/{digest}")), (200, body));
}

#[test]
#[ignore = "needs docker-registry: make registry-tests"]
fn equal_modules_are_pushed_once_and_tags_never_move() {
    let registry = Registry::start();
    let dist = dist();
    let target = format!("{}/policies", registry.host());
    let (done, stdout, _) = publish(dist.path(), &target, &["--dry-run"]);
    assert!(done && stdout.ends_with("3 to push, 0 unchanged\n"), "{stdout}");
    assert_eq!(registry.get("/v2/policies/suite/manifests/v1.2.3").0, 404);
    assert!(publish(dist.path(), &target, &[]).0);
    let (done, stdout, _) = publish(dist.path(), &target, &[]);
    assert!(done && stdout.ends_with("0 pushed, 3 unchanged\n"), "{stdout}");

    let before = registry.get("/v2/policies/suite/manifests/v1.2.3");
    place(dist.path(), "suite", "b");
    place(dist.path(), "single-replica", "a");
    let (done, stdout, stderr) = publish(dist.path(), &target, &[]);
    assert!(!done);
    assert!(stderr.contains("suite:v1.2.3 is there with other bytes, and a tag never moves"), "{stderr}");
    assert!(stdout.contains("pushed: ") && stdout.contains("single-replica:v1.2.3"), "{stdout}");
    assert_eq!(registry.get("/v2/policies/suite/manifests/v1.2.3"), before);
}

/// Passes connections on to a registry, but breaks the first ones off after some bytes of the answer.
fn breaking(port: u16, broken: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            if count.fetch_add(1, Ordering::SeqCst) < broken {
                let _ = client.write_all(b"HTTP/1.1 200 O");
                continue;
            }
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
            thread::spawn(move || std::io::copy(&mut { server }, &mut client));
        }
    });
    own
}

#[test]
#[ignore = "needs docker-registry: make registry-tests"]
fn a_connection_that_breaks_off_is_tried_again() {
    let registry = Registry::start();
    let dist = dist();
    let port = breaking(registry.port, 2);
    let (done, stdout, stderr) = publish(dist.path(), &format!("127.0.0.1:{port}/policies"), &[]);
    assert!(done, "{stderr}");
    assert!(stdout.ends_with("3 pushed, 0 unchanged\n"), "{stdout}");
    assert_eq!(registry.get("/v2/policies/suite/manifests/v1.2.3").0, 200);
}

/// Answers every request with one status.
fn refusing(status: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut request = [0; 4096];
            let _ = client.read(&mut request);
            let _ = write!(client, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    port
}

#[test]
fn a_registry_that_refuses_fails_with_every_module_named() {
    let dist = dist();
    let port = refusing("403 Forbidden");
    let (done, _, stderr) = publish(dist.path(), &format!("127.0.0.1:{port}/policies"), &[]);
    assert!(!done);
    for id in ["missing-prestop", "drain-deadlock", "suite"] {
        assert!(stderr.contains(&format!("failed: 127.0.0.1:{port}/policies/{id}:v1.2.3")), "{stderr}");
    }
    assert!(stderr.contains("3 of 3 modules are not in"), "{stderr}");
}

#[test]
fn without_modules_nothing_is_published() {
    let empty = TempDir::new().unwrap();
    let (done, _, stderr) = publish(empty.path(), "127.0.0.1:1/policies", &[]);
    assert!(!done);
    assert!(stderr.contains("run `cargo xtask dist` first"), "{stderr}");
}

fn run(task: &str, dist: &Path, options: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_plimsoll-release"))
        .args([task, "--dist"])
        .arg(dist)
        .args(options)
        .env("DOCKER_CONFIG", dist)
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
#[ignore = "needs docker-registry: make registry-tests"]
fn a_registry_is_held_against_what_is_built() {
    let registry = Registry::start();
    let dist = dist();
    let target = format!("{}/policies", registry.host());
    assert!(publish(dist.path(), &target, &[]).0);
    let (done, stdout, stderr) = run("verify", dist.path(), &["--registry", &target]);
    assert!(done && stdout.ends_with("3 modules are what this checkout builds\n"), "{stdout}{stderr}");

    place(dist.path(), "suite", "b");
    place(dist.path(), "single-replica", "a");
    let (done, stdout, stderr) = run("verify", dist.path(), &["--registry", &target]);
    assert!(!done && stdout.lines().count() == 2, "{stdout}");
    assert!(stderr.contains("different: ") && stderr.contains("missing: "), "{stderr}");
    assert!(stderr.contains(&format!("2 of 4 modules of {target} are not what this checkout builds")), "{stderr}");
}

/// A bundle of `dist/` and a chart, unpacked.
fn bundle(dist: &Path, chart: &Path, name: &str) -> TempDir {
    let archive = dist.join(name);
    let options = ["--with", chart.to_str().unwrap(), "--output", archive.to_str().unwrap()];
    let (done, _, stderr) = run("bundle", dist, &options);
    assert!(done, "{stderr}");
    let unpacked = TempDir::new().unwrap();
    let status = Command::new("tar").arg("-xf").arg(&archive).current_dir(unpacked.path()).status().unwrap();
    assert!(status.success());
    unpacked
}

/// A folder that stands for the chart.
fn chart() -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join("chart/templates")).unwrap();
    std::fs::write(folder.path().join("chart/templates/policies.yaml"), "kind: List\n").unwrap();
    folder
}

#[test]
fn a_bundle_is_whole_and_the_same_each_time() {
    let (dist, chart) = (dist(), chart());
    let chart = chart.path().join("chart");
    let unpacked = bundle(dist.path(), &chart, "one.tar");
    bundle(dist.path(), &chart, "two.tar");
    let bytes = |name: &str| std::fs::read(dist.path().join(name)).unwrap();
    assert_eq!(bytes("one.tar"), bytes("two.tar"));

    let sums = Command::new("sha256sum")
        .args(["--check", "--quiet", "SHA256SUMS"])
        .current_dir(unpacked.path())
        .status()
        .unwrap();
    assert!(sums.success());
    let text = |name: &str| std::fs::read_to_string(unpacked.path().join(name)).unwrap();
    assert_eq!(text("images.txt"), "drain-deadlock:v1.2.3\nmissing-prestop:v1.2.3\nsuite:v1.2.3\n");
    assert_eq!(text("chart/templates/policies.yaml"), "kind: List\n");
    assert!(text("SHA256SUMS").contains("chart/templates/policies.yaml"));
}

#[test]
#[ignore = "needs docker-registry and skopeo: make registry-tests"]
fn skopeo_brings_a_bundle_into_a_registry_with_the_same_digests() {
    let registry = Registry::start();
    let (dist, chart) = (dist(), chart());
    let unpacked = bundle(dist.path(), &chart.path().join("chart"), "bundle.tar");
    // As its README says.
    for image in std::fs::read_to_string(unpacked.path().join("images.txt")).unwrap().lines() {
        let output = Command::new("skopeo")
            .args(["copy", "--preserve-digests", "--dest-tls-verify=false", "--insecure-policy"])
            .arg(format!("oci:.:{image}"))
            .arg(format!("docker://{}/mirror/{image}", registry.host()))
            .current_dir(unpacked.path())
            .output()
            .expect("skopeo is on PATH: `make registry-tests` installs it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let target = format!("{}/mirror", registry.host());
    let (done, stdout, stderr) = run("verify", dist.path(), &["--registry", &target]);
    assert!(done && stdout.ends_with("3 modules are what this checkout builds\n"), "{stdout}{stderr}");
}

#[test]
#[ignore = "needs docker-registry and cosign: make registry-tests"]
fn cosign_signs_every_module_in_both_forms() {
    let registry = Registry::start();
    let dist = dist();
    let target = format!("{}/policies", registry.host());
    assert!(publish(dist.path(), &target, &[]).0);
    let cosign = |arguments: &[&str]| {
        Command::new("cosign")
            .args(arguments)
            .env("COSIGN_PASSWORD", "")
            .current_dir(dist.path())
            .output()
            .expect("cosign is on PATH: `make setup-release` installs it")
    };
    assert!(cosign(&["generate-key-pair"]).status.success());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.github/release/sign.sh");
    let signed = Command::new("bash")
        .arg(script)
        .arg("digests.json")
        .envs([("COSIGN_KEY", "cosign.key"), ("COSIGN_OFFLINE", "1"), ("COSIGN_PASSWORD", "")])
        .current_dir(dist.path())
        .output()
        .unwrap();
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));

    for id in ["missing-prestop", "drain-deadlock", "suite"] {
        let module = format!("{target}/{id}:v1.2.3");
        for new in ["false", "true"] {
            let form = format!("--new-bundle-format={new}");
            let options = ["verify", "--key", "cosign.pub", "--insecure-ignore-tlog", "--allow-http-registry", &form];
            let verified = cosign(&[&options[..], &[&module]].concat());
            assert!(verified.status.success(), "{form} {module}: {}", String::from_utf8_lossy(&verified.stderr));
        }
    }
    // Another key's owner has signed nothing.
    std::fs::remove_file(dist.path().join("cosign.key")).unwrap();
    std::fs::remove_file(dist.path().join("cosign.pub")).unwrap();
    assert!(cosign(&["generate-key-pair"]).status.success());
    let module = format!("{target}/suite:v1.2.3");
    let options = ["verify", "--key", "cosign.pub", "--insecure-ignore-tlog", "--allow-http-registry", &module];
    assert!(!cosign(&options).status.success());
}
