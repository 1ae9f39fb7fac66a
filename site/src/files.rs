//! Folders of files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes a file, and the folders that it lies in.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// Copies a folder's files that are chosen, and those of its folders.
pub(crate) fn copy(from: &Path, to: &Path, is_chosen: &dyn Fn(&Path) -> bool) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            copy(&path, &to.join(name), is_chosen)?;
        } else if is_chosen(&path) {
            fs::create_dir_all(to)?;
            fs::copy(&path, to.join(name)).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// Copies a folder to where another one was.
pub(crate) fn replace(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| to.display().to_string())?;
    }
    copy(from, to, &|_| true)
}
