//! The modules, compiled.

use std::path::Path;

use anyhow::Context;
use plimsoll_host::{Engine, EngineOptions, Metadata, Module};
use rayon::prelude::*;

/// A policy as a cluster has it.
pub struct Policy {
    /// Its id.
    pub id: String,
    /// Its code.
    pub module: Module,
    /// What it says of itself.
    pub metadata: Metadata,
}

/// Compiles every module of a folder, in the order of their names. Compiled code is kept in `cache`.
pub fn load(folder: &Path, cache: &Path) -> anyhow::Result<Vec<Policy>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        // The suite holds every policy once more.
        if path.extension().is_some_and(|extension| extension == "wasm") && path.file_stem() != Some("suite".as_ref()) {
            files.push(path);
        }
    }
    files.sort();
    anyhow::ensure!(!files.is_empty(), "there are none: build them with `cargo xtask modules`");

    std::fs::create_dir_all(cache)?;
    let cache = std::fs::canonicalize(cache)?;
    let engine = Engine::with_options(&EngineOptions { cache: Some(cache), ..EngineOptions::default() })?;
    files.par_iter().map(|file| compile(&engine, file).with_context(|| file.display().to_string())).collect()
}

fn compile(engine: &Engine, file: &Path) -> anyhow::Result<Policy> {
    let module = Module::compile(engine, &std::fs::read(file)?)?;
    let metadata = module.metadata()?.context("the module has no Kubewarden metadata")?;
    let id = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Policy { id, module, metadata })
}
