//! The site: guides, documentation, a page for each policy, and the playground, as one folder of static files.
//!
//! Chapters are the repository's own Markdown: `docs/`, the READMEs of the policies, and a few more files. mdBook makes pages of them.

mod chapters;
mod check;
mod files;
mod links;
mod policy;
mod share;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use plimsoll::policies::POLICIES;
use plimsoll::policy::metadata::Metadata;

pub use crate::check::check;
use crate::files::{copy, replace, write};

/// Where the source is.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The workspace that this program was built from.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A file of the repository.
fn read(path: &str) -> Result<String> {
    let path = root().join(path);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// Writes the site into `folder`, in place of what was there. The playground is a part of it if it has been built.
///
/// # Errors
/// When a file can't be read or written, or mdBook fails.
pub fn build(folder: &Path) -> Result<()> {
    let stage = tempfile::tempdir()?;
    let source = stage.path().join("src");
    write(&source.join("SUMMARY.md"), "# Summary\n")?;
    write(&stage.path().join("site.css"), include_str!("../site.css"))?;
    write(&stage.path().join("site.js"), include_str!("../site.js"))?;
    write(&stage.path().join("theme/favicon.svg"), &read("playground/web/public/icon.svg")?)?;
    assets(&source)?;
    let mut config: Config = include_str!("../book.toml").parse()?;
    config.set("output.html.redirect", redirects(POLICIES.iter().map(|entry| entry.metadata)))?;
    let mut book = MDBook::load_with_config(stage.path(), config)?;
    book.book.items = chapters::items()?;
    book.build()?;
    let playground = root().join("playground/web/dist");
    if playground.exists() {
        copy(&playground, &stage.path().join("book/playground"), &|_| true)?;
    }
    replace(&stage.path().join("book"), folder)
}

/// From the pages of ids that policies had to those that they have.
fn redirects(all: impl Iterator<Item = &'static Metadata>) -> BTreeMap<String, String> {
    let of = |policy: &'static Metadata| {
        let to = format!("{}.html", policy.id);
        policy.renamed_from.iter().map(move |from| (format!("/policies/{from}.html"), to.clone()))
    };
    all.flat_map(of).collect()
}

/// What pages show and refer to: pictures, and the schemas, at the addresses that they name themselves.
fn assets(source: &Path) -> Result<()> {
    let is_asset = |path: &Path| path.extension().is_none_or(|extension| extension != "md");
    copy(&root().join("docs"), &source.join("docs"), &is_asset)?;
    let schemas = source.join("schemas").join(env!("CARGO_PKG_VERSION"));
    for id in POLICIES.iter().map(|entry| entry.metadata.id).chain(["suite"]) {
        let schema = format!("policies/{id}/settings.schema.json");
        if root().join(&schema).exists() {
            write(&schemas.join(format!("{id}.json")), &read(&schema)?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_of_an_old_id_leads_to_the_new_one() {
        static METADATA: Metadata = Metadata { id: "new-name", renamed_from: &["old-name"], ..Metadata::DEFAULT };
        let redirects = redirects([&METADATA].into_iter());
        assert_eq!(redirects.get("/policies/old-name.html").map(String::as_str), Some("new-name.html"));
    }
}
