//! For Python: a wheel for each target, with nothing but the program.

use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{Binary, VERSION, write};
use crate::archive::Entry;
use crate::template::{Values, render};
use crate::zip::zip;

const METADATA: &str = include_str!("../../templates/wheel.txt");
const README: &str = include_str!("../../templates/README.md");
/// The name in file names. `plimsoll` is another project's.
const NAME: &str = "plimsoll_cli";

pub(crate) fn write_all(folder: &Path, binaries: &[Binary], values: &Values) -> Result<()> {
    let version = python_version(VERSION)?;
    let mut values = values.clone();
    values.insert("readme".to_owned(), render(README, &values)?.trim_end().to_owned());
    values.insert("python version".to_owned(), version.clone());
    let metadata = render(METADATA, &values)?;
    for binary in binaries {
        let wheel = wheel(binary, &version, &metadata).with_context(|| binary.target.triple.to_owned())?;
        write(&folder.join(format!("{NAME}-{version}-py3-none-{}.whl", binary.target.wheel)), wheel)?;
    }
    Ok(())
}

fn wheel(binary: &Binary, version: &str, metadata: &str) -> Result<Vec<u8>> {
    let info = format!("{NAME}-{version}.dist-info");
    let mut tags = format!("Wheel-Version: 1.0\nGenerator: plimsoll-release {VERSION}\nRoot-Is-Purelib: false\n");
    for platform in binary.target.wheel.split('.') {
        tags += &format!("Tag: py3-none-{platform}\n");
    }
    let record = format!("{info}/RECORD");
    let program = format!("{NAME}-{version}.data/scripts/{}", binary.target.program());
    let (about, kind, license) =
        (format!("{info}/METADATA"), format!("{info}/WHEEL"), format!("{info}/licenses/LICENSE"));
    let files = [
        Entry::program(&program, &binary.program),
        Entry::file(&about, metadata.as_bytes()),
        Entry::file(&kind, tags.as_bytes()),
        Entry::file(&license, &binary.license),
    ];
    let mut list = String::new();
    for file in &files {
        let digest = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(file.bytes));
        list += &format!("{},sha256={digest},{}\n", file.name, file.bytes.len());
    }
    list += &format!("{record},,\n");

    zip(files.into_iter().chain([Entry::file(&record, list.as_bytes())]))
}

/// A version as Python writes it: `1.2.3-rc.1` is `1.2.3rc1`.
fn python_version(version: &str) -> Result<String> {
    let Some((release, pre)) = version.split_once('-') else { return Ok(version.to_owned()) };
    for (name, short) in [("alpha.", "a"), ("beta.", "b"), ("rc.", "rc")] {
        if let Some(number) = pre.strip_prefix(name)
            && number.parse::<u32>().is_ok()
        {
            return Ok(format!("{release}{short}{number}"));
        }
    }
    bail!("{version} has no form in Python: a pre-release is alpha.N, beta.N or rc.N")
}

#[cfg(test)]
mod tests {
    use super::python_version;

    #[test]
    fn versions_are_written_as_python_does() {
        assert_eq!(python_version("1.2.3").unwrap(), "1.2.3");
        assert_eq!(python_version("1.2.3-rc.1").unwrap(), "1.2.3rc1");
        assert!(python_version("1.2.3-next").is_err());
    }
}
