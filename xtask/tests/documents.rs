//! The handwritten Markdown agrees with the tree: links resolve, and manifests match the generated ones.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use plimsoll_kubewarden::{Shipped, manifest};
use serde_json::Value;

/// The handwritten documents.
const ROOT: [&str; 7] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "examples/README.md",
];

fn workspace() -> Result<PathBuf> {
    Ok(Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?.to_owned())
}

fn documents() -> Result<Vec<PathBuf>> {
    let workspace = workspace()?;
    let mut documents: Vec<PathBuf> = ROOT.iter().map(|name| workspace.join(name)).collect();
    for folder in ["docs", "docs/guides"] {
        for file in std::fs::read_dir(workspace.join(folder))? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    Ok(documents)
}

#[test]
fn links_resolve_to_files_and_headings() -> Result<()> {
    for document in documents()? {
        let text = std::fs::read_to_string(&document).with_context(|| document.display().to_string())?;
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let folder = document.parent().context("a file lies in a folder")?;
            let target = if file.is_empty() { document.clone() } else { folder.join(file) };
            ensure!(target.exists(), "{}: broken link {link}", document.display());
            if !anchor.is_empty() {
                let headings = headings(&std::fs::read_to_string(&target)?);
                ensure!(headings.iter().any(|heading| heading == anchor), "{}: no heading {link}", document.display());
            }
        }
    }
    Ok(())
}

#[test]
fn manifests_in_documents_have_the_generated_rules() -> Result<()> {
    let mut policies = 0;
    for document in documents()? {
        let text = std::fs::read_to_string(&document)?;
        for block in text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("\n```").next()) {
            if !block.contains("kind: ClusterAdmissionPolicy\n") {
                continue;
            }
            let mut shown: Value = yaml_serde::from_str(block)?;
            // The first step of the safe path.
            let mode = shown["spec"].as_object_mut().and_then(|spec| spec.remove("mode"));
            ensure!(mode == Some("monitor".into()), "{}: without mode: monitor", document.display());
            let id = shown["metadata"]["name"].as_str().context("a manifest has a name")?;
            let shipped = Shipped::named(id).with_context(|| format!("unknown policy {id}"))?;
            let generated = serde_json::to_value(manifest(shipped, shown["spec"]["settings"].clone()))?;
            assert_eq!(shown, generated, "{}", document.display());
            policies += 1;
        }
    }
    assert!(policies >= 2, "README.md and docs/in-a-cluster.md show one each: {policies}");
    Ok(())
}

#[test]
fn readme_is_short_and_links_to_the_list_of_policies() -> Result<()> {
    let readme = std::fs::read_to_string(workspace()?.join("README.md"))?;
    assert!(readme.lines().count() <= 150, "{} lines", readme.lines().count());
    assert!(readme.contains("](docs/policies.md)"));
    Ok(())
}

/// As the disruption controller computes it: both percentages round up to whole pods.
#[test]
fn table_of_budgets_says_how_many_pods_may_be_evicted() -> Result<()> {
    let guide = std::fs::read_to_string(workspace()?.join("docs/guides/sizing.md"))?;
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('*').to_owned()).collect()
    };
    let mut lines = guide.lines().skip_while(|line| !line.starts_with("| pods | min "));
    let head = cells(lines.next().context("no table")?);
    let mut rows = 0;
    for row in lines.skip(1).take_while(|line| line.starts_with('|')).map(cells) {
        let pods: u32 = row.first().context("a row has cells")?.parse()?;
        assert_eq!(row.len(), head.len(), "{pods} pods");
        for (column, allowed) in head.iter().zip(&row).skip(1) {
            let (field, percent) = column.trim_end_matches('%').split_once(' ').context("a field and a percentage")?;
            let rounded = (pods * percent.parse::<u32>()?).div_ceil(100);
            let expected = if field == "min" { pods - rounded } else { rounded };
            assert_eq!(allowed.parse::<u32>()?, expected, "{pods} pods, {column}");
        }
        rows += 1;
    }
    assert_eq!(rows, 10);
    Ok(())
}

/// The targets of links to files in the repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.contains(' '))
}

/// The anchors that GitHub creates for headings.
fn headings(text: &str) -> Vec<String> {
    let titles = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let slug = |title: &str| {
        let kept = title.chars().filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    titles.map(slug).collect()
}

#[test]
fn links_and_anchors_are_parsed_as_by_github() {
    let text = "# A page, with `code`\n[x](a.md#b) and [y](https://example.com/) in f(x)\n";
    assert_eq!(links(text).collect::<Vec<_>>(), ["a.md#b"]);
    assert_eq!(headings(text), ["a-page-with-code"]);
}
