//! What nothing that is printed may show: the credentials in the given files. Everything that prints text of a file, or
//! words that may come from one, asks here.

mod words;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::OnceLock;

use plimsoll::analysis::credentials::{Credential, credentials, credentials_in};
use plimsoll::json::edit::Edit;
use plimsoll::json::path::Path;
use plimsoll::policy::finding::Finding;
use plimsoll::text::credential::is_distinctive;
use plimsoll_manifest::Document;
use serde_json::{Map, Value};

use crate::check::{LintReport, Located};
use crate::each;
use crate::manifests::{Manifest, Manifests, Object, Values, read};
use crate::places::join;
use crate::source::Source;

use self::words::Words;

/// What stands for a credential. Its length says nothing of the credential's.
pub const MASK: &str = "***";

/// The texts that findings call secret, by file.
#[derive(Default)]
pub struct Confidential(BTreeMap<usize, BTreeSet<String>>);

impl Confidential {
    /// Takes in what a finding on the object says is secret.
    pub(crate) fn add(&mut self, object: &Object, finding: &Finding) {
        let value = finding.confidential.as_ref().and_then(|path| path.find(&object.value));
        if let Some(text) = value.and_then(Value::as_str).filter(|text| !text.trim().is_empty()) {
            self.0.entry(object.file).or_default().insert(text.to_owned());
        }
    }

    /// Takes in what others know.
    pub(crate) fn append(&mut self, other: Confidential) {
        for (file, mut texts) in other.0 {
            self.0.entry(file).or_default().append(&mut texts);
        }
    }

    fn of(&self, file: usize) -> Option<&BTreeSet<String>> {
        self.0.get(&file)
    }
}

/// The credentials of files. Those of a file are looked for once, when something in it is to be printed.
pub struct Masks<'m> {
    manifests: &'m Manifests,
    confidential: &'m Confidential,
    files: Vec<OnceLock<FileMasks>>,
}

/// The credentials of one file.
#[derive(Default)]
struct FileMasks {
    /// Where they stand, rising and apart from each other.
    ranges: Vec<Range<usize>>,
    /// Those that are the same credential wherever else they occur.
    words: Words,
}

impl<'m> Masks<'m> {
    /// Knows the credentials of `manifests`, and what findings say is secret in them.
    pub fn new(manifests: &'m Manifests, confidential: &'m Confidential) -> Masks<'m> {
        let files = manifests.files.iter().map(|_| OnceLock::new()).collect();
        Masks { manifests, confidential, files }
    }

    fn file(&self, file: usize) -> Option<&FileMasks> {
        let manifest = self.manifests.files.get(file)?;
        Some(self.files.get(file)?.get_or_init(|| self.look(file, manifest)))
    }

    /// The credentials in a file, in the order of the text.
    pub fn ranges(&self, file: usize) -> &[Range<usize>] {
        self.file(file).map(|file| file.ranges.as_slice()).unwrap_or_default()
    }

    fn look(&self, file: usize, manifest: &Manifest) -> FileMasks {
        let Ok(text) = std::str::from_utf8(&manifest.source.text) else { return FileMasks::default() };
        let mut look = Look { text, ranges: Vec::new(), words: Vec::new() };
        let confidential = self.confidential.of(file);
        let first = self.manifests.objects.partition_point(|object| object.file < file);
        let objects = self.manifests.objects.iter().skip(first).take_while(|object| object.file == file);
        for object in objects {
            let Some(document) = manifest.documents.get(object.document) else { continue };
            look.add(document, &object.prefix, credentials(&object.value));
            let Some(texts) = confidential else { continue };
            find(&object.value, texts, &Path::ROOT, &mut |path, text| {
                look.hide(document, &join(&object.prefix, path), text);
            });
        }
        // What is no object may hold some, too; of what is one, the value may have been taken.
        for document in &manifest.documents {
            look.add(document, &Path::ROOT, credentials(&document.value));
        }
        look.words.extend(confidential.into_iter().flatten().filter(|text| is_distinctive(text)).cloned());
        look.done()
    }

    /// A stretch of a file without its credentials, and where the range `marked` of the file is in it.
    pub fn excerpt(
        &self,
        file: usize,
        stretch: Range<usize>,
        marked: Range<usize>,
    ) -> Option<(Cow<'m, str>, Range<usize>)> {
        let text = std::str::from_utf8(self.manifests.files.get(file)?.source.text.get(stretch.clone())?).ok()?;
        let all = &self.file(file)?.ranges;
        let first = all.partition_point(|range| range.end <= stretch.start);
        let within = |range: &&Range<usize>| range.start < stretch.end;
        let ranges: Vec<Range<usize>> = all.iter().skip(first).take_while(within).cloned().collect();
        let marked = marked.start.checked_sub(stretch.start)?..marked.end.checked_sub(stretch.start)?.min(text.len());
        if ranges.is_empty() {
            return Some((Cow::Borrowed(text), marked));
        }
        let (mut start, mut end) = (marked.start, marked.end);
        let mut masked = String::new();
        let mut at = 0;
        for range in ranges {
            let range = range.start.saturating_sub(stretch.start)..(range.end - stretch.start).min(text.len());
            masked.push_str(text.get(at..range.start)?);
            let moved = |place: usize, now: usize, masked: usize| match place {
                place if place >= range.end => masked + MASK.len() + (place - range.end),
                place if place > range.start => masked + if now == 0 { 0 } else { MASK.len() },
                place => masked - (range.start - place),
            };
            if marked.start >= at {
                start = moved(marked.start, 0, masked.len());
            }
            if marked.end >= at {
                end = moved(marked.end, 1, masked.len());
            }
            masked.push_str(MASK);
            at = range.end;
        }
        masked.push_str(text.get(at..)?);
        Some((Cow::Owned(masked), start..end.max(start)))
    }

    /// Words that are printed about objects of these files, without credentials that they may quote.
    pub fn words<'t>(&self, files: impl IntoIterator<Item = usize>, words: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(words);
        for file in files.into_iter().filter_map(|file| self.file(file)) {
            if let Some(replaced) = file.words.masked(&masked) {
                masked = Cow::Owned(replaced);
            }
        }
        masked
    }

    /// A value that comes from an object of the file, or is to go into it as the field `name`, without credentials.
    fn value(&self, file: usize, name: &str, value: &Value) -> Value {
        let mut masked = value.clone();
        for Credential { path, text, .. } in credentials(value).into_iter().chain(credentials_in(name, value)) {
            if let Some(field) = masked.pointer_mut(path.as_str()) {
                *field = match field.as_str() {
                    Some(whole) if !text.is_empty() => Value::String(whole.replace(&text, MASK)),
                    _ => Value::String(MASK.to_owned()),
                };
            }
        }
        self.strings(file, masked)
    }

    fn strings(&self, file: usize, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.words([file], &text).into_owned()),
            Value::Array(items) => items.into_iter().map(|item| self.strings(file, item)).collect(),
            Value::Object(fields) => {
                let masked = fields.into_iter().map(|(key, value)| (key, self.strings(file, value)));
                Value::Object(masked.collect::<Map<_, _>>())
            }
            value => value,
        }
    }

    /// An edit of an object of the file, without credentials.
    fn edit(&self, file: usize, edit: &Edit) -> Edit {
        let name = |at: &Path| at.last().map(Cow::into_owned).unwrap_or_default();
        match edit {
            Edit::Set { at, value } => Edit::Set { at: at.clone(), value: self.value(file, &name(at), value) },
            Edit::Append { at, value } => Edit::Append { at: at.clone(), value: self.value(file, &name(at), value) },
            Edit::Remove { at } => Edit::Remove { at: at.clone() },
        }
    }
}

impl Masks<'_> {
    /// Takes the credentials out of everything that the report says. The fixes in it are for reading from then on.
    pub fn take_out_of(&self, report: &mut LintReport) {
        let suppressed = report.suppressed.iter().map(|suppressed| &suppressed.located);
        let located = report.findings.iter().chain(suppressed);
        let files: BTreeSet<usize> = located.map(|located| located.place.file).collect();
        // Side by side, where there are threads; what follows only reads.
        each::map(&files.into_iter().collect::<Vec<_>>(), |_, file| self.file(*file).is_some());
        let suppressed = report.suppressed.iter_mut().map(|suppressed| &mut suppressed.located);
        for located in report.findings.iter_mut().chain(suppressed) {
            self.take_out_of_finding(&files_of(located), &mut located.finding);
        }
        for problem in &mut report.problems {
            let is_its = |manifest: &Manifest| Some(&manifest.source.name) == problem.file.as_ref();
            let file = self.manifests.files.iter().position(is_its);
            problem.message = self.words(file, &problem.message).into_owned();
        }
    }

    /// A finding without credentials, for reading.
    pub fn without_credentials(&self, located: &Located) -> Finding {
        let mut finding = located.finding.clone();
        self.take_out_of_finding(&files_of(located), &mut finding);
        finding
    }

    fn take_out_of_finding(&self, files: &[usize], finding: &mut Finding) {
        let hide = |text: &mut String| {
            if let Cow::Owned(masked) = self.words(files.iter().copied(), text) {
                *text = masked;
            }
        };
        let Some(own) = files.first() else { return };
        hide(&mut finding.message);
        finding.help.iter_mut().for_each(hide);
        finding.related.iter_mut().for_each(|related| hide(&mut related.message));
        if let Some(fix) = &mut finding.fix {
            hide(&mut fix.title);
            fix.edits.iter_mut().for_each(|edit| *edit = self.edit(*own, edit));
        }
        if let Some(object) = &mut finding.new_object {
            *object = self.value(*own, "", object);
        }
    }
}

/// The files that a finding speaks of, its own first.
fn files_of(located: &Located) -> Vec<usize> {
    let related = located.related.iter().flatten().map(|place| place.file);
    std::iter::once(located.place.file).chain(related).collect()
}

/// Finds the places of texts in an object.
fn find(value: &Value, wanted: &BTreeSet<String>, path: &Path, found: &mut impl FnMut(&Path, &str)) {
    match value {
        Value::String(text) if wanted.contains(text) => found(path, text),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| find(item, wanted, &path.index(index), found));
        }
        Value::Object(fields) => fields.iter().for_each(|(key, value)| find(value, wanted, &path.key(key), found)),
        _ => {}
    }
}

/// A text of the file `file` without its credentials; the lines stay. It may be a newer one than those of `confidential`.
pub fn masked(source: &Source, text: &[u8], file: usize, confidential: &Confidential) -> String {
    let manifests = read(vec![source.with_text(text.to_vec())], Values::Kept);
    let own = Confidential(BTreeMap::from([(0, confidential.of(file).cloned().unwrap_or_default())]));
    let masks = Masks::new(&manifests, &own);
    let ranges = masks.ranges(0);
    let text = String::from_utf8_lossy(text);
    let mut shown = String::new();
    let mut at = 0;
    for range in ranges {
        shown.push_str(text.get(at..range.start).unwrap_or_default());
        let hidden = text.get(range.clone()).unwrap_or_default();
        for (number, line) in hidden.split('\n').enumerate() {
            if number > 0 {
                shown.push('\n');
            }
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            let ending = if line.ends_with('\r') { "\r" } else { "" };
            shown.push_str(line.get(..indent).unwrap_or_default());
            if !line.trim().is_empty() {
                shown.push_str(MASK);
            }
            shown.push_str(ending);
        }
        at = range.end;
    }
    shown.push_str(text.get(at..).unwrap_or_default());
    shown
}

/// The credentials of a file, in the making.
struct Look<'t> {
    text: &'t str,
    ranges: Vec<Range<usize>>,
    words: Vec<String>,
}

impl Look<'_> {
    fn add(&mut self, document: &Document, prefix: &Path, credentials: Vec<Credential>) {
        for Credential { path, text, is_recognized } in credentials {
            self.hide(document, &join(prefix, &path), &text);
            if is_recognized && is_distinctive(&text) {
                self.words.push(text);
            }
        }
    }

    /// Hides the text where it is written in the value of `path`; all of that where it is written in another way.
    fn hide(&mut self, document: &Document, path: &Path, secret: &str) {
        let Some(range) = document.text_span(path) else { return };
        let before = self.ranges.len();
        if !secret.contains('\n') {
            let written = self.text.get(range.clone()).unwrap_or_default();
            let found = written.match_indices(secret).map(|(at, _)| range.start + at..range.start + at + secret.len());
            self.ranges.extend(found);
        }
        if self.ranges.len() == before {
            self.ranges.push(range);
        }
    }

    fn done(self) -> FileMasks {
        let Look { text, mut ranges, words } = self;
        let words = Words::new(words);
        ranges.extend(words.ranges(text));
        ranges.retain(|range| !range.is_empty());
        ranges.sort_unstable_by_key(|range| (range.start, range.end));
        let mut apart: Vec<Range<usize>> = Vec::new();
        for range in ranges {
            match apart.last_mut().filter(|last| range.start <= last.end) {
                Some(last) => last.end = last.end.max(range.end),
                None => apart.push(range),
            }
        }
        FileMasks { ranges: apart, words }
    }
}
