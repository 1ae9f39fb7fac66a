//! A policy's page: its README, and what only a page can have.

use std::fmt::Write;

use anyhow::{Context, Result};
use plimsoll::policies::PolicyEntry;
use plimsoll_fixtures::{Example, pair_of};

use crate::links::Page;
use crate::{REPOSITORY, read, share};

/// Drawings of the guides, what they show, and the policies whose reason they show.
const DRAWINGS: &[(&str, &str, &[&str])] =
    &[("pod-end.svg", "How a pod ends", &["endless-prestop", "missing-prestop", "short-grace-period"])];

/// Where a policy's page is, as Markdown.
pub(crate) fn place(id: &str) -> String {
    format!("policies/{id}.md")
}

/// The page of a policy.
pub(crate) fn page(entry: &PolicyEntry) -> Result<Page> {
    let metadata = entry.metadata;
    let id = metadata.id;
    let source = format!("policies/{id}/README.md");
    let readme = read(&source)?;
    let (head, sections) = sections(&readme);
    let of = |title: &str| sections.iter().find(|section| section.starts_with(&format!("## {title}\n")));
    let pair = pair_of(metadata)?;
    let mut text = head.to_owned();
    let fail = pair.fail.as_ref();
    if let Some(example) = fail {
        write!(
            text,
            "[Open its example in the playground](site:playground/index.html{}) · ",
            share::hash(id, example)
        )?;
    }
    let rule = format!("src/policies/{}/{}.rs", metadata.category.name(), id.replace('-', "_"));
    writeln!(
        text,
        "[the rule]({REPOSITORY}/blob/main/{rule}) · [all its fixtures]({REPOSITORY}/tree/main/policies/{id}/fixtures)\n"
    )?;
    for title in ["What it does", "Why", "What to write", "Limits"] {
        text.push_str(of(title).copied().unwrap_or_default());
        if title == "Why"
            && let Some((drawing, words, _)) = DRAWINGS.iter().find(|(_, _, policies)| policies.contains(&id))
        {
            write!(text, "![{words}](site:docs/guides/{drawing})\n\n")?;
        }
    }
    match (of("What it says"), fail) {
        (Some(section), _) => text.push_str(section),
        (None, Some(example)) => shown(&mut text, "What it reports", example)?,
        (None, None) => {}
    }
    if let Some(example) = &pair.pass {
        shown(&mut text, "What passes", example)?;
    }
    if fail.is_some() {
        write!(
            text,
            "\n## Try it\n<iframe class=\"try\" title=\"The playground with an example of {id}\" loading=\"lazy\" \
             src=\"../playground/index.html?embed&amp;policy={id}\"></iframe>\n\n"
        )?;
    }
    text.push_str(of("Settings").copied().with_context(|| format!("{source}: no settings"))?);
    let schema = format!("site:schemas/{}/{id}.json", env!("CARGO_PKG_VERSION"));
    write!(text, "\nAll of them as [JSON Schema]({schema}).\n\n{}\n", exemption(id))?;
    text.push_str(of("In a cluster").copied().with_context(|| format!("{source}: no manifest"))?);
    text.push_str(of("Sources").copied().with_context(|| format!("{source}: no sources"))?);
    Ok(Page { source, place: place(id), text })
}

fn shown(text: &mut String, title: &str, example: &Example) -> Result<()> {
    write!(text, "\n## {title}\n")?;
    if let Some(settings) = example.settings.as_object().filter(|settings| !settings.is_empty()) {
        writeln!(text, "With the settings\n\n```yaml")?;
        for (name, value) in settings {
            writeln!(text, "{name}: {value}")?;
        }
        writeln!(text, "```\n")?;
    }
    write!(text, "```yaml\n{}```\n", example.text)?;
    Ok(())
}

fn exemption(id: &str) -> String {
    format!(
        "## An exemption\n\
         In the settings, by whoever runs the cluster:\n\n\
         ```yaml\nexempt:\n- namespace: shop\n  name: legacy-*\n  reason: replaced in spring\n  expires: \"2027-03-31\"\n```\n\n\
         Or in the manifest, which the command line honors, and a cluster with `honorAnnotations: true`:\n\n\
         ```yaml\nmetadata:\n  annotations:\n    plimsoll.dev/ignore.{id}: replaced in spring\n```\n\n\
         [All about exemptions](../../docs/exemptions.md)\n"
    )
}

/// What comes before the first heading of the second level, and each section with its heading.
fn sections(readme: &str) -> (&str, Vec<&str>) {
    let mut starts = Vec::new();
    let (mut at, mut is_code) = (0, false);
    for line in readme.split_inclusive('\n') {
        is_code ^= line.starts_with("```");
        if !is_code && line.starts_with("## ") {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([readme.len()]);
    let sections = starts.iter().zip(ends).filter_map(|(start, end)| readme.get(*start..end)).collect();
    (readme.get(..starts.first().copied().unwrap_or(readme.len())).unwrap_or_default(), sections)
}

#[cfg(test)]
mod tests {
    use super::sections;

    #[test]
    fn sections_begin_at_headings_outside_of_code() {
        let (head, sections) = sections("# a\n\nx\n## b\n```sh\n## no\n```\n## c\ny\n");
        assert_eq!(head, "# a\n\nx\n");
        assert_eq!(sections, ["## b\n```sh\n## no\n```\n", "## c\ny\n"]);
    }
}
