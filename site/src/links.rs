//! Links of the repository's Markdown, made to fit the site.

use std::ops::Range;

use plimsoll::policies::POLICIES;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::chapters::place_of;
use crate::{REPOSITORY, policy, root};

/// A page before its links are rewritten.
pub(crate) struct Page {
    /// Its file in the repository, from where its links count.
    pub(crate) source: String,
    /// Where it is on the site, as Markdown.
    pub(crate) place: String,
    /// Its text.
    pub(crate) text: String,
}

/// The text with links to other pages of the site, to its files, or else to the repository. A policy's id that is written as
/// code becomes a link.
pub(crate) fn rewrite(page: &Page) -> String {
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    // Within links and headings ids stay as they are.
    let mut depth = 0_u32;
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for (event, range) in Parser::new_ext(&page.text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                depth += 1;
                if let Some(target) = target_of(page, &dest_url)
                    && let Some(written) = page.text.get(range.clone())
                    && let Some(at) = written.rfind(&format!("]({dest_url}"))
                {
                    let start = range.start + at + 2;
                    changes.push((start..start + dest_url.len(), target));
                }
            }
            Event::Start(Tag::Heading { .. }) => depth += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::Heading(_)) => depth -= 1,
            Event::Code(code) if depth == 0 => {
                let is_policy = POLICIES.iter().any(|entry| entry.metadata.id == &*code);
                let place = policy::place(&code);
                if is_policy && place != page.place {
                    changes.push((range, format!("[`{code}`]({})", relative(&page.place, &place))));
                }
            }
            _ => {}
        }
    }
    let mut text = page.text.clone();
    // An image in a link comes after it.
    changes.sort_by_key(|(range, _)| range.start);
    for (range, replacement) in changes.into_iter().rev() {
        text.replace_range(range, &replacement);
    }
    inlined(page, text)
}

/// How a page that is written for the site names what is on the site only: `site:playground/index.html`.
const ON_SITE: &str = "site:";

/// Where a link leads on the site; `None` if it is right as it is.
fn target_of(page: &Page, link: &str) -> Option<String> {
    if let Some(place) = link.strip_prefix(ON_SITE) {
        return Some(relative(&page.place, place));
    }
    let (path, anchor) =
        link.split_once('#').map_or((link, String::new()), |(path, anchor)| (path, format!("#{anchor}")));
    let of_repository =
        ["blob", "tree"].iter().find_map(|kind| path.strip_prefix(&format!("{REPOSITORY}/{kind}/main/")));
    let source = match of_repository {
        Some(path) => path.to_owned(),
        None if path.is_empty() || path.contains(':') => return None,
        None => joined(&page.source, path),
    };
    if let Some(place) = place_of(&source) {
        return Some(relative(&page.place, &place) + &anchor);
    }
    // What is no page of docs/ is there as a file.
    let is_file = source.starts_with("docs/") && !source.ends_with(".md") && root().join(&source).is_file();
    if is_file {
        return Some(relative(&page.place, &source) + &anchor);
    }
    let kind = if root().join(&source).is_dir() { "tree" } else { "blob" };
    Some(format!("{REPOSITORY}/{kind}/main/{source}{anchor}"))
}

/// The path that `link` means in the file `from`.
fn joined(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The way from one page to another place of the site.
pub(crate) fn relative(from: &str, to: &str) -> String {
    let (mut from, mut to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    from.pop();
    let same = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
    let up = from.len() - same;
    to.drain(..same);
    "../".repeat(up) + &to.join("/")
}

/// The same with drawings in the page itself, where they have its colors.
fn inlined(page: &Page, text: String) -> String {
    let mut made = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match drawing(page, line.trim_end()) {
            Some(drawing) => made.push_str(&drawing),
            None => made.push_str(line),
        }
    }
    made
}

/// The drawing of a guide that a line consists of, as rewritten.
fn drawing(page: &Page, line: &str) -> Option<String> {
    let (_, link) = line.strip_prefix("![")?.strip_suffix(')')?.rsplit_once("](")?;
    let file = joined(&page.place, link);
    if !file.starts_with("docs/guides/") || !file.ends_with(".svg") {
        return None;
    }
    let drawing = std::fs::read_to_string(root().join(file)).ok()?;
    // An empty line would end the block.
    let lines: Vec<&str> = drawing.lines().filter(|line| !line.trim().is_empty()).collect();
    Some(format!("<figure class=\"drawing\">\n{}\n</figure>\n", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::{Page, relative, rewrite};

    fn rewritten(text: &str) -> String {
        rewrite(&Page {
            source: "docs/in-a-cluster.md".into(),
            place: "guides/in-a-cluster.md".into(),
            text: text.into(),
        })
    }

    #[test]
    fn links_lead_to_pages_to_files_or_to_the_repository() {
        assert_eq!(rewritten("[a](exemptions.md#annotations)"), "[a](../reference/exemptions.md#annotations)");
        assert_eq!(rewritten("[a](../policies/root-user/README.md)"), "[a](../policies/root-user.md)");
        assert_eq!(rewritten("[a](config.schema.json)"), "[a](../docs/config.schema.json)");
        assert_eq!(rewritten("[a](../examples)"), "[a](https://github.com/plimsoll-dev/plimsoll/tree/main/examples)");
        let absolute = "[a](https://github.com/plimsoll-dev/plimsoll/blob/main/docs/settings.md)";
        assert_eq!(rewritten(absolute), "[a](../reference/settings.md)");
        assert_eq!(rewritten("[a](site:playground/index.html#1.x)"), "[a](../playground/index.html#1.x)");
        for same in ["[a](#there)", "[a](https://kubernetes.io/docs/)", "```md\n[a](exemptions.md)\n```"] {
            assert_eq!(rewritten(same), same);
        }
    }

    #[test]
    fn ids_of_policies_become_links_except_in_links_headings_and_code() {
        assert_eq!(rewritten("`root-user`, `root`"), "[`root-user`](../policies/root-user.md), `root`");
        for same in ["# `root-user`\n", "[`root-user`](#a)", "```\n`root-user`\n```"] {
            assert_eq!(rewritten(same), same);
        }
    }

    #[test]
    fn drawings_of_guides_are_in_the_page() {
        let text = rewritten("Before.\n\n![A pod](guides/pod-end.svg)\n");
        assert!(text.starts_with("Before.\n\n<figure class=\"drawing\">\n<svg "), "{text}");
        assert!(!text.contains("\n\n\n"), "an empty line ends the block");
        assert_eq!(rewritten("![x](check.svg)"), "![x](../docs/check.svg)");
    }

    #[test]
    fn ways_are_relative() {
        assert_eq!(relative("index.md", "policies/a.md"), "policies/a.md");
        assert_eq!(relative("policies/b.md", "policies/a.md"), "a.md");
        assert_eq!(relative("guides/b.md", "index.md"), "../index.md");
    }
}
