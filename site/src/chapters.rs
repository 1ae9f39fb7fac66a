//! Which chapters there are, in the order of the side bar.

use std::path::PathBuf;

use anyhow::Result;
use mdbook_driver::book::{BookItem, Chapter, SectionNumber};
use plimsoll::policies::POLICIES;
use plimsoll::policy::metadata::Category;

use crate::links::{Page, rewrite};
use crate::{policy, read};

/// A chapter: its place in the repository and on the site, and its name in the side bar.
type Document = (&'static str, &'static str, &'static str);

/// The parts of the side bar, before the policies.
const PARTS: &[(&str, &[Document])] = &[
    (
        "Guides",
        &[
            ("docs/guides/zero-downtime.md", "guides/zero-downtime.md", "Zero downtime"),
            ("docs/guides/sizing.md", "guides/sizing.md", "Service classes and sizing"),
            ("docs/guides/versions.md", "guides/versions.md", "A Deployment per version"),
            ("docs/in-a-repository.md", "guides/in-a-repository.md", "Adopting in a repository"),
            ("docs/in-a-cluster.md", "guides/in-a-cluster.md", "Adopting in a cluster"),
            ("docs/guides/writing-a-policy.md", "guides/writing-a-policy.md", "Writing a policy"),
        ],
    ),
    (
        "Reference",
        &[
            ("docs/command-line.md", "reference/command-line.md", "The command line"),
            ("docs/exemptions.md", "reference/exemptions.md", "Exemptions, severities, profiles"),
            ("docs/settings.md", "reference/settings.md", "Shared settings"),
            ("policies/suite/README.md", "policies/suite.md", "The suite"),
            ("charts/plimsoll-policies/README.md", "reference/chart.md", "The Helm chart"),
            ("docs/playground.md", "reference/playground.md", "The playground"),
            ("docs/json-output.md", "reference/json-output.md", "JSON output"),
            ("docs/performance.md", "reference/performance.md", "Performance"),
        ],
    ),
    (
        "Project",
        &[
            ("docs/guides/comparison.md", "project/comparison.md", "Comparison"),
            ("docs/comparison.md", "project/check-by-check.md", "Check by check"),
            ("docs/guides/versioning.md", "project/versioning.md", "Versioning"),
            ("CHANGELOG.md", "project/changes.md", "Changes"),
        ],
    ),
];

const INTRODUCTION: Document = ("site/introduction.md", "index.md", "Plimsoll");
const POLICY_LIST: Document = ("docs/policies.md", "policies/index.md", "All policies");

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
    pages.into_iter().find(|(of, ..)| *of == source).map(|(_, place, _)| (*place).to_owned())
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
    // Numbers are not shown. They are what the side bar folds by.
    for (category, number) in Category::ALL.into_iter().zip(1..) {
        let name = category.name();
        let mut policies = Vec::new();
        let members = POLICIES.iter().filter(|entry| entry.metadata.category == category);
        for (entry, second) in members.zip(1..) {
            let mut chapter = chapter(policy::page(entry)?, entry.metadata.id, vec![name.to_owned()]);
            chapter.number = Some(SectionNumber::new([number, second]));
            policies.push(BookItem::Chapter(chapter));
        }
        items.push(BookItem::Chapter(Chapter {
            name: name.to_owned(),
            number: Some(SectionNumber::new([number])),
            sub_items: policies,
            ..Chapter::default()
        }));
    }
    Ok(items)
}

fn document((source, place, name): Document) -> Result<BookItem> {
    let page = Page { source: source.to_owned(), place: place.to_owned(), text: read(source)? };
    Ok(BookItem::Chapter(chapter(page, name, Vec::new())))
}

fn chapter(page: Page, name: &str, parents: Vec<String>) -> Chapter {
    let text = rewrite(&page);
    Chapter { source_path: None, ..Chapter::new(name, text, PathBuf::from(page.place), parents) }
}
