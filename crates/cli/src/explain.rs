//! `plimsoll explain`.

pub(crate) mod peer;

use std::io::Write;

use anyhow::bail;
use plimsoll::engine::renamed::Renamed;
use plimsoll::policy::common::CommonSettings;
use plimsoll_lint::unknown_field;
use serde::Serialize;

use crate::args::{Explain, Format};
use crate::config_file::unknown_policy;
use crate::describe::{self, Description, Setting};
use crate::markdown;
use crate::outcome::Outcome;
use crate::output;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Explanation {
    #[serde(flatten)]
    description: Description,
    documentation: String,
    settings: Vec<Setting>,
    common_settings: Vec<Setting>,
}

pub(crate) fn run(args: &Explain) -> anyhow::Result<Outcome> {
    if let Some(asked) = &args.peer {
        return peer::run(asked, args.format);
    }
    // One of the two is required.
    let id = args.policy.as_deref().unwrap_or_default();
    let Some(entry) = unknown_field::named(id) else { bail!(unknown_policy(id)) };
    if let Some(renamed) = Renamed::of(id, [entry.metadata]) {
        output::note(&renamed.to_string());
    }
    let schema = (entry.schema)();
    let explanation = Explanation {
        description: Description::of(entry),
        documentation: describe::documentation(&schema),
        settings: describe::settings(&schema),
        common_settings: describe::settings(&schemars::schema_for!(CommonSettings)),
    };
    let mut out = output::results();
    match args.format {
        Format::Pretty => pretty(&explanation, output::width(), &mut out)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &explanation)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(Outcome::Clean)
}

fn pretty(explanation: &Explanation, width: usize, out: &mut impl Write) -> std::io::Result<()> {
    let policy = &explanation.description;
    writeln!(out, "# {}\n\n{}.\n", policy.id, policy.title)?;
    let mut row = |name: &str, value: &str| {
        let indent = format!("{:10}", "");
        let options = markdown::wrapped(width).subsequent_indent(&indent);
        writeln!(out, "{}", textwrap::fill(&format!("{name:10}{value}"), options))
    };
    row("severity", policy.severity)?;
    row("profile", policy.profile)?;
    // Only what files are checked by has no kinds of its own.
    let targets = if policy.targets.is_empty() { "every kind, in files".to_owned() } else { policy.targets.join(", ") };
    row("checks", &targets)?;
    if !policy.needs.is_empty() {
        row("needs", &policy.needs.join(", "))?;
    }
    row("fix", policy.fix)?;
    row("since", policy.since)?;
    row("status", policy.status)?;
    if !policy.renamed_from.is_empty() {
        row("formerly", &policy.renamed_from.join(", "))?;
    }
    writeln!(out, "\n{}", markdown::fill(&explanation.documentation, width))?;
    if !explanation.settings.is_empty() {
        writeln!(out, "\n## Settings")?;
        settings(&explanation.settings, width, out)?;
    }
    writeln!(out, "\n## Settings of every policy")?;
    settings(&explanation.common_settings, width, out)?;
    if !policy.sources.is_empty() {
        writeln!(out, "\n## Sources")?;
        for source in &policy.sources {
            writeln!(out, "{}\n  {}", source.title, source.url)?;
        }
    }
    Ok(())
}

fn settings(settings: &[Setting], width: usize, out: &mut impl Write) -> std::io::Result<()> {
    for setting in settings {
        let default = setting.default.as_ref().map_or_else(|| "unset".to_owned(), ToString::to_string);
        let options = markdown::wrapped(width).subsequent_indent("    ");
        writeln!(out, "{}", textwrap::fill(&format!("{}: {default}", setting.name), options))?;
        let options = markdown::wrapped(width).initial_indent("  ").subsequent_indent("  ");
        let description = setting.description.replace('\n', " ");
        writeln!(out, "{}", textwrap::fill(&description, options))?;
    }
    Ok(())
}
