//! The packages that carry the command, all of the same archives: for Homebrew, krew, Scoop, npm and Python, and the images.

mod image;
mod npm;
mod wheel;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::archive;
use crate::artifact::hex_digest;
use crate::targets::{Target, targets};
use crate::template::{Values, render};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const DESCRIPTION: &str = "Check Kubernetes manifests against best practices, and fix them";
const HOMEPAGE: &str = env!("CARGO_PKG_HOMEPAGE");
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
const LICENSE: &str = env!("CARGO_PKG_LICENSE");

/// The manifests that name the archives.
const NAMING: [(&str, &str); 3] = [
    ("homebrew/plimsoll.rb", include_str!("../templates/plimsoll.rb")),
    ("krew/plimsoll.yaml", include_str!("../templates/krew.yaml")),
    ("scoop/plimsoll.json", include_str!("../templates/scoop.json")),
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder with the command's archives, `plimsoll-VERSION-TARGET.tar.gz`, one for each target.
    #[arg(long, value_name = "FOLDER", default_value = "dist")]
    binaries: PathBuf,
    /// The folder with the built page, of which an image is made.
    #[arg(long, value_name = "FOLDER")]
    page: Option<PathBuf>,
    /// Where the packages go.
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,
}

/// The command for a target.
struct Binary {
    target: Target,
    /// The name of its archive, and the digest.
    archive: String,
    digest: String,
    program: Vec<u8>,
    license: Vec<u8>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let targets = targets()?;
    let binaries: Vec<Binary> =
        targets.into_iter().map(|target| Binary::read(&args.binaries, target)).collect::<Result<_>>()?;
    let values = values(&binaries);
    for (name, template) in NAMING {
        write(&args.output.join(name), render(template, &values).context(name)?)?;
    }
    npm::write_all(&args.output.join("npm"), &binaries, &values)?;
    wheel::write_all(&args.output.join("pypi"), &binaries, &values)?;
    image::command(&args.output.join(format!("images/plimsoll-{VERSION}.tar")), &binaries)?;
    if let Some(page) = &args.page {
        image::page(&args.output.join(format!("images/plimsoll-page-{VERSION}.tar")), page)?;
    }
    println!("packages of {} programs in {}", binaries.len(), args.output.display());
    Ok(())
}

impl Binary {
    fn read(folder: &Path, target: Target) -> Result<Self> {
        let archive = format!("plimsoll-{VERSION}-{}.tar.gz", target.triple);
        let path = folder.join(&archive);
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut files = archive::unpack(&bytes).with_context(|| archive.clone())?;
        let mut take = |name: &str| files.remove(name).with_context(|| format!("{archive} has no {name}"));
        let (program, license) = (take(target.program())?, take("LICENSE")?);
        Ok(Self { program, license, digest: hex_digest(&bytes), archive, target })
    }
}

fn values(binaries: &[Binary]) -> Values {
    let of_all = [
        ("version", VERSION),
        ("description", DESCRIPTION),
        ("homepage", HOMEPAGE),
        ("repository", REPOSITORY),
        ("license", LICENSE),
    ];
    let mut values: Values = of_all.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    for binary in binaries {
        let (triple, archive) = (binary.target.triple, &binary.archive);
        values.insert(format!("url {triple}"), format!("{REPOSITORY}/releases/download/v{VERSION}/{archive}"));
        values.insert(format!("sha256 {triple}"), binary.digest.clone());
    }
    values
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}
