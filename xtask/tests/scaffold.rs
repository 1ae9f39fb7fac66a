//! The scaffold of a policy works unchanged, in a copy of the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Folders without sources: build outputs, downloads and other packages.
const LEFT_OUT: [&str; 5] = ["target", "node_modules", "dist", ".git", "fuzz"];
const ID: &str = "scaffolded-policy";
const CROSS_OBJECT_ID: &str = "scaffolded-cross-object";

#[test]
fn a_scaffolded_policy_compiles_generates_and_passes_its_fixtures() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let copy = folder.path();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    copy_folder(here, copy)?;

    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    run(xtask.args(["new", &format!("id={ID}")]).env("CARGO_MANIFEST_DIR", copy.join("xtask")))?;
    let twice = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["new", ID])
        .env("CARGO_MANIFEST_DIR", copy.join("xtask"))
        .output()?;
    assert!(!twice.status.success(), "an existing policy was overwritten");
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let cross_object = ["new", CROSS_OBJECT_ID, "--category", "networking", "--kind", "cross-object"];
    run(xtask.args(cross_object).env("CARGO_MANIFEST_DIR", copy.join("xtask")))?;

    run(cargo(copy, here).args(["test", "--package", "plimsoll", "--test", "fixtures"]).env("BLESS", "1"))?;
    let fixtures = copy.join("policies").join(ID).join("fixtures");
    let snapshot = std::fs::read_to_string(fixtures.join("fail.snap"))?;
    assert_eq!(snapshot.matches("has a name that says nothing").count(), 2, "{snapshot}");
    run(cargo(copy, here).args(["test", "--package", "plimsoll", "--test", "fixtures"]))?;

    let claims = cargo(copy, here)
        .args([
            "test",
            "--package",
            "plimsoll",
            "--features",
            "catalogue",
            "--test",
            "catalogue",
            "metadata_is_complete",
        ])
        .output()?;
    let refused = String::from_utf8_lossy(&claims.stdout).matches("STAND_IN").count();
    assert!(!claims.status.success() && refused == 2, "a stand-in source was accepted: {claims:?}");

    run(cargo(copy, here).args(["run", "--package", "xtask", "--", "gen"]))?;
    run(cargo(copy, here).args(["run", "--package", "xtask", "--", "gen", "--check"]))?;
    let readme = std::fs::read_to_string(copy.join("policies").join(ID).join("README.md"))?;
    assert!(readme.contains("| `names` | list of strings | `[\"placeholder\"]` |"), "{readme}");

    let package = format!("plimsoll-policy-{ID}");
    run(cargo(copy, here).args(["check", "--target", "wasm32-unknown-unknown", "--package", &package]))
}

/// Cargo in the copy. It builds into a folder of its own: in the workspace's it would replace programs that other tests
/// are running. Without optimisation, since the built programs run only briefly.
fn cargo(copy: &Path, here: &Path) -> Command {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| here.join("target"), PathBuf::from);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(copy).env("CARGO_TARGET_DIR", target.join("scaffold"));
    cargo.args(["--config", "profile.dev.opt-level=0", "--config", "profile.dev.package.\"*\".opt-level=0"]);
    cargo
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(output.status.success(), "{command:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let (source, copy) = (entry.path(), to.join(&name));
        if entry.file_type()?.is_dir() {
            copy_folder(&source, &copy)?;
        } else {
            std::fs::copy(&source, &copy).with_context(|| source.display().to_string())?;
        }
    }
    Ok(())
}
