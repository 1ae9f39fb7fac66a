use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Answer, Call, Callbacks, HostError};

/// A host call as the host parses it and kwctl's sessions record it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the members are those of the wire format")]
pub enum HostCall {
    /// `kubernetes/list_resources_by_namespace`
    KubernetesListResourceNamespace(ListResourcesByNamespace),
    /// `kubernetes/list_resources_all`
    KubernetesListResourceAll(ListAllResources),
    /// `kubernetes/get_resource`
    KubernetesGetResource(GetResource),
    /// `kubernetes/can_i`
    KubernetesCanI(CanI),
    /// `oci/v1/manifest_digest`
    OciManifestDigest { image: String },
    /// `oci/v1/oci_manifest`
    OciManifest { image: String },
    /// `oci/v1/oci_manifest_config`
    OciManifestAndConfig { image: String },
    /// `net/v1/dns_lookup_host`
    #[serde(rename = "DNSLookupHost")]
    DnsLookupHost { host: String },
    /// `crypto/v1/is_certificate_trusted`
    CryptoIsCertificateTrusted { request: Value },
}

/// Lists a kind in one namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the members are those of the wire format")]
pub struct ListResourcesByNamespace {
    pub api_version: String,
    pub kind: String,
    pub namespace: String,
    pub label_selector: Option<String>,
    pub field_selector: Option<String>,
    pub field_masks: Option<BTreeSet<String>>,
}

/// Lists a kind in all namespaces, or a cluster-scoped kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the members are those of the wire format")]
pub struct ListAllResources {
    pub api_version: String,
    pub kind: String,
    pub label_selector: Option<String>,
    pub field_selector: Option<String>,
    pub field_masks: Option<BTreeSet<String>>,
}

/// Gets one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the members are those of the wire format")]
pub struct GetResource {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub namespace: Option<String>,
    pub disable_cache: bool,
    pub field_masks: Option<BTreeSet<String>>,
}

/// Asks whether someone may do something. The guest and the session name the review differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the members are those of the wire format")]
pub struct CanI {
    #[serde(alias = "subject_access_review")]
    pub request: SubjectAccessReview,
    pub disable_cache: bool,
}

/// Who wants to do what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the members are those of the wire format")]
pub struct SubjectAccessReview {
    pub groups: Option<Vec<String>>,
    pub resource_attributes: ResourceAttributes,
    pub user: String,
}

/// The operation under review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the members are those of the wire format")]
pub struct ResourceAttributes {
    pub group: Option<String>,
    pub name: Option<String>,
    pub namespace: Option<String>,
    pub resource: String,
    pub subresource: Option<String>,
    pub verb: String,
    pub version: Option<String>,
}

/// A host call and its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The policy's call.
    pub call: HostCall,
    /// The answer's text, or the reason of the failure.
    pub answer: Result<String, String>,
}

/// The host calls of an evaluation in order: what `kwctl run --record-host-capabilities-interactions` writes and
/// `--replay-host-capabilities-interactions` reads.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Session(pub Vec<Exchange>);

#[derive(Serialize, Deserialize)]
#[serde(tag = "type")]
enum Recorded {
    Exchange { request: String, response: Response },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type")]
enum Response {
    Success { payload: String },
    Error { message: String },
}

impl Session {
    /// The session of an instance's calls, without those that a gate denied, as in kwctl.
    pub fn of(calls: &[Call]) -> Self {
        let exchange = |call: &Call| {
            let answer = match &call.answer {
                Answer::Given(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
                Answer::Failed(reason) => Err(reason.clone()),
                Answer::Refused(_) => return None,
            };
            Some(Exchange { call: call.request.clone()?, answer })
        };
        Self(calls.iter().filter_map(exchange).collect())
    }

    /// Reads a session file.
    ///
    /// # Errors
    /// [`HostError::Session`] when the text is not a session or holds a call that this host doesn't know.
    pub fn parse(yaml: &str) -> Result<Self, HostError> {
        let session = |error: yaml_serde::Error| HostError::Session(error.to_string());
        let recorded: Vec<Recorded> = yaml_serde::from_str(yaml).map_err(session)?;
        let exchanges = recorded.into_iter().map(|Recorded::Exchange { request, response }| {
            let answer = match response {
                Response::Success { payload } => Ok(payload),
                Response::Error { message } => Err(message),
            };
            Ok(Exchange { call: yaml_serde::from_str(&request).map_err(session)?, answer })
        });
        Ok(Self(exchanges.collect::<Result<_, HostError>>()?))
    }

    /// Writes a session file.
    ///
    /// # Errors
    /// [`HostError::Session`] when a call has no YAML form.
    pub fn to_yaml(&self) -> Result<String, HostError> {
        let session = |error: yaml_serde::Error| HostError::Session(error.to_string());
        let mut recorded = Vec::new();
        for Exchange { call, answer } in &self.0 {
            let response = match answer.clone() {
                Ok(payload) => Response::Success { payload },
                Err(message) => Response::Error { message },
            };
            recorded.push(Recorded::Exchange { request: yaml_serde::to_string(call).map_err(session)?, response });
        }
        yaml_serde::to_string(&recorded).map_err(session)
    }
}

/// Answers from a session: in order, comparing whole calls.
#[derive(Debug)]
pub struct Replay {
    left: Mutex<VecDeque<Exchange>>,
}

impl Replay {
    /// Starts at the session's first exchange.
    pub fn new(session: Session) -> Self {
        Self { left: Mutex::new(session.0.into()) }
    }

    /// The exchanges that have not been replayed yet.
    pub fn left(&self) -> Vec<Exchange> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl Callbacks for Replay {
    fn answer(&self, call: &HostCall) -> Result<Vec<u8>, String> {
        // As in kwctl, an exchange that doesn't match is used up too.
        let next = self.left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let exchange = next.ok_or("the list of recorded responses is empty")?;
        if exchange.call != *call {
            return Err(format!(
                "Replay error: unexpected request. Was expecting {:?}, got {call:?} instead",
                exchange.call
            ));
        }
        exchange.answer.map(String::into_bytes)
    }
}
