//! Paths as other programs understand them: from the repository's root, with slashes.

use std::env;
use std::path::{Component, Path, PathBuf};

/// The working directory, and the repository around it.
pub(crate) struct Repository {
    root: PathBuf,
    here: PathBuf,
}

impl Repository {
    /// The repository that the working directory is in; the working directory itself outside of one.
    pub(crate) fn find() -> Repository {
        let here = env::current_dir().unwrap_or_default();
        let root = here.ancestors().find(|directory| directory.join(".git").exists()).unwrap_or(&here).to_owned();
        Repository { root, here }
    }

    /// The path of a file that was given by this name; the name itself when the file is elsewhere.
    pub(super) fn path(&self, name: &str) -> String {
        let absolute = self.absolute(name);
        let path = absolute.strip_prefix(&self.root).unwrap_or(Path::new(name));
        let parts: Vec<String> =
            path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        if path.is_absolute() { name.replace('\\', "/") } else { parts.join("/") }
    }

    /// The address of a file, for hyperlinks.
    pub(super) fn url(&self, name: &str) -> String {
        let path = self.absolute(name).to_string_lossy().replace('\\', "/");
        format!("file://{}{}", if path.starts_with('/') { "" } else { "/" }, percent(&path))
    }

    fn absolute(&self, name: &str) -> PathBuf {
        let mut absolute = PathBuf::new();
        for part in self.here.join(name).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    absolute.pop();
                }
                part => absolute.push(part),
            }
        }
        absolute
    }
}

/// A path as part of an address.
pub(super) fn percent(path: &str) -> String {
    let mut url = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_start_at_the_root_of_the_repository() {
        let repository = Repository { root: "/work/shop".into(), here: "/work/shop/deploy".into() };
        for (name, path) in [
            ("web.yaml", "deploy/web.yaml"),
            ("./a/../web.yaml", "deploy/web.yaml"),
            ("../base/web.yaml", "base/web.yaml"),
            ("/work/shop/web.yaml", "web.yaml"),
            ("/tmp/web.yaml", "/tmp/web.yaml"),
            ("<stdin>", "deploy/<stdin>"),
        ] {
            assert_eq!(repository.path(name), path, "{name}");
        }
        assert_eq!(repository.url("a b\u{1b}.yaml"), "file:///work/shop/deploy/a%20b%1B.yaml");
    }
}
