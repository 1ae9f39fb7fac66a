//! The core for browsers and Node.js as an npm package, in wasm-pack's layout.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use plimsoll::engine::catalogue::descriptions;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::modules::hex;
use crate::optimise::Optimiser;
use crate::workspace::{VERSION, Workspace, output, read_bytes, succeed, write};

const NAME: &str = "@plimsoll/core";
const CRATE: &str = "plimsoll-playground";
const MODULE: &str = "plimsoll_playground";
const PROFILE: &str = "playground";
const BIND: &str = "plimsoll-playground-bind";
const TARGET: &str = "wasm32-unknown-unknown";
pub(crate) const FOLDER: &str = "playground/pkg";

/// Source files that are copied, by their name in the package.
const COPIED: [(&str, &str); 3] =
    [("README.md", "playground/README.md"), ("LICENSE", "LICENSE"), (TYPES, "playground/web/src/transfer.ts")];
/// The types of the JSON that goes in and out.
const TYPES: &str = "transfer.d.ts";
/// What is known of the policies beside the module.
pub(crate) const DESCRIPTIONS: &str = "policies.json";

/// Builds the package and returns its folder.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.path(FOLDER);
    wasm(workspace, &folder)?;
    for (name, source) in COPIED {
        write(&folder.join(name), workspace.read(source)?)?;
    }
    write(&folder.join(DESCRIPTIONS), serde_json::to_string(&descriptions())?)?;
    write(&folder.join("package.json"), serde_json::to_string_pretty(&Manifest::new())? + "\n")?;
    Ok(folder)
}

/// Packs what `npm publish` would upload into a folder, and returns the tarball's name.
pub(crate) fn pack(workspace: &Workspace, into: &Path) -> Result<String> {
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", "--pack-destination"]).arg(into).current_dir(build(workspace)?);
    let printed = output(&mut npm)?;
    Ok(printed.lines().last().context("npm has packed nothing")?.to_owned())
}

/// Builds the module and its JavaScript bindings.
fn wasm(workspace: &Workspace, folder: &Path) -> Result<()> {
    let mut cargo = workspace.cargo();
    succeed(cargo.args(["build", "--package", CRATE, "--target", TARGET, "--profile", PROFILE]))?;
    let built = workspace.target().join(TARGET).join(PROFILE).join(format!("{MODULE}.wasm"));
    let key_file = folder.join("key");
    let key = hex(&Sha256::digest(read_bytes(&built)?));
    if std::fs::read_to_string(&key_file).is_ok_and(|known| known == key) {
        return Ok(());
    }
    let mut cargo = workspace.cargo();
    succeed(cargo.args(["run", "--quiet", "--package", BIND, "--"]).arg(&built).arg(folder))?;
    let bound = folder.join(format!("{MODULE}_bg.wasm"));
    Optimiser::start(workspace)?.optimise(&bound, &bound)?;
    println!("{} kB of Wasm for the browser", read_bytes(&bound)?.len() / 1000);
    write(&key_file, key)
}

/// `package.json`, in wasm-pack's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    name: &'static str,
    r#type: &'static str,
    description: &'static str,
    version: &'static str,
    license: &'static str,
    repository: Repository,
    /// Besides the files that npm always packs.
    files: [String; 5],
    main: String,
    types: String,
    side_effects: bool,
}

#[derive(Serialize)]
struct Repository {
    r#type: &'static str,
    url: String,
    directory: &'static str,
}

impl Manifest {
    fn new() -> Manifest {
        let (main, types) = (format!("{MODULE}.js"), format!("{MODULE}.d.ts"));
        Manifest {
            name: NAME,
            r#type: "module",
            description: "Best practices for Kubernetes workloads as WebAssembly: checks manifests, fixes them, and \
                          answers as an admission webhook would",
            version: VERSION,
            license: env!("CARGO_PKG_LICENSE"),
            repository: Repository {
                r#type: "git",
                url: format!("git+{}.git", env!("CARGO_PKG_REPOSITORY")),
                directory: "playground",
            },
            files: [
                format!("{MODULE}_bg.wasm"),
                main.clone(),
                types.clone(),
                TYPES.to_owned(),
                DESCRIPTIONS.to_owned(),
            ],
            main,
            types,
            side_effects: false,
        }
    }
}
