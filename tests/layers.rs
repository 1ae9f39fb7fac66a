//! The core's layers: each imports only from those below it, and files don't import each other in a circle.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::policies::POLICIES;

/// From the ground up.
const LAYERS: [&str; 10] =
    ["json", "text", "kube", "inventory", "settings", "policy", "lookup", "policies", "engine", "analysis"];

/// The imports of each source file: by module, such as `kube::pod`, the imported modules with their lines.
type Imports = BTreeMap<String, Vec<(String, String)>>;

fn source_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The imports of the core's own code, without those of its tests.
fn imports() -> Imports {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&root, &mut files);
    let module = |path: &Path| {
        let name = path.strip_prefix(&root).unwrap().with_extension("");
        name.components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect::<Vec<_>>().join("::")
    };
    let modules: BTreeSet<String> = files.iter().map(|path| module(path)).collect();
    let mut imports = Imports::new();
    for path in &files {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let mut imported = Vec::new();
        for (line, named) in paths_of(code) {
            let mut known = named.as_str();
            while !modules.contains(known) {
                let Some((parent, _)) = known.rsplit_once("::") else { break };
                known = parent;
            }
            if modules.contains(known) {
                imported.push((known.to_owned(), line));
            }
        }
        imports.insert(module(path), imported);
    }
    imports
}

/// Every `crate::…` path of a file, braces expanded, comments skipped.
fn paths_of(code: &str) -> Vec<(String, String)> {
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut paths = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        if code[..start].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == '$') {
            continue;
        }
        let rest = &code[start + "crate::".len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(rest.len());
        let line = code[..start].rsplit('\n').next().unwrap().trim().to_owned() + "crate::" + &rest[..end];
        let (stem, tail) = rest.split_at(end);
        match stem.strip_suffix("::").filter(|_| tail.starts_with('{')) {
            Some(stem) => {
                for name in tail[1..].split('}').next().unwrap().split(',') {
                    let name = name.trim();
                    let path = if name == "self" { stem.to_owned() } else { format!("{stem}::{name}") };
                    paths.push((path, line.clone()));
                }
            }
            None => paths.push((stem.trim_end_matches(':').to_owned(), line)),
        }
    }
    paths
}

fn layer(module: &str) -> usize {
    let top = module.split("::").next().unwrap();
    LAYERS.iter().position(|layer| *layer == top).unwrap_or_else(|| panic!("{module} is in an unknown layer"))
}

#[test]
fn imports_point_down() {
    let imports = imports();
    assert!(imports.len() > 200, "only {} files were found", imports.len());
    let mut wrong = Vec::new();
    for (module, imported) in imports.iter().filter(|(module, _)| *module != "lib") {
        for (target, line) in imported.iter().filter(|(target, _)| layer(target) > layer(module)) {
            wrong.push(format!("{module} imports {target}, which is above it: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = imports();
    let mut done = BTreeSet::new();
    let mut circles = Vec::new();
    for module in imports.keys() {
        find_circle(module, &imports, &mut Vec::new(), &mut done, &mut circles);
    }
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

fn find_circle<'i>(
    module: &'i str,
    imports: &'i Imports,
    path: &mut Vec<&'i str>,
    done: &mut BTreeSet<&'i str>,
    circles: &mut Vec<String>,
) {
    if let Some(start) = path.iter().position(|known| *known == module) {
        circles.push([&path[start..], &[module]].concat().join(" → "));
        return;
    }
    if done.contains(module) {
        return;
    }
    path.push(module);
    for (target, _) in imports.get(module).into_iter().flatten().filter(|(target, _)| target != module) {
        find_circle(target, imports, path, done, circles);
    }
    path.pop();
    done.insert(module);
}

/// Other layers use what policies share, never a single policy: its findings may change at any time.
#[test]
fn policies_are_imported_only_by_their_list_and_category() {
    let is_policy: BTreeSet<String> = POLICIES
        .iter()
        .map(|entry| {
            let metadata = entry.metadata;
            format!("policies::{}::{}", metadata.category.name(), metadata.id.replace('-', "_"))
        })
        .collect();
    let mut wrong = Vec::new();
    for (module, imported) in imports() {
        for (target, line) in imported.iter().filter(|(target, _)| is_policy.contains(target) && *target != module) {
            let category = target.rsplit_once("::").unwrap().0;
            if module != "policies" && !module.starts_with(category) {
                wrong.push(format!("{module} imports the policy {target}: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn braces_and_qualified_paths_are_parsed() {
    let code = "use crate::kube::{self, pod::Pod};\n// crate::engine\nfn f() { crate::json::path::g() }\n";
    let paths: Vec<String> = paths_of(code).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["kube", "kube::pod::Pod", "json::path::g"]);
}
