//! Writes and checks the generated files that are checked in.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use plimsoll::policies::POLICIES;
use plimsoll::policies::PolicyEntry;
use plimsoll::policy::metadata::Metadata;
use plimsoll_kubewarden::{SUITE, Shipped};
use plimsoll_lint::unknown_field::ONLY_FILES;
use similar::TextDiff;

use crate::render::{
    artifacthub, chart, comparison, index, metadata, module, questions, rbac, readme, settings, suite,
};
use crate::workspace::Workspace;

/// What to do with generated files.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Change nothing; print what would change, and fail if anything would
    #[arg(long)]
    check: bool,
}

/// The generated files of a policy's folder. Those that the generators don't produce are stale.
const NAMES: [&str; 8] = [
    "Cargo.toml",
    "src/lib.rs",
    "README.md",
    "metadata.yml",
    "questions-ui.yml",
    "settings.schema.json",
    "artifacthub-pkg.yml",
    "rbac.yaml",
];

/// The files that the end-to-end tests record for policies with look-ups. In other folders they are stale.
const RECORDED: [&str; 3] = ["session.yaml", "session-request.json", "session-settings.json"];

/// The longest diff that is printed in full, in lines.
const LONGEST_DIFF: usize = 60;

struct Generated {
    path: PathBuf,
    text: String,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut generated = Vec::new();
    for entry in POLICIES {
        generated.extend(of_policy(workspace, entry).with_context(|| format!("policy {}", entry.metadata.id))?);
        generated.extend(moved(entry.metadata, &workspace.read("Cargo.toml")?)?);
    }
    generated.extend(of_suite().context("the suite")?);
    generated.extend(of_all()?);
    let stale = stale(workspace, &generated)?;
    let changed: Vec<_> = generated
        .iter()
        .filter_map(|file| {
            let present = std::fs::read_to_string(workspace.path(&file.path)).unwrap_or_default();
            (present != file.text).then_some((file, present))
        })
        .collect();

    if !args.check {
        for (file, _) in &changed {
            workspace.write(&file.path, &file.text)?;
            println!("wrote {}", file.path.display());
        }
        for path in &stale {
            let full = workspace.path(path);
            std::fs::remove_file(&full).with_context(|| format!("cannot remove {}", path.display()))?;
            println!("removed {}", path.display());
            // Cargo reads every folder in policies as a package, so remove empty ones.
            for folder in full.ancestors().skip(1) {
                if std::fs::remove_dir(folder).is_err() {
                    break;
                }
            }
        }
        println!("{} generated files, {} changed", generated.len(), changed.len() + stale.len());
        return Ok(());
    }
    for (file, present) in &changed {
        print_diff(&file.path, present, &file.text);
    }
    for path in &stale {
        println!("{} is not generated any more", path.display());
    }
    match changed.len() + stale.len() {
        0 => {
            println!("{} generated files are current", generated.len());
            Ok(())
        }
        count => bail!("{count} generated files are not current: run `make gen`"),
    }
}

fn of_policy(workspace: &Workspace, entry: &'static PolicyEntry) -> Result<Vec<Generated>> {
    let metadata = entry.metadata;
    let shipped = Shipped::Policy(entry);
    let folder = Path::new("policies").join(metadata.id);
    let questions = questions::render(entry)?;
    let mut files = vec![
        ("Cargo.toml", module::manifest(metadata.id, &metadata::host_calls(metadata))),
        ("src/lib.rs", module::source(metadata.id, metadata.category)),
        ("README.md", readme::render(workspace, entry)?),
        ("metadata.yml", metadata::render(shipped)?),
        ("settings.schema.json", settings::render(entry)?),
        ("artifacthub-pkg.yml", artifacthub::render(shipped, &questions)?),
        ("questions-ui.yml", questions),
    ];
    files.extend(rbac::render(metadata)?.map(|text| ("rbac.yaml", text)));
    Ok(files.into_iter().map(|(name, text)| Generated { path: folder.join(name), text }).collect())
}

/// What is at the addresses of the ids that a policy had. Cargo must not take their folders for packages.
fn moved(metadata: &Metadata, workspace: &str) -> Result<Vec<Generated>> {
    let pages = metadata.renamed_from.iter().map(|from| {
        let folder = Path::new("policies").join(from);
        let excluded = format!("\"{}\"", folder.display());
        ensure!(workspace.contains(&excluded), "add {excluded} to `exclude` of the workspace, in Cargo.toml");
        Ok(Generated { path: folder.join("README.md"), text: readme::moved(from, metadata.id) })
    });
    pages.collect()
}

/// The files of the suite. Its artifacthub-pkg.yml is the repository's, at the root.
fn of_suite() -> Result<Vec<Generated>> {
    let questions = suite::questions()?;
    let folder = Path::new("policies").join(SUITE.id);
    let mut files = vec![
        (folder.join("Cargo.toml"), module::manifest(SUITE.id, &metadata::host_calls(&SUITE))),
        (folder.join("src/lib.rs"), module::suite_source().to_owned()),
        (folder.join("README.md"), suite::readme()?),
        (folder.join("metadata.yml"), metadata::render(Shipped::Suite)?),
        (folder.join("settings.schema.json"), suite::schema()?),
        (PathBuf::from("artifacthub-pkg.yml"), artifacthub::render(Shipped::Suite, &questions)?),
        (folder.join("questions-ui.yml"), questions),
    ];
    files.extend(rbac::render(&SUITE)?.map(|text| (folder.join("rbac.yaml"), text)));
    Ok(files.into_iter().map(|(path, text)| Generated { path, text }).collect())
}

fn of_all() -> Result<Vec<Generated>> {
    let files = [
        ("docs/policies.md", index::render()?),
        ("docs/settings.md", index::settings()?),
        ("docs/comparison.md", comparison::render()?),
        ("docs/config.schema.json", suite::config_schema()?),
        ("artifacthub-repo.yml", artifacthub::repository()?),
        ("charts/plimsoll-policies/Chart.yaml", chart::chart()?),
        ("charts/plimsoll-policies/files/policies.yaml", chart::policies()?),
        ("charts/plimsoll-policies/values.schema.json", chart::schema()?),
    ];
    let mut generated: Vec<_> = files.into_iter().map(|(path, text)| Generated { path: path.into(), text }).collect();
    for entry in ONLY_FILES {
        let path = Path::new("docs").join(entry.metadata.id).with_extension("md");
        generated.push(Generated { path, text: readme::only_for_files(entry)? });
    }
    Ok(generated)
}

/// Generated files whose policy or purpose is gone.
fn stale(workspace: &Workspace, generated: &[Generated]) -> Result<Vec<PathBuf>> {
    let mut stale = Vec::new();
    for folder in std::fs::read_dir(workspace.path("policies")).context("cannot read policies")? {
        let name = folder?.file_name();
        let folder = Path::new("policies").join(&name);
        let listed = POLICIES.iter().any(|entry| name == entry.metadata.id);
        if !listed && workspace.path(&folder).join("fixtures").exists() {
            bail!("{} has fixtures, but src/policies.rs doesn't list the policy", folder.display());
        }
        let made = NAMES.iter().map(|name| folder.join(name)).filter(|path| workspace.path(path).exists());
        stale.extend(made.filter(|path| !generated.iter().any(|file| file.path == *path)));
        let looking =
            POLICIES.iter().any(|entry| name == entry.metadata.id && !metadata::host_calls(entry.metadata).is_empty());
        let recorded = RECORDED.iter().map(|name| folder.join(name)).filter(|path| workspace.path(path).exists());
        stale.extend(recorded.filter(|_| !looking));
    }
    stale.sort_unstable();
    Ok(stale)
}

fn print_diff(path: &Path, present: &str, wanted: &str) {
    let diff = TextDiff::from_lines(present, wanted);
    let name = path.display().to_string();
    let text = diff.unified_diff().context_radius(1).header(&name, "as `make gen` makes it").to_string();
    for line in text.lines().take(LONGEST_DIFF) {
        println!("{line}");
    }
    let more = text.lines().count().saturating_sub(LONGEST_DIFF);
    if more > 0 {
        println!("… {more} lines more");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_of_an_old_id_leads_to_the_new_one() {
        let metadata = Metadata { id: "new-name", renamed_from: &["old-name"], ..Metadata::DEFAULT };
        let pages = moved(&metadata, "exclude = [\"policies/old-name\"]").unwrap();
        let [page] = pages.as_slice() else { panic!("one page for each id") };
        assert_eq!(page.path, Path::new("policies/old-name/README.md"));
        assert!(page.text.contains("[new-name](../new-name/README.md)"), "{}", page.text);
        assert!(moved(&metadata, "exclude = []").is_err());
    }
}
