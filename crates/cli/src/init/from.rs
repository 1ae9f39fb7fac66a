//! `plimsoll init --from`: what another linter checks here, as a configuration.

mod annotations;
mod kube_linter;
mod kube_score;
mod polaris;
mod templates;
mod wanted;

use std::path::Path;

use plimsoll_lint::manifests::Manifests;
use plimsoll_lint::problem::Problem;
use plimsoll_lint::source::Source;
use plimsoll_lint::words::did_you_mean;
use plimsoll_manifest::Limits;
use plimsoll_peers::Peer;
use serde_json::Value;

use crate::input;
pub(super) use wanted::Wanted;

/// What can be taken over, by the peers' names in commands, and where their configuration is found.
const KNOWN: [(&str, &[&str]); 3] = [
    (kube_linter::NAME, &[".kube-linter.yaml", ".kube-linter.yml"]),
    (polaris::NAME, &["polaris.yaml", "polaris.yml"]),
    (kube_score::NAME, &[]),
];

/// What is taken over.
pub(super) struct Taken {
    pub(super) wanted: Wanted,
    /// Where it is from, in words.
    pub(super) origin: String,
    pub(super) peer: Peer,
}

/// Reads what `--from` names.
pub(super) fn read(from: &str, manifests: &Manifests) -> Result<Taken, Vec<Problem>> {
    let (name, file) = find(from).map_err(|problem| vec![problem])?;
    let Some(peer) = plimsoll_peers::named(name) else { return Err(vec![Problem::general(format!("--from: {name}"))]) };
    let mut wanted = Wanted::default();
    let origin = match &file {
        Some(source) => source.name.clone(),
        None => format!("what {} checks by default", peer.name),
    };
    match name {
        kube_score::NAME => {
            let text = file.as_ref().map(|source| String::from_utf8_lossy(&source.text));
            kube_score::take(text.as_deref(), &peer, &mut wanted);
        }
        _ => {
            let value = file.as_ref().map(value).transpose()?;
            if name == polaris::NAME {
                polaris::take(value.as_ref(), &peer, &mut wanted);
            } else {
                kube_linter::take(value.as_ref(), &peer, &mut wanted);
            }
        }
    }
    annotations::take(manifests, &peer, &mut wanted);
    Ok(Taken { wanted, origin, peer })
}

/// Whose configuration is meant, and the file if there is one.
fn find(from: &str) -> Result<(&'static str, Option<Source>), Problem> {
    if let Some((name, files)) = KNOWN.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(from)) {
        let there = files.iter().map(Path::new).find(|path| path.is_file());
        return Ok((name, there.map(input::read_one).transpose()?));
    }
    let path = Path::new(from);
    if !path.is_file() {
        let known: Vec<&str> = KNOWN.into_iter().map(|(name, _)| name).collect();
        if let Some(peer) = plimsoll_peers::named(from) {
            let message = "has no configuration that says which of its checks are on here";
            return Err(Problem::general(format!(
                "--from: {} {message}; `plimsoll explain --peer {}` shows which policies do them",
                peer.name, peer.peer
            )));
        }
        let hint = did_you_mean(from, known.iter().copied());
        return Err(Problem::general(format!(
            "--from: there is no file `{from}`{hint}; {} are known",
            known.join(", ")
        )));
    }
    let source = input::read_one(path)?;
    match whose(&source) {
        Some(name) => Ok((name, Some(source))),
        None => Err(Problem::of_file(
            source.name.clone(),
            "is no configuration of kube-linter or Polaris, and has no command line of kube-score",
        )),
    }
}

/// Whose configuration a file is, by its shape.
fn whose(source: &Source) -> Option<&'static str> {
    let value = value(source).unwrap_or_default();
    let checks = wanted::field(&value, "checks").and_then(Value::as_object);
    if checks.is_some_and(|checks| !checks.is_empty() && checks.values().all(polaris::is_severity)) {
        return Some(polaris::NAME);
    }
    let custom = wanted::field(&value, "customChecks");
    if checks.is_some_and(|checks| checks.keys().any(|key| kube_linter::is_field(key)))
        || custom.is_some_and(Value::is_array)
    {
        return Some(kube_linter::NAME);
    }
    let text = String::from_utf8_lossy(&source.text);
    if kube_score::command_lines(&text).next().is_some() {
        return Some(kube_score::NAME);
    }
    // An empty one says nothing.
    let name = Path::new(&source.name).file_name()?.to_str()?;
    (value.is_null() && name.contains(kube_linter::NAME)).then_some(kube_linter::NAME)
}

/// What a file in YAML says; null if it is empty.
fn value(source: &Source) -> Result<Value, Vec<Problem>> {
    let mut file = plimsoll_manifest::read(&source.text, &Limits::default());
    if !file.errors.is_empty() {
        let name = source.name.clone();
        let at =
            |error: &plimsoll_manifest::ReadError| Problem::at(name.as_str(), error.position, error.kind.to_string());
        return Err(file.errors.iter().map(at).collect());
    }
    Ok(file.documents.pop().map(|document| document.value).unwrap_or_default())
}
