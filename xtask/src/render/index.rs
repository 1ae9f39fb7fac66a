//! The pages about all policies: docs/policies.md and docs/settings.md.

use std::fmt::Write;

use anyhow::Result;
use plimsoll::policies::{POLICIES, PolicyEntry};
use plimsoll::policy::metadata::Category;
use plimsoll_lint::unknown_field::{self, ONLY_FILES};

use crate::render::{readme, settings};

/// docs/policies.md: every policy, by category.
pub(crate) fn render() -> Result<String> {
    let only_files = ONLY_FILES.map(|entry| format!("[{0}]({0}.md)", entry.metadata.id)).join(", ");
    let mut text = format!(
        "<!-- Made by `make gen`. -->\n# Policies\n\n{} policies. A name says what is wrong. `starter` is part of `production`, \
         which is part of `strict`; what is `off` is on only when named. Only the command and the playground have {only_files}: in \
         a cluster the API server itself checks that.\n",
        unknown_field::all().count()
    );
    let page = |entry: &PolicyEntry| match is_only_for_files(entry) {
        true => format!("{}.md", entry.metadata.id),
        false => format!("../policies/{}/README.md", entry.metadata.id),
    };
    text.push_str(&by_category(unknown_field::all(), page, 2)?);
    Ok(text)
}

fn is_only_for_files(entry: &PolicyEntry) -> bool {
    ONLY_FILES.iter().any(|only| only.metadata.id == entry.metadata.id)
}

/// The policies of the suite, with links to the folders beside its own.
pub(crate) fn of_suite(level: usize) -> Result<String> {
    by_category(POLICIES.iter(), |entry| format!("../{}/README.md", entry.metadata.id), level)
}

/// A table for each category, below a heading of that level.
fn by_category(
    entries: impl Iterator<Item = &'static PolicyEntry>,
    page: impl Fn(&PolicyEntry) -> String,
    level: usize,
) -> Result<String> {
    let mut text = String::new();
    // By the id within a category, as in the list.
    let mut entries: Vec<&PolicyEntry> = entries.collect();
    entries.sort_by_key(|entry| (entry.metadata.category, entry.metadata.id));
    let mut categories: Vec<Category> = entries.iter().map(|entry| entry.metadata.category).collect();
    categories.dedup();
    for category in categories {
        write!(text, "\n{} {}\n\n", "#".repeat(level), category.name())?;
        text.push_str("| policy | severity | profile | fix | what it wants |\n|---|---|---|---|---|\n");
        for entry in entries.iter().filter(|entry| entry.metadata.category == category) {
            let metadata = entry.metadata;
            writeln!(
                text,
                "| [{}]({}) | {} | {} | {} | {} |",
                metadata.id,
                page(entry),
                metadata.severity.name(),
                metadata.profile.name(),
                metadata.fix.name(),
                metadata.title
            )?;
        }
    }
    Ok(text)
}

/// docs/settings.md: the settings that every policy has.
pub(crate) fn settings() -> Result<String> {
    let mut text = String::from(
        "<!-- Made by `make gen`. -->\n# Settings that every policy has\n\nIn a cluster they go into `spec.settings`, beside \
         the policy's own. The [suite](../policies/suite/README.md) takes them for all policies and for single ones. \
         [Exemptions](exemptions.md) have a page of their own.\n\n",
    );
    readme::table(&mut text, &settings::common())?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use plimsoll::policies::POLICIES;
    use plimsoll::policy::common::CommonSettings;

    use super::{render, settings};

    #[test]
    fn every_policy_is_listed_once() {
        let index = render().unwrap();
        for entry in POLICIES {
            let link = format!("/{}/README.md)", entry.metadata.id);
            assert_eq!(index.matches(&link).count(), 1, "{link}");
        }
        assert_eq!(index.matches("| [unknown-field](unknown-field.md) |").count(), 1);
    }

    #[test]
    fn every_common_setting_has_one_row() {
        let text = settings().unwrap();
        for key in CommonSettings::KEYS {
            assert_eq!(text.matches(&format!("\n| `{key}` |")).count(), 1, "{key}");
        }
    }
}
