//! Showing what would change.

use std::io::{self, Write};

use annotate_snippets::normalize_untrusted_str;
use plimsoll_lint::fixing::FixOutcome;
use plimsoll_lint::masks::masked;
use similar::TextDiff;

/// Writes a unified diff that `patch -p0` takes, unless it would show a credential. Says whether it would have.
pub(super) fn write(fixed: &FixOutcome, coloured: bool, out: &mut impl Write) -> io::Result<bool> {
    let mut hides = false;
    for (position, file) in fixed.files.iter().enumerate().filter(|(_, file)| file.is_changed()) {
        let shown = |text: &[u8]| masked(&file.source, text, position, &fixed.confidential);
        let (old, new) = (shown(&file.source.text), shown(&file.text));
        let diff = TextDiff::from_lines(old.as_str(), new.as_str());
        let name = file.source.name.as_str();
        let before = if file.created { "/dev/null" } else { name };
        let text = diff.unified_diff().header(before, name).to_string();
        let real = (String::from_utf8_lossy(&file.source.text), String::from_utf8_lossy(&file.text));
        let real = TextDiff::from_lines(real.0.as_ref(), real.1.as_ref());
        hides |= text != real.unified_diff().header(before, name).to_string();
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
    Ok(hides)
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
