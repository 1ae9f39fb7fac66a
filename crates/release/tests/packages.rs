//! The packages that carry the command, made of stand-ins for its archives, and installed by the real programs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod registry;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use registry::Registry;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const TARGETS: &str = include_str!("../targets.txt");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The columns of targets.txt.
fn targets() -> Vec<Vec<&'static str>> {
    let lines = TARGETS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split_whitespace().collect()).collect()
}

/// Whether a line of targets.txt is for this machine.
fn is_here(target: &[&str]) -> bool {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    target[1] == std::env::consts::OS.replace("macos", "darwin") && target[2] == arch
}

/// The command as the tests' build has it.
fn command() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_plimsoll-release")).with_file_name("plimsoll");
    assert!(path.exists(), "{} is missing: `make package-tests` builds it", path.display());
    path
}

fn succeeds(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}{}", String::from_utf8_lossy(&output.stdout));
    output
}

/// Lays the archives out as binary.sh does. What runs here is `program`; the others are a few bytes.
fn binaries(folder: &Path, program: &[u8]) {
    for target in targets() {
        let content = folder.join("content");
        std::fs::create_dir_all(&content).unwrap();
        let name = if target[1] == "windows" { "plimsoll.exe" } else { "plimsoll" };
        let bytes = if is_here(&target) { program } else { target[0].as_bytes() };
        std::fs::write(content.join(name), bytes).unwrap();
        std::fs::copy(root().join("LICENSE"), content.join("LICENSE")).unwrap();
        let archive = folder.join(format!("plimsoll-{VERSION}-{}.tar.gz", target[0]));
        succeeds(Command::new("tar").arg("-czf").arg(archive).arg("-C").arg(&content).args(["LICENSE", name]));
        std::fs::remove_dir_all(&content).unwrap();
    }
}

struct Packages {
    folder: TempDir,
}

impl Packages {
    /// Of the archives in `folder`/binaries and a page of two files.
    fn make(program: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        let (binaries_folder, page) = (folder.path().join("binaries"), folder.path().join("page"));
        std::fs::create_dir_all(&binaries_folder).unwrap();
        std::fs::create_dir_all(page.join("assets")).unwrap();
        std::fs::write(page.join("index.html"), "<!doctype html>").unwrap();
        std::fs::write(page.join("assets/page.js"), "1").unwrap();
        binaries(&binaries_folder, program);
        let packages = Self { folder };
        packages.render("packages");
        packages
    }

    fn render(&self, into: &str) {
        let mut release = Command::new(env!("CARGO_BIN_EXE_plimsoll-release"));
        release.args(["packages", "--binaries", "binaries", "--page", "page", "--output", into]);
        succeeds(release.current_dir(self.folder.path()));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The checksum of a target's archive, by another program.
    fn checksum(&self, triple: &str) -> String {
        let archive = self.path(&format!("binaries/plimsoll-{VERSION}-{triple}.tar.gz"));
        let printed = String::from_utf8(succeeds(Command::new("sha256sum").arg(archive)).stdout).unwrap();
        printed.split(' ').next().unwrap().to_owned()
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Writes a program.
fn script(path: &Path, lines: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn binary_sh_packs_only_files_and_the_same_each_time() {
    let folder = TempDir::new().unwrap();
    let checkout = folder.path().join("checkout");
    for name in ["LICENSE", "README.md", "examples/web-service.yaml", ".github/release/binary.sh"] {
        std::fs::create_dir_all(checkout.join(name).parent().unwrap()).unwrap();
        std::fs::copy(root().join(name), checkout.join(name)).unwrap();
    }
    std::fs::write(checkout.join("Cargo.toml"), format!("version = \"{VERSION}\"\n")).unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"];
        succeeds(Command::new("git").args(identity).args(arguments).current_dir(&checkout));
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "all"]);
    // In place of the compiler, and of what would bring its libraries.
    let target = "x86_64-pc-windows-gnu";
    let built = folder.path().join(format!("built/{target}/release/plimsoll.exe"));
    script(&built, "echo plimsoll");
    script(&folder.path().join("bin/cargo"), "exit 0");
    script(&folder.path().join("bin/rustup"), &format!("echo {target}"));
    let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
    let pack = |version: &str| {
        let mut command = Command::new("bash");
        command.arg(checkout.join(".github/release/binary.sh")).args([version, target]);
        command.env("PATH", &path).env("CARGO_TARGET_DIR", folder.path().join("built"));
        command
    };
    let archive = checkout.join(format!("dist/plimsoll-{VERSION}-{target}.tar.gz"));
    succeeds(&mut pack(VERSION));
    let first = std::fs::read(&archive).unwrap();
    succeeds(&mut pack(VERSION));
    assert!(first == std::fs::read(&archive).unwrap(), "the same program makes another archive");
    let listed = succeeds(Command::new("tar").arg("-tzf").arg(&archive));
    assert_eq!(String::from_utf8(listed.stdout).unwrap(), "LICENSE\nREADME.md\nplimsoll.exe\n");
    let other = pack("99.0.0").output().unwrap();
    assert!(!other.status.success() && String::from_utf8_lossy(&other.stderr).contains("the tag says 99.0.0"));
}

#[test]
fn packages_name_each_archive_with_its_checksum_and_are_the_same_each_time() {
    let packages = Packages::make(b"program");
    let formula = packages.text("packages/homebrew/plimsoll.rb");
    let krew: Value = yaml_serde::from_str(&packages.text("packages/krew/plimsoll.yaml")).unwrap();
    let scoop: Value = serde_json::from_str(&packages.text("packages/scoop/plimsoll.json")).unwrap();
    for target in targets() {
        let (triple, os, arch) = (target[0], target[1], target[2]);
        let checksum = packages.checksum(triple);
        let address = format!(
            "https://github.com/plimsoll-dev/plimsoll/releases/download/v{VERSION}/plimsoll-{VERSION}-{triple}.tar.gz"
        );
        if os != "windows" {
            let pair = format!("url \"{address}\"\n      sha256 \"{checksum}\"\n");
            assert!(formula.contains(&pair), "{triple}: {formula}");
        }
        let platforms = krew["spec"]["platforms"].as_array().unwrap();
        let is_it = |platform: &&Value| {
            let labels = &platform["selector"]["matchLabels"];
            labels["os"] == os && labels["arch"] == arch
        };
        let platform = platforms.iter().find(is_it).unwrap_or_else(|| panic!("krew has no {triple}"));
        assert_eq!((platform["uri"].as_str(), platform["sha256"].as_str()), (Some(&*address), Some(&*checksum)));
        if os == "windows" {
            let architecture = &scoop["architecture"]["64bit"];
            assert_eq!(
                (architecture["url"].as_str(), architecture["hash"].as_str()),
                (Some(&*address), Some(&*checksum))
            );
        }
    }
    assert_eq!(krew["spec"]["version"], format!("v{VERSION}"));
    assert_eq!(scoop["version"], VERSION);

    packages.render("again");
    let (first, second) = (files_below(&packages.path("packages")), files_below(&packages.path("again")));
    assert_eq!(first.len(), second.len());
    // Three manifests, a package of npm more than there are targets, a wheel for each, two images.
    assert_eq!(first.len(), 3 + targets().len() + 1 + targets().len() + 2);
    for (one, other) in first.iter().zip(&second) {
        assert!(std::fs::read(one).unwrap() == std::fs::read(other).unwrap(), "{} differs", one.display());
    }
}

/// krew's own rules: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest.
#[test]
fn krew_manifest_keeps_to_its_rules() {
    let packages = Packages::make(b"program");
    let krew: Value = yaml_serde::from_str(&packages.text("packages/krew/plimsoll.yaml")).unwrap();
    assert_eq!(krew["apiVersion"], "krew.googlecontainertools.github.com/v1alpha2");
    assert_eq!((krew["kind"].as_str(), krew["metadata"]["name"].as_str()), (Some("Plugin"), Some("plimsoll")));
    assert!(krew["spec"]["shortDescription"].as_str().unwrap().len() < 80);
    for platform in krew["spec"]["platforms"].as_array().unwrap() {
        let windows = platform["selector"]["matchLabels"]["os"] == "windows";
        assert_eq!(platform["bin"].as_str().unwrap().ends_with(".exe"), windows);
        assert!(platform["sha256"].as_str().unwrap().bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}

#[test]
fn everything_that_names_a_target_names_one_that_is_released() {
    let released: Vec<&str> = targets().iter().map(|target| target[0]).collect();
    let is_triple = |word: &&str| word.starts_with("x86_64-") || word.starts_with("aarch64-");
    for name in [
        ".github/action/install.sh",
        ".github/workflows/release.yml",
        "docs/gitlab-ci.yml",
        "crates/cli/Cargo.toml",
        "crates/release/templates/scoop.json",
    ] {
        let text = std::fs::read_to_string(root().join(name)).unwrap();
        let words = text.split(|char: char| !char.is_alphanumeric() && !matches!(char, '-' | '_'));
        let named: Vec<&str> = words
            .filter_map(|word| word.find("x86_64-").or_else(|| word.find("aarch64-")).and_then(|at| word.get(at..)))
            .filter(is_triple)
            .collect();
        assert!(!named.is_empty(), "{name} names no target");
        for triple in named {
            // What cargo binstall calls this system is told where its program is.
            let renamed = name == "crates/cli/Cargo.toml" && triple == "x86_64-pc-windows-msvc";
            assert!(renamed || released.contains(&triple), "{name}: {triple} is not in targets.txt");
        }
    }
}

/// A binary that lacks its archive: nothing is made of the others.
#[test]
fn packages_want_every_target() {
    let folder = TempDir::new().unwrap();
    binaries(folder.path(), b"program");
    let missing = format!("plimsoll-{VERSION}-aarch64-apple-darwin.tar.gz");
    std::fs::remove_file(folder.path().join(&missing)).unwrap();
    let mut release = Command::new(env!("CARGO_BIN_EXE_plimsoll-release"));
    let output = release
        .args(["packages", "--binaries", ".", "--output", "packages"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains(&missing));
    assert!(!folder.path().join("packages").exists());
}

/// What an installed command answers: its version, the status of findings, and that of an end by a signal.
fn works(program: &mut dyn FnMut() -> Command, folder: &Path) {
    let printed = String::from_utf8(succeeds(program().arg("--version")).stdout).unwrap();
    assert!(printed.contains(VERSION), "{printed}");
    let pod = folder.join("pod.yaml");
    let text =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: web, image: 'web:latest'}]\n";
    std::fs::write(&pod, text).unwrap();
    let checked = program().args(["check", "--format", "json"]).arg(&pod).output().unwrap();
    assert_eq!(checked.status.code(), Some(1), "{}", String::from_utf8_lossy(&checked.stderr));
    assert!(String::from_utf8_lossy(&checked.stdout).contains("mutable-image-tag"));
}

#[test]
#[ignore = "needs npm: make package-tests"]
fn npm_installs_the_package_and_the_command_runs() {
    let packages = Packages::make(&std::fs::read(command()).unwrap());
    let here = targets().into_iter().find(|target| is_here(target)).expect("a target for this machine");
    let project = packages.path("project");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::write(project.join("package.json"), r#"{"name": "project", "private": true}"#).unwrap();
    // Nothing is published: the optional dependency is installed from its tarball first.
    let tarball = |name: &str| packages.path(&format!("packages/npm/plimsoll-cli{name}-{VERSION}.tgz"));
    let npm = |options: &[&str], tarballs: &[PathBuf]| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--offline", "--no-audit", "--no-fund"]).args(options).args(tarballs);
        succeeds(npm.current_dir(&project).env("npm_config_cache", packages.path("cache")));
    };
    let main = tarball("");
    npm(&["--omit=optional"], &[main]);
    let launcher = project.join("node_modules/.bin/plimsoll");
    let without = Command::new(&launcher).arg("--version").output().unwrap();
    assert_eq!(without.status.code(), Some(2));
    let message = String::from_utf8_lossy(&without.stderr).into_owned();
    assert!(message.contains(&format!("@plimsoll/cli-{} is not installed", here[3])), "{message}");

    npm(&["--omit=optional"], &[tarball(&format!("-{}", here[3]))]);
    works(&mut || Command::new(&launcher), packages.folder.path());
    // npm leaves out what is for other systems.
    let other = targets().into_iter().find(|target| !is_here(target)).unwrap();
    let mut wrong = Command::new("npm");
    wrong.args(["install", "--offline", "--no-audit", "--no-fund"]).arg(tarball(&format!("-{}", other[3])));
    let refused = wrong.current_dir(&project).env("npm_config_cache", packages.path("cache")).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("EBADPLATFORM"));
}

#[test]
#[ignore = "needs Python with pip and venv: make package-tests"]
fn pip_installs_the_wheel_and_the_command_runs() {
    let packages = Packages::make(&std::fs::read(command()).unwrap());
    let environment = packages.path("environment");
    succeeds(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    let mut pip = Command::new(environment.join("bin/pip"));
    pip.args(["install", "--no-index", "--find-links"]).arg(packages.path("packages/pypi")).arg("plimsoll-cli");
    succeeds(pip.stdin(Stdio::null()));
    works(&mut || Command::new(environment.join("bin/plimsoll")), packages.folder.path());
    let shown = succeeds(Command::new(environment.join("bin/pip")).args(["show", "--files", "plimsoll-cli"])).stdout;
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains(&format!("Version: {VERSION}")) && shown.contains("licenses/LICENSE"), "{shown}");
    // Every wheel is whole, by the names and digests of its own list.
    for wheel in files_below(&packages.path("packages/pypi")) {
        succeeds(Command::new("python3").args(["-m", "zipfile", "--test"]).arg(&wheel));
    }
}

#[test]
#[ignore = "needs ruby: make package-tests"]
fn ruby_reads_the_formula() {
    let packages = Packages::make(b"program");
    let checked = succeeds(Command::new("ruby").arg("-wc").arg(packages.path("packages/homebrew/plimsoll.rb")));
    assert_eq!(String::from_utf8_lossy(&checked.stdout).trim(), "Syntax OK");
    assert_eq!(String::from_utf8_lossy(&checked.stderr), "");
}

#[test]
#[ignore = "needs skopeo: make package-tests"]
fn skopeo_takes_the_images_for_each_architecture() {
    let packages = Packages::make(b"program");
    for (name, files) in [
        ("plimsoll", &["LICENSE", "plimsoll", "tmp/", "work/"][..]),
        ("plimsoll-page", &["assets/page.js", "index.html"]),
    ] {
        let image =
            format!("oci-archive:{}", packages.path(&format!("packages/images/{name}-{VERSION}.tar")).display());
        for arch in ["amd64", "arm64"] {
            let options = ["--override-os", "linux", "--override-arch", arch, "--insecure-policy"];
            let inspect = |what: &[&str]| {
                let mut skopeo = Command::new("skopeo");
                skopeo.args(options).arg("inspect").args(what).arg(&image);
                serde_json::from_slice::<Value>(&succeeds(&mut skopeo).stdout).unwrap()
            };
            let config = inspect(&["--config"]);
            assert_eq!((config["architecture"].as_str(), config["os"].as_str()), (Some(arch), Some("linux")));
            assert_eq!(config["config"]["User"], "65532:65532");
            // Unpacked, which also holds the layer against its digests.
            let folder = packages.path(&format!("{name}-{arch}"));
            let mut copy = Command::new("skopeo");
            succeeds(copy.args(options).arg("copy").arg(&image).arg(format!("dir:{}", folder.display())));
            let manifest: Value =
                serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
            let layer = manifest["layers"][0]["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
            let listed = succeeds(Command::new("tar").arg("-tzf").arg(folder.join(layer))).stdout;
            assert_eq!(String::from_utf8(listed).unwrap().lines().collect::<Vec<_>>(), files);
        }
    }
}

#[test]
#[ignore = "needs docker-registry and skopeo: make package-tests"]
fn skopeo_pushes_the_images_once_and_no_tag_moves() {
    let registry = Registry::start();
    let packages = Packages::make(b"program");
    let push = |images: &str| {
        let mut script = Command::new("bash");
        script.arg(root().join(".github/release/images.sh")).args([images, VERSION, &registry.host()]);
        script.current_dir(packages.folder.path()).output().unwrap()
    };
    for word in ["pushed", "unchanged"] {
        let output = push("packages/images");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(printed.lines().filter(|line| line.starts_with(word)).count(), 2, "{printed}");
    }
    let (status, index) = registry.get(&format!("/v2/plimsoll/manifests/v{VERSION}"));
    assert_eq!(status, 200);
    let index: Value = serde_json::from_slice(&index).unwrap();
    assert_eq!(index["manifests"].as_array().unwrap().len(), 2);
    let digests: Value = serde_json::from_str(&packages.text("packages/images.json")).unwrap();
    let digest = digests[format!("{}/plimsoll:v{VERSION}", registry.host())].as_str().unwrap();
    assert_eq!(registry.get(&format!("/v2/plimsoll/manifests/{digest}")).0, 200);

    let other = Packages::make(b"another program");
    std::fs::rename(other.path("packages"), packages.path("other")).unwrap();
    let refused = push("other/images");
    assert!(!refused.status.success());
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(message.contains("a tag never moves"), "{message}");
    assert_eq!(registry.get(&format!("/v2/plimsoll/manifests/{digest}")).0, 200);
}
