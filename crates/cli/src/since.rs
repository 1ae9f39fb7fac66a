//! `--since`: which objects have changed since a commit.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use plimsoll_lint::check::{LintReport, Located};
use plimsoll_lint::manifests::{self, Manifests, Object, Values};
use plimsoll_lint::places::Place;
use plimsoll_lint::source::Source;
use serde_json::Value;

use crate::input;
use crate::patterns::absolute;
use crate::process::{self, Bounds};

/// Which objects have changed, in their order. What isn't in the repository, as standard input, has.
pub(crate) fn changed(revision: &str, manifests: &Manifests) -> Result<Vec<bool>, String> {
    let repository = Repository::open(revision)?;
    let differing = repository.paths(&["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff"])?;
    let tracked = repository.paths(&["ls-tree", "-r", "-z", "--name-only", "--full-tree"])?;
    let is_same: Vec<bool> = manifests
        .files
        .iter()
        .map(|file| {
            let path = file.source.path.as_deref().and_then(|path| repository.inner(path));
            path.is_some_and(|path| tracked.contains(&path) && !differing.contains(&path))
        })
        .collect();
    let mut old = Vec::new();
    for path in differing.iter().filter(|path| tracked.contains(*path) && input::is_manifest(Path::new(path))) {
        let text =
            repository.git(&["show", "--no-ext-diff", "--no-textconv", &format!("{}:{path}", repository.commit)])?;
        old.push(Source { name: path.clone(), path: None, text, named: false, pass_over: true, cut: false });
    }
    let old = manifests::read(old, Values::Taken);
    let mut known: HashMap<[&str; 4], Vec<&Arc<Value>>> = HashMap::new();
    for object in &old.objects {
        known.entry(identity(object)).or_default().push(&object.value);
    }
    let is_known = |object: &Object| known.get(&identity(object)).is_some_and(|old| old.contains(&&object.value));
    let has_changed = |object: &Object| !is_same.get(object.file).is_some_and(|same| *same) && !is_known(object);
    Ok(manifests.objects.iter().map(has_changed).collect())
}

fn identity(object: &Object) -> [&str; 4] {
    [object.text("/apiVersion"), object.text("/kind"), object.text("/metadata/namespace"), object.name()]
}

/// Leaves the findings on objects that have changed, and those in which such an object takes part.
pub(crate) fn keep(report: &mut LintReport, manifests: &Manifests, changed: &[bool]) {
    let is_changed = |object: usize| changed.get(object).is_some_and(|changed| *changed);
    let documents: HashSet<(usize, usize)> = manifests
        .objects
        .iter()
        .enumerate()
        .filter(|(position, _)| is_changed(*position))
        .map(|(_, object)| (object.file, object.document))
        .collect();
    let takes_part = |place: &Place| {
        let documents_of = manifests.files.get(place.file).map(|file| file.documents.as_slice()).unwrap_or_default();
        let inside = documents_of.iter().position(|document| document.range.contains(&place.range.start));
        inside.is_some_and(|document| documents.contains(&(place.file, document)))
    };
    let counts = |located: &Located| is_changed(located.object) || located.related.iter().flatten().any(takes_part);
    let before = report.findings.len();
    report.findings.retain(counts);
    report.unchanged = before - report.findings.len();
    report.suppressed.retain(|suppressed| counts(&suppressed.located));
}

/// The repository of the current directory.
struct Repository {
    root: PathBuf,
    commit: String,
}

impl Repository {
    fn open(revision: &str) -> Result<Repository, String> {
        let mut repository = Repository { root: PathBuf::from("."), commit: String::new() };
        let root = repository.git(&["rev-parse", "--show-toplevel"])?;
        let commit = format!("{revision}^{{commit}}");
        let commit = repository
            .git(&["rev-parse", "--verify", "--end-of-options", &commit])
            .map_err(|_| format!("--since: git knows no commit `{revision}`; a shallow clone has only the last one"))?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim_end().to_owned();
        repository.root = PathBuf::from(text(root));
        repository.commit = text(commit);
        Ok(repository)
    }

    /// What git answers. It runs nothing that a repository asks for.
    fn git(&self, args: &[&str]) -> Result<Vec<u8>, String> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.root).args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]).args(args);
        process::run(&mut command, Bounds::default()).map_err(|reason| format!("--since: {reason}"))
    }

    fn paths(&self, args: &[&str]) -> Result<HashSet<String>, String> {
        let list = self.git(&[args, &[self.commit.as_str(), "--"]].concat())?;
        let paths = list.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        Ok(paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect())
    }

    /// The path as the repository has it.
    fn inner(&self, path: &Path) -> Option<String> {
        // git has followed the links to the repository, but none within.
        let root = self.root.canonicalize().ok()?;
        let path = absolute(path);
        let directory = path.parent()?.canonicalize().ok()?;
        let inner = directory.strip_prefix(&root).ok()?.join(path.file_name()?);
        let parts: Option<Vec<&str>> = inner.iter().map(|part| part.to_str()).collect();
        Some(parts?.join("/"))
    }
}
