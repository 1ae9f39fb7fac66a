//! Overlays, by `kustomize build` or `kubectl kustomize`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_lint::source::Source;
use serde_json::{Value, json};

use super::{Output, problem, reason, shown};
use crate::input::{self, Input};
use crate::patterns::absolute;
use crate::process::{self, Bounds};

/// A kustomization and what it is made of.
struct Kustomization {
    /// Files and directories.
    resources: BTreeSet<PathBuf>,
    /// Everything else: patches, generated contents, replacements.
    others: BTreeSet<PathBuf>,
    /// It is only part of others.
    component: bool,
}

/// Builds the overlays, or what no other kustomization is made of.
pub(super) fn build(
    directories: &BTreeSet<PathBuf>,
    overlays: &[PathBuf],
    input: &mut Input,
    consumed: &mut BTreeSet<PathBuf>,
) {
    let known: BTreeMap<PathBuf, Kustomization> =
        directories.iter().filter_map(|directory| Some((absolute(directory), read(directory)?))).collect();
    let used: BTreeSet<&PathBuf> = known.values().flat_map(|kustomization| &kustomization.resources).collect();
    let chosen: BTreeSet<PathBuf> = overlays.iter().map(|overlay| absolute(overlay)).collect();
    let is_wanted = |directory: &Path, kustomization: &Kustomization| {
        if chosen.is_empty() {
            !kustomization.component && !used.contains(&directory.to_owned())
        } else {
            chosen.contains(directory)
        }
    };
    for overlay in overlays.iter().filter(|overlay| read(overlay).is_none()) {
        let message = "`overlays` of the configuration names it, and it has no kustomization".to_owned();
        input.problems.push(problem(overlay, message));
    }
    let wanted: Vec<&PathBuf> = directories
        .iter()
        .filter(|directory| {
            let place = absolute(directory);
            known.get(&place).is_some_and(|kustomization| is_wanted(&place, kustomization))
        })
        .collect();
    if wanted.is_empty() {
        return;
    }
    let Some(tool) = tool() else {
        let directories: Vec<String> = wanted.iter().map(|directory| shown(directory)).collect();
        let list = directories.join(", ");
        input.notes.push(format!("Not built, because neither kustomize nor kubectl is on the PATH: {list}."));
        return;
    };
    let mut built = BTreeSet::new();
    for directory in wanted {
        match run(&tool, directory) {
            Ok((text, wrapper)) => {
                let source = Source {
                    name: directory.join("(built)").display().to_string(),
                    path: None,
                    text,
                    named: false,
                    pass_over: true,
                    cut: false,
                };
                let originals = originals(&source.text, &wrapper);
                input.rendered.push(Output { source, originals, manifests: true });
                take(&absolute(directory), &known, &mut built);
            }
            Err(message) if chosen.is_empty() => {
                let message = reason(&message);
                input.notes.push(format!("{} is not built, and its files are checked: {message}", shown(directory)));
            }
            Err(message) => input.problems.push(problem(directory, format!("kustomize: {}", reason(&message)))),
        }
    }
    // Sources have their paths as they were given.
    let paths = input.sources.iter().filter_map(|source| source.path.as_ref());
    consumed.extend(paths.filter(|path| built.contains(&absolute(path))).cloned());
}

/// Takes in all files that a kustomization is made of.
fn take(directory: &Path, known: &BTreeMap<PathBuf, Kustomization>, built: &mut BTreeSet<PathBuf>) {
    let Some(kustomization) = known.get(directory) else { return };
    built.extend(kustomization.others.iter().cloned());
    for resource in &kustomization.resources {
        // A circle ends here.
        if built.insert(resource.clone()) {
            take(resource, known, built);
        }
    }
}

/// Fields that name files or directories that become objects.
const RESOURCES: &[&str] = &["resources", "bases", "components", "crds"];

fn read(directory: &Path) -> Option<Kustomization> {
    let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    let path = names.iter().map(|name| directory.join(name)).find(|path| path.is_file())?;
    let source = input::read_one(&path).ok()?;
    let file = plimsoll_manifest::read(&source.text, &plimsoll_manifest::Limits::default());
    let value = file.documents.first().map_or(Value::Null, |document| document.value.clone());
    let mut kustomization = Kustomization {
        resources: BTreeSet::new(),
        others: BTreeSet::new(),
        component: value.get("kind").and_then(Value::as_str) == Some("Component"),
    };
    for (field, value) in value.as_object()? {
        let resources = RESOURCES.contains(&field.as_str());
        let paths = if resources { &mut kustomization.resources } else { &mut kustomization.others };
        texts(value, &mut |text| {
            let place = absolute(&directory.join(text));
            if !text.is_empty() && !text.contains('\n') && place.exists() {
                paths.insert(place);
            }
        });
    }
    Some(kustomization)
}

fn texts(value: &Value, take: &mut impl FnMut(&str)) {
    match value {
        // A generator names its contents by key.
        Value::String(text) => take(text.split_once('=').map_or(text, |(_, path)| path)),
        Value::Array(items) => items.iter().for_each(|item| texts(item, take)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, take)),
        _ => {}
    }
}

/// The command that builds, without the directory.
fn tool() -> Option<Vec<&'static str>> {
    let tools: [(&[&str], &[&str]); 2] = [
        (&["kustomize", "version"], &["kustomize", "build"]),
        (&["kubectl", "kustomize", "--help"], &["kubectl", "kustomize"]),
    ];
    let is_there = |command: &[&'static str]| {
        let (name, args) = command.split_first()?;
        process::run(Command::new(name).args(args), Bounds::default()).ok()
    };
    tools.iter().find(|(probe, _)| is_there(probe).is_some()).map(|(_, build)| build.to_vec())
}

/// Builds a directory by way of another that asks for the origin of each object: the repository stays as it is. That other
/// directory is what origins count from.
fn run(tool: &[&'static str], directory: &Path) -> Result<(Vec<u8>, PathBuf), String> {
    let cannot = |error: std::io::Error| format!("no directory can be made for it: {error}");
    let wrapper = tempfile::tempdir().map_err(cannot)?;
    let root = wrapper.path().canonicalize().map_err(cannot)?;
    let directory = absolute(directory).canonicalize().map_err(|error| error.to_string())?;
    let up: PathBuf = root.ancestors().skip(1).map(|_| "..").collect();
    let inner = up.join(directory.strip_prefix("/").unwrap_or(&directory));
    let text = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [inner.to_string_lossy()],
        "buildMetadata": ["originAnnotations"],
    });
    std::fs::write(root.join("kustomization.yaml"), text.to_string()).map_err(cannot)?;
    let (name, args) = tool.split_first().ok_or("there is no tool")?;
    let mut command = Command::new(name);
    // A base elsewhere is fetched by git, which asks nobody and runs nothing.
    command.args(args).arg(&root).env("GIT_TERMINAL_PROMPT", "0").env("GIT_ALLOW_PROTOCOL", "https:ssh");
    Ok((process::run(&mut command, Bounds::default())?, root))
}

/// Where the origins of the objects are, as far as they are files here.
fn originals(text: &[u8], wrapper: &Path) -> BTreeMap<String, PathBuf> {
    let file = plimsoll_manifest::read(text, &plimsoll_manifest::Limits::default());
    let names = file.documents.into_iter().filter_map(|document| document.source);
    let here = absolute(Path::new(".")).canonicalize().unwrap_or_default();
    let place = |name: &str| {
        let path = absolute(&wrapper.join(name));
        path.is_file().then(|| path.strip_prefix(&here).map(Path::to_owned).unwrap_or(path))
    };
    names.filter_map(|name| Some((name.clone(), place(&name)?))).collect()
}
