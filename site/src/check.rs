//! Checks a built site: every link leads somewhere, and nothing is loaded from elsewhere.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

/// A page that was built by something else, and checks its own links.
const PLAYGROUND: &str = "playground";

/// What a page refers to, and what can be referred to in it.
#[derive(Default)]
struct Page {
    links: BTreeSet<String>,
    /// What is loaded with the page.
    loads: BTreeSet<String>,
    anchors: BTreeSet<String>,
}

/// The links of the site in `folder` that lead nowhere, and what its pages load from elsewhere. Without a built playground, links to
/// it count as right.
///
/// # Errors
/// When a file can't be read.
pub fn check(folder: &Path) -> Result<Vec<String>> {
    let mut pages = BTreeMap::new();
    let mut problems = Vec::new();
    for path in files(folder)? {
        let text = || fs::read_to_string(folder.join(&path)).with_context(|| path.display().to_string());
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("html") => drop(pages.insert(path.clone(), parse(&text()?))),
            Some("css") => {
                let text = text()?;
                let loads = text.split("url(").skip(1).filter_map(|rest| rest.split(')').next());
                let foreign = loads.map(|link| link.trim_matches(['"', '\''])).filter(|link| is_foreign(link));
                problems.extend(foreign.map(|link| format!("{}: loads {link}", path.display())));
            }
            _ => {}
        }
    }
    let has_playground = folder.join(PLAYGROUND).exists();
    for (path, page) in &pages {
        // Its addresses count from the site's root, wherever it is shown.
        let from = if path == Path::new("404.html") { Path::new("") } else { path.parent().unwrap_or(Path::new("")) };
        problems.extend(
            page.loads.iter().filter(|link| is_foreign(link)).map(|link| format!("{}: loads {link}", path.display())),
        );
        for link in page.links.iter().chain(&page.loads).filter(|link| !has_scheme(link)) {
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = target.split('?').next().unwrap_or(target);
            let file = if target.is_empty() { path.clone() } else { joined(from, target) };
            let file = if folder.join(&file).is_dir() { file.join("index.html") } else { file };
            if file.starts_with(PLAYGROUND) {
                if has_playground && !folder.join(&file).exists() {
                    problems.push(format!("{}: no file {link}", path.display()));
                }
            } else if !folder.join(&file).exists() {
                problems.push(format!("{}: no file {link}", path.display()));
            } else if !anchor.is_empty() && pages.get(&file).is_some_and(|page| !page.anchors.contains(anchor)) {
                problems.push(format!("{}: no anchor {link}", path.display()));
            }
        }
    }
    Ok(problems)
}

fn has_scheme(link: &str) -> bool {
    link.split(['/', '?', '#']).next().is_some_and(|start| start.contains(':')) || link.starts_with("//")
}

fn is_foreign(link: &str) -> bool {
    has_scheme(link) && !link.starts_with("data:")
}

/// The files below `folder`, from there, without the playground's.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(folder.join(&inner)).with_context(|| inner.display().to_string())? {
            let entry = entry?;
            let path = inner.join(entry.file_name());
            match entry.file_type()?.is_dir() {
                true if path == Path::new(PLAYGROUND) => {}
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    Ok(found)
}

fn joined(from: &Path, link: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for part in from.join(link).components() {
        match part {
            Component::ParentDir if !path.pop() => return PathBuf::from("(outside of the site)"),
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}

fn parse(html: &str) -> Page {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Reader::default(), TokenizerOpts::default());
    // Nothing is asked to run a script.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.page.into_inner()
}

#[derive(Default)]
struct Reader {
    page: RefCell<Page>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token {
            self.page.borrow_mut().read(&tag);
        }
        TokenSinkResult::Continue
    }
}

impl Page {
    fn read(&mut self, tag: &Tag) {
        for attribute in &tag.attrs {
            let value = attribute.value.to_string();
            match (&*tag.name, &*attribute.name.local) {
                (_, "id") => drop(self.anchors.insert(value)),
                // The name of what can be run in Rust's playground, which mdBook's script then asks for its crates.
                (_, "class") if value.split_whitespace().any(|class| class == "playground") => {
                    self.loads.insert("https://play.rust-lang.org/".to_owned());
                }
                ("a" | "area", "href") => drop(self.links.insert(value)),
                ("link" | "use" | "image", "href") | (_, "src" | "poster") => drop(self.loads.insert(value)),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::files::write;

    #[test]
    fn dead_links_missing_anchors_and_foreign_loads_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let page = "<h1 id=top></h1><a href='b/c.html#there'></a><a href=b/c.html#gone></a><a href=gone.html></a><a href=../a.html></a>\
                    <a href=https://kubernetes.io/></a><img src='data:image/png;base64,x'><script src=https://cdn.example.com/x.js></script>\
                    <iframe class='wide playground' src='playground/index.html?embed'></iframe>";
        write(&folder.path().join("a.html"), page).unwrap();
        write(&folder.path().join("b/c.html"), "<p id=there><a href=../a.html#top></a><a href=#there></a>").unwrap();
        write(
            &folder.path().join("x.css"),
            "a { background: url(\"//example.com/x.png\") } b { background: url(a.png) }",
        )
        .unwrap();
        let problems = check(folder.path()).unwrap();
        assert_eq!(
            problems,
            [
                "x.css: loads //example.com/x.png",
                "a.html: loads https://cdn.example.com/x.js",
                "a.html: loads https://play.rust-lang.org/",
                "a.html: no file ../a.html",
                "a.html: no anchor b/c.html#gone",
                "a.html: no file gone.html",
            ]
        );
        write(&folder.path().join("playground/other.html"), "").unwrap();
        let problems = check(folder.path()).unwrap();
        assert!(problems.contains(&"a.html: no file playground/index.html?embed".to_owned()), "{problems:?}");
    }
}
