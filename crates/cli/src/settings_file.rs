//! The file of `--settings`.
//!
//! ```yaml
//! profile: strict
//! policies:
//!   missing-prestop:
//!     enabled: true
//!     settings:
//!       minSeconds: 20
//! ```

use std::path::{Path as FilePath, PathBuf};

use plimsoll::engine::select::{self, Choice};
use plimsoll::json::path::Path;
use plimsoll::policy::metadata::Profile;
use plimsoll_lint::problem::Problem;
use plimsoll_lint::words::did_you_mean;
use plimsoll_manifest::{Document, Limits, LineIndex};
use serde_json::{Map, Value};

use crate::input;
use crate::selection::unknown_policy;

/// What the file says. The default is that of no file.
#[derive(Default)]
pub(crate) struct SettingsFile {
    /// The profile, when the file names one.
    pub(crate) profile: Option<Profile>,
    /// What it says of policies.
    pub(crate) choices: Vec<Choice>,
    origin: Option<Origin>,
}

/// The text, for the places of what is wrong.
struct Origin {
    name: String,
    text: Vec<u8>,
    document: Document,
}

impl SettingsFile {
    /// Reads the file. Settings of policies are checked by the policies.
    pub(crate) fn read(path: &FilePath) -> Result<SettingsFile, Vec<Problem>> {
        let (sources, problems) = input::read(&[PathBuf::from(path)]);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut sources = sources.into_iter();
        let (Some(source), None) = (sources.next(), sources.next()) else {
            return Err(vec![Problem::of_file(path.display().to_string(), "is not a settings file")]);
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
        // An empty file is one without wishes.
        let Some(document) = file.documents.pop() else { return Ok(SettingsFile::default()) };
        SettingsFile::of(Origin { name: source.name, text: source.text, document })
    }

    fn of(origin: Origin) -> Result<SettingsFile, Vec<Problem>> {
        let mut settings = SettingsFile::default();
        let mut violations = Violations { origin: &origin, problems: Vec::new() };
        for (key, value) in violations.fields(&Path::ROOT, &origin.document.value) {
            let at = Path::ROOT.key(key);
            match key.as_str() {
                "profile" => match value.as_str().and_then(Profile::named).filter(|it| *it != Profile::Off) {
                    Some(profile) => settings.profile = Some(profile),
                    None => violations.value(&at, "profile should be starter, production or strict".to_owned()),
                },
                "policies" => {
                    for (id, value) in violations.fields(&at, value) {
                        settings.choices.extend(violations.choice(&at.key(id), id, value));
                    }
                }
                _ => violations.unknown(&at, key, &["profile", "policies"]),
            }
        }
        let mut problems = violations.problems;
        problems.sort_by_key(|problem| problem.position);
        if !problems.is_empty() {
            return Err(problems);
        }
        settings.origin = Some(origin);
        Ok(settings)
    }

    /// Finds the place of a setting that its policy doesn't take.
    pub(crate) fn setting_problem(&self, id: &str, problem: &plimsoll::settings::Problem) -> Problem {
        let message = format!("{id}: {}: {}", problem.field, problem.reason);
        let Some(origin) = &self.origin else { return Problem::general(message) };
        let settings = Path::ROOT.key("policies").key(id).key("settings");
        // `exempt[0].reason`
        let segments = problem.field.split(['.', '[']).map(|segment| segment.trim_end_matches(']'));
        let at = segments.fold(settings, |path, key| path.key(key));
        // A name that is wrong is shown itself, not what is said of it.
        origin.problem(&at, !problem.reason.starts_with("unknown field"), message)
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

/// What is wrong with the file itself.
struct Violations<'o> {
    origin: &'o Origin,
    problems: Vec<Problem>,
}

impl<'o> Violations<'o> {
    fn value(&mut self, at: &Path, message: String) {
        self.problems.push(self.origin.problem(at, true, message));
    }

    fn unknown(&mut self, at: &Path, key: &str, known: &[&str]) {
        let hint = did_you_mean(key, known.iter().copied());
        let message = format!("there is no field `{key}` here, only {}{hint}", known.join(" and "));
        self.problems.push(self.origin.problem(at, false, message));
    }

    fn fields(&mut self, at: &Path, value: &'o Value) -> impl Iterator<Item = (&'o String, &'o Value)> + use<'o> {
        static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        match value {
            Value::Object(fields) => fields.iter(),
            Value::Null => NONE.iter(),
            _ => {
                let what = at.last().map_or_else(|| "a settings file".to_owned(), |key| key.into_owned());
                self.value(at, format!("{what} should be a mapping"));
                NONE.iter()
            }
        }
    }

    fn choice(&mut self, at: &Path, id: &str, value: &'o Value) -> Option<Choice> {
        if select::find(id).is_none() {
            self.problems.push(self.origin.problem(at, false, unknown_policy(id)));
            return None;
        }
        let mut choice = Choice { id: id.to_owned(), ..Choice::default() };
        for (key, value) in self.fields(at, value) {
            match (key.as_str(), value) {
                ("enabled", Value::Bool(enabled)) => choice.enabled = Some(*enabled),
                ("enabled", _) => self.value(&at.key(key), "enabled should be true or false".to_owned()),
                ("settings", Value::Object(_) | Value::Null) => choice.settings = value.clone(),
                ("settings", _) => self.value(&at.key(key), "settings should be a mapping".to_owned()),
                _ => self.unknown(&at.key(key), key, &["enabled", "settings"]),
            }
        }
        Some(choice)
    }
}
