//! The modules, compiled.

use std::path::{Path, PathBuf};

use anyhow::Context;
use plimsoll_host::{Engine, EngineOptions, Module, ModuleMetadata};
use rayon::prelude::*;
use serde_json::{Value, json};

/// The module that holds every policy.
const SUITE: &str = "suite";

/// A loaded module.
pub struct Loaded {
    /// A policy's id, or `suite`.
    pub id: String,
    /// Its code.
    pub module: Module,
    /// Its metadata.
    pub metadata: ModuleMetadata,
}

impl Loaded {
    /// The settings under which one of its policies applies its safe fixes.
    pub fn fixing(&self, policy: &str) -> Value {
        if self.id != SUITE {
            return json!({"onViolation": "fix"});
        }
        json!({"profile": "off", "policies": {policy: {"enabled": true, "onViolation": "fix"}}})
    }
}

/// Compiles the suite's module, or those of the single policies in the order of their names. `cache` keeps the compiled
/// code.
pub fn load(folder: &Path, single: bool, cache: &Path) -> anyhow::Result<Vec<Loaded>> {
    let files = if single { single_policies(folder)? } else { vec![folder.join(format!("{SUITE}.wasm"))] };
    std::fs::create_dir_all(cache)?;
    let cache = std::fs::canonicalize(cache)?;
    let engine = Engine::with_options(&EngineOptions { cache: Some(cache), ..EngineOptions::default() })?;
    files.par_iter().map(|file| compile(&engine, file).with_context(|| file.display().to_string())).collect()
}

fn single_policies(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") && path.file_stem() != Some(SUITE.as_ref()) {
            files.push(path);
        }
    }
    files.sort();
    anyhow::ensure!(!files.is_empty(), "no modules found: build them with `cargo xtask modules`");
    Ok(files)
}

fn compile(engine: &Engine, file: &Path) -> anyhow::Result<Loaded> {
    let module = Module::compile(engine, &std::fs::read(file)?)?;
    let metadata = module.metadata()?.context("the module has no Kubewarden metadata")?;
    let id = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Loaded { id, module, metadata })
}
