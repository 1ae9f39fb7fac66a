//! Showing what would change.

use std::io::{self, Write};

use crate::visible::visible;
use plimsoll_lint::fixing::FixOutcome;
use plimsoll_lint::masks::masked;
use similar::TextDiff;

/// What a diff doesn't show as it is, so that `patch` doesn't take it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hidden {
    /// Credentials.
    pub(super) credentials: bool,
    /// Characters that steer a terminal.
    pub(super) controls: bool,
}

/// Writes a unified diff that `patch -p0` takes, unless something is hidden.
pub(super) fn write(fixed: &FixOutcome, coloured: bool, out: &mut impl Write) -> io::Result<Hidden> {
    let mut hidden = Hidden::default();
    for (position, file) in fixed.files.iter().enumerate().filter(|(_, file)| file.is_changed()) {
        let shown = |text: &[u8]| masked(&file.source, text, position, &fixed.confidential);
        let (old, new) = (shown(&file.source.text), shown(&file.text));
        let diff = TextDiff::from_lines(old.as_str(), new.as_str());
        let name = visible(&file.source.name);
        hidden.controls |= name != file.source.name;
        let before = if file.created { "/dev/null" } else { &name };
        let text = diff.unified_diff().header(before, &name).to_string();
        let real = (String::from_utf8_lossy(&file.source.text), String::from_utf8_lossy(&file.text));
        let real = TextDiff::from_lines(real.0.as_ref(), real.1.as_ref());
        hidden.credentials |= text != real.unified_diff().header(before, &name).to_string();
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\r', '\n']);
            let ending = line.get(content.len()..).unwrap_or_default();
            // Tabs are text.
            let harmless = content.split('\t').map(visible).collect::<Vec<_>>().join("\t");
            hidden.controls |= harmless != content;
            if coloured {
                writeln!(out, "{}{harmless}\x1b[0m", colour(line))?;
            } else {
                write!(out, "{harmless}{ending}")?;
            }
        }
    }
    Ok(hidden)
}

fn colour(line: &str) -> &'static str {
    if line.starts_with("+++") || line.starts_with("---") {
        "\x1b[1m"
    } else if line.starts_with('+') {
        "\x1b[32m"
    } else if line.starts_with('-') {
        "\x1b[31m"
    } else if line.starts_with("@@") {
        "\x1b[36m"
    } else {
        ""
    }
}
