//! From paths to bytes: files, directories, standard input.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;
use plimsoll_lint::problem::Problem;
use plimsoll_lint::source::Source;
use plimsoll_manifest::{Limits, LineIndex};
use rayon::prelude::*;

use crate::patterns::Patterns;
use crate::render::{self, Found, Output, Rendering};

/// What standard input is called in reports.
pub(crate) const STDIN: &str = "<stdin>";

/// Which files are read.
#[derive(Default)]
pub(crate) struct Filter {
    /// What files below directories have to match.
    pub(crate) include: Option<Patterns>,
    /// What files below directories must not match.
    pub(crate) exclude: Vec<Patterns>,
    /// Whether what git ignores is left out.
    pub(crate) gitignore: bool,
    /// Whether files that are named are treated like those below directories.
    pub(crate) pass_over_named: bool,
    /// How charts and overlays are rendered, if they are.
    pub(crate) rendering: Option<Rendering>,
}

impl Filter {
    fn excludes(&self, path: &Path, is_directory: bool) -> bool {
        self.exclude.iter().any(|patterns| patterns.matches(path, is_directory))
    }

    fn wants(&self, path: &Path) -> bool {
        let included = self.include.as_ref().is_none_or(|patterns| patterns.matches(path, false));
        included && !self.excludes(path, false)
    }
}

/// What was read.
#[derive(Default)]
pub(crate) struct Input {
    pub(crate) sources: Vec<Source>,
    pub(crate) problems: Vec<Problem>,
    /// Templates of charts, which are no manifests before they are rendered.
    pub(crate) templates: usize,
    /// What other tools made of charts and overlays.
    pub(crate) rendered: Vec<Output>,
    /// Whether there are charts that were not rendered.
    pub(crate) unrendered: bool,
    /// What was left out, and why.
    pub(crate) notes: Vec<String>,
}

enum Place {
    Stdin,
    File { path: PathBuf, named: bool },
}

/// Reads one file, or standard input.
pub(crate) fn read_one(path: &Path) -> Result<Source, Problem> {
    let place = if path.as_os_str() == "-" { Place::Stdin } else { Place::File { path: path.to_owned(), named: true } };
    let source = open(place, false)?;
    if source.cut { Err(too_long(&source)) } else { Ok(source) }
}

/// Reads everything that `paths` mean, in the order of the paths and of the names in directories; each file once.
/// Without paths: the current directory.
pub(crate) fn read(paths: &[PathBuf], filter: Filter) -> Input {
    let filter = Arc::new(filter);
    let mut charts = Charts::default();
    let here = [PathBuf::from(".")];
    let mut problems = Vec::new();
    let mut places = Vec::new();
    let mut found = Found::default();
    for path in if paths.is_empty() { here.as_slice() } else { paths } {
        if path.as_os_str() == "-" {
            places.push(Place::Stdin);
        } else if path.is_dir() {
            walk(path, &filter, &mut places, &mut found, &mut problems);
        } else if !filter.pass_over_named || filter.wants(path) {
            places.push(Place::File { path: path.clone(), named: true });
        }
    }
    forget_repeated(&mut places);
    let read: Vec<Result<Source, Problem>> =
        places.into_par_iter().map(|place| open(place, filter.pass_over_named)).collect();
    let mut input = Input { problems, ..Input::default() };
    for result in read {
        match result {
            Ok(source) if source.pass_over && charts.is_template(&source) => input.templates += 1,
            Ok(source) => {
                input.problems.extend(source.cut.then(|| too_long(&source)));
                input.sources.push(source);
            }
            Err(problem) => input.problems.push(problem),
        }
    }
    if let Some(rendering) = &filter.rendering {
        render::render(&found, rendering, &mut input);
    } else {
        input.unrendered = found.has_charts();
    }
    input
}

/// The directories of templates that belong to charts.
#[derive(Default)]
struct Charts(HashMap<PathBuf, bool>);

impl Charts {
    /// Whether a file is a template of a chart: some are valid YAML by chance.
    fn is_template(&mut self, source: &Source) -> bool {
        let Some(path) = &source.path else { return false };
        let mut directories = path.ancestors().skip(1).filter(|directory| directory.ends_with("templates"));
        let of_chart = directories.any(|directory| match self.0.get(directory) {
            Some(known) => *known,
            None => {
                let of_chart = directory.parent().is_some_and(|chart| chart.join("Chart.yaml").is_file());
                self.0.insert(directory.to_owned(), of_chart);
                of_chart
            }
        });
        of_chart && source.text.windows(2).any(|pair| pair == b"{{")
    }
}

/// Finds the manifests below a directory. Links to directories are not followed: those that Kubernetes itself makes
/// lead to files that are there already, and others may run in circles.
fn walk(
    directory: &Path,
    filter: &Arc<Filter>,
    places: &mut Vec<Place>,
    found: &mut Found,
    problems: &mut Vec<Problem>,
) {
    for entry in walker(directory, filter).build() {
        match entry {
            Ok(entry) if entry.path().is_dir() => {}
            Ok(entry) if !is_manifest(entry.path()) => found.add(plain(entry.path())),
            Ok(entry) => {
                let path = entry.into_path();
                let path = plain(&path).to_owned();
                if filter.wants(&path) {
                    found.add(&path);
                    places.push(Place::File { path, named: false });
                }
            }
            Err(error) => problems.push(unreadable(&error, directory)),
        }
    }
}

/// Goes through what is visible below a directory, and neither ignored nor in a directory that is left out.
pub(crate) fn walker(directory: &Path, filter: &Arc<Filter>) -> WalkBuilder {
    let mut walk = WalkBuilder::new(directory);
    // Outside of a repository nobody says what is to be ignored.
    walk.standard_filters(false).hidden(true).require_git(true).follow_links(false);
    walk.parents(filter.gitignore).git_ignore(filter.gitignore).git_exclude(filter.gitignore);
    walk.sort_by_file_name(Ord::cmp);
    let excluding = Arc::clone(filter);
    walk.filter_entry(move |entry| {
        let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0 || !is_directory || !excluding.excludes(entry.path(), true)
    });
    walk
}

/// The path without a dot before it.
fn plain(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

fn unreadable(error: &ignore::Error, directory: &Path) -> Problem {
    let mut place = directory.to_owned();
    let mut inner = error;
    loop {
        match inner {
            ignore::Error::WithPath { path, err } => {
                place.clone_from(path);
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            _ => break,
        }
    }
    Problem::of_file(place.display().to_string(), format!("cannot be read: {inner}"))
}

/// Whether a file of that name is read below a directory.
pub(crate) fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Drops files that are given twice, as in `plimsoll check . web.yaml`: their objects would clash with themselves. That
/// a user named a file counts, wherever it was first met.
fn forget_repeated(places: &mut Vec<Place>) {
    let named_files: HashSet<PathBuf> = places.iter().filter_map(|place| place.identity(true)).collect();
    let mut seen = HashSet::new();
    let mut seen_stdin = false;
    places.retain_mut(|place| match place {
        Place::Stdin => !std::mem::replace(&mut seen_stdin, true),
        Place::File { .. } => {
            let Some(identity) = place.identity(false) else { return true };
            if let Place::File { named, .. } = place {
                *named = *named || named_files.contains(&identity);
            }
            seen.insert(identity)
        }
    });
}

impl Place {
    fn identity(&self, only_named: bool) -> Option<PathBuf> {
        match self {
            Place::File { path, named } if *named || !only_named => fs::canonicalize(path).ok(),
            _ => None,
        }
    }
}

fn open(place: Place, pass_over: bool) -> Result<Source, Problem> {
    let (name, path, named, read) = match place {
        Place::Stdin => (STDIN.to_owned(), None, true, read_bounded(io::stdin().lock(), 0)),
        Place::File { path, named } => (path.display().to_string(), Some(path.clone()), named, read_file(&path)),
    };
    let (text, cut) = read.map_err(|reason| Problem::of_file(name.as_str(), reason))?;
    Ok(Source { name, path, text, named, pass_over: !named || pass_over, cut })
}

fn read_file(path: &Path) -> Result<(Vec<u8>, bool), String> {
    let unreadable = |error: io::Error| format!("cannot be read: {error}");
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() && !is_open_already(path) {
        return Err(kind_of(&metadata).to_owned());
    }
    read_bounded(File::open(path).map_err(unreadable)?, metadata.len())
}

/// `plimsoll check <(helm template .)` names a pipe that the shell has opened. Any other pipe might wait for a writer
/// indefinitely.
fn is_open_already(path: &Path) -> bool {
    ["/dev/fd", "/dev/stdin", "/proc/self/fd"].iter().any(|known| path.starts_with(known))
}

#[cfg(unix)]
fn kind_of(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    if kind.is_fifo() {
        "is a named pipe, not a file; use - to read standard input"
    } else if kind.is_socket() {
        "is a socket, not a file"
    } else {
        "is a device, not a file"
    }
}

#[cfg(not(unix))]
fn kind_of(_: &Metadata) -> &'static str {
    "is not a file"
}

fn limit() -> u64 {
    Limits::default().file_bytes as u64
}

/// Where a file was cut off. Its documents before that are checked all the same.
fn too_long(source: &Source) -> Problem {
    let position = LineIndex::new(&source.text).position(source.text.len());
    let reason =
        format!("the file is longer than the {} MiB that are read of one; this and the rest is not", limit() >> 20);
    Problem::at(source.name.as_str(), position, reason)
}

/// Reads no more than the limit, whatever the file says of its length. Of what is longer, the documents that are there as
/// a whole, and true.
fn read_bounded(reader: impl Read, expected: u64) -> Result<(Vec<u8>, bool), String> {
    let mut text = Vec::with_capacity(expected.min(limit()) as usize + 1);
    let read = reader.take(limit() + 1).read_to_end(&mut text);
    let cut = read.map_err(|error| format!("cannot be read: {error}"))? as u64 > limit();
    if cut {
        text.truncate(last_document(&text));
    }
    Ok((text, cut))
}

/// Where the last document begins.
fn last_document(text: &[u8]) -> usize {
    text.windows(4).rposition(|bytes| bytes == b"\n---").map_or(0, |end| end + 1)
}
