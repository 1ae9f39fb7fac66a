//! Tests of a Wasm module, in an embedded host with Kubewarden's engine.
//!
//! A module's answer has no lines: an object with markers has to be denied or warned about, and every other admitted without a
//! word.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use plimsoll::kube::kinds::Kind;
use plimsoll::policies;
use plimsoll::policy::context;
use plimsoll_fixtures::{Case, Checked, File};
use plimsoll_host::{Config, Engine, HostError, Module, ModuleMetadata, Objects, Operation, Session, Verdict, request};
use plimsoll_lint::problem::Problem;
use plimsoll_lint::source::Source;
use plimsoll_manifest::LineIndex;
use serde_json::{Map, Value, json};

use super::{Difference, Tested, TestedCase, line, lines_of};
use crate::args::Test;
use crate::visible;

/// The annotation with a policy's id.
const TITLE: &str = "io.kubewarden.policy.title";

/// Tests the files with a module. The error says why it can't be run at all.
pub(super) fn test(
    path: &Path,
    args: &Test,
    files: &[(File, &Source)],
    problems: &mut Vec<Problem>,
) -> Result<Vec<Tested>, Problem> {
    let policy = Policy::load(path, args)?;
    let mut tested = Vec::with_capacity(files.len());
    for (file, source) in files {
        let mut cases = Vec::new();
        for (case, _) in lines_of(file) {
            let skipped = policy.skips(case);
            let outcome = if skipped.is_some() { Ok(Vec::new()) } else { policy.test(file, source, case) };
            match outcome {
                Ok(differences) => {
                    cases.push(TestedCase { name: case.name.clone(), line: case.line, differences, skipped });
                }
                Err(message) => {
                    let at = format!("{}:{}", source.name, case.line);
                    problems.push(Problem::general(format!("{at}: {}: {message}", policy.name)));
                }
            }
        }
        tested.push(Tested { name: format!("{} ({})", source.name, policy.name), cases });
    }
    Ok(tested)
}

/// A module, and what counts when it is tested.
struct Policy<'a> {
    name: String,
    module: Module,
    metadata: Option<ModuleMetadata>,
    /// The id, if it is one of the policies that this program knows.
    id: Option<&'static str>,
    /// Whose markers count; all when none is named.
    ids: Vec<&'a str>,
    /// Where sessions are written to.
    sessions: Option<&'a Path>,
}

impl Policy<'_> {
    fn load<'a>(path: &'a Path, args: &'a Test) -> Result<Policy<'a>, Problem> {
        let problem = |error: &dyn std::fmt::Display| Problem::of_file(path.display().to_string(), error.to_string());
        let code = fs::read(path).map_err(|error| problem(&format!("cannot be read: {error}")))?;
        let engine = Engine::new().map_err(|error| problem(&error))?;
        let module = Module::compile(&engine, &code).map_err(|error| problem(&error))?;
        let metadata = module.metadata().map_err(|error| problem(&error))?;
        let title = metadata.as_ref().and_then(|metadata| metadata.annotations.as_ref()?.get(TITLE));
        let id = title.and_then(|title| policies::find(title)).map(|entry| entry.metadata.id);
        let chosen: Vec<&str> = args.selection.policies.iter().map(String::as_str).collect();
        let chosen = if chosen.is_empty() { id.into_iter().collect() } else { chosen };
        // Module and tests may each have an id that the policy had.
        let ids = chosen.into_iter().flat_map(|id| match policies::find(id) {
            Some(entry) => entry.metadata.ids().collect(),
            None => vec![id],
        });
        let ids = ids.collect();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Policy { name, module, metadata, id, ids, sessions: args.sessions.as_deref() })
    }

    /// Why a case is none for this module.
    fn skips(&self, case: &Case) -> Option<&'static str> {
        let looks_up = self.metadata.as_ref().is_none_or(|metadata| !metadata.context_aware_resources.is_empty());
        if case.fails.is_some() {
            return Some("what a policy can't check has no verdict");
        }
        if !case.complete && looks_up {
            return Some("a cluster knows all its objects");
        }
        let is_meant = |id: &String| self.ids.is_empty() || self.ids.contains(&id.as_str());
        let is_of_others = !case.policies.is_empty() && !case.policies.iter().any(is_meant);
        is_of_others.then_some("it is a case of another policy")
    }

    /// What differs.
    fn test(&self, file: &File, source: &Source, case: &Case) -> Result<Vec<Difference>, String> {
        let settings = self.settings(case);
        self.check_settings(&settings)?;
        let cluster = Arc::new(Objects::new(case.cluster.iter().map(|object| stored(object)).collect()));
        let lines = LineIndex::new(&source.text);
        let mut differences = Vec::new();
        for (number, checked) in case.checked.iter().enumerate() {
            let Some(own) = lines_with(file, checked, &lines) else { continue };
            let expected: Vec<_> = file
                .markers
                .iter()
                .filter(|marker| own.contains(&marker.line))
                .filter(|marker| self.ids.is_empty() || self.ids.contains(&marker.id.as_str()))
                .collect();
            let object = stored(&checked.object);
            let is_asked = self.is_asked(&object, case);
            let said = match is_asked {
                true => words(&self.ask(&object, case, &settings, &cluster, &session_name(file, case, number))?),
                false => Vec::new(),
            };
            let (missing, surplus, at) = match (expected.as_slice(), said.as_slice()) {
                ([first, ..], []) => {
                    let why = if is_asked { "the module admits it" } else { "no rule of the module matches" };
                    let missing = |id: &str| format!("{id}: expected, but {why}");
                    (expected.iter().map(|marker| missing(&marker.id)).collect(), said, first.line)
                }
                ([], [_, ..]) => (Vec::new(), said, first_line(&lines, source, own)),
                _ => continue,
            };
            differences.push(Difference { line: at, text: line(source, at), missing, surplus });
        }
        Ok(differences)
    }

    /// The settings of a case. What a policy of this program keeps to itself until the rest is applied, it has to say.
    fn settings(&self, case: &Case) -> Value {
        let mut settings = if case.settings.is_null() { json!({}) } else { case.settings.clone() };
        if let (Some(_), Some(fields)) = (self.id, settings.as_object_mut()) {
            fields.entry("onMissingCompanion").or_insert_with(|| json!("warn"));
        }
        settings
    }

    fn check_settings(&self, settings: &Value) -> Result<(), String> {
        let failed = |error: HostError| error.to_string();
        let mut instance = self.module.instantiate(self.config(), Arc::<Objects>::default()).map_err(failed)?;
        let verdict = instance.validate_settings(settings).map_err(failed)?;
        match verdict.valid {
            true => Ok(()),
            false => Err(format!("settings: {}", verdict.message.unwrap_or_default())),
        }
    }

    fn ask(
        &self,
        object: &Value,
        case: &Case,
        settings: &Value,
        cluster: &Arc<Objects>,
        session: &str,
    ) -> Result<Verdict, String> {
        let failed = |error: HostError| error.to_string();
        let old = case.old_object.as_deref().map(stored);
        let plural = |api_version: &str, kind: &str| {
            let known = Kind::named(api_version, kind).map(|kind| kind.plural.to_owned());
            Some(known.unwrap_or_else(|| plural_of(kind)))
        };
        let request = request(object, operation(case), old.as_ref(), plural).map_err(failed)?;
        let cluster: Arc<Objects> = Arc::clone(cluster);
        let mut instance = self.module.instantiate(self.config(), cluster).map_err(failed)?;
        let verdict = instance.validate(&request, settings).map_err(failed)?;
        if let Some(directory) = self.sessions {
            let looked_up = Session::of(&instance.calls()).to_yaml().map_err(failed)?;
            let written = [
                ("session.yaml", looked_up),
                ("request.json", format!("{request:#}\n")),
                ("settings.json", format!("{settings:#}\n")),
            ];
            for (ending, text) in written {
                let stem = self.name.trim_end_matches(".wasm");
                let file = directory.join(format!("{stem}-{session}.{ending}"));
                let cannot = |error| format!("{} cannot be written: {error}", visible::name(&file.to_string_lossy()));
                fs::create_dir_all(directory).and_then(|()| fs::write(&file, text)).map_err(cannot)?;
            }
        }
        Ok(verdict)
    }

    fn config(&self) -> Config {
        match &self.metadata {
            Some(metadata) => Config::declared_by(&self.name, metadata),
            None => Config::new(&self.name),
        }
    }

    /// Whether a rule of the module matches, as the API server decides it. A module without metadata is asked about everything.
    fn is_asked(&self, object: &Value, case: &Case) -> bool {
        let Some(metadata) = &self.metadata else { return true };
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
        let (group, resource) = match Kind::of(object) {
            Some(kind) => (kind.group, kind.plural.to_owned()),
            None => (text("apiVersion").split_once('/').map_or("", |(group, _)| group), plural_of(text("kind"))),
        };
        let matches = |pattern: &String, name: &str| pattern == "*" || pattern == name;
        metadata.rules.iter().any(|rule| {
            rule.api_groups.iter().any(|pattern| matches(pattern, group))
                && rule.resources.iter().any(|pattern| matches(pattern, &resource))
                && rule.operations.iter().any(|one| matches(one, operation(case).as_str()))
        })
    }
}

fn operation(case: &Case) -> Operation {
    match case.operation {
        context::Operation::Update => Operation::Update,
        _ => Operation::Create,
    }
}

/// What a verdict says against an object.
fn words(verdict: &Verdict) -> Vec<String> {
    let denied = (!verdict.allowed).then(|| format!("denied: {}", verdict.message.as_deref().unwrap_or_default()));
    let warnings = verdict.warnings().iter().map(|warning| format!("warned: {warning}"));
    denied.into_iter().chain(warnings).collect()
}

/// The object as an API server stores it: with a namespace, if its kind has one.
fn stored(object: &Value) -> Value {
    let mut object = object.clone();
    let namespaced = Kind::of(&object).is_some_and(|kind| kind.namespaced);
    if let Some(fields) = object.as_object_mut().filter(|_| namespaced)
        && let Some(metadata) = fields.entry("metadata").or_insert_with(|| Value::Object(Map::new())).as_object_mut()
    {
        metadata.entry("namespace").or_insert_with(|| json!("default"));
    }
    object
}

/// What custom resources of a kind are nearly always called.
fn plural_of(kind: &str) -> String {
    let name = kind.to_lowercase();
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if name.ends_with(['s', 'x']) || name.ends_with("ch") => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

/// The lines of an object.
fn lines_with(file: &File, checked: &Checked, lines: &LineIndex<'_>) -> Option<RangeInclusive<usize>> {
    let document = file.documents.get(checked.document)?;
    let range = if checked.path.is_root() { document.range.clone() } else { document.span(&checked.path)? };
    Some(lines.position(range.start).line..=lines.position(range.end.saturating_sub(1)).line)
}

/// The first line of an object that says something.
fn first_line(lines: &LineIndex<'_>, source: &Source, own: RangeInclusive<usize>) -> usize {
    let start = *own.start();
    let says = |number: &usize| {
        let text = lines.line(*number).and_then(|range| source.text.get(range)).unwrap_or_default().trim_ascii();
        !text.is_empty() && text != b"---" && !text.starts_with(b"#")
    };
    own.into_iter().find(says).unwrap_or(start)
}

/// What the session of an object is called: `fail-12`, or `fail-12-2` for the second of its case.
fn session_name(file: &File, case: &Case, number: usize) -> String {
    let again = if number == 0 { String::new() } else { format!("-{}", number + 1) };
    format!("{}-{}{again}", file.name, case.line)
}
