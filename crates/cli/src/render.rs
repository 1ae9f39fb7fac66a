//! Charts and overlays: what other tools make manifests of, by these tools.

mod helm;
mod kustomize;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use plimsoll_lint::manifests::Manifests;
use plimsoll_lint::origins::{Origins, Rendered};
use plimsoll_lint::problem::Problem;
use plimsoll_lint::source::Source;

use crate::input::Input;
use crate::project::Chart;

/// What is to be rendered, and how.
#[derive(Clone, Default)]
pub(crate) struct Rendering {
    /// What the configuration says of charts.
    pub(crate) charts: Vec<Chart>,
    /// The overlays to build; without any, those that no other is made of.
    pub(crate) overlays: Vec<PathBuf>,
    /// What flags say for all charts.
    pub(crate) flags: Chart,
}

/// Directories that other tools make manifests of.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) charts: BTreeSet<PathBuf>,
    pub(crate) kustomizations: BTreeSet<PathBuf>,
}

impl Found {
    /// Whether there are charts that make objects of their own.
    pub(crate) fn has_charts(&self) -> bool {
        self.charts.iter().any(|chart| !helm::is_library(chart))
    }

    /// Takes in a file of a directory.
    pub(crate) fn add(&mut self, path: &Path) {
        let Some(directory) = path.parent() else { return };
        match path.file_name().and_then(|name| name.to_str()) {
            Some("Chart.yaml") => self.charts.insert(directory.to_owned()),
            Some("kustomization.yaml" | "kustomization.yml" | "Kustomization") => {
                self.kustomizations.insert(directory.to_owned())
            }
            _ => false,
        };
    }
}

/// One output of a tool.
pub(crate) struct Output {
    /// What it wrote, as a file.
    pub(crate) source: Source,
    /// Where what a document names as its source is.
    pub(crate) originals: BTreeMap<String, PathBuf>,
    /// Whether the originals are manifests: fixing them fixes what is made of them.
    pub(crate) manifests: bool,
}

/// Renders what was found, and leaves out the files that went into it.
pub(crate) fn render(found: &Found, rendering: &Rendering, input: &mut Input) {
    let mut consumed = BTreeSet::new();
    helm::render(&found.charts, rendering, input, &mut consumed);
    kustomize::build(&found.kustomizations, &rendering.overlays, input, &mut consumed);
    input.sources.retain(|source| {
        let Some(path) = source.path.as_ref().filter(|_| !source.named) else { return true };
        !path.ancestors().any(|part| consumed.contains(part))
    });
}

/// Adds what was rendered to the sources, and says which files it was made from once they are read.
pub(crate) fn originals(outputs: &[Output], first: usize, manifests: &mut Manifests) -> Origins {
    let mut known: BTreeMap<&Path, usize> = BTreeMap::new();
    let mut origins = Origins::default();
    for (position, output) in outputs.iter().enumerate() {
        let mut rendered = Rendered { manifests: output.manifests, ..Rendered::default() };
        for (name, path) in &output.originals {
            let file = match known.get(path.as_path()) {
                Some(file) => Some(*file),
                None => crate::input::read_one(path).ok().map(|source| manifests.add_original(source)),
            };
            if let Some(file) = file {
                known.insert(path, file);
                rendered.originals.insert(name.clone(), file);
            }
        }
        origins.add(first + position, rendered);
    }
    origins
}

/// A tool's message, short enough to be read: its last lines say what is wrong.
fn reason(message: &str) -> String {
    const LINES: usize = 4;
    const LONGEST: usize = 600;
    let lines: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default().join(" ");
    let cut = last.floor_char_boundary(LONGEST);
    if cut < last.len() { format!("{}…", last.get(..cut).unwrap_or_default()) } else { last }
}

/// A directory as people write it.
fn shown(directory: &Path) -> String {
    let text = directory.display().to_string();
    if text.is_empty() { ".".to_owned() } else { text }
}

fn problem(directory: &Path, message: String) -> Problem {
    Problem::of_file(shown(directory), message)
}
