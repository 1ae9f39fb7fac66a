//! Archives without dates and owners: the same files make the same bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tar::{Archive, Builder, EntryType, Header};

/// A file of an archive, or a folder: the name of a folder ends in a slash.
pub(crate) struct Entry<'b> {
    pub(crate) name: &'b str,
    pub(crate) mode: u32,
    pub(crate) bytes: &'b [u8],
}

impl<'b> Entry<'b> {
    pub(crate) fn file(name: &'b str, bytes: &'b [u8]) -> Self {
        Self { name, mode: 0o644, bytes }
    }

    pub(crate) fn program(name: &'b str, bytes: &'b [u8]) -> Self {
        Self { name, mode: 0o755, bytes }
    }

    pub(crate) fn folder(name: &'b str, mode: u32) -> Self {
        Self { name, mode, bytes: &[] }
    }
}

/// Writes a tar archive.
pub(crate) fn tar<'b, W: Write>(entries: impl IntoIterator<Item = Entry<'b>>, out: W) -> Result<W> {
    let mut archive = Builder::new(out);
    for entry in entries {
        let mut header = Header::new_ustar();
        header.set_entry_type(if entry.name.ends_with('/') { EntryType::Directory } else { EntryType::Regular });
        header.set_mode(entry.mode);
        header.set_size(entry.bytes.len() as u64);
        archive.append_data(&mut header, entry.name, entry.bytes).with_context(|| entry.name.to_owned())?;
    }
    Ok(archive.into_inner()?)
}

/// Compresses, as gzip does without a name and a date.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The files of a compressed tar archive.
pub(crate) fn unpack(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in Archive::new(GzDecoder::new(bytes)).entries()? {
        let mut entry = entry?;
        if entry.header().entry_type() == EntryType::Regular {
            let name = entry.path()?.to_str().context("a file's name is not UTF-8")?.to_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).with_context(|| name.clone())?;
            files.insert(name.trim_start_matches("./").to_owned(), content);
        }
    }
    Ok(files)
}

/// Adds the files below a folder.
pub(crate) fn add(files: &mut BTreeMap<String, Vec<u8>>, name: &Path, folder: &Path) -> Result<()> {
    let place = || format!("cannot read {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(place)? {
        let entry = entry.with_context(place)?;
        let (path, name) = (entry.path(), name.join(entry.file_name()));
        if path.is_dir() {
            add(files, &name, &path)?;
        } else {
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.insert(name.to_str().context("a file's name is not UTF-8")?.to_owned(), bytes);
        }
    }
    Ok(())
}

/// Writes a tar archive into a file.
pub(crate) fn write(path: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = || path.display().to_string();
    let temporary = path.with_extension("part");
    std::fs::create_dir_all(folder).with_context(place)?;
    let written = write_all(&temporary, files).with_context(place);
    if written.is_err() {
        // Half an archive is worse than none.
        let _ = std::fs::remove_file(&temporary);
    }
    written?;
    std::fs::rename(&temporary, path).with_context(place)
}

fn write_all(path: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let entries = files.iter().map(|(name, bytes)| Entry::file(name, bytes));
    let mut file = tar(entries, BufWriter::new(File::create(path)?))?;
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(())
}
