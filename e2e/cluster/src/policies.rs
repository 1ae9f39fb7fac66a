//! Which policies are installed, as their READMEs say.

use anyhow::Context;
use serde_json::{Value, json};

use crate::repository;

/// What the policies do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Their default: what they find is refused.
    Deny,
    /// It is accepted with a warning.
    Warn,
    /// It is fixed where a fix is known, also where that may change how the workload behaves.
    Fix,
}

impl Mode {
    /// All of them, in the order in which people would go through them backwards.
    pub const ALL: [Mode; 3] = [Mode::Deny, Mode::Warn, Mode::Fix];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Deny => "deny",
            Mode::Warn => "warn",
            Mode::Fix => "fix",
        }
    }

    fn settings(self) -> Value {
        match self {
            // Nothing: the defaults are what is tried.
            Mode::Deny => json!({}),
            Mode::Warn => json!({"onViolation": "warn"}),
            Mode::Fix => json!({"onViolation": "fix", "applyFixes": "unsafe"}),
        }
    }
}

/// Which modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modules {
    /// Each policy's own.
    Each,
    /// The one of all policies.
    Suite,
}

/// A ClusterAdmissionPolicy.
pub struct Policy {
    /// Its name.
    pub name: String,
    /// The id of its module.
    pub module: String,
    /// Its settings.
    pub settings: Value,
    /// Whether it may change objects.
    pub mutating: bool,
    /// Whether a profile enables it.
    pub is_in_a_profile: bool,
    /// What the module's metadata says: rules, and what it looks up.
    pub metadata: Value,
}

impl Policy {
    /// A module of the repository in a mode.
    ///
    /// # Errors
    /// When there is no such module.
    pub fn new(module: &str, mode: Mode) -> anyhow::Result<Policy> {
        let folder = repository().join("policies").join(module);
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        Ok(Policy {
            name: format!("{module}-{}", mode.name()),
            module: module.to_owned(),
            settings: mode.settings(),
            is_in_a_profile: !read("README.md")?.contains("| profile | off |"),
            // The README of a policy without fixes doesn't speak of this.
            mutating: mode == Mode::Fix && read("README.md")?.contains("mutating: true"),
            metadata: yaml_serde::from_str(&read("metadata.yml")?)?,
        })
    }

    /// What its webhook is called for.
    pub fn rules(&self) -> &Value {
        self.metadata.get("rules").unwrap_or(&Value::Null)
    }

    /// The name by which policy-server knows it.
    pub fn unique_name(&self) -> String {
        format!("clusterwide-{}", self.name)
    }
}

/// The ids of all modules but the suite.
///
/// # Errors
/// When the repository can't be read.
pub fn ids() -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    for entry in std::fs::read_dir(repository().join("policies"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != "suite" && entry.path().join("metadata.yml").is_file() {
            ids.push(name);
        }
    }
    ids.sort();
    anyhow::ensure!(!ids.is_empty(), "no policies");
    Ok(ids)
}

/// What is installed for these modules in a mode. The suite has the profile that enables everything.
///
/// # Errors
/// When the repository can't be read.
pub fn installed(modules: Modules, mode: Mode) -> anyhow::Result<Vec<Policy>> {
    if modules == Modules::Suite {
        let mut suite = Policy::new("suite", mode)?;
        if let Some(settings) = suite.settings.as_object_mut() {
            settings.insert("profile".to_owned(), json!("strict"));
        }
        return Ok(vec![suite]);
    }
    ids()?.iter().map(|id| Policy::new(id, mode)).collect()
}
