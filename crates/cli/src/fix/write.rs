//! Changing files, each at once or not at all, and making new ones.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use plimsoll_lint::fixing::FixedFile;
use plimsoll_lint::problem::Problem;
use tempfile::NamedTempFile;

use crate::output::count;
#[cfg(any(target_os = "linux", target_os = "macos"))]
use crate::visible::visible;

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

/// Writes all changed files. `paths` are those that were named: a link in a directory must not lead out of it. Files that
/// can't be written are problems of their own: the others are written.
pub(super) fn write(files: &[FixedFile], paths: &[PathBuf]) -> Written {
    let here = [PathBuf::from(".")];
    let roots = if paths.is_empty() { here.as_slice() } else { paths };
    let roots: Vec<PathBuf> = roots.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
    let mut written = Written::default();
    for file in files.iter().filter(|file| file.is_changed()) {
        if let Some(path) = &file.source.path {
            let done = match file.created {
                true => create(path, &file.text),
                false => inside(path, file.source.named, &roots).and_then(|target| replace(&target, file)),
            };
            if let Err(error) = done {
                let problem = Problem::of_file(file.source.name.as_str(), format!("not fixed: {error:#}"));
                written.problems.push(problem);
                continue;
            }
        }
        written.files += 1;
        written.fixes += file.fixes;
        written.added += file.added;
    }
    written
}

/// Writes the text of standard input, whether it has changed or not.
pub(super) fn to_stdout(files: &[FixedFile], out: &mut impl Write) -> io::Result<()> {
    files.iter().filter(|file| file.source.path.is_none()).try_for_each(|file| out.write_all(&file.text))
}

/// The file that a path leads to. A link stays a link: what it leads to is replaced, unless it was found in a directory and
/// leads elsewhere.
fn inside(path: &Path, named: bool, roots: &[PathBuf]) -> anyhow::Result<PathBuf> {
    let target = fs::canonicalize(path)?;
    let is_inside = named || roots.iter().any(|root| target.starts_with(root));
    anyhow::ensure!(is_inside, "it is a link to a file outside of the directory; name it to change it");
    Ok(target)
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

/// Puts the new text in the place of the old. Whoever reads the file meanwhile sees the one or the other.
fn replace(target: &Path, file: &FixedFile) -> anyhow::Result<()> {
    let metadata = fs::metadata(target)?;
    // Replacing needs leave to write to the directory only, but a read-only file is meant to be left alone.
    anyhow::ensure!(metadata.is_file(), "it is not a file");
    anyhow::ensure!(!metadata.permissions().readonly(), "it is read-only");
    let other_names = other_names(&metadata);
    let links = count(other_names, "more hard link", "more hard links");
    anyhow::ensure!(other_names == 0, "it has {links}, which would keep the old text");
    anyhow::ensure!(fs::read(target)? == file.source.text, "it has changed since it was read");
    let directory = target.parent().context("it is in no directory")?;
    let mut temporary = NamedTempFile::new_in(directory)?;
    temporary.write_all(&file.text)?;
    keep_owner(temporary.as_file(), &metadata)?;
    keep_attributes(temporary.as_file(), target)?;
    temporary.as_file().set_permissions(metadata.permissions())?;
    temporary.as_file().sync_all()?;
    temporary.persist(target)?;
    Ok(())
}

#[cfg(unix)]
fn other_names(metadata: &Metadata) -> usize {
    usize::try_from(std::os::unix::fs::MetadataExt::nlink(metadata)).unwrap_or(usize::MAX).saturating_sub(1)
}

#[cfg(not(unix))]
fn other_names(_: &Metadata) -> usize {
    0
}

#[cfg(unix)]
fn keep_owner(temporary: &File, metadata: &Metadata) -> anyhow::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = temporary.metadata()?;
    if (new.uid(), new.gid()) != (metadata.uid(), metadata.gid()) {
        fchown(temporary, Some(metadata.uid()), Some(metadata.gid())).context("its owner cannot be kept")?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> anyhow::Result<()> {
    Ok(())
}

/// Gives the new file the old one's extended attributes, such as access control lists and security labels.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn keep_attributes(temporary: &File, target: &Path) -> anyhow::Result<()> {
    use rustix::fs::{XattrFlags, fgetxattr, fsetxattr, getxattr, listxattr};
    use rustix::io::Errno;

    let mut names = vec![0; 1 << 16];
    let length = match listxattr(target, names.as_mut_slice()) {
        Ok(length) => length,
        // The file system has none.
        Err(Errno::NOTSUP) => return Ok(()),
        Err(error) => return Err(error).context("its extended attributes cannot be read"),
    };
    let names = names.get(..length).unwrap_or_default().split(|byte| *byte == 0).filter(|name| !name.is_empty());
    for name in names {
        let shown = visible(&String::from_utf8_lossy(name)).into_owned();
        let kept = || -> Result<(), Errno> {
            let mut value = vec![0; 1 << 16];
            let length = getxattr(target, name, value.as_mut_slice())?;
            value.truncate(length);
            let mut new = vec![0; length];
            // The system has given it already.
            if fgetxattr(temporary, name, new.as_mut_slice()) == Ok(length) && new == value {
                return Ok(());
            }
            fsetxattr(temporary, name, &value, XattrFlags::empty())
        };
        kept().with_context(|| format!("its extended attribute {shown} cannot be kept"))?;
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn keep_attributes(_: &File, _: &Path) -> anyhow::Result<()> {
    Ok(())
}
