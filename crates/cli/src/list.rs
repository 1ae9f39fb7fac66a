//! `plimsoll list`.

use std::io::Write;

use plimsoll_lint::unknown_field;

use crate::args::{Format, List};
use crate::describe::Description;
use crate::outcome::Outcome;
use crate::output;

pub(crate) fn run(args: &List) -> anyhow::Result<Outcome> {
    let all = unknown_field::all();
    let wanted = all.filter(|entry| args.profile.is_none_or(|profile| profile.0.includes(entry.metadata)));
    let mut policies: Vec<Description> = wanted.map(Description::of).collect();
    policies.sort_by_key(|policy| policy.id);
    let mut out = output::results();
    match args.format {
        Format::Pretty => pretty(&policies, &mut out)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &policies)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(Outcome::Clean)
}

fn pretty(policies: &[Description], out: &mut impl Write) -> std::io::Result<()> {
    let width =
        |column: fn(&Description) -> &str| policies.iter().map(|policy| column(policy).len()).max().unwrap_or(0);
    let columns: [fn(&Description) -> &str; 4] =
        [|policy| policy.id, |policy| policy.severity, |policy| policy.profile, |policy| policy.fix];
    let [id, severity, profile, fix] = columns.map(width);
    let (severity, profile, fix) = (severity.max(8), profile.max(7), fix.max(3));
    writeln!(out, "{:id$}  {:severity$}  {:profile$}  {:fix$}  PRACTICE", "POLICY", "SEVERITY", "PROFILE", "FIX")?;
    for policy in policies {
        writeln!(
            out,
            "{:id$}  {:severity$}  {:profile$}  {:fix$}  {}",
            policy.id,
            policy.severity,
            policy.profile,
            if policy.fix == "none" { "-" } else { policy.fix },
            policy.title_with_status()
        )?;
    }
    Ok(())
}
