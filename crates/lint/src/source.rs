//! Where manifests come from.

use std::path::PathBuf;

/// The bytes of one file.
#[derive(Debug)]
pub struct Source {
    /// The file as the user knows it.
    pub name: String,
    /// Where it is; `None` for standard input, and in the browser.
    pub path: Option<PathBuf>,
    /// What it holds.
    pub text: Vec<u8>,
    /// True when the user named it, rather than a directory above it.
    pub named: bool,
    /// True when what is no Kubernetes object in it is passed over.
    pub pass_over: bool,
    /// True when it goes on after what was read of it.
    pub cut: bool,
}

impl Source {
    /// The same file with another text.
    pub fn with_text(&self, text: Vec<u8>) -> Source {
        let (name, path) = (self.name.clone(), self.path.clone());
        Source { name, path, text, named: self.named, pass_over: self.pass_over, cut: self.cut }
    }
}
