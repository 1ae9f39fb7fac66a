//! What a release has the command for.

use anyhow::{Context, Result};

const TARGETS: &str = include_str!("../targets.txt");

/// A target, by the names that others have for it.
pub(crate) struct Target {
    /// Rust's.
    pub(crate) triple: &'static str,
    /// Go's operating system: OCI's, too.
    pub(crate) os: &'static str,
    /// Go's architecture.
    pub(crate) arch: &'static str,
    /// Node's platform and architecture.
    pub(crate) npm: &'static str,
    /// The platforms of a wheel.
    pub(crate) wheel: &'static str,
}

impl Target {
    /// The program's name there.
    pub(crate) fn program(&self) -> &'static str {
        if self.os == "windows" { "plimsoll.exe" } else { "plimsoll" }
    }
}

pub(crate) fn targets() -> Result<Vec<Target>> {
    let lines = TARGETS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let target = |line: &'static str| {
        let mut words = line.split_whitespace();
        let mut next = || words.next().with_context(|| format!("a word is missing in targets.txt: {line}"));
        Ok(Target { triple: next()?, os: next()?, arch: next()?, npm: next()?, wheel: next()? })
    };
    lines.map(target).collect()
}
