//! Which chapters there are, in the order of the side bar.

use std::path::PathBuf;

use anyhow::{Context, Result};
use mdbook_driver::book::{BookItem, Chapter};
use plimsoll::policies::POLICIES;
use plimsoll::policy::metadata::Category;

use crate::links::{Page, rewrite};
use crate::{policy, read};

/// The parts, and for each chapter its place in the repository and on the site.
const PARTS: &[(&str, &[(&str, &str)])] = &[
    (
        "Guides",
        &[
            ("docs/guides/zero-downtime.md", "guides/zero-downtime.md"),
            ("docs/guides/sizing.md", "guides/sizing.md"),
            ("docs/guides/versions.md", "guides/versions.md"),
            ("docs/in-a-repository.md", "guides/in-a-repository.md"),
            ("docs/in-a-cluster.md", "guides/in-a-cluster.md"),
            ("docs/guides/writing-a-policy.md", "guides/writing-a-policy.md"),
        ],
    ),
    (
        "Reference",
        &[
            ("docs/command-line.md", "reference/command-line.md"),
            ("docs/exemptions.md", "reference/exemptions.md"),
            ("docs/settings.md", "reference/settings.md"),
            ("policies/suite/README.md", "policies/suite.md"),
            ("charts/plimsoll-policies/README.md", "reference/chart.md"),
            ("docs/playground.md", "reference/playground.md"),
            ("docs/json-output.md", "reference/json-output.md"),
            ("docs/performance.md", "reference/performance.md"),
        ],
    ),
    (
        "Project",
        &[
            ("docs/guides/comparison.md", "project/comparison.md"),
            ("docs/guides/versioning.md", "project/versioning.md"),
            ("CHANGELOG.md", "project/changes.md"),
        ],
    ),
];

const INTRODUCTION: (&str, &str) = ("site/introduction.md", "index.md");
const POLICY_LIST: (&str, &str) = ("docs/policies.md", "policies/index.md");

/// Where a file of the repository is on the site, as Markdown; `None` if it is not there.
pub(crate) fn place_of(source: &str) -> Option<String> {
    let source = source.trim_end_matches('/');
    let id = source.strip_prefix("policies/").map(|rest| rest.strip_suffix("/README.md").unwrap_or(rest));
    if let Some(id) = id
        && POLICIES.iter().any(|entry| entry.metadata.id == id)
    {
        return Some(policy::place(id));
    }
    let pages = PARTS.iter().flat_map(|(_, pages)| pages.iter()).chain([&INTRODUCTION, &POLICY_LIST]);
    pages.into_iter().find(|(of, _)| *of == source).map(|(_, place)| (*place).to_owned())
}

/// All chapters.
pub(crate) fn items() -> Result<Vec<BookItem>> {
    let mut items = vec![document(INTRODUCTION)?];
    for (title, pages) in PARTS {
        items.push(BookItem::PartTitle((*title).to_owned()));
        for page in *pages {
            items.push(document(*page)?);
        }
    }
    items.push(BookItem::PartTitle("Policies".to_owned()));
    items.push(document(POLICY_LIST)?);
    for category in Category::ALL {
        let name = category.name();
        let mut policies = Vec::new();
        for entry in POLICIES.iter().filter(|entry| entry.metadata.category == category) {
            policies.push(chapter(policy::page(entry)?, entry.metadata.id, vec![name.to_owned()]));
        }
        let parent = Chapter { name: name.to_owned(), sub_items: policies, ..Chapter::default() };
        items.push(BookItem::Chapter(parent));
    }
    Ok(items)
}

fn document((source, place): (&str, &str)) -> Result<BookItem> {
    let text = read(source)?;
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).with_context(|| format!("{source}: no title"))?;
    let title = title.replace('`', "");
    let page = Page { source: source.to_owned(), place: place.to_owned(), text };
    Ok(chapter(page, &title, Vec::new()))
}

fn chapter(page: Page, title: &str, parents: Vec<String>) -> BookItem {
    let text = rewrite(&page);
    BookItem::Chapter(Chapter { source_path: None, ..Chapter::new(title, text, PathBuf::from(page.place), parents) })
}
