//! Adding the objects that are missing beside others.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path as FilePath, PathBuf};

use plimsoll::json::path::Path;
use plimsoll::kube::object::DEFAULT_NAMESPACE;
use plimsoll::policy::fix::Applicability;
use plimsoll_manifest::{add as add_documents, render};
use serde_json::Value;

use crate::fixing::{FixedFile, refusal};
use crate::manifests::{Manifest, Manifests, Object};
use crate::places::Places;
use crate::problem::Problem;
use crate::source::Source;

/// Where new objects go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Behind the documents of the file whose objects need them.
    SameFile,
    /// Into files of their own in the same directory.
    NewFiles,
}

/// What is missing beside an object.
pub(crate) struct MissingObject {
    /// The object that is to be there.
    pub(crate) object: Value,
    /// How safe it is to add it.
    pub(crate) addition: Applicability,
    /// Where the finding points.
    pub(crate) path: Path,
}

/// What distinguishes objects for an API server: group, kind, namespace and name.
#[derive(PartialEq, Eq, Hash)]
struct Identity(String, String, String, String);

impl Identity {
    fn of(object: &Value) -> Identity {
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let group = text("/apiVersion").split_once('/').map_or("", |(group, _)| group);
        let namespace = Some(text("/metadata/namespace")).filter(|name| !name.is_empty());
        let namespace = namespace.unwrap_or(DEFAULT_NAMESPACE);
        Identity(group.to_owned(), text("/kind").to_owned(), namespace.to_owned(), text("/metadata/name").to_owned())
    }
}

/// An object to add, and the one that needs it.
#[derive(Clone, Copy)]
struct Addition<'r> {
    to: &'r Object,
    missing: &'r MissingObject,
}

/// All that is missing, by object, in the order of the objects. What several need is there once.
pub(crate) struct Additions<'r> {
    manifests: &'r Manifests,
    places: Places<'r>,
    wanted: Vec<Addition<'r>>,
    /// How many more there are that are less safe than wanted.
    pub(crate) untrusted: usize,
    /// Additions that can't be made.
    pub(crate) refused: Vec<Problem>,
}

impl<'r> Additions<'r> {
    pub(crate) fn new(
        manifests: &'r Manifests,
        missing: impl Iterator<Item = &'r Vec<MissingObject>>,
        trust: Applicability,
    ) -> Additions<'r> {
        let taken: HashSet<Identity> = manifests.objects.iter().map(|object| Identity::of(&object.value)).collect();
        let mut asked = HashSet::new();
        let places = Places::new(manifests);
        let mut additions = Additions { manifests, places, wanted: Vec::new(), untrusted: 0, refused: Vec::new() };
        for (to, missing) in manifests.objects.iter().zip(missing) {
            for missing in missing {
                let identity = Identity::of(&missing.object);
                if missing.addition < trust {
                    additions.untrusted += usize::from(!taken.contains(&identity) && asked.insert(identity));
                } else if taken.contains(&identity) {
                    // It is another one that would be replaced.
                    additions.refuse(Addition { to, missing }, "one of that name is there already");
                } else if asked.insert(identity) {
                    additions.wanted.push(Addition { to, missing });
                }
            }
        }
        additions
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.wanted.len()
    }

    /// Makes those that can be made in the texts of `files`, and says whether any was.
    pub(crate) fn make(
        &mut self,
        destination: Destination,
        files: &mut Vec<FixedFile>,
        exists: &dyn Fn(&FilePath) -> bool,
    ) -> bool {
        match destination {
            Destination::SameFile => self.append(files),
            Destination::NewFiles => self.create(files, exists),
        }
    }

    fn append(&mut self, files: &mut [FixedFile]) -> bool {
        let mut by_file: BTreeMap<usize, Vec<(Addition<'r>, String)>> = BTreeMap::new();
        for addition in std::mem::take(&mut self.wanted) {
            if !addition.to.prefix.is_root() {
                self.refuse(addition, "the object is part of another document, behind which nothing is written");
                continue;
            }
            match self.rendered(addition) {
                Ok(text) => by_file.entry(addition.to.file).or_default().push((addition, text)),
                Err(reason) => self.refuse(addition, &reason),
            }
        }
        let mut changed = false;
        for (number, additions) in by_file {
            let Some(file) = files.get_mut(number) else { continue };
            let texts: Vec<String> = additions.iter().map(|(_, text)| text.clone()).collect();
            let Some((first, _)) = additions.first() else { continue };
            let new = self.text(*first).map(|(text, document)| add_documents(text, document, &texts));
            match new {
                Some(Ok(text)) => {
                    file.text = text.into_bytes();
                    file.added += texts.len();
                    changed = true;
                }
                Some(Err(reason)) => {
                    additions.iter().for_each(|(addition, _)| self.refuse(*addition, &reason.to_string()));
                }
                None => {}
            }
        }
        changed
    }

    fn create(&mut self, files: &mut Vec<FixedFile>, exists: &dyn Fn(&FilePath) -> bool) -> bool {
        let created = files.iter().enumerate().filter(|(_, file)| file.created);
        let mut created: HashMap<PathBuf, usize> =
            created.filter_map(|(number, file)| Some((file.source.path.clone()?, number))).collect();
        let mut changed = false;
        for addition in std::mem::take(&mut self.wanted) {
            let made = self.rendered(addition).and_then(|text| Ok((self.path_of(addition)?, text)));
            match made {
                // Two namespaces may have objects of one name.
                Ok((path, text)) if created.contains_key(&path) => {
                    let file = created.get(&path).and_then(|number| files.get_mut(*number));
                    if let Some(file) = file {
                        file.text.extend_from_slice(if text.contains("\r\n") { b"---\r\n" } else { b"---\n" });
                        file.text.extend_from_slice(text.as_bytes());
                        file.added += 1;
                        changed = true;
                    }
                }
                Ok((path, _)) if exists(&path) => {
                    self.refuse(addition, &format!("{} is there already", path.display()));
                }
                Ok((path, text)) => {
                    created.insert(path.clone(), files.len());
                    files.push(FixedFile::new(path, text.into_bytes()));
                    changed = true;
                }
                Err(reason) => self.refuse(addition, &reason),
            }
        }
        changed
    }

    /// The file that the object goes into.
    fn path_of(&self, addition: Addition<'_>) -> Result<PathBuf, String> {
        let source = self.source(addition);
        let path = source.and_then(|source| source.path.as_ref()).ok_or("standard input is in no directory")?;
        let Identity(_, kind, _, name) = Identity::of(&addition.missing.object);
        // A name is whatever a manifest says, and must not lead elsewhere.
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
            return Err("its name is no name for a file".to_owned());
        }
        Ok(path.with_file_name(format!("{}-{name}.yaml", kind.to_ascii_lowercase())))
    }

    fn rendered(&self, addition: Addition<'r>) -> Result<String, String> {
        let (text, document) = self.text(addition).ok_or("its file could not be read")?;
        render(&addition.missing.object, text, document).map_err(|reason| reason.to_string())
    }

    /// The file with the object that needs something, and the document.
    fn text(&self, addition: Addition<'r>) -> Option<(&'r str, &'r plimsoll_manifest::Document)> {
        let manifest: &'r Manifest = self.manifests.files.get(addition.to.file)?;
        Some((std::str::from_utf8(&manifest.source.text).ok()?, manifest.documents.get(addition.to.document)?))
    }

    fn source(&self, addition: Addition<'_>) -> Option<&'r Source> {
        self.manifests.files.get(addition.to.file).map(|manifest| &manifest.source)
    }

    fn refuse(&mut self, addition: Addition<'_>, reason: &str) {
        let text = |pointer| addition.missing.object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let what = format!("add {} {}", text("/kind"), text("/metadata/name"));
        self.refused.push(refusal(self.manifests, &self.places, addition.to, &addition.missing.path, &what, reason));
    }
}
