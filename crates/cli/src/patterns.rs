//! Patterns for paths, as `.gitignore` has them.

use std::path::{Component, Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Some patterns, which count from a directory.
#[derive(Clone, Debug)]
pub(crate) struct Patterns {
    root: PathBuf,
    matcher: Option<Gitignore>,
}

impl Patterns {
    /// Reads patterns that count from `root`. The error is the position of the one that is wrong, and why.
    pub(crate) fn new(root: &Path, patterns: &[String]) -> Result<Patterns, (usize, String)> {
        let mut builder = GitignoreBuilder::new("");
        // git takes a bracket that nobody closes for itself; here it is a slip.
        builder.allow_unclosed_class(false);
        for (position, pattern) in patterns.iter().enumerate() {
            // `./a` says no more than `/a`, which .gitignore understands.
            let rooted = pattern.strip_prefix('.').filter(|rest| rest.starts_with('/'));
            builder.add_line(None, rooted.unwrap_or(pattern)).map_err(|error| (position, reason(&error)))?;
        }
        let matcher =
            if patterns.is_empty() { None } else { Some(builder.build().map_err(|error| (0, reason(&error)))?) };
        Ok(Patterns { root: absolute(root), matcher })
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.matcher.is_none()
    }

    /// Whether the path, or a directory that it is in, matches. What is elsewhere doesn't.
    pub(crate) fn matches(&self, path: &Path, is_directory: bool) -> bool {
        let Some(matcher) = &self.matcher else { return false };
        let path = absolute(path);
        let inner = path.strip_prefix(&self.root).ok().filter(|inner| !inner.as_os_str().is_empty());
        inner.is_some_and(|inner| matcher.matched_path_or_any_parents(inner, is_directory).is_ignore())
    }
}

fn reason(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => format!("is no pattern: {err}"),
        error => format!("is no pattern: {error}"),
    }
}

/// The path from the root of the file system, without detours; links are not followed.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            component => plain.push(component),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_gitignore() {
        let matches = |pattern: &str, path: &str| {
            let patterns = Patterns::new(Path::new("/repo"), &[pattern.to_owned()]).unwrap();
            patterns.matches(&Path::new("/repo").join(path), false)
        };
        for (pattern, path) in [
            ("vendor", "a/vendor/b.yaml"),
            ("vendor/", "vendor/b.yaml"),
            ("/a/*.yaml", "a/b.yaml"),
            ("./a", "a/b.yaml"),
            ("a/**/test", "a/b/c/test/d.yaml"),
            ("*.gen.yaml", "a/b.gen.yaml"),
            ("a", "b/../a/c.yaml"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [("/vendor", "a/vendor/b.yaml"), ("a", "../a/b.yaml"), ("a/*.yaml", "a/b/c.yaml")] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
        let two = ["*.yaml".to_owned(), "!web.yaml".to_owned()];
        let patterns = Patterns::new(Path::new("/repo"), &two).unwrap();
        assert!(patterns.matches(Path::new("/repo/a.yaml"), false));
        assert!(!patterns.matches(Path::new("/repo/web.yaml"), false));
        let wrong = Patterns::new(Path::new("/repo"), &["a".to_owned(), "a[".to_owned()]).unwrap_err();
        assert!(wrong.0 == 1 && wrong.1.starts_with("is no pattern"), "{wrong:?}");
    }
}
