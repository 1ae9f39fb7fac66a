//! A webhook of the test's own. It says when the API server knows a set of webhooks, and with `RECORD=1` it writes down what
//! the API server sends, and what policy-server answers to the same.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Context;
use serde_json::{Value, json};

use crate::api::agent;
use crate::certificates::Authority;
use crate::repository;
use crate::scrub::Scrub;
use crate::server::listen;

/// What the API server has sent.
pub struct Recorder {
    /// Where it listens.
    pub port: u16,
    seen: Arc<Mutex<BTreeSet<String>>>,
    marks: AtomicUsize,
    recording: Arc<Mutex<Option<Recording>>>,
}

/// What is asked for each request that is written down.
pub struct Asked {
    /// The id of a module.
    pub id: String,
    /// Where policy-server answers for it.
    pub url: String,
}

/// The requests of a sequence so far.
struct Recording {
    namespace: String,
    asked: Vec<Asked>,
    cluster: Vec<Value>,
    reviews: Vec<Value>,
    /// What distinguishes them.
    kinds: BTreeSet<String>,
}

/// Where the webhook is that records.
pub const RECORD: &str = "/record";

/// Whether sequences are to be recorded.
pub fn is_wanted() -> bool {
    std::env::var_os("RECORD").is_some_and(|wanted| wanted == "1")
}

impl Recorder {
    /// Starts to listen.
    ///
    /// # Errors
    /// When it can't.
    pub fn start(authority: &Authority) -> anyhow::Result<Recorder> {
        let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let recording: Arc<Mutex<Option<Recording>>> = Arc::default();
        let (marked, written, agent) = (seen.clone(), recording.clone(), agent(authority, None)?);
        let handler = move |path: &str, review: &Value| {
            if let Ok(mut marked) = marked.lock() {
                marked.insert(path.to_owned());
            }
            if let (RECORD, Ok(mut written)) = (path, written.lock())
                && let Some(recording) = written.as_mut()
                && let Err(error) = recording.add(review, &agent)
            {
                eprintln!("not recorded: {error:#}");
            }
            let uid = review.pointer("/request/uid");
            json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": {"uid": uid, "allowed": true}})
        };
        let port = listen(&authority.server()?, Arc::new(handler))?;
        Ok(Recorder { port, seen, marks: AtomicUsize::new(0), recording })
    }

    /// A path that nobody has been sent to yet.
    pub fn mark(&self) -> String {
        format!("/mark/{}", self.marks.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether the API server has called a path.
    pub fn has_seen(&self, path: &str) -> bool {
        self.seen.lock().is_ok_and(|seen| seen.contains(path))
    }

    /// Begins to write down the requests for a namespace and for what has none, in a cluster with these objects.
    pub fn begin(&self, namespace: &str, cluster: Vec<Value>, asked: Vec<Asked>) {
        if let Ok(mut recording) = self.recording.lock() {
            let namespace = namespace.to_owned();
            *recording = Some(Recording { namespace, asked, cluster, reviews: Vec::new(), kinds: BTreeSet::new() });
        }
    }

    /// Whether requests are written down.
    pub fn is_recording(&self) -> bool {
        self.recording.lock().is_ok_and(|recording| recording.is_some())
    }

    /// Writes the requests to `e2e/reviews`, and stops.
    ///
    /// # Errors
    /// When there are none, or they can't be written.
    pub fn write(&self, sequence: &str) -> anyhow::Result<()> {
        let recording =
            self.recording.lock().ok().and_then(|mut recording| recording.take()).context("nothing recorded")?;
        anyhow::ensure!(!recording.reviews.is_empty(), "no request");
        let mut scrub = Scrub::default();
        let mut lines = |values: Vec<Value>| -> String {
            let lines: Vec<String> = values.into_iter().map(|value| scrub.value(value).to_string()).collect();
            lines.join(",\n")
        };
        let asked: Vec<&str> = recording.asked.iter().map(|asked| asked.id.as_str()).collect();
        let text = format!(
            "{{\"asked\": {},\n\"cluster\": [\n{}\n], \"reviews\": [\n{}\n]}}\n",
            json!(asked),
            lines(recording.cluster),
            lines(recording.reviews)
        );
        let folder = repository().join("e2e/reviews");
        std::fs::create_dir_all(&folder)?;
        Ok(std::fs::write(folder.join(format!("{sequence}.json")), text)?)
    }
}

impl Recording {
    fn add(&mut self, review: &Value, agent: &ureq::Agent) -> anyhow::Result<()> {
        let request = review.get("request").context("no request")?;
        let namespace = request.get("namespace").and_then(Value::as_str).unwrap_or_default();
        // A Namespace is in itself.
        if !namespace.is_empty() && namespace != self.namespace || !self.kinds.insert(kind(request)) {
            return Ok(());
        }
        let mut refused = Vec::new();
        let mut warned = Vec::new();
        for Asked { id, url } in &self.asked {
            let mut answer = agent.post(url).send_json(review)?;
            let answer: Value = answer.body_mut().read_json()?;
            let response = answer.get("response").context("no response")?;
            if response.get("allowed") != Some(&json!(true)) {
                refused.push(id);
            }
            if response.get("warnings").and_then(Value::as_array).is_some_and(|warnings| !warnings.is_empty()) {
                warned.push(id);
            }
        }
        self.reviews.push(json!({"refusedBy": refused, "warnedBy": warned, "request": request}));
        Ok(())
    }
}

/// What a request is about: two of one kind needn't both be kept.
fn kind(request: &Value) -> String {
    let text = |path: &str| request.pointer(path).map(Value::to_string).unwrap_or_default();
    let mut changed = BTreeSet::new();
    let (new, old) = (request.get("object"), request.get("oldObject"));
    if let (Some(new), Some(old)) = (new, old)
        && !old.is_null()
    {
        differences(new, old, "", &mut changed);
    }
    // Names that are made up differ for each.
    let name = if text("/object/metadata/generateName").is_empty() {
        text("/name")
    } else {
        text("/object/metadata/generateName")
    };
    let names = request.pointer("/object/metadata/ownerReferences/0/kind").map_or(name, Value::to_string);
    [
        &text("/operation"),
        &text("/resource"),
        &text("/subResource"),
        &text("/userInfo/username"),
        &text("/dryRun"),
        &names,
    ]
    .into_iter()
    .chain(&changed)
    .cloned()
    .collect::<Vec<_>>()
    .join(" ")
}

/// The places at which two objects differ, as far as they matter to anybody.
fn differences(new: &Value, old: &Value, place: &str, changed: &mut BTreeSet<String>) {
    let noise = ["/metadata/managedFields", "/metadata/resourceVersion", "/metadata/generation", "/status"];
    if new == old || noise.contains(&place) {
        return;
    }
    if ["/metadata/labels", "/metadata/annotations"].contains(&place) {
        // Which one doesn't matter, nor in which of the two.
        changed.insert("/metadata/labels".to_owned());
        return;
    }
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            let keys: BTreeSet<&String> = new.keys().chain(old.keys()).collect();
            for key in keys {
                let of = |fields: &serde_json::Map<String, Value>| fields.get(key).cloned().unwrap_or_default();
                differences(&of(new), &of(old), &format!("{place}/{key}"), changed);
            }
        }
        (Value::Array(new), Value::Array(old)) if new.len() == old.len() => {
            for (index, (new, old)) in new.iter().zip(old).enumerate() {
                differences(new, old, &format!("{place}/{index}"), changed);
            }
        }
        _ => {
            changed.insert(place.to_owned());
        }
    }
}
