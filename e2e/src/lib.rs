//! Loads the shipped modules, and computes their expected answers natively. Runs policy-server with them, with a stand-in for
//! the API server.
//!
//! `cargo xtask modules` builds the modules; the tests fail with that hint if one is missing.

pub mod kwctl;
pub mod policy_server;
pub mod questions;
pub mod stand_in;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use plimsoll::inventory::{Inventory, InventoryError, Query};
use plimsoll::kube::kinds::Kind;
use plimsoll::policies::POLICIES;
use plimsoll::policies::PolicyEntry;
use plimsoll_fixtures::Case;
use plimsoll_host::{
    Callbacks, Config, Engine, EngineOptions, Instance, Module, ModuleMetadata, Objects, Operation, Verdict,
};
use serde_json::{Value, json};

/// The root of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The folder with the modules under test: `PLIMSOLL_MODULES`, by default that of development builds.
pub fn modules_dir() -> PathBuf {
    std::env::var_os("PLIMSOLL_MODULES").map_or_else(|| repository().join("target/policies/policy-dev"), PathBuf::from)
}

/// The bytes of a module.
///
/// # Errors
/// When it was not built.
pub fn wasm_of(id: &str) -> anyhow::Result<Vec<u8>> {
    let path = modules_dir().join(format!("{id}.wasm"));
    std::fs::read(&path).with_context(|| format!("{}: build it with `cargo xtask modules`", path.display()))
}

/// A policy's module, compiled.
pub struct Shipped {
    /// Its id.
    pub id: String,
    /// Its code.
    pub module: Module,
    /// Its metadata.
    pub metadata: ModuleMetadata,
}

impl Shipped {
    /// Compiles a module. `target` caches the compiled code, since every test is a process of its own.
    ///
    /// # Errors
    /// When it was not built, or is not a Kubewarden module.
    pub fn load(id: &str) -> anyhow::Result<Shipped> {
        let cache = repository().join("target/policies/compiled");
        std::fs::create_dir_all(&cache)?;
        // Other tests share the CPU: the default of two seconds would measure their load.
        let deadline = std::time::Duration::from_secs(60);
        let engine = Engine::with_options(&EngineOptions { deadline, cache: Some(cache) })?;
        let module = Module::compile(&engine, &wasm_of(id)?)?;
        let metadata = module.metadata()?.context("the module has no metadata")?;
        Ok(Shipped { id: id.to_owned(), module, metadata })
    }

    /// A new guest with all rights that its metadata declares, mutation included.
    ///
    /// # Errors
    /// When the guest doesn't start.
    pub fn start(&self, cluster: Vec<Value>) -> anyhow::Result<Instance> {
        self.start_with(Arc::new(Objects::new(cluster)))
    }

    /// The same, with other callbacks.
    ///
    /// # Errors
    /// When the guest doesn't start.
    pub fn start_with(&self, callbacks: Arc<dyn Callbacks>) -> anyhow::Result<Instance> {
        let config = Config { allowed_to_mutate: true, ..Config::declared_by(&self.id, &self.metadata) };
        Ok(self.module.instantiate(config, callbacks)?)
    }
}

/// The plural of a kind that policies refer to.
pub fn plural(api_version: &str, kind: &str) -> Option<String> {
    known(api_version, kind).map(|kind| kind.plural.to_owned())
}

/// A kind that a policy checks, including those that no cluster serves any more.
fn known(api_version: &str, name: &str) -> Option<&'static Kind> {
    let mut targets = POLICIES.iter().flat_map(|entry| entry.metadata.targets).copied();
    targets.find(|kind| kind.is(api_version, name)).or_else(|| Kind::named(api_version, name))
}

/// An object as the API server stores it: with a namespace if its kind has one, and a Secret with only `data`.
pub fn in_namespace(object: &Value) -> Value {
    let mut object = object.clone();
    let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
    if known(text("apiVersion"), text("kind")).is_some_and(|kind| kind.namespaced)
        && let Some(fields) = object.as_object_mut()
        && let Some(metadata) =
            fields.entry("metadata").or_insert_with(|| Value::Object(Default::default())).as_object_mut()
    {
        metadata.entry("namespace").or_insert_with(|| Value::from("default"));
    }
    if let Some(fields) = object.as_object_mut().filter(|fields| fields.get("kind") == Some(&Value::from("Secret")))
        && let Some(Value::Object(written)) = fields.remove("stringData")
        && let Value::Object(data) = fields.entry("data").or_insert_with(|| Value::Object(Default::default()))
    {
        // An API server would encode these values; no policy reads them.
        data.extend(written);
    }
    object
}

/// The objects around those of a case, as the API server stores and lists them: by name.
pub fn around(case: &Case) -> Vec<Value> {
    let mut cluster: Vec<Value> = case.cluster.iter().map(|object| in_namespace(object)).collect();
    let name = |object: &Value| object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    cluster.sort_by_key(name);
    cluster
}

/// The expected answer of a module, computed natively.
pub fn native_answer(entry: &PolicyEntry, payload: &Value, inventory: &dyn Inventory) -> Value {
    let configure = |settings: &Value| (entry.configure)(settings).map(|policy| vec![policy]);
    let answer =
        plimsoll_guest::validate_in(payload.to_string().as_bytes(), &configure, inventory, plimsoll_guest::today());
    serde_json::from_slice(&answer).unwrap_or_default()
}

/// The host's verdict in the form of a module's answer.
pub fn answer_of(verdict: Verdict) -> Value {
    let mut answer = json!({"accepted": verdict.allowed});
    for (key, value) in [
        ("message", verdict.message.map(Value::from)),
        ("mutated_object", verdict.mutated_object),
        ("warnings", verdict.warnings.map(Value::from)),
    ] {
        if let (Some(value), Some(fields)) = (value, answer.as_object_mut()) {
            fields.insert(key.to_owned(), value);
        }
    }
    answer
}

/// The case's operation, in the host's type.
pub fn operation(case: &Case) -> Operation {
    match case.operation {
        plimsoll::policy::context::Operation::Create => Operation::Create,
        plimsoll::policy::context::Operation::Update => Operation::Update,
    }
}

/// Whether a cluster could be in the state of a case. An API server converts every object to the requested version; the
/// embedded host doesn't.
pub fn is_served(case: &Case) -> bool {
    case.cluster.iter().all(|object| {
        let preferred = Kind::of(object).map(Kind::api_version);
        preferred.is_none_or(|preferred| object.get("apiVersion").and_then(Value::as_str) == Some(&preferred))
    })
}

/// Whether a policy looks up objects in a cluster. Custom resources are never looked up.
pub fn looks_up(entry: &PolicyEntry) -> bool {
    entry.admission_needs.iter().any(|kind| kind.is_builtin())
}

/// All policies, or only that of the environment variable `POLICY`.
///
/// # Errors
/// When it names an unknown policy.
pub fn chosen() -> anyhow::Result<Vec<&'static PolicyEntry>> {
    let only = plimsoll_fixtures::chosen()?;
    Ok(POLICIES.iter().filter(|entry| only.is_none_or(|only| only == entry.metadata.id)).collect())
}

/// Calls `ask` with each of these policies, on all processors, and returns what it found, in the order of the policies' ids.
pub fn each_policy<T: Send>(
    policies: &[&'static PolicyEntry],
    ask: impl Fn(&'static PolicyEntry) -> Vec<T> + Sync,
) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(entry) = policies.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let answers = ask(entry);
                    found.lock().unwrap_or_else(PoisonError::into_inner).push((entry.metadata.id, answers));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(id, _)| *id);
    found.into_iter().flat_map(|(_, answers)| answers).collect()
}

/// An inventory as a module sees it: only the kinds that its policy declares.
pub struct AsNeeded<I> {
    /// The whole inventory.
    pub inventory: I,
    /// The visible kinds.
    pub needs: &'static [&'static Kind],
}

impl<I: Inventory> Inventory for AsNeeded<I> {
    fn list(&self, query: &Query<'_>) -> Result<Vec<Arc<Value>>, InventoryError> {
        if self.needs.contains(&query.kind) { self.inventory.list(query) } else { Ok(Vec::new()) }
    }
}
