//! Standard output for results, standard error for everything else.

use std::io::{self, BufWriter, StdoutLock, Write};

use annotate_snippets::normalize_untrusted_str;
use anstream::ColorChoice;
use plimsoll_lint::problem::Problem;

use crate::args::Color;

/// Standard output, buffered. Who writes to it flushes it, so that errors are seen.
pub(crate) fn results() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// Says something on standard error. When even that is closed, nobody is left to be told.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Says something on standard error in which words of manifests occur: they must not steer the terminal.
pub(crate) fn note_untrusted(line: &str) {
    note(&normalize_untrusted_str(line));
}

/// A number of things: `1 file`, `2 files`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Says on standard error what could not be read or understood.
pub(crate) fn problems(problems: &[Problem]) {
    let mut stderr = BufWriter::new(io::stderr().lock());
    for problem in problems {
        // File names and the texts in them are the manifests' authors'; they must not steer the terminal.
        let _ = writeln!(stderr, "error: {}", normalize_untrusted_str(&problem.to_string()));
    }
    let _ = stderr.flush();
}

/// Whether results are to be coloured.
pub(crate) fn is_coloured(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    }
}

/// The columns to wrap at: those of the terminal, within reason.
pub(crate) fn width() -> usize {
    let columns = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
    columns.clamp(60, 120)
}

/// True when the reader of the results has gone.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}
