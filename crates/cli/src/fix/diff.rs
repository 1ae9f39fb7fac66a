//! Showing what would change.

use std::io::{self, Write};

use annotate_snippets::normalize_untrusted_str;
use plimsoll_lint::fixing::FixedFile;
use similar::TextDiff;

/// Writes a unified diff that `patch -p0` takes.
pub(super) fn write(files: &[FixedFile], coloured: bool, out: &mut impl Write) -> io::Result<()> {
    for file in files.iter().filter(|file| file.is_changed()) {
        let old = String::from_utf8_lossy(&file.source.text);
        let new = String::from_utf8_lossy(&file.text);
        let diff = TextDiff::from_lines(old.as_ref(), new.as_ref());
        let name = file.source.name.as_str();
        let before = if file.created { "/dev/null" } else { name };
        let text = diff.unified_diff().header(before, name).to_string();
        if coloured {
            for line in text.split_inclusive('\n') {
                writeln!(
                    out,
                    "{}{}\x1b[0m",
                    colour(line),
                    normalize_untrusted_str(line.trim_end_matches(['\r', '\n']))
                )?;
            }
        } else {
            out.write_all(text.as_bytes())?;
        }
    }
    Ok(())
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
