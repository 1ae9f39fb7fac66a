//! Prepares a release: everything but its tag.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::{VERSION, Workspace, output, succeed};

/// Which release to prepare.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The version, such as `1.2.3` or `1.2.3-rc.1`.
    #[arg(value_name = "VERSION")]
    version: String,
}

/// What asks users to write a version.
const NAMING: [&str; 8] = [
    "README.md",
    "RELEASING.md",
    "docs/command-line.md",
    "docs/gitlab-ci.yml",
    "docs/guides/versioning.md",
    "docs/in-a-cluster.md",
    "docs/in-a-repository.md",
    "docs/testing-policies.md",
];
/// The page's packages, one of which is made here.
const PACKAGES: &str = "playground/web/package-lock.json";

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let version = &args.version;
    ensure!(is_version(version), "{version} is no version such as 1.2.3 or 1.2.3-rc.1");
    ensure!(version != VERSION, "this is {VERSION} already");
    let today = output(Command::new("date").args(["-u", "+%F"]))?;
    let changelog = changelog(&workspace.read("CHANGELOG.md")?, version, today.trim())?;
    let manifest = manifest(&workspace.read("Cargo.toml")?, VERSION, version)?;
    workspace.write("CHANGELOG.md", changelog)?;
    workspace.write("Cargo.toml", manifest)?;
    for name in NAMING {
        let text = workspace.read(name)?;
        ensure!(text.contains(VERSION), "{name} names no version any more: leave it out of xtask/src/release.rs");
        workspace.write(name, text.replace(VERSION, version))?;
    }
    let packages = packages(&workspace.read(PACKAGES)?, VERSION, version)?;
    workspace.write(PACKAGES, packages)?;
    for lock in ["Cargo.toml", "fuzz/Cargo.toml"] {
        succeed(workspace.cargo().args(["update", "--workspace", "--offline", "--quiet", "--manifest-path", lock]))?;
    }
    // By the new version's program.
    succeed(workspace.cargo().args(["run", "--quiet", "--package", "xtask", "--", "gen"]))?;
    println!("{version} is prepared. Look at the changes, run .ci/run, merge, and push the tag:");
    println!("git tag -s v{version} && git push origin v{version}");
    Ok(())
}

/// Three numbers, and a word with a number for what comes before.
fn is_version(version: &str) -> bool {
    let (release, pre) = version.split_once('-').unwrap_or((version, "rc.1"));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    release.split('.').count() == 3
        && release.split('.').all(number)
        && pre.split_once('.').is_some_and(|(word, count)| matches!(word, "alpha" | "beta" | "rc") && number(count))
}

/// Gives what is unreleased a heading of its own, and the version its address.
fn changelog(text: &str, version: &str, date: &str) -> Result<String> {
    let (before, after) = text.split_once("## [Unreleased]\n").context("CHANGELOG.md has no part [Unreleased]")?;
    let unreleased = after.split("\n## [").next().unwrap_or_default();
    if unreleased.trim().is_empty() {
        bail!("CHANGELOG.md says of nothing that it is unreleased");
    }
    let address = format!("[{version}]: {}/releases/tag/v{version}\n", env!("CARGO_PKG_REPOSITORY"));
    let first = after.lines().find(|line| line.starts_with('[') && line.contains("]: ")).unwrap_or_default();
    let after =
        if first.is_empty() { format!("{after}\n{address}") } else { after.replacen(first, &(address + first), 1) };
    Ok(format!("{before}## [Unreleased]\n\n## [{version}] - {date}\n{after}"))
}

/// Changes the version of the workspace and of those members that are published.
fn manifest(text: &str, from: &str, to: &str) -> Result<String> {
    let old = format!("version = \"{from}\"");
    ensure!(text.contains(&format!("\n{old}\n")), "Cargo.toml has another version than {from}");
    let is_ours = |line: &&str| *line == old || line.contains("path = ");
    let lines = text
        .lines()
        .map(|line| if is_ours(&line) { line.replace(&old, &format!("version = \"{to}\"")) } else { line.to_owned() });
    Ok(lines.collect::<Vec<_>>().join("\n") + "\n")
}

/// Changes the version of our own package among the page's.
fn packages(text: &str, from: &str, to: &str) -> Result<String> {
    let named = |version: &str| format!("\"name\": \"@plimsoll/core\",\n      \"version\": \"{version}\"");
    let old = named(from);
    ensure!(text.contains(&old), "{PACKAGES} has another version of @plimsoll/core than {from}");
    Ok(text.replace(&old, &named(to)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{NAMING, PACKAGES, changelog, is_version, manifest, packages};
    use crate::workspace::{VERSION, Workspace};

    /// The documents below a folder that name this version.
    fn naming(root: &Path, folder: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && !folder.is_empty() {
                naming(root, &name, found);
            } else if path.extension().is_some_and(|extension| extension == "md" || extension == "yml")
                && std::fs::read_to_string(&path).unwrap().contains(&format!("v{VERSION}"))
            {
                found.push(name);
            }
        }
    }

    #[test]
    fn every_document_that_names_the_version_is_known() {
        let workspace = Workspace::here();
        let (mut found, root) = (Vec::new(), workspace.root());
        naming(root, "", &mut found);
        naming(root, "docs", &mut found);
        // What `make gen` writes, and what is history.
        found.retain(|name| !["CHANGELOG.md", "artifacthub-pkg.yml"].contains(&name.as_str()));
        found.sort();
        assert_eq!(found, NAMING);
    }

    #[test]
    fn the_version_changes_in_our_package_only() {
        let text = Workspace::here().read(PACKAGES).unwrap();
        let changed = packages(&text, VERSION, "99.0.0").unwrap();
        let lines = text.lines().zip(changed.lines()).filter(|(one, other)| one != other);
        assert_eq!(lines.map(|(_, line)| line.trim()).collect::<Vec<_>>(), ["\"version\": \"99.0.0\","]);
        assert!(packages(&changed, VERSION, "100.0.0").is_err());
    }

    #[test]
    fn the_unreleased_gets_a_heading() {
        let text = "# Changelog\n\n## [Unreleased]\n\n- New.\n\n## [0.1.0] - 2026-11-25\n\nFirst.\n\n[0.1.0]: https://x/v0.1.0\n";
        let changed = changelog(text, "0.2.0", "2026-12-01").unwrap();
        let address =
            format!("[0.2.0]: {}/releases/tag/v0.2.0\n[0.1.0]: https://x/v0.1.0\n", env!("CARGO_PKG_REPOSITORY"));
        let expected = format!(
            "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n- New.\n\n## [0.1.0] - 2026-11-25\n\nFirst.\n\n{address}"
        );
        assert_eq!(changed, expected);
        assert!(changelog(&changed, "0.3.0", "2026-12-02").is_err());
    }

    #[test]
    fn the_version_changes_where_it_is_ours() {
        let text = "[workspace.package]\nversion = \"0.1.0\"\n[workspace.dependencies]\n\
                    plimsoll = { path = \".\", version = \"0.1.0\" }\nother = { version = \"0.1.0\" }\n";
        let expected = "[workspace.package]\nversion = \"0.2.0\"\n[workspace.dependencies]\n\
                        plimsoll = { path = \".\", version = \"0.2.0\" }\nother = { version = \"0.1.0\" }\n";
        assert_eq!(manifest(text, "0.1.0", "0.2.0").unwrap(), expected);
        assert!(manifest(text, "0.3.0", "0.4.0").is_err());
    }

    #[test]
    fn versions_are_checked() {
        for version in ["1.2.3", "0.10.0", "1.0.0-rc.1", "1.0.0-beta.12"] {
            assert!(is_version(version), "{version}");
        }
        for version in ["1.2", "v1.2.3", "1.2.3-next", "1.2.3-rc", "1.2.x", "1..3", "1.2.3.4"] {
            assert!(!is_version(version), "{version}");
        }
    }
}
