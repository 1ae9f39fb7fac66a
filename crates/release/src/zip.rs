//! Zip archives without dates, as wheels are: compressed files and their modes, nothing else.

use std::io::Write;

use anyhow::{Context, Result};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use crate::archive::Entry;

/// Version 2.0 of the format has compression; 3 is Unix, which keeps modes.
const VERSION: u16 = 20;
const MADE_BY: u16 = (3 << 8) | VERSION;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
const DEFLATE: u16 = 8;
/// The first day that the format knows: 1 January 1980.
const DATE: u16 = (1 << 5) | 1;
const REGULAR_FILE: u32 = 0o100_000;

/// Writes a zip archive.
pub(crate) fn zip<'b>(entries: impl IntoIterator<Item = Entry<'b>>) -> Result<Vec<u8>> {
    let (mut archive, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for entry in entries {
        let offset = size(archive.len())?;
        let common = common(&entry)?;
        let compressed = compress(entry.bytes)?;
        archive.extend_from_slice(b"PK\x03\x04");
        archive.extend_from_slice(&common.header(compressed.len())?);
        archive.extend_from_slice(entry.name.as_bytes());
        archive.extend_from_slice(&compressed);

        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&MADE_BY.to_le_bytes());
        directory.extend_from_slice(&common.header(compressed.len())?);
        // No comment, the first disk, no attributes but the mode.
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&((REGULAR_FILE | entry.mode) << 16).to_le_bytes());
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(entry.name.as_bytes());
        count += 1;
    }
    let (offset, length) = (size(archive.len())?, size(directory.len())?);
    archive.extend_from_slice(&directory);
    archive.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    for number in [count, count] {
        archive.extend_from_slice(&number.to_le_bytes());
    }
    for number in [length, offset] {
        archive.extend_from_slice(&number.to_le_bytes());
    }
    archive.extend_from_slice(&[0; 2]);
    Ok(archive)
}

/// What a file's own header and its entry in the directory say alike.
struct Common {
    checksum: u32,
    length: u32,
    name: u16,
}

fn common(entry: &Entry<'_>) -> Result<Common> {
    let mut crc = Crc::new();
    crc.update(entry.bytes);
    let name = u16::try_from(entry.name.len()).context("a long name")?;
    Ok(Common { checksum: crc.sum(), length: size(entry.bytes.len())?, name })
}

impl Common {
    fn header(&self, compressed: usize) -> Result<Vec<u8>> {
        let mut header = Vec::new();
        for number in [VERSION, FLAGS, DEFLATE, 0, DATE] {
            header.extend_from_slice(&number.to_le_bytes());
        }
        for number in [self.checksum, size(compressed)?, self.length] {
            header.extend_from_slice(&number.to_le_bytes());
        }
        // No extra fields.
        for number in [self.name, 0] {
            header.extend_from_slice(&number.to_le_bytes());
        }
        Ok(header)
    }
}

fn compress(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn size(length: usize) -> Result<u32> {
    u32::try_from(length).context("more than 4 GiB")
}
