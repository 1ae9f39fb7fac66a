//! For npm: a package that starts the program, and one for each target, of which npm installs the one that fits.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Binary, VERSION, write};
use crate::archive::{Entry, gzip, tar};
use crate::template::{Values, render};

const MAIN: &str = include_str!("../../templates/npm.json");
const LAUNCHER: &str = include_str!("../../templates/npm.js");
const PLATFORM: &str = include_str!("../../templates/npm-platform.json");
const README: &str = include_str!("../../templates/README.md");

pub(crate) fn write_all(folder: &Path, binaries: &[Binary], values: &Values) -> Result<()> {
    let license = &binaries.first().context("no programs")?.license;
    let (manifest, readme) = (render(MAIN, values)?, render(README, values)?);
    let launcher = render(LAUNCHER, values)?;
    let files = [
        Entry::file("package/LICENSE", license),
        Entry::file("package/README.md", readme.as_bytes()),
        Entry::program("package/bin/plimsoll.js", launcher.as_bytes()),
        Entry::file("package/package.json", manifest.as_bytes()),
    ];
    write(&folder.join(format!("plimsoll-cli-{VERSION}.tgz")), gzip(&tar(files, Vec::new())?)?)?;
    for binary in binaries {
        platform(folder, binary, values).with_context(|| binary.target.npm.to_owned())?;
    }
    Ok(())
}

fn platform(folder: &Path, binary: &Binary, values: &Values) -> Result<()> {
    let platform = binary.target.npm;
    let (os, cpu) = platform.split_once('-').context("a platform and an architecture")?;
    let mut values = values.clone();
    for (name, value) in [("platform", platform), ("os", os), ("cpu", cpu)] {
        values.insert(name.to_owned(), value.to_owned());
    }
    let manifest = render(PLATFORM, &values)?;
    let program = format!("package/bin/{}", binary.target.program());
    let files = [
        Entry::file("package/LICENSE", &binary.license),
        Entry::program(&program, &binary.program),
        Entry::file("package/package.json", manifest.as_bytes()),
    ];
    write(&folder.join(format!("plimsoll-cli-{platform}-{VERSION}.tgz")), gzip(&tar(files, Vec::new())?)?)
}
