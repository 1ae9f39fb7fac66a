//! The scripts of the GitHub Action, with a release in a folder.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{FAILING, Playground};

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.github/action").join(name)
}

/// Runs a command of the shell that has to succeed.
fn shell(folder: &Path, command: &str) {
    let done = Command::new("sh").args(["-c", command]).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The name of the target that tests run on.
fn target() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}

/// A release of this very program.
fn release(playground: &Playground) -> String {
    let folder = playground.path("releases/v0.1.0");
    fs::create_dir_all(&folder).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_plimsoll"));
    let archive = format!("plimsoll-0.1.0-{}.tar.gz", target());
    shell(&folder, &format!("tar -C '{}' -czf {archive} plimsoll", program.parent().unwrap().display()));
    shell(&folder, &format!("sha256sum {archive} > SHA256SUMS"));
    format!("file://{}", playground.path("releases").display())
}

fn install(playground: &Playground, releases: &str, version: &str) -> Output {
    Command::new(script("install.sh"))
        .envs([("VERSION", version), ("PLIMSOLL_RELEASES", releases), ("RUNNER_OS", "Linux")])
        .env("RUNNER_ARCH", if cfg!(target_arch = "x86_64") { "X64" } else { "ARM64" })
        .env("RUNNER_TOOL_CACHE", playground.path("tools"))
        .env("GITHUB_PATH", playground.path("path"))
        .output()
        .unwrap()
}

#[test]
fn a_release_is_installed_and_checks() {
    let playground = Playground::with(&[("deploy/web.yaml", FAILING)]);
    let releases = release(&playground);
    let done = install(&playground, &releases, "v0.1.0");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let bin = playground.read("path");
    assert!(Path::new(bin.trim()).join("plimsoll").exists(), "{bin}");

    let path = std::env::join_paths(
        [PathBuf::from(bin.trim())].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let done = Command::new(script("check.sh"))
        .envs([("PATHS", "deploy"), ("ARGS", "--profile starter --fail-on critical")])
        .env("PATH", path.unwrap())
        .env("RUNNER_TEMP", playground.path("."))
        .env("GITHUB_STEP_SUMMARY", playground.path("summary.md"))
        .env("GITHUB_OUTPUT", playground.path("output"))
        .current_dir(playground.path("."))
        .output()
        .unwrap();
    let stdout = String::from_utf8(done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(0), "{stdout}{}", String::from_utf8_lossy(&done.stderr));
    assert!(
        stdout.contains("::warning file=deploy/web.yaml") || stdout.contains("::error file=deploy/web.yaml"),
        "{stdout}"
    );
    assert!(playground.read("summary.md").starts_with("## Plimsoll"), "{}", playground.read("summary.md"));
    assert!(playground.read("output").starts_with("sarif-file="), "{}", playground.read("output"));
    assert!(playground.read("plimsoll.sarif").contains("\"2.1.0\""));
}

#[test]
fn an_archive_with_another_checksum_is_not_installed() {
    let playground = Playground::with(&[("deploy/web.yaml", FAILING)]);
    let releases = release(&playground);
    let sums = playground.path("releases/v0.1.0/SHA256SUMS");
    let (_, name) =
        fs::read_to_string(&sums).unwrap().split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    fs::write(&sums, format!("{} {name}", "0".repeat(64))).unwrap();
    let done = install(&playground, &releases, "0.1.0");
    assert!(!done.status.success());
    assert!(!playground.path("tools/plimsoll/0.1.0/plimsoll").exists());
}

#[test]
fn what_is_no_version_is_an_error_with_advice() {
    let playground = Playground::with(&[("deploy/web.yaml", FAILING)]);
    let done = install(&playground, "file:///nowhere", "main");
    assert_eq!(done.status.code(), Some(2));
    let stdout = String::from_utf8(done.stdout).unwrap();
    assert!(stdout.starts_with("::error::main is no release of plimsoll"), "{stdout}");
}
