//! `plimsoll explain --peer`: which policies do what another project checks.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::bail;
use plimsoll_lint::unknown_field;
use plimsoll_lint::words::{did_you_mean, nearest};
use plimsoll_peers::{Answer, Check, Peer};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::Format;
use crate::markdown;
use crate::outcome::Outcome;
use crate::output;

/// How many ids are named for one that is unknown.
const NEAREST: usize = 3;

/// What is known of a check.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counterpart<'p> {
    peer: &'p str,
    check: &'p str,
    policies: &'p [String],
    settings: BTreeMap<&'p str, &'p Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_of_scope: Option<&'p str>,
    commit: &'p str,
    date: &'p str,
}

impl<'p> Counterpart<'p> {
    fn of(peer: &'p Peer, check: &'p str, answer: Answer<'p>) -> Counterpart<'p> {
        let (ours, out_of_scope) = match answer {
            Answer::Ours(ours) => (Some(ours), None),
            Answer::Out(group) => (None, Some(group.reason.as_str())),
        };
        let settings = ours.into_iter().flat_map(|check| &check.settings);
        Counterpart {
            peer: &peer.peer,
            check,
            policies: ours.map(|check| check.ours.as_slice()).unwrap_or_default(),
            settings: settings.map(|(id, settings)| (id.as_str(), settings)).collect(),
            differs: ours.and_then(|check| check.differs.as_deref()),
            out_of_scope,
            commit: &peer.commit,
            date: &peer.date,
        }
    }
}

pub(super) fn run(asked: &str, format: Format) -> anyhow::Result<Outcome> {
    let (name, id) = asked.split_once('/').map_or((asked, None), |(name, id)| (name, Some(id)));
    let Some(peer) = plimsoll_peers::named(name) else {
        let hint = did_you_mean(name, plimsoll_peers::names());
        let known: Vec<&str> = plimsoll_peers::names().collect();
        bail!("`{name}` isn't known{hint}; there are {}", known.join(", "));
    };
    let mut out = output::results();
    match (id, format) {
        (None, Format::Pretty) => list(&peer, output::width(), &mut out)?,
        (None, Format::Json) => {
            let all: Vec<_> = peer.answers().map(|(id, answer)| Counterpart::of(&peer, id, answer)).collect();
            json(&all, &mut out)?;
        }
        (Some(id), format) => {
            let Some((id, answer)) = peer.answer(id) else { bail!(unknown_check(&peer, id)) };
            match format {
                Format::Pretty => pretty(&peer, id, answer, output::width(), &mut out)?,
                Format::Json => json(&Counterpart::of(&peer, id, answer), &mut out)?,
            }
        }
    }
    out.flush()?;
    Ok(Outcome::Clean)
}

/// Says that the peer has no such check, and which ones may have been meant.
pub(crate) fn unknown_check(peer: &Peer, id: &str) -> String {
    let near: Vec<String> =
        nearest(id, peer.answers().map(|(known, _)| known), NEAREST).iter().map(|known| format!("`{known}`")).collect();
    let hint = if near.is_empty() { String::new() } else { format!(", did you mean {}?", near.join(" or ")) };
    format!(
        "{} has no check `{id}`{hint}; `plimsoll explain --peer {}` shows them all, as of {}",
        peer.name, peer.peer, peer.date
    )
}

fn json(value: &impl Serialize, out: &mut impl Write) -> anyhow::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

fn list(peer: &Peer, width: usize, out: &mut impl Write) -> std::io::Result<()> {
    let commit = peer.commit.get(..7).unwrap_or(&peer.commit);
    writeln!(out, "# {}\n\n{}, at {commit} of {}: {}.\n", peer.peer, peer.name, peer.date, peer.read)?;
    let widest = peer.answers().map(|(id, _)| id.len()).max().unwrap_or_default().min(width / 2);
    for (id, answer) in peer.answers() {
        let said = match answer {
            Answer::Ours(check) if check.differs.is_some() => format!("{} (partly)", check.ours.join(", ")),
            Answer::Ours(check) => check.ours.join(", "),
            Answer::Out(group) => format!("out of scope: {}", group.reason),
        };
        let indent = " ".repeat(widest + 2);
        let options = markdown::wrapped(width).subsequent_indent(&indent);
        writeln!(out, "{}", textwrap::fill(&format!("{id:widest$}  {said}"), options))?;
    }
    writeln!(out, "\n`plimsoll explain --peer {}/CHECK` says what differs, and with which settings.", peer.peer)
}

fn pretty(peer: &Peer, id: &str, answer: Answer<'_>, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let commit = peer.commit.get(..7).unwrap_or(&peer.commit);
    writeln!(out, "# {}/{id}\n", peer.peer)?;
    let mut paragraph = |text: &str| writeln!(out, "{}\n", textwrap::fill(text, markdown::wrapped(width)));
    match answer {
        Answer::Out(group) => paragraph(&format!("Out of scope. {}", group.reason))?,
        Answer::Ours(check) => {
            for ours in &check.ours {
                let Some(entry) = unknown_field::all().find(|entry| entry.metadata.id == ours) else { continue };
                let metadata = entry.metadata;
                let (severity, profile) = (metadata.severity.name(), metadata.profile.name());
                paragraph(&format!("{ours} ({severity}, {profile})\n{}.", metadata.title))?;
            }
            if let Some(differs) = &check.differs {
                paragraph(&format!("What differs: {differs}"))?;
            }
            how_to_run(check, out)?;
        }
    }
    writeln!(out, "Read at {commit} of {}: {}", peer.date, peer.repository)?;
    Ok(())
}

/// A configuration, if settings differ from the default, and the command.
fn how_to_run(check: &Check, out: &mut impl Write) -> anyhow::Result<()> {
    if !check.settings.is_empty() {
        writeln!(out, "## plimsoll.yaml")?;
        out.write_all(serde_saphyr::to_string(&serde_json::json!({"policies": check.settings}))?.as_bytes())?;
        writeln!(out)?;
    }
    writeln!(out, "## Run\nplimsoll check --policy {}", check.ours.join(","))?;
    for ours in &check.ours {
        writeln!(out, "plimsoll explain {ours}")?;
    }
    writeln!(out)?;
    Ok(())
}
