//! policy-server under load for a long time, with all modules and the suite: how long answers take, what they cost, and that
//! memory stays where it is. `make soak`.
//!
//! Requests are those of the fixtures. They are sent at a steady rate whatever comes back, and a request counts from the time
//! at which it was due. The API server is a stand-in, which is slow for a while, or away, or has a hundred thousand objects.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;
use plimsoll::policies::POLICIES;
use plimsoll_e2e::looks_up;
use plimsoll_e2e::policy_server::{Connection, PolicyServer, policy, policy_of, review};
use plimsoll_e2e::questions::questions;
use plimsoll_e2e::stand_in::{ApiServer, Conduct};
use serde_json::{Map, Value, json};

/// A look-up that hangs holds a worker indefinitely.
const WORKERS: usize = 16;
/// As many requests can wait for an answer.
const CONNECTIONS: usize = 48;
/// As long as an API server waits for a webhook.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the first look-up of a kind is tried: it may hang, which is an error of the server.
const TRIES: usize = 4;
/// How much memory may grow in the steady part, after its first third.
const FLAT: f64 = 0.05;

/// Puts a load on policy-server, with all modules and the suite
#[derive(Parser)]
struct Options {
    /// How long
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// Requests a second
    #[arg(long, default_value_t = 200.0)]
    rate: f64,
    /// How many objects the largest cluster has
    #[arg(long, default_value_t = 100_000)]
    objects: usize,
    /// Modules to measure beside two of ours that check the same
    #[arg(long)]
    beside: Vec<PathBuf>,
}

/// A request that is sent again and again.
#[derive(Clone)]
struct Request {
    path: String,
    body: String,
    looks_up: bool,
}

/// What came back in a part of the run.
#[derive(Default)]
struct Part {
    /// Milliseconds, of what was answered.
    times: Vec<f64>,
    /// Nobody listened, or the connection broke.
    refused: usize,
    /// Not answered in time.
    hung: usize,
    /// Another status than 200, or an internal error.
    wrong: usize,
    /// Milliseconds of processor time for a request.
    cost: f64,
    /// Megabytes at the ends of the part's tenths.
    memory: Vec<f64>,
}

impl Part {
    fn at(&self, share: f64) -> f64 {
        let last = self.times.len().saturating_sub(1);
        self.times.get((last as f64 * share) as usize).copied().unwrap_or_default()
    }

    fn print(&self, name: &str) {
        println!(
            "{name:<44} {:>8} {:>8.1} {:>8.1} {:>8.0} {:>7.2} {:>8} {:>6} {:>6} {:>8.0}",
            self.times.len(),
            self.at(0.5),
            self.at(0.99),
            self.at(1.0),
            self.cost,
            self.refused,
            self.hung,
            self.wrong,
            self.memory.last().copied().unwrap_or_default(),
        );
    }
}

fn head() {
    println!(
        "{:<44} {:>8} {:>8} {:>8} {:>8} {:>7} {:>8} {:>6} {:>6} {:>8}",
        "", "answers", "p50 ms", "p99 ms", "max ms", "CPU ms", "refused", "hung", "wrong", "MB"
    );
}

/// Sends requests at a rate until `end` says so.
fn load(port: u16, requests: &[Request], rate: f64, end: &(dyn Fn(Instant) -> bool + Sync)) -> Part {
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    let part = Mutex::new(Part::default());
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut connection = None;
                let mut own = Part::default();
                while !end(start) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let due = start + Duration::from_secs_f64(number as f64 / rate);
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    // A step that has no divisor in common with most lengths mixes the policies.
                    let Some(request) = requests.get(number.wrapping_mul(7919) % requests.len()) else { break };
                    send(port, &mut connection, request, due, &mut own);
                }
                let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
                part.times.append(&mut own.times);
                part.refused += own.refused;
                part.hung += own.hung;
                part.wrong += own.wrong;
            });
        }
    });
    let mut part = part.into_inner().unwrap_or_else(PoisonError::into_inner);
    part.times.sort_by(f64::total_cmp);
    part
}

fn send(port: u16, connection: &mut Option<Connection>, request: &Request, due: Instant, part: &mut Part) {
    let sent = Instant::now();
    let open = connection.take().map_or_else(|| Connection::open(port, PATIENCE), Ok);
    let answer = open.and_then(|mut open| {
        let answer = open.post(&request.path, &request.body)?;
        Ok((open, answer))
    });
    match answer {
        Ok((open, (status, body))) => {
            *connection = Some(open);
            part.times.push(due.elapsed().as_secs_f64() * 1000.0);
            let internal = b"\"code\":500";
            if status != 200 || body.windows(internal.len()).any(|part| part == internal) {
                part.wrong += 1;
            }
        }
        Err(_) if sent.elapsed() >= PATIENCE => part.hung += 1,
        Err(_) => part.refused += 1,
    }
}

fn run(server: &PolicyServer, requests: &[Request], rate: f64, duration: Duration) -> anyhow::Result<Part> {
    let port = server.port();
    let (before, done) = (cpu(server.id())?, AtomicBool::new(false));
    let mut memory = Vec::new();
    let mut part = std::thread::scope(|scope| -> anyhow::Result<Part> {
        let load = scope.spawn(|| load(port, requests, rate, &|_| done.load(Ordering::Relaxed)));
        let sampled = (0..10).try_for_each(|_| {
            std::thread::sleep(duration / 10);
            memory.push(resident(server.id())?);
            anyhow::Ok(())
        });
        done.store(true, Ordering::Relaxed);
        let part = load.join().map_err(|_| anyhow::anyhow!("the load has panicked"))?;
        sampled.map(|()| part)
    })?;
    let answered = part.times.len().max(1) as f64;
    part.cost = (cpu(server.id())? - before) * 1000.0 / answered;
    part.memory = memory;
    Ok(part)
}

/// The resident memory of a process, in megabytes.
fn resident(process: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1000.0)
}

/// The processor time that a process has had, in seconds.
fn cpu(process: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name before may have spaces. Linux counts in hundredths.
    let (_, fields) = stat.rsplit_once(')').context("no stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}

/// Requests, the objects around them, and the policies.
type Everything = (Vec<Request>, Vec<Value>, Map<String, Value>);

/// The requests of all fixtures with default settings, to their own module and each tenth to the suite as well, and the objects
/// around them.
fn everything() -> anyhow::Result<Everything> {
    let (mut requests, mut objects, mut policies) = (Vec::new(), Vec::new(), Map::new());
    policies.insert("suite".to_owned(), policy("suite", &json!({"profile": "strict"}))?);
    for entry in POLICIES {
        let id = entry.metadata.id;
        policies.insert(id.to_owned(), policy(id, &json!({}))?);
        for question in questions(entry)?.into_iter().filter(|question| question.settings == json!({})) {
            let number = requests.len();
            let question = if looks_up(entry) { question.apart(number) } else { question };
            let body = review(&question.request);
            if number % 10 == 0 {
                requests.push(Request { path: "/validate/suite".to_owned(), body: body.clone(), looks_up: true });
            }
            requests.push(Request { path: format!("/validate/{id}"), body, looks_up: looks_up(entry) });
            if looks_up(entry) {
                objects.extend(question.cluster);
            }
        }
    }
    Ok((requests, objects, policies))
}

/// Has policy-server start its watches.
fn look_up_everything(server: &PolicyServer, requests: &[Request]) -> anyhow::Result<()> {
    let mut unanswered = 0;
    for request in requests.iter().filter(|request| request.looks_up).step_by(5) {
        let tries = (0..TRIES).position(|_| {
            let asked = server.connect(PATIENCE).and_then(|mut open| open.post(&request.path, &request.body));
            asked.is_ok_and(|(status, _)| status == 200)
        });
        unanswered += tries.with_context(|| format!("{} doesn't answer", request.path))?;
    }
    if unanswered > 0 {
        println!("policy-server left {unanswered} first look-ups without an answer");
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let share = |share: f64| Duration::from_secs_f64(options.minutes * 60.0 * share);
    let (requests, objects, policies) = everything()?;
    println!(
        "{} requests about fixtures, to {} policies, {} a second for {} minutes",
        requests.len(),
        policies.len(),
        options.rate,
        options.minutes
    );
    let folder = tempfile::tempdir()?;
    let api = ApiServer::start(objects, &[])?;
    let mut server = PolicyServer::start(folder.path(), &policies, &api, WORKERS)?;
    look_up_everything(&server, &requests)?;

    head();
    let steady = run(&server, &requests, options.rate, share(0.5))?;
    steady.print("steady");
    let (first, last) = (steady.memory.get(3), steady.memory.last());
    let growth = first.zip(last).map_or(0.0, |(first, last)| last / first - 1.0);
    let mut failures = Vec::new();
    if growth.abs() > FLAT {
        failures.push(format!("memory changed by {:.1} %: {:.0?}", growth * 100.0, steady.memory));
    }
    let mut all = vec![steady];
    for (name, conduct) in [
        ("API server takes a second for each answer", Conduct::Slow(Duration::from_secs(1))),
        ("API server away", Conduct::Away),
        ("API server back", Conduct::Prompt),
    ] {
        api.conduct(conduct);
        let part = run(&server, &requests, options.rate, share(0.07))?;
        part.print(name);
        all.push(part);
    }
    for part in &all {
        let failed = part.refused + part.hung + part.wrong;
        if failed > 0 {
            failures.push(format!("{failed} requests failed while nothing was restarted"));
        }
    }
    for (name, signal) in [("stopped and started", "TERM"), ("killed and started", "KILL")] {
        restarts(&mut server, &requests, &options, signal)?.print(name);
        look_up_everything(&server, &requests)?;
        let part = run(&server, &requests, options.rate, share(0.05))?;
        part.print("  and after it looked everything up again");
        if part.refused + part.hung + part.wrong > 0 {
            failures.push(format!("requests failed after it was {name}"));
        }
    }
    drop(server);
    beside(&options, &requests, share(0.04))?;
    large(&options)?;
    println!("memory in the steady part: {:+.1} % after its first third", growth * 100.0);
    anyhow::ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}

/// Load while policy-server is stopped and started again: nobody answers meanwhile.
fn restarts(server: &mut PolicyServer, requests: &[Request], options: &Options, signal: &str) -> anyhow::Result<Part> {
    let port = server.port();
    // What looks up may hang after a start: that is another part.
    let requests: Vec<Request> = requests.iter().filter(|request| !request.looks_up).cloned().collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let load = scope.spawn(|| load(port, &requests, options.rate, &|_| done.load(Ordering::Relaxed)));
        std::thread::sleep(Duration::from_secs(2));
        let restarted = server.restart(signal);
        std::thread::sleep(Duration::from_secs(2));
        done.store(true, Ordering::Relaxed);
        let mut part = load.join().map_err(|_| anyhow::anyhow!("the load has panicked"))?;
        restarted?;
        part.memory = vec![resident(server.id())?];
        Ok(part)
    })
}

/// Single modules, each in a policy-server of its own, with the same requests: two of ours, and those that were given.
fn beside(options: &Options, requests: &[Request], duration: Duration) -> anyhow::Result<()> {
    let mut modules = Vec::new();
    for id in ["privileged-container", "writable-root-filesystem"] {
        modules.push((id.to_owned(), policy(id, &json!({}))?));
    }
    for module in &options.beside {
        let name = module.file_stem().context("no file")?.to_string_lossy().into_owned();
        modules.push((name, policy_of(module, &json!({}))?));
    }
    let about = requests.iter().filter(|request| {
        ["/validate/privileged-container", "/validate/writable-root-filesystem"].contains(&request.path.as_str())
    });
    let about: Vec<&Request> = about.collect();
    for (name, policy) in modules {
        let path = format!("/validate/{name}");
        let requests: Vec<Request> =
            about.iter().map(|request| Request { path: path.clone(), ..(*request).clone() }).collect();
        let folder = tempfile::tempdir()?;
        let api = ApiServer::start(Vec::new(), &[])?;
        let server = PolicyServer::start(folder.path(), &Map::from_iter([(name.clone(), policy)]), &api, WORKERS)?;
        run(&server, &requests, options.rate, duration)?.print(&format!("only {name}"));
    }
    Ok(())
}

/// A cluster with very many objects, forty of each kind to a namespace. Requests follow each other: a rate would only show when
/// they begin to queue.
fn large(options: &Options) -> anyhow::Result<()> {
    let objects: Vec<Value> = (0..options.objects / 4).flat_map(service).collect();
    let api = ApiServer::start(objects, &[])?;
    for lookups in ["cluster", "namespace"] {
        let folder = tempfile::tempdir()?;
        let settings = json!({"profile": "production", "lookups": lookups});
        let policies = Map::from_iter([("suite".to_owned(), policy("suite", &settings)?)]);
        let server = PolicyServer::start(folder.path(), &policies, &api, WORKERS)?;
        let requests: Vec<Request> = service(0)
            .into_iter()
            .map(|object| {
                let request =
                    plimsoll_host::request(&object, plimsoll_host::Operation::Create, None, plimsoll_e2e::plural)?;
                Ok(Request { path: "/validate/suite".to_owned(), body: review(&request), looks_up: true })
            })
            .collect::<anyhow::Result<_>>()?;
        // The watches are started one after the other.
        for request in &requests {
            (0..TRIES).any(|_| {
                let asked = server.connect(6 * PATIENCE).and_then(|mut open| open.post(&request.path, &request.body));
                asked.is_ok()
            });
        }
        let (before, mut part, mut connection) = (cpu(server.id())?, Part::default(), None);
        let port = server.port();
        for request in requests.iter().cycle().take(24) {
            send(port, &mut connection, request, Instant::now(), &mut part);
        }
        part.times.sort_by(f64::total_cmp);
        part.cost = (cpu(server.id())? - before) * 1000.0 / 24.0;
        part.memory = vec![resident(server.id())?];
        part.print(&format!("{} objects, lookups: {lookups}", options.objects));
    }
    Ok(())
}

/// A Deployment with its autoscaler, its budget and its Service.
fn service(number: usize) -> [Value; 4] {
    let (name, namespace) = (format!("web-{number}"), format!("shop-{}", number / 40));
    let [mut deployment, autoscaler, budget] = plimsoll_bench::service(&namespace, &name);
    if let Some(replicas) = deployment.pointer_mut("/spec/replicas") {
        *replicas = json!(3);
    }
    let labels = json!({"app.kubernetes.io/name": name});
    let service = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}});
    [deployment, autoscaler, budget, service]
}
