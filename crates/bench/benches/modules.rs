//! The modules as a cluster runs them: compile, start, call. Needs `cargo xtask modules --release`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run should say so"
)]

use std::path::PathBuf;
use std::sync::Arc;

use divan::Bencher;
use plimsoll::kube::kinds::Kind;
use plimsoll::policies::POLICIES;
use plimsoll_bench::{DEPLOYMENT, parse};
use plimsoll_host::{Config, Engine, Instance, Module, Objects, Operation, request};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

fn wasm(id: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/policies/policy");
    std::fs::read(folder.join(format!("{id}.wasm"))).expect("the modules are built by `cargo xtask modules --release`")
}

fn ids() -> impl Iterator<Item = &'static str> {
    POLICIES.iter().map(|entry| entry.metadata.id)
}

/// The suite with every policy on.
#[divan::bench(sample_count = 50, sample_size = 10)]
fn suite(bencher: Bencher<'_, '_>) {
    let module = Module::compile(&Engine::new().unwrap(), &wasm("suite")).unwrap();
    let mut guest = start(&module);
    let request = admission_request();
    let settings = json!({"profile": "strict"});
    guest.validate(&request, &settings).unwrap();
    bencher.bench_local(|| guest.validate(&request, &settings).unwrap());
}

fn start(module: &Module) -> Instance {
    let metadata = module.metadata().unwrap().unwrap();
    let cluster = Arc::new(Objects::new(parse(DEPLOYMENT).iter().map(|object| object.as_ref().clone()).collect()));
    module.instantiate(Config::declared_by("bench", &metadata), cluster).unwrap()
}

fn admission_request() -> Value {
    request(&parse(DEPLOYMENT)[0], Operation::Create, None, |api_version, kind| {
        Kind::named(api_version, kind).map(|kind| kind.plural.to_owned())
    })
    .unwrap()
}

#[divan::bench(args = ids(), sample_count = 3, sample_size = 1)]
fn compile(bencher: Bencher<'_, '_>, id: &str) {
    let wasm = wasm(id);
    let engine = Engine::new().unwrap();
    bencher.bench_local(|| Module::compile(&engine, &wasm).unwrap());
}

#[divan::bench(args = ids(), sample_count = 20, sample_size = 1)]
fn instantiate(bencher: Bencher<'_, '_>, id: &str) {
    let module = Module::compile(&Engine::new().unwrap(), &wasm(id)).unwrap();
    bencher.bench_local(|| start(&module));
}

#[divan::bench(args = ids(), sample_count = 50, sample_size = 10)]
fn call(bencher: Bencher<'_, '_>, id: &str) {
    let module = Module::compile(&Engine::new().unwrap(), &wasm(id)).unwrap();
    let mut guest = start(&module);
    let request = admission_request();
    let settings = json!({});
    guest.validate(&request, &settings).unwrap();
    bencher.bench_local(|| guest.validate(&request, &settings).unwrap());
}
