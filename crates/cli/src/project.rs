//! The configuration of a repository: where it is, and what it says beside the policies.

use std::path::{Path, PathBuf};

use plimsoll::engine::renamed::Renamed;
use plimsoll::json::path::Path as Pointer;
use plimsoll::policy::metadata::Severity;
use plimsoll_lint::problem::Problem;
use plimsoll_lint::unknown_field;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::args::{self, ConfigurationFile, Files};
use crate::config_file::ConfigFile;
use crate::input::Filter;
use crate::patterns::Patterns;
use crate::render::Rendering;

/// The names under which a configuration is found.
pub(crate) const NAMES: [&str; 2] = ["plimsoll.yaml", ".plimsoll.yaml"];

/// The fields that only the command reads. A cluster has no files.
pub(crate) const OWN: [&str; 8] =
    ["include", "exclude", "failOn", "baseline", "paths", "charts", "overlays", "schemas"];

/// The configuration, and where its paths count from.
#[derive(Default)]
pub(crate) struct Project {
    /// The file.
    pub(crate) file: ConfigFile,
    /// The configuration's name when it was found and not named.
    pub(crate) found: Option<String>,
    /// The least severity that fails.
    pub(crate) fail_on: Option<Severity>,
    /// The file with known findings.
    pub(crate) baseline: Option<PathBuf>,
    /// What differs for some files.
    pub(crate) paths: Vec<ForPaths>,
    /// Files and directories with definitions of custom resources.
    pub(crate) schemas: Vec<PathBuf>,
    pub(crate) charts: Vec<Chart>,
    overlays: Vec<PathBuf>,
    include: Option<Patterns>,
    exclude: Option<Patterns>,
}

/// How a chart is rendered.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Chart {
    /// Its directory.
    pub(crate) path: PathBuf,
    /// Files with values.
    pub(crate) values: Vec<PathBuf>,
    /// Single values, as `name=value`.
    pub(crate) set: Vec<String>,
    /// The name of the release.
    pub(crate) release_name: Option<String>,
    /// The namespace of the release.
    pub(crate) namespace: Option<String>,
}

impl Chart {
    /// Whether nothing is said.
    pub(crate) fn is_plain(&self) -> bool {
        self.values.is_empty() && self.set.is_empty() && self.release_name.is_none()
    }
}

/// What differs for files that match.
pub(crate) struct ForPaths {
    /// The files.
    pub(crate) patterns: Patterns,
    /// A configuration that is laid over the other.
    pub(crate) configuration: Map<String, Value>,
}

impl Project {
    /// Finds and reads the configuration.
    pub(crate) fn open(args: &ConfigurationFile) -> Result<Project, Vec<Problem>> {
        let (path, found) = match &args.config {
            Some(path) => (path.clone(), None),
            None if args.no_config => return Ok(Project::default()),
            None => match find() {
                Some(path) => (path.clone(), Some(path.display().to_string())),
                None => return Ok(Project::default()),
            },
        };
        // One that is named may lie anywhere, as one for several repositories does: its paths count from here.
        let directory = path.parent().filter(|parent| found.is_some() && !parent.as_os_str().is_empty());
        let root = directory.unwrap_or(Path::new("."));
        let mut file = ConfigFile::read(&path)?;
        let mut reader = Reader { file: &file, problems: Vec::new(), renamed: Vec::new() };
        let (include, exclude) = (reader.patterns("include", root), reader.patterns("exclude", root));
        let (fail_on, baseline) = (reader.severity(), reader.text("baseline").map(|path| root.join(path)));
        let paths = reader.paths(root);
        let (charts, overlays) = (reader.charts(root), reader.directories("overlays", root));
        let schemas = reader.directories("schemas", root);
        let (problems, renamed) = (reader.problems, reader.renamed);
        file.renamed.extend(renamed);
        if problems.is_empty() {
            Ok(Project { file, found, fail_on, baseline, paths, schemas, charts, overlays, include, exclude })
        } else {
            Err(problems)
        }
    }

    /// Which files are read, by the configuration and by flags.
    pub(crate) fn filter(&self, flags: &Files) -> Result<Filter, Vec<Problem>> {
        let here = |flag: &str, patterns: &[String]| {
            Patterns::new(Path::new("."), patterns).map_err(|(position, reason)| {
                let pattern = patterns.get(position).map(String::as_str).unwrap_or_default();
                vec![Problem::general(format!("--{flag}: `{pattern}` {reason}"))]
            })
        };
        let include = here("include", &flags.include)?;
        let exclude = here("exclude", &flags.exclude)?;
        let include = if include.is_empty() { self.include.clone() } else { Some(include) };
        Ok(Filter {
            include: include.filter(|patterns| !patterns.is_empty()),
            exclude: self.exclude.clone().into_iter().chain([exclude]).collect(),
            gitignore: !flags.no_gitignore,
            pass_over_named: flags.ignore_unknown,
            rendering: None,
        })
    }
}

impl Project {
    /// How charts and overlays are rendered, by the configuration and by flags.
    pub(crate) fn rendering(&self, flags: &args::Render, namespace: Option<&str>) -> Option<Rendering> {
        let for_all = Chart {
            path: PathBuf::new(),
            values: flags.helm_values.clone(),
            set: flags.helm_set.clone(),
            release_name: flags.helm_release.clone(),
            namespace: namespace.map(str::to_owned),
        };
        let (charts, overlays) = (self.charts.clone(), self.overlays.clone());
        (!flags.no_render).then_some(Rendering { charts, overlays, flags: for_all })
    }
}

/// The nearest configuration, from here to the root of the repository. Outside of one, only this directory is looked at: what
/// is above may be somebody else's.
fn find() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let is_root = |directory: &&Path| directory.join(".git").exists();
    let levels = here.ancestors().position(|directory| is_root(&directory)).unwrap_or_default();
    let directories = here.ancestors().take(levels + 1).enumerate();
    for (above, directory) in directories {
        for name in NAMES {
            if directory.join(name).is_file() {
                return Some(std::iter::repeat_n("..", above).chain([name]).collect());
            }
        }
    }
    None
}

/// Reads the fields that only the command knows.
struct Reader<'f> {
    file: &'f ConfigFile,
    problems: Vec<Problem>,
    /// The policies that `paths` calls by ids that they had.
    renamed: Vec<Renamed>,
}

impl Reader<'_> {
    fn field(&self, name: &str) -> Option<&Value> {
        self.file.own(name)
    }

    fn wrong(&mut self, at: &Pointer, message: impl Into<String>) {
        self.problems.push(self.file.problem_at(at, message.into()));
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let value = self.field(name)?.clone();
        match value {
            Value::String(text) if !text.is_empty() => Some(text),
            _ => {
                self.wrong(&Pointer::ROOT.key(name), format!("{name}: should be a text"));
                None
            }
        }
    }

    fn severity(&mut self) -> Option<Severity> {
        let name = self.text("failOn")?;
        let severity = Severity::named(&name);
        if severity.is_none() {
            let names = Severity::ALL.map(Severity::name).join(" ");
            self.wrong(&Pointer::ROOT.key("failOn"), format!("failOn: should be one of {names}"));
        }
        severity
    }

    fn patterns(&mut self, name: &str, root: &Path) -> Option<Patterns> {
        let value = self.field(name)?.clone();
        self.patterns_of(&value, &Pointer::ROOT.key(name), name, root)
    }

    fn patterns_of(&mut self, value: &Value, at: &Pointer, name: &str, root: &Path) -> Option<Patterns> {
        let texts = match value {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        let Some(texts) = texts else {
            self.wrong(at, format!("{name}: should be a pattern or a list of patterns"));
            return None;
        };
        match Patterns::new(root, &texts) {
            Ok(patterns) => Some(patterns),
            Err((position, reason)) => {
                let at = if value.is_array() { at.index(position) } else { at.clone() };
                let pattern = texts.get(position).map(String::as_str).unwrap_or_default();
                self.wrong(&at, format!("{name}: `{pattern}` {reason}"));
                None
            }
        }
    }

    fn charts(&mut self, root: &Path) -> Vec<Chart> {
        let at = Pointer::ROOT.key("charts");
        let mut charts = Vec::new();
        for (position, entry) in self.list("charts").into_iter().enumerate() {
            let wrong = match serde_json::from_value::<Chart>(entry) {
                Ok(chart) if chart.path.as_os_str().is_empty() => "needs `path`, the chart's directory".to_owned(),
                Ok(mut chart) => {
                    chart.path = root.join(chart.path);
                    chart.values.iter_mut().for_each(|file| *file = root.join(&file));
                    charts.push(chart);
                    continue;
                }
                Err(error) => error.to_string(),
            };
            self.wrong(&at.index(position), format!("charts[{position}]: {wrong}"));
        }
        charts
    }

    fn directories(&mut self, name: &str, root: &Path) -> Vec<PathBuf> {
        let at = Pointer::ROOT.key(name);
        let mut paths = Vec::new();
        for (position, entry) in self.list(name).into_iter().enumerate() {
            match entry.as_str() {
                Some(path) => paths.push(root.join(path)),
                None => self.wrong(&at.index(position), format!("{name}[{position}]: should be a path")),
            }
        }
        paths
    }

    fn list(&mut self, name: &str) -> Vec<Value> {
        match self.field(name) {
            None => Vec::new(),
            Some(Value::Array(entries)) => entries.clone(),
            Some(_) => {
                self.wrong(&Pointer::ROOT.key(name), format!("{name}: should be a list"));
                Vec::new()
            }
        }
    }

    fn paths(&mut self, root: &Path) -> Vec<ForPaths> {
        let at = Pointer::ROOT.key("paths");
        let mut all = Vec::new();
        for (position, entry) in self.list("paths").into_iter().enumerate() {
            let at = at.index(position);
            let Value::Object(mut configuration) = entry else {
                self.wrong(&at, format!("paths[{position}]: should be a mapping"));
                continue;
            };
            let Some(matching) = configuration.remove("match") else {
                self.wrong(&at, format!("paths[{position}]: needs `match`, the files that it is for"));
                continue;
            };
            let name = format!("paths[{position}].match");
            if let Some(patterns) = self.patterns_of(&matching, &at.key("match"), &name, root) {
                self.renamed.extend(Renamed::put_right(&mut configuration, unknown_field::metadata()));
                all.push(ForPaths { patterns, configuration });
            }
        }
        all
    }
}
