//! The pages about all policies: docs/policies.md and docs/settings.md.

use std::fmt::Write;

use anyhow::Result;
use plimsoll::policies::POLICIES;
use plimsoll::policy::metadata::{Category, Metadata};

use crate::render::{readme, settings};

/// docs/policies.md: every policy, by category.
pub(crate) fn render() -> Result<String> {
    let mut text = format!(
        "<!-- Made by `make gen`. -->\n# Policies\n\n{} policies. A name says what is wrong. `starter` is part of `production`, \
         which is part of `strict`; what is `off` is on only when named.\n",
        POLICIES.len()
    );
    text.push_str(&by_category("../policies/", 2)?);
    Ok(text)
}

/// A table for each category, below a heading of that level; `folder` leads to the folders of the policies.
pub(crate) fn by_category(folder: &str, level: usize) -> Result<String> {
    let mut text = String::new();
    let mut categories: Vec<Category> = POLICIES.iter().map(|entry| entry.metadata.category).collect();
    categories.sort();
    categories.dedup();
    for category in categories {
        write!(text, "\n{} {}\n\n", "#".repeat(level), category.name())?;
        text.push_str("| policy | severity | profile | fix | what it wants |\n|---|---|---|---|---|\n");
        for metadata in of(category) {
            writeln!(
                text,
                "| [{0}]({folder}{0}/README.md) | {1} | {2} | {3} | {4} |",
                metadata.id,
                metadata.severity.name(),
                metadata.profile.name(),
                metadata.fix.name(),
                metadata.title
            )?;
        }
    }
    Ok(text)
}

fn of(category: Category) -> impl Iterator<Item = &'static Metadata> {
    POLICIES.iter().map(|entry| entry.metadata).filter(move |metadata| metadata.category == category)
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
    }

    #[test]
    fn every_common_setting_has_one_row() {
        let text = settings().unwrap();
        for key in CommonSettings::KEYS {
            assert_eq!(text.matches(&format!("\n| `{key}` |")).count(), 1, "{key}");
        }
    }
}
