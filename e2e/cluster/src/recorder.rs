//! A webhook of the test's own: it says when the API server knows a set of webhooks.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::certificates::Authority;
use crate::server::listen;

/// What the API server has sent.
pub struct Recorder {
    /// Where it listens.
    pub port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    marks: AtomicUsize,
}

impl Recorder {
    /// Starts to listen.
    ///
    /// # Errors
    /// When it can't.
    pub fn start(authority: &Authority) -> anyhow::Result<Recorder> {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let to = seen.clone();
        let handler = move |path: &str, review: &Value| {
            if let Ok(mut seen) = to.lock() {
                seen.push(path.to_owned());
            }
            let uid = review.pointer("/request/uid");
            json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": {"uid": uid, "allowed": true}})
        };
        let port = listen(&authority.server()?, Arc::new(handler))?;
        Ok(Recorder { port, seen, marks: AtomicUsize::new(0) })
    }

    /// A path that nobody has been sent to yet.
    pub fn mark(&self) -> String {
        format!("/mark/{}", self.marks.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether the API server has called a path.
    pub fn has_seen(&self, path: &str) -> bool {
        self.seen.lock().is_ok_and(|seen| seen.iter().any(|known| known == path))
    }
}
