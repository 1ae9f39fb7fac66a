//! Collects everything that a release publishes in one folder.

use anyhow::{Context, Result};
use plimsoll_kubewarden::Shipped;
use sha2::{Digest, Sha256};

use crate::modules::{self, hex};
use crate::package;
use crate::sbom::Crates;
use crate::workspace::{VERSION, Workspace, read_bytes, write};

/// No options.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// The files that a release adds to each module, for those who install or list it.
const BESIDE: [&str; 9] = [
    "README.md",
    "metadata.yml",
    "questions-ui.yml",
    "settings.schema.json",
    "artifacthub-pkg.yml",
    "rbac.yaml",
    "session.yaml",
    "session-request.json",
    "session-settings.json",
];

pub(crate) fn run(workspace: &Workspace, _: &Args) -> Result<()> {
    let built = modules::build(workspace, &modules::Args { release: true, policies: Vec::new() })?;
    let dist = workspace.path("dist");
    if dist.exists() {
        std::fs::remove_dir_all(&dist).context("cannot empty dist")?;
    }
    let crates = Crates::read(workspace, built.iter().map(|(shipped, _)| shipped))?;
    let mut sums = String::new();
    for (shipped, path) in &built {
        let id = shipped.metadata().id;
        let folder = format!("{id}/{VERSION}");
        let module = read_bytes(path)?;
        sums += &format!("{}  {folder}/policy.wasm\n", hex(&Sha256::digest(&module)));
        write(&dist.join(&folder).join("sbom.cdx.json"), crates.sbom(shipped, &module)?)?;
        write(&dist.join(&folder).join("policy.wasm"), module)?;
        for name in BESIDE {
            // At the root, artifacthub-pkg.yml is the suite's.
            let at_root = name == "artifacthub-pkg.yml" && matches!(shipped, Shipped::Suite);
            let source = if at_root { name.to_owned() } else { format!("policies/{id}/{name}") };
            let source = workspace.path(source);
            if source.exists() {
                write(&dist.join(&folder).join(name), read_bytes(&source)?)?;
            }
        }
    }
    let tarball = package::pack(workspace, &dist)?;
    sums += &format!("{}  {tarball}\n", hex(&Sha256::digest(read_bytes(&dist.join(&tarball))?)));
    write(&dist.join("SHA256SUMS"), sums)?;
    write(&dist.join("artifacthub-repo.yml"), workspace.read("artifacthub-repo.yml")?)?;
    println!("{} modules and {tarball} in {}", built.len(), dist.display());
    Ok(())
}
