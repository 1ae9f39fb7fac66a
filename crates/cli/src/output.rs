//! Standard output for results, standard error for everything else.

use std::env;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::ColorChoice;
use plimsoll_lint::problem::Problem;

use crate::args::Color;
use crate::markdown;
use crate::visible;

/// Standard output, buffered. Who writes to it flushes it, so that errors are seen.
pub(crate) fn results() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// Says something on standard error. When even that is closed, nobody is left to read it.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Says something on standard error in which words of manifests occur: they must not steer the terminal.
pub(crate) fn note_untrusted(line: &str) {
    note(&visible::visible(line));
}

/// The same, in lines of the terminal's width where there is one.
pub(crate) fn note_wrapped(line: &str) {
    let line = visible::visible(line);
    let is_wide = io::stderr().is_terminal() || env::var_os("COLUMNS").is_some();
    note(&if is_wide {
        textwrap::fill(&line, markdown::wrapped(width()).subsequent_indent("  "))
    } else {
        line.into_owned()
    });
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
        let _ = writeln!(stderr, "error: {}", visible::message(&problem.to_string()));
    }
    let _ = stderr.flush();
}

/// Whether results are to be coloured.
pub(crate) fn is_coloured(color: Color) -> bool {
    let says = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if says("NO_COLOR") => false,
        Color::Auto if says("FORCE_COLOR") => true,
        Color::Auto => anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    }
}

/// The columns to wrap at: what COLUMNS says, else those of the terminal, within reason.
pub(crate) fn width() -> usize {
    let said = env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    said.or_else(terminal).unwrap_or(100).clamp(40, 120)
}

/// What came of writing results; that their reader has gone, as `head` does, is no error.
pub(crate) fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            NOBODY.store(true, Ordering::Relaxed);
            Ok(())
        }
        written => written,
    }
}

/// Whether the reader of the results has gone.
static NOBODY: AtomicBool = AtomicBool::new(false);

/// True once the reader of the results has gone.
pub(crate) fn has_nobody() -> bool {
    NOBODY.load(Ordering::Relaxed)
}

/// True when the reader of the results has gone.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}
