//! Bounds against hostile input.

/// How much a file may ask for. The defaults are far above what an API server would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole file; a longer one is not read at all.
    pub file_bytes: usize,
    /// Bytes of one document, never more than 4 GiB whatever is said here.
    pub document_bytes: usize,
    /// How deep mappings and sequences may be nested, aliases followed.
    pub depth: usize,
    /// How many values aliases and merge keys may copy within one document; a long string counts as several.
    pub nodes_from_aliases: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            file_bytes: 64 * 1024 * 1024,
            document_bytes: 8 * 1024 * 1024,
            depth: 100,
            nodes_from_aliases: 400_000,
        }
    }
}
