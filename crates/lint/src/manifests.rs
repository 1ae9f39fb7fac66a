//! From bytes to objects.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use plimsoll::json::path::Path;
use plimsoll_manifest::{Document, Limits};
use serde_json::Value;

use crate::each;
use crate::foreign;
use crate::kustomize;
use crate::places::join;
use crate::problem::Problem;
use crate::source::Source;

/// Everything that was given, and what is wrong with it.
#[derive(Default)]
pub struct Manifests {
    /// The files, in the order given.
    pub files: Vec<Manifest>,
    /// The objects of all files, in the order of the text.
    pub objects: Vec<Object>,
    /// What could not be read, and what is wrong with documents that were read all the same, such as a key that is there twice.
    pub problems: Vec<Problem>,
    /// Whether some document could not be read at all: it may hold objects that are missed.
    pub unread: bool,
    /// How many documents are YAML or JSON of another kind, passed over in directories.
    pub foreign: usize,
    /// How many documents are patches for other objects.
    pub patches: usize,
    /// What says how Kustomize builds the directories given, the kind spelt out.
    pub kustomizations: Vec<Arc<Value>>,
    /// How many of the files are only there to point at: others were made from them.
    pub originals: usize,
    /// Whether there are charts whose objects nobody knows, because they were not rendered.
    pub unrendered: bool,
}

/// One file.
pub struct Manifest {
    /// The file itself.
    pub source: Source,
    /// Its documents. Their values may have been taken; their places are still there.
    pub documents: Vec<Document>,
}

/// One object of a file.
pub struct Object {
    /// Its file, in [`Manifests::files`].
    pub file: usize,
    /// Its document, in [`Manifest::documents`].
    pub document: usize,
    /// The way to it in the document; not the root when it is in a list.
    pub prefix: Path,
    /// What it says.
    pub value: Arc<Value>,
}

impl Object {
    /// A field as text; empty when it isn't there or is no text.
    pub fn text(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Its name, or the beginning of one that the API server completes.
    pub fn name(&self) -> &str {
        let name = self.text("/metadata/name");
        if name.is_empty() { self.text("/metadata/generateName") } else { name }
    }

    /// Kind, namespace and name, as in `Deployment shop/web`.
    pub fn title(&self) -> String {
        let (namespace, name) = (self.text("/metadata/namespace"), self.name());
        let slash = if namespace.is_empty() { "" } else { "/" };
        format!("{} {namespace}{slash}{name}", self.text("/kind"))
    }
}

impl Manifests {
    /// How many files were checked.
    pub fn checked_files(&self) -> usize {
        self.files.len() - self.originals
    }

    /// Adds a file that others are made from, to point at. Its objects are not checked. Returns its number.
    pub fn add_original(&mut self, source: Source) -> usize {
        let documents = plimsoll_manifest::read(&source.text, &Limits::default()).documents;
        self.files.push(Manifest { source, documents });
        self.originals += 1;
        self.files.len() - 1
    }
}

/// What becomes of the documents' own values once their objects are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// They become the objects, without a copy: with large inputs they are most of the memory.
    Taken,
    /// They stay, since editing needs them.
    Kept,
}

#[derive(Default)]
struct Read {
    documents: Vec<Document>,
    objects: Vec<Object>,
    /// What could not be read.
    problems: Vec<Problem>,
    /// What is no whole object.
    incomplete: Vec<Problem>,
    unread: bool,
    foreign: usize,
    patches: usize,
    kustomizations: Vec<Arc<Value>>,
}

/// Reads all files.
pub fn read(sources: Vec<Source>, values: Values) -> Manifests {
    let read: Vec<Read> = each::map(&sources, |_, source| read_one(source, values));
    let mut manifests = Manifests::default();
    let mut patches = kustomize::Patches::default();
    for (source, read) in sources.iter().zip(&read) {
        for kustomization in &read.kustomizations {
            patches.add(source, kustomization);
        }
    }
    for (file, (source, mut read)) in sources.into_iter().zip(read).enumerate() {
        if patches.has(&source) {
            // What is missing in a patch is in the object that it is for.
            manifests.patches += read.objects.len() + read.patches + read.foreign + read.incomplete.len();
            read = Read { documents: read.documents, problems: read.problems, unread: read.unread, ..Read::default() };
        }
        manifests.unread |= read.unread || !read.incomplete.is_empty();
        read.problems.append(&mut read.incomplete);
        read.problems.sort_by_key(|problem| problem.position);
        manifests.patches += read.patches;
        manifests.kustomizations.extend(read.kustomizations);
        manifests.objects.extend(read.objects.into_iter().map(|object| Object { file, ..object }));
        manifests.problems.extend(read.problems);
        manifests.foreign += read.foreign;
        manifests.files.push(Manifest { source, documents: read.documents });
    }
    manifests
}

fn read_one(source: &Source, values: Values) -> Read {
    let file = plimsoll_manifest::read(&source.text, &Limits::default());
    let mut read = Read { documents: file.documents, ..Read::default() };
    let mut lines = None;
    // The documents that are passed over, by their index.
    let mut passed_over = HashSet::new();
    let is_unfilled = source.pass_over && foreign::has_placeholders(&source.text);
    for (position, document) in read.documents.iter_mut().enumerate() {
        let mut whole = false;
        if let Some(kustomization) = kustomize::kustomization(source, &document.value) {
            read.kustomizations.push(kustomization);
            continue;
        }
        for (prefix, value) in plimsoll_manifest::objects(document) {
            let missing = match (has(&value, "apiVersion"), has(&value, "kind")) {
                (true, true) => None,
                (false, true) => Some("apiVersion is missing"),
                (true, false) => Some("kind is missing"),
                (false, false) => Some("this is no Kubernetes object: apiVersion and kind are missing"),
            };
            // A directory may hold values, charts, workflows and what not; a file that is named is meant.
            if source.pass_over
                && !kustomize::has_directive(&value)
                && (is_unfilled || foreign::is_foreign(&value, &document.value, &prefix))
            {
                passed_over.insert(document.index);
                continue;
            }
            match missing {
                Some(_) | None if kustomize::has_directive(&value) => read.patches += 1,
                None if prefix.is_root() => whole = true,
                None => {
                    let value = match value {
                        Cow::Borrowed(value) => value.clone(),
                        Cow::Owned(value) => value,
                    };
                    read.objects.push(Object { file: 0, document: position, prefix, value: Arc::new(value) });
                }
                Some(missing) => {
                    let lines = lines.get_or_insert_with(|| plimsoll_manifest::LineIndex::new(&source.text));
                    let (_, range) = document.nearest(&join(&prefix, &Path::ROOT));
                    read.incomplete.push(Problem::at(source.name.as_str(), lines.position(range.start), missing));
                }
            }
        }
        if whole {
            let value = match values {
                Values::Taken => Arc::new(std::mem::take(&mut document.value)),
                Values::Kept => Arc::new(document.value.clone()),
            };
            read.objects.push(Object { file: 0, document: position, prefix: Path::ROOT, value });
        }
    }
    for error in file.errors {
        let text = || source.text.get(error.range.clone()).unwrap_or_default();
        // What is wrong with a document that was read all the same is reported unless that is passed over.
        let was_read = read.documents.iter().any(|document| document.index == error.document);
        if source.pass_over && if was_read { passed_over.contains(&error.document) } else { foreign::is_text(text()) } {
            passed_over.insert(error.document);
            continue;
        }
        read.unread |= !was_read;
        read.problems.push(Problem::at(source.name.as_str(), error.position, error.kind.to_string()));
    }
    read.foreign = passed_over.len();
    read
}

/// What is wrong when nothing was given. A typing mistake must not look like a clean bill of health.
pub fn nothing_there(foreign: usize, patches: usize) -> Problem {
    if patches > 0 {
        return Problem::general(
            "there are only patches here, no Kubernetes objects; check what `kustomize build` prints",
        );
    }
    let hint = if foreign > 0 { " (what is no Kubernetes object is passed over)" } else { "" };
    Problem::general(format!("there is no Kubernetes object here{hint}; --allow-empty accepts that"))
}

fn has(value: &Value, field: &str) -> bool {
    value.get(field).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
}
