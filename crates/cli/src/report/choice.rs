//! `--format` and `--output`: which reports are written, and where to.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, bail};

use super::style::{self, Style};
use super::{Run, concise, github, gitlab, html, junit, markdown, policyreport, pretty, sarif};
use crate::args::Color;
use crate::output;
use crate::visible;

/// How to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Pretty,
    Concise,
    Json,
    Sarif,
    Junit,
    Github,
    Gitlab,
    Markdown,
    Html,
    Policyreport,
}

/// All formats, by their names.
const FORMATS: [(&str, Format); 10] = [
    ("pretty", Format::Pretty),
    ("concise", Format::Concise),
    ("json", Format::Json),
    ("sarif", Format::Sarif),
    ("junit", Format::Junit),
    ("github", Format::Github),
    ("gitlab", Format::Gitlab),
    ("markdown", Format::Markdown),
    ("html", Format::Html),
    ("policyreport", Format::Policyreport),
];

/// A format, and the file that it goes to.
#[derive(Clone, Debug)]
struct Report {
    format: Format,
    /// Standard output, or what `--output` says, without one.
    file: Option<PathBuf>,
}

impl FromStr for Report {
    type Err = String;

    fn from_str(text: &str) -> Result<Report, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("name a file after the =".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
        let known = FORMATS.map(|(name, _)| name).join(", ");
        let format = format.ok_or_else(|| format!("there is no format `{}`, only {known}", visible::name(name)))?;
        Ok(Report { format, file })
    }
}

/// What is reported where.
#[derive(Debug, clap::Args)]
pub(crate) struct Reports {
    /// How to report: pretty (for people), concise (a line each), json, sarif, junit, github (annotations), gitlab (code
    /// quality), markdown (a summary), html (one page) or policyreport (wgpolicyk8s.io, for a cluster).
    /// `--format sarif=out.sarif` writes to that file; may be given more than once.
    #[arg(long = "format", value_name = "FORMAT[=FILE]", default_value = "pretty")]
    formats: Vec<Report>,
    /// Write the report to this file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Reports {
    /// Whether standard output is for people, who are given the summary besides.
    pub(crate) fn is_for_people(&self) -> bool {
        let to_stdout = self.formats.iter().find(|report| report.file.is_none() && self.output.is_none());
        to_stdout.is_none_or(|report| matches!(report.format, Format::Pretty | Format::Concise | Format::Github))
    }

    /// The files that are written.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.formats.iter().filter_map(|report| report.file.as_deref()).chain(self.output.as_deref())
    }

    /// Refuses what can't be done before anything is read: two reports in one place.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let mut places: Vec<Option<&Path>> = Vec::new();
        for report in &self.formats {
            let place = report.file.as_deref().or(self.output.as_deref());
            if places.contains(&place) {
                let place = place.map_or("standard output".into(), |file| file.display().to_string());
                bail!("two reports would go to {}; write --format FORMAT=FILE", visible::name(&place));
            }
            places.push(place);
        }
        Ok(())
    }

    /// Writes all reports. That whoever reads standard output has gone is no error: the exit status stays what it is.
    pub(crate) fn write(&self, run: &Run<'_>, color: Color) -> anyhow::Result<()> {
        for report in &self.formats {
            match report.file.as_deref().or(self.output.as_deref()) {
                Some(file) => {
                    let written = to_file(run, report.format, file);
                    written.with_context(|| format!("{} cannot be written", visible::name(&file.to_string_lossy())))?;
                }
                None => {
                    let style = Style { coloured: output::is_coloured(color), linked: style::has_links() };
                    let mut out = output::results();
                    let written = write(run, report.format, style, &mut out).and_then(|()| out.flush());
                    output::unless_closed(written)?;
                }
            }
        }
        Ok(())
    }
}

fn to_file(run: &Run<'_>, format: Format, file: &Path) -> anyhow::Result<()> {
    if let Ok(target) = file.canonicalize() {
        let is_read = |path: &PathBuf| path.canonicalize().is_ok_and(|read| read == target);
        let mut files = run.manifests.files.iter().enumerate();
        let read = files.find(|(_, manifest)| manifest.source.path.as_ref().is_some_and(is_read));
        let is_checked = read.is_some_and(|(file, manifest)| !is_report(run, file, &manifest.source.text));
        anyhow::ensure!(!is_checked, "it is one of the files that were checked");
    }
    let mut out = BufWriter::new(File::create(file)?);
    write(run, format, Style { coloured: false, linked: false }, &mut out)?;
    out.flush()?;
    Ok(())
}

/// Whether a file that was read is an earlier report. Each names the program, except an empty list.
fn is_report(run: &Run<'_>, file: usize, text: &[u8]) -> bool {
    let mut objects = run.manifests.objects.iter().filter(|object| object.file == file);
    let is_ours = text.windows(8).any(|part| part == b"plimsoll") || text.trim_ascii() == b"[]";
    is_ours && objects.all(|object| object.text("/kind").ends_with("PolicyReport"))
}

fn write(run: &Run<'_>, format: Format, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Pretty => pretty::write(run, style, output::width(), out),
        Format::Concise => concise::write(run, out),
        Format::Json => plimsoll_lint::report::write(run.reported(), &mut &mut *out),
        Format::Sarif => sarif::write(run, out),
        Format::Junit => junit::write(run, out),
        Format::Github => github::write(run, out),
        Format::Gitlab => gitlab::write(run, out),
        Format::Markdown => markdown::write(run, out),
        Format::Html => html::write(run, out),
        Format::Policyreport => policyreport::write(run, out),
    }
}
