//! From paths to bytes: files, directories, standard input.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use plimsoll_lint::problem::Problem;
use plimsoll_lint::source::Source;
use plimsoll_manifest::{Limits, LineIndex};
use rayon::prelude::*;
use walkdir::WalkDir;

/// What standard input is called in reports.
pub(crate) const STDIN: &str = "<stdin>";

enum Place {
    Stdin,
    File { path: PathBuf, named: bool },
}

/// Reads everything that `paths` mean, in the order of the paths and of the names in directories; each file once.
/// Without paths: the current directory.
pub(crate) fn read(paths: &[PathBuf]) -> (Vec<Source>, Vec<Problem>) {
    let here = [PathBuf::from(".")];
    let mut problems = Vec::new();
    let mut places = Vec::new();
    for path in if paths.is_empty() { here.as_slice() } else { paths } {
        if path.as_os_str() == "-" {
            places.push(Place::Stdin);
        } else if path.is_dir() {
            walk(path, &mut places, &mut problems);
        } else {
            places.push(Place::File { path: path.clone(), named: true });
        }
    }
    forget_repeated(&mut places);
    let read: Vec<Result<Source, Problem>> = places.into_par_iter().map(open).collect();
    let mut sources = Vec::new();
    for result in read {
        match result {
            Ok(source) => {
                problems.extend(source.cut.then(|| too_long(&source)));
                sources.push(source);
            }
            Err(problem) => problems.push(problem),
        }
    }
    (sources, problems)
}

/// Finds the manifests below a directory. Links to directories are not followed: those that Kubernetes itself makes
/// lead to files that are there already, and others may run in circles.
fn walk(directory: &Path, places: &mut Vec<Place>, problems: &mut Vec<Problem>) {
    let entries = WalkDir::new(directory).sort_by_file_name().into_iter();
    let visible =
        entries.filter_entry(|entry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b"."));
    for entry in visible {
        match entry {
            Ok(entry) if entry.path().is_dir() || !is_manifest(entry.path()) => {}
            Ok(entry) => {
                let path = entry.into_path();
                let path = path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
                places.push(Place::File { path, named: false });
            }
            Err(error) => {
                let place = error.path().unwrap_or(directory).display().to_string();
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                problems.push(Problem::of_file(place, format!("cannot be read: {reason}")));
            }
        }
    }
}

fn is_manifest(path: &Path) -> bool {
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

fn open(place: Place) -> Result<Source, Problem> {
    let (name, path, named, read) = match place {
        Place::Stdin => (STDIN.to_owned(), None, true, read_bounded(io::stdin().lock(), 0)),
        Place::File { path, named } => (path.display().to_string(), Some(path.clone()), named, read_file(&path)),
    };
    let (text, cut) = read.map_err(|reason| Problem::of_file(name.as_str(), reason))?;
    Ok(Source { name, path, text, named, cut })
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
/// for ever.
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
