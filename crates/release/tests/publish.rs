//! Publishing to a real registry on loopback: Debian's docker-registry.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod registry;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;

use registry::Registry;

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

/// A module's bill of materials, and the options that say where it was built.
const SBOM: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.6"}"#;
const BUILT: [&str; 4] = [
    "--commit",
    "0123456789abcdef0123456789abcdef01234567",
    "--builder",
    "https://example.com/workflow@refs/tags/v1.2.3",
];

fn place_sboms(dist: &Path) {
    for id in ["missing-prestop", "drain-deadlock", "suite"] {
        std::fs::write(dist.join(id).join("1.2.3/sbom.cdx.json"), SBOM).unwrap();
    }
}

fn json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).unwrap()
}

fn text<'v>(value: &'v serde_json::Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(serde_json::Value::as_str).unwrap()
}

/// The digest that a module was published with.
fn published(dist: &Path, target: &str, id: &str) -> String {
    let digests = json(&std::fs::read(dist.join("digests.json")).unwrap());
    digests[format!("{target}/{id}:v1.2.3")].as_str().unwrap().to_owned()
}

/// The types and blobs of what a list says refers to a manifest.
fn referring(registry: &Registry, repository: &str, digest: &str, list: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in json(list)["manifests"].as_array().unwrap() {
        let (status, body) = registry.get(&format!("/v2/{repository}/manifests/{}", entry["digest"].as_str().unwrap()));
        assert_eq!((status, Some(body.len())), (200, entry["size"].as_u64().map(|size| size.try_into().unwrap())));
        let manifest = json(&body);
        assert_eq!(text(&manifest, "/subject/digest"), digest);
        assert_eq!(text(&manifest, "/config/mediaType"), "application/vnd.oci.empty.v1+json");
        assert_eq!(manifest["artifactType"], entry["artifactType"]);
        let blob = registry.get(&format!("/v2/{repository}/blobs/{}", text(&manifest, "/layers/0/digest")));
        assert_eq!(blob.0, 200);
        found.push((text(&manifest, "/artifactType").to_owned(), blob.1));
    }
    found.sort();
    found
}

#[test]
#[ignore = "needs docker-registry: make registry-tests"]
fn what_is_said_of_a_module_refers_to_it() {
    let registry = Registry::start();
    let dist = dist();
    place_sboms(dist.path());
    let target = format!("{}/policies", registry.host());
    let (done, stdout, stderr) = publish(dist.path(), &target, &BUILT);
    assert!(done, "{stderr}");
    assert!(stdout.contains("\n6 of 6 SBOMs and provenances attached\n"), "{stdout}");

    // This registry has no list of its own: OCI's specification has clients keep one under a tag.
    let digest = published(dist.path(), &target, "suite");
    assert_eq!(registry.get(&format!("/v2/policies/suite/referrers/{digest}")).0, 404);
    let listed = format!("/v2/policies/suite/manifests/{}", digest.replace(':', "-"));
    let (status, list) = registry.get(&listed);
    assert_eq!(status, 200);
    let found = referring(&registry, "policies/suite", &digest, &list);
    let [(sbom, bom), (kind, statement)] = &found[..] else { panic!("{} refer to the module", found.len()) };
    assert_eq!((&sbom[..], &bom[..]), ("application/vnd.cyclonedx+json", SBOM.as_bytes()));
    assert_eq!(kind, "application/vnd.in-toto+json");
    let statement = json(statement);
    assert_eq!(text(&statement, "/predicateType"), "https://slsa.dev/provenance/v1");
    assert_eq!(format!("sha256:{}", text(&statement, "/subject/0/digest/sha256")), digest);
    assert_eq!(text(&statement, "/predicate/runDetails/builder/id"), BUILT[3]);
    let origin = "/predicate/buildDefinition/resolvedDependencies/0/digest/gitCommit";
    assert_eq!(text(&statement, origin), BUILT[1]);

    // Again: nothing new, and the same list.
    let (done, stdout, _) = publish(dist.path(), &target, &BUILT);
    assert!(done && stdout.contains("\n0 of 6 SBOMs and provenances attached\n"), "{stdout}");
    assert_eq!(registry.get(&listed), (200, list));
    let attestations = json(&std::fs::read(dist.path().join("attestations.json")).unwrap());
    assert_eq!(attestations.as_object().unwrap().len(), 6);
}

#[test]
#[ignore = "needs crane: make registry-tests"]
fn crane_has_a_registry_that_does_not_say_where_it_puts_things() {
    let registry = Registry::of_crane();
    let dist = dist();
    place_sboms(dist.path());
    let target = format!("{}/policies", registry.host());
    for new in ["6 of 6", "0 of 6"] {
        let (done, stdout, stderr) = publish(dist.path(), &target, &BUILT);
        assert!(done && stdout.contains(&format!("\n{new} SBOMs and provenances attached\n")), "{stdout}{stderr}");
    }
    assert_eq!(registry.get("/v2/policies/suite/manifests/v1.2.3").0, 200);
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
fn bundle(dist: &Path, chart: &Path, name: &str, options: &[&str]) -> TempDir {
    let archive = dist.join(name);
    let common = ["--with", chart.to_str().unwrap(), "--output", archive.to_str().unwrap()];
    let (done, _, stderr) = run("bundle", dist, &[&common, options].concat());
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
    place_sboms(dist.path());
    let chart = chart.path().join("chart");
    let unpacked = bundle(dist.path(), &chart, "one.tar", &BUILT);
    bundle(dist.path(), &chart, "two.tar", &BUILT);
    let bytes = |name: &str| std::fs::read(dist.path().join(name)).unwrap();
    assert_eq!(bytes("one.tar"), bytes("two.tar"));

    let sums = Command::new("sha256sum")
        .args(["--check", "--quiet", "SHA256SUMS"])
        .current_dir(unpacked.path())
        .status()
        .unwrap();
    assert!(sums.success());
    let text = |name: &str| std::fs::read_to_string(unpacked.path().join(name)).unwrap();
    let images = text("images.txt");
    let images: Vec<&str> = images.lines().filter_map(|line| line.split(' ').next()).collect();
    let [drain, drain_list, prestop, prestop_list, suite, suite_list] = images[..] else { panic!("{images:?}") };
    assert_eq!([drain, prestop, suite], ["drain-deadlock:v1.2.3", "missing-prestop:v1.2.3", "suite:v1.2.3"]);
    for (list, id) in [(drain_list, "drain-deadlock"), (prestop_list, "missing-prestop"), (suite_list, "suite")] {
        assert!(list.strip_prefix(id).is_some_and(|tag| tag.starts_with(":sha256-")), "{list}");
    }
    assert_eq!(text("chart/templates/policies.yaml"), "kind: List\n");
    assert!(text("SHA256SUMS").contains("chart/templates/policies.yaml"));

    // Where nothing is said of a module, nothing is listed.
    let bare = self::dist();
    let unpacked = bundle(bare.path(), &chart, "bare.tar", &[]);
    let images = std::fs::read_to_string(unpacked.path().join("images.txt")).unwrap();
    assert_eq!(images.lines().count(), 3, "{images}");
}

/// Copies what is in a bundle, as its README says.
fn load(unpacked: &Path, target: &str, with: &str) -> (bool, String, String) {
    let options = match with {
        "oras" => "--to-plain-http",
        _ => "--dest-tls-verify=false --insecure-policy",
    };
    let output = Command::new("sh")
        .args(["load.sh", target])
        .envs([("WITH", with), ("OPTIONS", options)])
        .current_dir(unpacked)
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The digest of the suite's manifest in a bundle.
fn bundled(unpacked: &Path) -> String {
    let images = std::fs::read_to_string(unpacked.join("images.txt")).unwrap();
    images.lines().find_map(|line| line.strip_prefix("suite:v1.2.3 ")).unwrap().to_owned()
}

#[test]
#[ignore = "needs docker-registry and oras: make registry-tests"]
fn oras_brings_a_bundle_into_a_registry_with_what_refers_to_it() {
    let registry = Registry::start();
    let (dist, chart) = (dist(), chart());
    place_sboms(dist.path());
    let unpacked = bundle(dist.path(), &chart.path().join("chart"), "bundle.tar", &BUILT);
    let target = format!("{}/mirror", registry.host());
    let (done, stdout, stderr) = load(unpacked.path(), &target, "oras");
    assert!(done && stdout.lines().count() == 6, "{stdout}{stderr}");
    let (done, stdout, stderr) = run("verify", dist.path(), &["--registry", &target]);
    assert!(done && stdout.ends_with("3 modules are what this checkout builds\n"), "{stdout}{stderr}");

    let digest = bundled(unpacked.path());
    let listed = format!("/v2/mirror/suite/manifests/{}", digest.replace(':', "-"));
    let (status, list) = registry.get(&listed);
    assert_eq!(status, 200);
    let found = referring(&registry, "mirror/suite", &digest, &list);
    let [(sbom, bom), (kind, statement)] = &found[..] else { panic!("{} refer to the module", found.len()) };
    assert_eq!((&sbom[..], &bom[..]), ("application/vnd.cyclonedx+json", SBOM.as_bytes()));
    assert_eq!(kind, "application/vnd.in-toto+json");
    assert_eq!(format!("sha256:{}", text(&json(statement), "/subject/0/digest/sha256")), digest);

    // Loaded again, all is as it was.
    assert!(load(unpacked.path(), &target, "oras").0);
    assert_eq!(registry.get(&listed), (200, list));
}

#[test]
#[ignore = "needs docker-registry and skopeo: make registry-tests"]
fn skopeo_brings_modules_with_the_same_digests_and_lists_if_it_is_new_enough() {
    let version = Command::new("skopeo").arg("--version").output().expect("`make registry-tests` installs skopeo");
    let version = String::from_utf8(version.stdout).unwrap();
    let mut numbers = version.trim_start_matches("skopeo version ").split('.').map(|part| part.parse().unwrap_or(0));
    let keeps_lists = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (1, 15);

    let registry = Registry::start();
    let (dist, chart) = (dist(), chart());
    place_sboms(dist.path());
    let unpacked = bundle(dist.path(), &chart.path().join("chart"), "bundle.tar", &BUILT);
    let target = format!("{}/mirror", registry.host());
    let (done, stdout, stderr) = load(unpacked.path(), &target, "skopeo");
    assert_eq!(done, keeps_lists, "{stderr}");
    assert_eq!(stderr.contains("need oras, or skopeo 1.15 or newer"), !keeps_lists, "{stderr}");
    assert_eq!(stdout.lines().count(), if keeps_lists { 6 } else { 3 }, "{stdout}");
    let (done, stdout, stderr) = run("verify", dist.path(), &["--registry", &target]);
    assert!(done && stdout.ends_with("3 modules are what this checkout builds\n"), "{stdout}{stderr}");
}

#[test]
#[ignore = "needs docker-registry: make registry-tests"]
fn only_what_was_published_is_bundled_from_a_registry() {
    let registry = Registry::start();
    let dist = dist();
    let target = format!("{}/policies", registry.host());
    let output = dist.path().join("bundle.tar");
    let options = ["--registry", &target, "--output", output.to_str().unwrap()];
    let (done, _, stderr) = run("bundle", dist.path(), &options);
    assert!(!done && stderr.contains(":v1.2.3 is not there: publish it first"), "{stderr}");
    assert!(!output.exists());
}

#[test]
#[ignore = "needs docker-registry and cosign: make registry-tests"]
fn cosign_signs_every_module_in_both_forms() {
    let registry = Registry::start();
    let dist = dist();
    place_sboms(dist.path());
    let target = format!("{}/policies", registry.host());
    assert!(publish(dist.path(), &target, &BUILT).0);
    sign(dist.path());
    for id in ["missing-prestop", "drain-deadlock", "suite"] {
        let module = format!("{target}/{id}:v1.2.3");
        for form in ["--new-bundle-format=false", "--new-bundle-format=true"] {
            assert_eq!(verified(dist.path(), &[form, &module]), Ok(()));
        }
    }
    // What refers to the modules is signed in the newer form.
    let attestations = json(&std::fs::read(dist.path().join("attestations.json")).unwrap());
    for address in attestations.as_object().unwrap().keys() {
        assert_eq!(verified(dist.path(), &[address]), Ok(()));
    }
    // Another key's owner has signed nothing.
    std::fs::remove_file(dist.path().join("cosign.key")).unwrap();
    std::fs::remove_file(dist.path().join("cosign.pub")).unwrap();
    assert!(cosign(dist.path(), &["generate-key-pair"]).status.success());
    assert!(verified(dist.path(), &[&format!("{target}/suite:v1.2.3")]).is_err());
}

#[test]
#[ignore = "needs docker-registry, cosign and oras: make registry-tests"]
fn oras_brings_what_cosign_signed() {
    let (registry, elsewhere) = (Registry::start(), Registry::start());
    let (dist, chart) = (dist(), chart());
    place_sboms(dist.path());
    let target = format!("{}/policies", registry.host());
    assert!(publish(dist.path(), &target, &BUILT).0);
    sign(dist.path());
    let unpacked = bundle(dist.path(), &chart.path().join("chart"), "bundle.tar", &["--registry", &target]);
    drop(registry);
    let mirror = format!("{}/far/away", elsewhere.host());
    let (done, _, stderr) = load(unpacked.path(), &mirror, "oras");
    assert!(done, "{stderr}");

    let digest = published(dist.path(), &target, "suite");
    let found = Command::new("oras")
        .args(["discover", "--plain-http", "--depth", "2", "--format", "json"])
        .arg(format!("{mirror}/suite@{digest}"))
        .output()
        .expect("oras is on PATH: `make setup-release` installs it");
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    let kinds = |value: &serde_json::Value| {
        let referrers = value["referrers"].as_array().cloned().unwrap_or_default();
        let mut kinds: Vec<String> = referrers.iter().map(|entry| text(entry, "/artifactType").to_owned()).collect();
        kinds.sort();
        (kinds, referrers)
    };
    let signature = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let (first, referrers) = kinds(&json(&found.stdout));
    assert_eq!(first, ["application/vnd.cyclonedx+json", signature, "application/vnd.in-toto+json"]);
    for form in ["--new-bundle-format=false", "--new-bundle-format=true"] {
        assert_eq!(verified(dist.path(), &[form, &format!("{mirror}/suite:v1.2.3")]), Ok(()));
    }
    // What is said of it is signed, too.
    for referrer in referrers.iter().filter(|entry| text(entry, "/artifactType") != signature) {
        assert_eq!(kinds(referrer).0, [signature]);
        let address = format!("{mirror}/suite@{}", text(referrer, "/digest"));
        assert_eq!(verified(dist.path(), &[&address]), Ok(()));
    }
}

/// Signs what was published, with a new key.
fn sign(dist: &Path) {
    assert!(cosign(dist, &["generate-key-pair"]).status.success());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.github/release/sign.sh");
    let signed = Command::new("bash")
        .arg(script)
        .args(["digests.json", "attestations.json"])
        .envs([("COSIGN_KEY", "cosign.key"), ("COSIGN_OFFLINE", "1"), ("COSIGN_PASSWORD", "")])
        .current_dir(dist)
        .output()
        .unwrap();
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
}

/// Whether the key has signed what an address names.
fn verified(dist: &Path, arguments: &[&str]) -> Result<(), String> {
    let options = ["verify", "--key", "cosign.pub", "--insecure-ignore-tlog", "--allow-http-registry"];
    let output = cosign(dist, &[&options, arguments].concat());
    let error = || format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(()) } else { Err(error()) }
}

fn cosign(dist: &Path, arguments: &[&str]) -> std::process::Output {
    Command::new("cosign")
        .args(arguments)
        .env("COSIGN_PASSWORD", "")
        .current_dir(dist)
        .output()
        .expect("cosign is on PATH: `make setup-release` installs it")
}
