//! The tables of all policies: docs/policies.md and the one in README.md.

use std::fmt::Write;

use anyhow::{Context, Result};
use plimsoll::policies::POLICIES;
use plimsoll::policy::{Category, Meta};

const BEGIN: &str = "<!-- policies: made by `make gen` -->";
const END: &str = "<!-- end of policies -->";

/// docs/policies.md: every policy, by category.
pub(crate) fn render() -> Result<String> {
    let mut text = format!(
        "<!-- Made by `make gen`. -->\n# Policies\n\n{} policies. A name says the offence. `starter` is part of `production`, \
         which is part of `strict`; what is `off` is on only when named.\n",
        POLICIES.len()
    );
    text.push_str(&by_category("../policies/", 2)?);
    Ok(text)
}

/// A table for each category, below a heading of that level; `folder` leads to the folders of the policies.
pub(crate) fn by_category(folder: &str, level: usize) -> Result<String> {
    let mut text = String::new();
    let mut categories: Vec<Category> = POLICIES.iter().map(|entry| entry.meta.category).collect();
    categories.sort();
    categories.dedup();
    for category in categories {
        write!(text, "\n{} {}\n\n", "#".repeat(level), category.name())?;
        text.push_str("| policy | severity | profile | fix | what it wants |\n|---|---|---|---|---|\n");
        for meta in of(category) {
            writeln!(
                text,
                "| [{0}]({folder}{0}/README.md) | {1} | {2} | {3} | {4} |",
                meta.id,
                meta.severity.name(),
                meta.profile.name(),
                meta.fix.name(),
                meta.title
            )?;
        }
    }
    Ok(text)
}

fn of(category: Category) -> impl Iterator<Item = &'static Meta> {
    POLICIES.iter().map(|entry| entry.meta).filter(move |meta| meta.category == category)
}

/// The project's README with its table of policies as it should be.
pub(crate) fn in_readme(readme: &str) -> Result<String> {
    let (head, rest) = readme.split_once(BEGIN).with_context(|| format!("README.md lacks the line {BEGIN}"))?;
    let (_, tail) = rest.split_once(END).with_context(|| format!("README.md lacks the line {END}"))?;
    let mut table = String::from("| policy | severity | profile | what it wants |\n|---|---|---|---|\n");
    for meta in POLICIES.iter().map(|entry| entry.meta) {
        writeln!(
            table,
            "| [{0}](policies/{0}/README.md) | {1} | {2} | {3} |",
            meta.id,
            meta.severity.name(),
            meta.profile.name(),
            meta.title
        )?;
    }
    Ok(format!("{head}{BEGIN}\n{table}{END}{tail}"))
}

#[cfg(test)]
mod tests {
    use plimsoll::policies::POLICIES;

    use super::{BEGIN, END, in_readme, render};

    #[test]
    fn every_policy_is_listed_once() {
        let (index, readme) = (render().unwrap(), in_readme(&format!("a\n{BEGIN}\nWHAT WAS\n{END}\nz\n")).unwrap());
        for entry in POLICIES {
            let link = format!("/{}/README.md)", entry.meta.id);
            assert_eq!((index.matches(&link).count(), readme.matches(&link).count()), (1, 1), "{link}");
        }
        assert!(readme.starts_with("a\n") && readme.ends_with(&format!("{END}\nz\n")) && !readme.contains("WHAT WAS"));
        assert_eq!(in_readme(&readme).unwrap(), readme);
        assert!(in_readme("no markers").is_err());
    }
}
