//! Checks the sizes of the shipped modules, and that none holds what it should not.

use std::cmp::Reverse;

use anyhow::{Context, Result, bail};
use memchr::memmem::Finder;
use plimsoll::policies::POLICIES;
use plimsoll::policies::PolicyEntry;
use plimsoll_kubewarden::Shipped;

use crate::modules;
use crate::render::{first_sentence, metadata, module, settings};
use crate::wasm;
use crate::workspace::{Workspace, output, read_bytes};

/// No options.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// The size limit of a module, in bytes.
const LARGEST: usize = 172_000;
/// The limit of the median, in bytes.
const MEDIAN: usize = 110_000;
/// The limit of the suite, in bytes.
const SUITE: usize = 1_100_000;

struct Module {
    id: &'static str,
    /// The whole file, in bytes.
    size: usize,
    /// The metadata, which engines don't compile, in bytes.
    metadata: usize,
}

pub(crate) fn run(workspace: &Workspace, _: &Args) -> Result<()> {
    let built = modules::build(workspace, &modules::Args { release: true, policies: Vec::new() })?;
    let mut violations = Vec::new();
    let mut measured = Vec::new();
    for (shipped, path) in built {
        let bytes = read_bytes(&path)?;
        let Shipped::Policy(entry) = shipped else {
            println!("{:<32} {:>9}    budget {SUITE}", "suite", bytes.len());
            if bytes.len() > SUITE {
                violations.push(format!("the suite has {} bytes, more than {SUITE}", bytes.len()));
            }
            continue;
        };
        let sections = wasm::sections(&bytes).with_context(|| path.display().to_string())?;
        let (metadata, code): (Vec<_>, Vec<_>) =
            sections.into_iter().partition(|section| section.name == Some(metadata::SECTION));
        let metadata_size = metadata.iter().map(|section| section.content.len()).sum();
        let code: Vec<&[u8]> = code.into_iter().map(|section| section.content).collect();
        violations.extend(strangers(entry, &code));
        measured.push(Module { id: entry.metadata.id, size: bytes.len(), metadata: metadata_size });
    }
    measured.sort_by_key(|module| (Reverse(module.size), module.id));
    print(&measured);
    violations.extend(over_budget(&measured));
    violations.extend(typed_api(workspace)?);
    if !violations.is_empty() {
        bail!("{}", violations.join("\n"));
    }
    Ok(())
}

fn print(modules: &[Module]) {
    println!("{:<32} {:>9} {:>9} {:>9}", "module", "bytes", "code", "metadata");
    for module in modules {
        let code = module.size - module.metadata;
        println!("{:<32} {:>9} {:>9} {:>9}", module.id, module.size, code, module.metadata);
    }
    println!("{:<32} {:>9}    budget {MEDIAN}", "median", median(modules));
    let largest = modules.first().map_or(0, |module| module.size);
    println!("{:<32} {:>9}    budget {LARGEST}", "largest", largest);
}

/// The size of the module in the middle; with two in the middle the bigger one.
fn median(modules: &[Module]) -> usize {
    let mut sizes: Vec<usize> = modules.iter().map(|module| module.size).collect();
    sizes.sort_unstable();
    sizes.get(sizes.len() / 2).copied().unwrap_or_default()
}

fn over_budget(modules: &[Module]) -> Vec<String> {
    let mut violations: Vec<String> = modules
        .iter()
        .filter(|module| module.size > LARGEST)
        .map(|module| format!("{} has {} bytes, more than {LARGEST}", module.id, module.size))
        .collect();
    if median(modules) > MEDIAN {
        violations.push(format!("the median is {} bytes, more than {MEDIAN}", median(modules)));
    }
    violations
}

/// Parts of other policies, and documentation, in a module.
fn strangers(entry: &PolicyEntry, code: &[&[u8]]) -> Vec<String> {
    let own = entry.metadata.id;
    let mut violations = Vec::new();
    for other in POLICIES {
        let id = other.metadata.id;
        // One id may be part of another.
        if id != own && !own.contains(id) && names(code, id) {
            violations.push(format!("the module of {own} holds the id {id}"));
        }
        let documentation = settings::documentation(other);
        let text = documentation.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
        // Sources wrap their lines, so only search for the first.
        let first_line = text.trim_start().lines().next().unwrap_or_default();
        let sentence = first_sentence(first_line);
        if !sentence.is_empty() && holds(code, &sentence) {
            violations.push(format!("the module of {own} holds the documentation of {id}"));
        }
    }
    violations
}

/// True when a section holds the id, and not as the last part of an annotation of Kubernetes.
fn names(code: &[&[u8]], id: &str) -> bool {
    let finder = Finder::new(id);
    let is_part = |section: &[u8], at: usize| at.checked_sub(1).and_then(|before| section.get(before)) == Some(&b'/');
    code.iter().any(|section| finder.find_iter(section).any(|at| !is_part(section, at)))
}

fn holds(code: &[&[u8]], text: &str) -> bool {
    let finder = Finder::new(text);
    code.iter().any(|section| finder.find(section).is_some())
}

/// The crates that ship and depend on Kubernetes' API types.
fn typed_api(workspace: &Workspace) -> Result<Vec<String>> {
    let mut violations = Vec::new();
    let first_module = POLICIES.first().map(|entry| module::package(entry.metadata.id));
    for package in ["plimsoll".to_owned()].into_iter().chain(first_module) {
        let mut cargo = workspace.cargo();
        let tree = output(cargo.args(["tree", "--edges", "normal", "--prefix", "none", "--package", &package]))?;
        if tree.lines().any(|line| line.starts_with("k8s-openapi ")) {
            violations.push(format!("{package} depends on k8s-openapi"));
        }
    }
    Ok(violations)
}

#[cfg(test)]
mod tests {
    use plimsoll::policies::POLICIES;

    use super::{LARGEST, MEDIAN, Module, holds, median, names, over_budget, strangers};
    use crate::render::settings;

    fn modules(sizes: &[usize]) -> Vec<Module> {
        sizes.iter().map(|&size| Module { id: "x", size, metadata: 0 }).collect()
    }

    #[test]
    fn modules_over_budget_are_reported() {
        assert!(over_budget(&modules(&[MEDIAN, MEDIAN, LARGEST])).is_empty());
        assert_eq!(over_budget(&modules(&[1, 1, LARGEST + 1])).len(), 1);
        assert_eq!(over_budget(&modules(&[1, MEDIAN + 1, LARGEST])).len(), 1);
        assert_eq!(median(&modules(&[3, 1, 2])), 2);
    }

    #[test]
    fn documentation_in_a_module_is_reported() {
        let entry = &POLICIES[0];
        let documentation = settings::documentation(entry);
        assert!(strangers(entry, &[b"nothing", entry.metadata.id.as_bytes()]).is_empty());
        let found = strangers(entry, &[documentation.as_bytes()]);
        // The text may also name other policies, and begin like theirs.
        let own = format!("holds the documentation of {}", entry.metadata.id);
        assert!(found.iter().any(|violation| violation.ends_with(&own)), "{found:?}");
    }

    #[test]
    fn texts_are_found_within_one_section_only() {
        assert!(holds(&[b"xabcx"], "abc"));
        assert!(!holds(&[b"ab", b"c"], "abc"));
        assert!(names(&[b"x/abc", b"y-abc"], "abc"));
        assert!(!names(&[b"x/abc"], "abc"));
    }
}
