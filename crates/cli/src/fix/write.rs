//! Changing files, each at once or not at all, and making new ones.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use plimsoll_lint::fixing::FixedFile;
use plimsoll_lint::problem::Problem;
use tempfile::NamedTempFile;

/// What came of writing.
#[derive(Default)]
pub(super) struct Written {
    /// How many files were changed.
    pub(super) files: usize,
    /// How many fixes are in them.
    pub(super) fixes: usize,
    /// How many objects were added to them, or are new files.
    pub(super) added: usize,
    /// Files that could not be written.
    pub(super) problems: Vec<Problem>,
}

/// Writes all changed files, and standard input's text to `out` whether it has changed or not.
///
/// # Errors
/// When `out` can't be written to. Files that can't be written are problems of their own: the others are written.
pub(super) fn write(files: &[FixedFile], out: &mut impl Write) -> io::Result<Written> {
    let mut written = Written::default();
    for file in files {
        match &file.source.path {
            None => out.write_all(&file.text)?,
            Some(path) if file.is_changed() => {
                let done =
                    if file.created { create(path, &file.text) } else { replace(path, &file.source.text, &file.text) };
                if let Err(error) = done {
                    let problem = Problem::of_file(file.source.name.as_str(), format!("not fixed: {error:#}"));
                    written.problems.push(problem);
                    continue;
                }
            }
            Some(_) => {}
        }
        if file.is_changed() {
            written.files += 1;
            written.fixes += file.fixes;
            written.added += file.added;
        }
    }
    Ok(written)
}

/// Writes a file that must not be there yet.
fn create(path: &Path, text: &[u8]) -> anyhow::Result<()> {
    let mut file = fs::File::create_new(path)?;
    let written = file.write_all(text).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half an object is worse than none. When even this fails, the first error says enough.
        let _ = fs::remove_file(path);
    }
    Ok(written?)
}

/// Puts `new` in the place of `old`. Whoever reads the file meanwhile sees the one or the other.
fn replace(path: &Path, old: &[u8], new: &[u8]) -> anyhow::Result<()> {
    // A link stays a link: what it leads to is replaced.
    let target = fs::canonicalize(path)?;
    let metadata = fs::metadata(&target)?;
    // Replacing needs leave to write to the directory only, but a read-only file is meant to be left alone.
    anyhow::ensure!(metadata.is_file(), "it is not a file");
    anyhow::ensure!(!metadata.permissions().readonly(), "it is read-only");
    anyhow::ensure!(fs::read(&target)? == old, "it has changed since it was read");
    let directory = target.parent().context("it is in no directory")?;
    let mut temporary = NamedTempFile::new_in(directory)?;
    temporary.write_all(new)?;
    temporary.as_file().set_permissions(metadata.permissions())?;
    temporary.as_file().sync_all()?;
    temporary.persist(&target)?;
    Ok(())
}
