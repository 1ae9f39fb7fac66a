//! What a call of the suite costs the module itself when lists are long: the host's answers are ready. What a call takes
//! longer in policy-server (`make bench-cluster`) is the host's share. Needs `cargo xtask modules --release`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot run should say so")]

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use plimsoll::kube::kinds::Kind;
use plimsoll_bench::service;
use plimsoll_host::{Callbacks, Config, Engine, HostCall, Module, Objects, Operation, request};
use serde_json::{Value, json};

/// How many calls a median is of.
const CALLS: usize = 21;

/// A call and the host's answer to it.
type Answered = (HostCall, Result<Vec<u8>, String>);

/// Answers each call once from objects, then from memory.
struct Ready {
    objects: Objects,
    answers: Mutex<Vec<Answered>>,
}

impl Callbacks for Ready {
    fn answer(&self, call: &HostCall) -> Result<Vec<u8>, String> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, answer)) = answers.iter().find(|(asked, _)| asked == call) {
            return answer.clone();
        }
        let answer = self.objects.answer(call);
        answers.push((call.clone(), answer.clone()));
        answer
    }
}

fn main() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/policies/policy/suite.wasm");
    let wasm = std::fs::read(path).expect("the modules are built by `cargo xtask modules --release`");
    let module = Module::compile(&Engine::new().unwrap(), &wasm).unwrap();
    for lookups in ["cluster", "namespace"] {
        for objects in [200, 4000] {
            let [deployment, _, budget] = service("full-0", "web-0");
            for object in [deployment, budget] {
                measure(&module, lookups, objects, &object);
            }
        }
    }
}

fn measure(module: &Module, lookups: &str, objects: usize, object: &Value) {
    let ready = Arc::new(Ready { objects: full(objects), answers: Mutex::default() });
    let config = Config::declared_by("bench", &module.metadata().unwrap().unwrap());
    let asked = request(object, Operation::Create, None, |api_version, kind| {
        Kind::named(api_version, kind).map(|kind| kind.plural.to_owned())
    })
    .unwrap();
    let settings = json!({"profile": "production", "lookups": lookups});
    let mut times = Vec::new();
    for _ in 0..=CALLS {
        // A new instance for each call, as in policy-server, which counts in both figures.
        let mut guest = module.instantiate(config.clone(), Arc::<Ready>::clone(&ready)).unwrap();
        let start = Instant::now();
        guest.validate(&asked, &settings).unwrap();
        times.push(start.elapsed());
    }
    // The first fills the answers.
    times.remove(0);
    times.sort();
    let bytes: usize = {
        let answers = ready.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.iter().filter_map(|(_, answer)| answer.as_ref().ok()).map(Vec::len).sum()
    };
    println!(
        "{lookups:<9} {objects:>5} of each kind, {:<19} {:>7.1} ms in the module, answers of {:>6.2} MB",
        object.get("kind").and_then(Value::as_str).unwrap_or_default(),
        times.get(CALLS / 2).copied().map_or(0.0, milliseconds),
        bytes as f64 / 1e6,
    );
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Workloads with an autoscaler and a budget each, forty to a namespace, as the API server would give them.
fn full(objects: usize) -> Objects {
    let mut all = Vec::new();
    for number in 0..objects {
        let namespace = format!("full-{}", number / 40);
        if number % 40 == 0 {
            all.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
        }
        all.extend(service(&namespace, &format!("web-{number}")));
    }
    Objects::new(all)
}
