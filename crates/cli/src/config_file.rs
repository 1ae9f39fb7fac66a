//! The configuration's file: the one shape of configuration, with the places of what is wrong in it.

use std::path::Path as FilePath;

use plimsoll::engine::config::NO_SUCH_POLICY;
use plimsoll::engine::renamed::Renamed;
use plimsoll::json::path::Path;
use plimsoll::policy::metadata::Metadata;
use plimsoll::settings::SettingsError;
use plimsoll_lint::problem::Problem;
use plimsoll_lint::source::Source;
use plimsoll_lint::unknown_field;
use plimsoll_lint::words::did_you_mean;
use plimsoll_manifest::{Document, Limits, LineIndex};
use serde_json::Value;

use crate::input;
use crate::project::OWN;

/// What the file says. The default is that of no file.
#[derive(Default)]
pub(crate) struct ConfigFile {
    origin: Option<Origin>,
    /// What the engine reads, which is what a cluster reads too. Its policies have the ids of today.
    engine: Value,
    /// The policies that the file calls by ids that they had.
    pub(crate) renamed: Vec<Renamed>,
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
        let source = input::read_one(path).map_err(|problem| vec![problem])?;
        ConfigFile::of(source, unknown_field::metadata())
    }

    fn of(source: Source, all: impl Iterator<Item = &'static Metadata> + Clone) -> Result<ConfigFile, Vec<Problem>> {
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
        let mut renamed = Vec::new();
        let mut engine = origin.as_ref().map_or(Value::Null, |origin: &Origin| origin.document.value.clone());
        if let Some(fields) = engine.as_object_mut() {
            fields.retain(|name, _| !OWN.contains(&name.as_str()));
            renamed = Renamed::put_right(fields, all);
        }
        Ok(ConfigFile { origin, engine, renamed })
    }

    /// The configuration of the engine; null without a file.
    pub(crate) fn value(&self) -> &Value {
        &self.engine
    }

    /// What to say of ids that policies had.
    pub(crate) fn notes(&self) -> impl Iterator<Item = String> {
        let names = self.origin.iter().map(|origin| origin.name.as_str());
        names.flat_map(|name| self.renamed.iter().map(move |renamed| format!("{name}: {renamed}")))
    }

    /// A field that only the command reads; null counts as absent.
    pub(crate) fn own(&self, name: &str) -> Option<&Value> {
        self.origin.as_ref()?.document.value.get(name).filter(|value| !value.is_null())
    }

    /// A problem with what is at this place.
    pub(crate) fn problem_at(&self, at: &Path, message: String) -> Problem {
        match &self.origin {
            Some(origin) => origin.problem(at, true, message),
            None => Problem::general(message),
        }
    }

    /// Everything that is wrong with the configuration, or the one within it that `prefix` leads to, in the order of the text.
    pub(crate) fn problems(&self, error: &SettingsError, prefix: &str) -> Vec<Problem> {
        let mut problems: Vec<Problem> = error.problems.iter().map(|problem| self.problem(problem, prefix)).collect();
        problems.sort_by_key(|problem| problem.position);
        problems
    }

    fn problem(&self, problem: &plimsoll::settings::Problem, prefix: &str) -> Problem {
        let field = problem.field.as_str();
        let (parent, name) = field.rsplit_once('.').unwrap_or(("", field));
        let message = match problem.reason.as_str() {
            NO_SUCH_POLICY => unknown_policy(name),
            "unknown field" if parent.is_empty() => {
                let known = plimsoll::policy::common::CommonSettings::SHARED;
                let hint = did_you_mean(name, known.into_iter().chain(["profile", "policies"]).chain(OWN));
                format!("unknown field `{name}`{hint}")
            }
            reason => format!("{}: {reason}", field.strip_prefix("policies.").unwrap_or(field)),
        };
        let within = prefix.trim_end_matches('.');
        let message = if within.is_empty() { message } else { format!("{within}: {message}") };
        let whole = [prefix, field].concat();
        // A policy that a flag names is nowhere in the file.
        let Some(origin) = self.origin.as_ref().filter(|_| problem.reason != NO_SUCH_POLICY || !parent.is_empty())
        else {
            return Problem::general(message);
        };
        // `exempt[0].reason`
        let segments = whole.split(['.', '[']).map(|segment| segment.trim_end_matches(']'));
        let at = segments.filter(|_| field != "settings").fold(Path::ROOT, |path, key| {
            let is_written = |id: &str| path.key(id).find(&origin.document.value).is_some();
            let was = self.renamed.iter().find(|renamed| renamed.to == key && is_written(&renamed.from));
            path.key(was.map_or(key, |renamed| &renamed.from))
        });
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
    let hint = did_you_mean(id, unknown_field::all().map(|entry| entry.metadata.id));
    format!("there is no policy `{id}`{hint}; `plimsoll list` shows them all")
}

#[cfg(test)]
mod tests {
    use plimsoll::engine::config::{Choice, Configuration};

    use super::*;

    static METADATA: Metadata = Metadata { id: "missing-prestop", renamed_from: &["no-prestop"], ..Metadata::DEFAULT };

    fn file(text: &str) -> ConfigFile {
        let source = Source {
            name: "plimsoll.yaml".to_owned(),
            path: None,
            text: text.into(),
            named: true,
            pass_over: false,
            cut: false,
        };
        ConfigFile::of(source, [&METADATA].into_iter()).unwrap()
    }

    #[test]
    fn entry_by_an_old_id_counts_and_is_told_the_new_one() {
        let file = file("policies:\n  no-prestop:\n    minSeconds: 7\n");
        assert_eq!(file.value().pointer("/policies/missing-prestop/minSeconds"), Some(&Value::from(7)));
        assert_eq!(file.notes().collect::<Vec<_>>(), ["plimsoll.yaml: no-prestop was renamed to missing-prestop"]);
    }

    #[test]
    fn problem_of_an_entry_by_an_old_id_is_where_it_is_written() {
        let file = file("profile: starter\npolicies:\n  no-prestop:\n    minSeconds: -1\n");
        let error = Configuration::read(file.value(), Choice::default()).unwrap_err();
        let lines: Vec<usize> =
            file.problems(&error, "").iter().filter_map(|problem| Some(problem.position?.line)).collect();
        assert_eq!(lines, [4]);
    }
}
