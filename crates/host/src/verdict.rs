use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use json_patch::Patch;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Config;

/// A policy's own answer, in its wire form.
#[derive(Debug, Deserialize)]
pub(crate) struct PolicyResponse {
    accepted: bool,
    message: Option<String>,
    code: Option<u16>,
    mutated_object: Option<Value>,
    audit_annotations: Option<BTreeMap<String, String>>,
    warnings: Option<Vec<String>>,
}

/// The host's answer to a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Whether the request is allowed.
    pub allowed: bool,
    /// The message to the user if it isn't.
    pub message: Option<String>,
    /// The HTTP code that goes with the message.
    pub code: Option<u16>,
    /// The warnings to the user; `None` if the policy sent no list.
    pub warnings: Option<Vec<String>>,
    /// What goes to the audit log; `None` if the policy sent no map.
    pub audit_annotations: Option<BTreeMap<String, String>>,
    /// The whole object after the policy's mutation.
    pub mutated_object: Option<Value>,
    /// The patch from the request's object to it; `None` if nothing changes.
    pub patch: Option<Patch>,
}

impl Verdict {
    pub(crate) fn rejected(message: String, code: Option<u16>) -> Self {
        Self { message: Some(message), code, ..Self::default() }
    }

    pub(crate) fn new(response: PolicyResponse, object: Option<&Value>) -> Self {
        let patch = match (&response.mutated_object, object) {
            (None, _) => None,
            (Some(mutated), Some(object)) => Some(json_patch::diff(object, mutated)).filter(|patch| !patch.is_empty()),
            (Some(_), None) => {
                return Self::rejected(
                    "Incoming object is null, which happens only with DELETE operations, but the policy is attempting \
                     a mutation. This is not allowed"
                        .to_owned(),
                    None,
                );
            }
        };
        Self {
            allowed: response.accepted,
            message: response.message,
            code: response.code,
            warnings: response.warnings,
            audit_annotations: response.audit_annotations,
            mutated_object: response.mutated_object,
            patch,
        }
    }

    /// Rejects a mutation that isn't allowed. Warnings and annotations stay, as in policy-server.
    pub(crate) fn constrained(self, config: &Config) -> Self {
        if config.allowed_to_mutate || self.patch.is_none() {
            return self;
        }
        let message = format!(
            "Request rejected by policy {}. The policy attempted to mutate the request, but it is currently \
             configured to not allow mutations.",
            config.id
        );
        Self { warnings: self.warnings, audit_annotations: self.audit_annotations, ..Self::rejected(message, None) }
    }

    /// The warnings; empty without any.
    pub fn warnings(&self) -> &[String] {
        self.warnings.as_deref().unwrap_or_default()
    }

    /// The `AdmissionResponse` as kwctl prints it and the API server gets it.
    pub fn admission_response(&self, uid: &str) -> Value {
        let mut response = Map::new();
        response.insert("uid".to_owned(), json!(uid));
        response.insert("allowed".to_owned(), json!(self.allowed));
        if let Some(patch) = &self.patch {
            response.insert("patchType".to_owned(), json!("JSONPatch"));
            response.insert("patch".to_owned(), json!(STANDARD.encode(json!(patch).to_string())));
        }
        if self.message.is_some() || self.code.is_some() {
            let mut status = Map::new();
            if let Some(message) = &self.message {
                status.insert("message".to_owned(), json!(message));
            }
            if let Some(code) = self.code {
                status.insert("code".to_owned(), json!(code));
            }
            response.insert("status".to_owned(), Value::Object(status));
        }
        // Kubewarden writes these two even when they are null.
        response.insert("auditAnnotations".to_owned(), json!(self.audit_annotations));
        response.insert("warnings".to_owned(), json!(self.warnings));
        Value::Object(response)
    }
}
