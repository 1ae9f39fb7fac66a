//! The file of `--config`: the one shape of configuration, with the places of what is wrong in it.

use std::path::{Path as FilePath, PathBuf};

use plimsoll::engine::config::NO_SUCH_POLICY;
use plimsoll::json::path::Path;
use plimsoll::policies::POLICIES;
use plimsoll::settings::SettingsError;
use plimsoll_lint::problem::Problem;
use plimsoll_lint::words::did_you_mean;
use plimsoll_manifest::{Document, Limits, LineIndex};
use serde_json::Value;

use crate::input;

/// What the file says. The default is that of no file.
#[derive(Default)]
pub(crate) struct ConfigFile {
    origin: Option<Origin>,
}

/// The text, for the places of what is wrong.
struct Origin {
    name: String,
    text: Vec<u8>,
    document: Document,
}

impl ConfigFile {
    /// Reads the file; the engine checks what it says.
    pub(crate) fn read(path: &FilePath) -> Result<ConfigFile, Vec<Problem>> {
        let (sources, problems) = input::read(&[PathBuf::from(path)]);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut sources = sources.into_iter();
        let (Some(source), None) = (sources.next(), sources.next()) else {
            return Err(vec![Problem::of_file(path.display().to_string(), "is not a configuration file")]);
        };
        let mut file = plimsoll_manifest::read(&source.text, &Limits::default());
        if !file.errors.is_empty() {
            let at = |error: &plimsoll_manifest::ReadError| {
                Problem::at(source.name.as_str(), error.position, error.kind.to_string())
            };
            return Err(file.errors.iter().map(at).collect());
        }
        if file.documents.len() > 1 {
            return Err(vec![Problem::of_file(source.name, "holds more than one document")]);
        }
        // An empty file configures nothing.
        let origin = file.documents.pop().map(|document| Origin { name: source.name, text: source.text, document });
        Ok(ConfigFile { origin })
    }

    /// The configuration; null without a file.
    pub(crate) fn value(&self) -> &Value {
        self.origin.as_ref().map_or(&Value::Null, |origin| &origin.document.value)
    }

    /// Everything that is wrong with the configuration, in the order of the text.
    pub(crate) fn problems(&self, error: &SettingsError) -> Vec<Problem> {
        let mut problems: Vec<Problem> = error.problems.iter().map(|problem| self.problem(problem)).collect();
        problems.sort_by_key(|problem| problem.position);
        problems
    }

    fn problem(&self, problem: &plimsoll::settings::Problem) -> Problem {
        let field = problem.field.as_str();
        let (parent, name) = field.rsplit_once('.').unwrap_or(("", field));
        let message = match problem.reason.as_str() {
            NO_SUCH_POLICY => unknown_policy(name),
            "unknown field" if parent.is_empty() => {
                let known = plimsoll::policy::common::CommonSettings::SHARED;
                let hint = did_you_mean(name, known.into_iter().chain(["profile", "policies"]));
                format!("unknown field `{name}`{hint}")
            }
            reason => format!("{}: {reason}", field.strip_prefix("policies.").unwrap_or(field)),
        };
        // A policy that a flag names is nowhere in the file.
        let Some(origin) = self.origin.as_ref().filter(|_| problem.reason != NO_SUCH_POLICY || !parent.is_empty())
        else {
            return Problem::general(message);
        };
        // `exempt[0].reason`
        let segments = field.split(['.', '[']).map(|segment| segment.trim_end_matches(']'));
        let at = segments.filter(|_| field != "settings").fold(Path::ROOT, |path, key| path.key(key));
        // A name that is wrong is shown itself, not what is said of it.
        let is_name = problem.reason == NO_SUCH_POLICY || problem.reason.starts_with("unknown field");
        origin.problem(&at, !is_name, message)
    }
}

impl Origin {
    fn problem(&self, at: &Path, value: bool, message: String) -> Problem {
        let (shown, nearest) = self.document.nearest(at);
        let key = self.document.key_span(at).filter(|_| !value || shown != *at);
        let range = key.unwrap_or(nearest);
        Problem::at(self.name.as_str(), LineIndex::new(&self.text).position(range.start), message)
    }
}

/// Says that there is no such policy, and which one may have been meant.
pub(crate) fn unknown_policy(id: &str) -> String {
    let hint = did_you_mean(id, POLICIES.iter().map(|entry| entry.metadata.id));
    format!("there is no policy `{id}`{hint}; `plimsoll list` shows them all")
}
