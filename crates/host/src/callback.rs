use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::session::{CanI, GetResource, HostCall, ListAllResources, ListResourcesByNamespace};
use crate::{Cluster, Grants, mask};

/// Answers the host calls that pass the gates: every [`Cluster`] does, and so does a replayed session.
pub trait Callbacks: Send + Sync {
    /// The answer's JSON text.
    ///
    /// # Errors
    /// A text that the guest gets as a failed host call.
    fn answer(&self, call: &HostCall) -> Result<Vec<u8>, String>;
}

impl<C: Cluster> Callbacks for C {
    fn answer(&self, call: &HostCall) -> Result<Vec<u8>, String> {
        let list = |api_version: &str, kind: &str, items: Vec<Value>, masks: Option<&_>| {
            let items: Vec<Value> = items.into_iter().map(|item| mask::listed(item, masks)).collect();
            serde_json::json!({
                "apiVersion": api_version,
                "kind": format!("{kind}List"),
                "metadata": {},
                "items": items,
            })
        };
        let answer = match call {
            HostCall::KubernetesListResourceAll(c) => {
                let (labels, fields) = (c.label_selector.as_deref(), c.field_selector.as_deref());
                let items = self.list(&c.api_version, &c.kind, None, labels, fields)?;
                list(&c.api_version, &c.kind, items, c.field_masks.as_ref())
            }
            HostCall::KubernetesListResourceNamespace(c) => {
                let (labels, fields) = (c.label_selector.as_deref(), c.field_selector.as_deref());
                let items = self.list(&c.api_version, &c.kind, Some(&c.namespace), labels, fields)?;
                list(&c.api_version, &c.kind, items, c.field_masks.as_ref())
            }
            HostCall::KubernetesGetResource(c) => {
                let (name, namespace) = (c.name.as_str(), c.namespace.as_deref());
                let object = self.get(&c.api_version, &c.kind, name, namespace)?.ok_or_else(|| {
                    format!(
                        "Cannot find {}/{} named '{name}' inside of namespace '{namespace:?}'",
                        c.api_version, c.kind
                    )
                })?;
                mask::got(object, c.field_masks.as_ref())
            }
            HostCall::KubernetesCanI(c) => self.can_i(&c.request)?,
            HostCall::OciManifestDigest { .. }
            | HostCall::OciManifest { .. }
            | HostCall::OciManifestAndConfig { .. }
            | HostCall::DnsLookupHost { .. }
            | HostCall::CryptoIsCertificateTrusted { .. } => return Err("only the cluster can be read".to_owned()),
        };
        Ok(answer.to_string().into_bytes())
    }
}

/// A host call that a guest made.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Such as `kubernetes`.
    pub namespace: String,
    /// Such as `list_resources_all`.
    pub operation: String,
    /// What the guest sent; `null` if that was not JSON.
    pub payload: Value,
    /// The call as the host parsed it; `None` if the host denied or couldn't parse it.
    pub request: Option<HostCall>,
    /// What the guest got.
    pub answer: Answer,
}

/// The outcome of a host call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The answer's bytes.
    Given(Vec<u8>),
    /// The host had no answer, for this reason.
    Failed(String),
    /// A gate was closed, or the call doesn't exist; the guest got this text.
    Refused(String),
}

impl Call {
    /// The size of the answer in bytes, 0 without one.
    pub fn size(&self) -> usize {
        match &self.answer {
            Answer::Given(bytes) => bytes.len(),
            Answer::Failed(_) | Answer::Refused(_) => 0,
        }
    }
}

/// Receives the host calls of one instance: gates, answers and records them.
pub(crate) struct Desk {
    grants: Grants,
    callbacks: Arc<dyn Callbacks>,
    calls: Mutex<Vec<Call>>,
    logs: Mutex<Vec<Value>>,
}

impl Desk {
    pub(crate) fn new(grants: Grants, callbacks: Arc<dyn Callbacks>) -> Self {
        Self { grants, callbacks, calls: Mutex::default(), logs: Mutex::default() }
    }

    pub(crate) fn callback(desk: &Arc<Self>) -> Box<wapc::HostCallback> {
        let desk = Arc::clone(desk);
        Box::new(move |_, binding, namespace, operation, payload| {
            desk.take(binding, namespace, operation, payload).map_err(Into::into)
        })
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn logs(&self) -> Vec<Value> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self, binding: &str, namespace: &str, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        let json = serde_json::from_slice(payload).unwrap_or(Value::Null);
        if (binding, namespace, operation) == ("kubewarden", "tracing", "log") {
            self.logs.lock().unwrap_or_else(PoisonError::into_inner).push(json);
            return Ok(Vec::new());
        }
        let (request, answer) = match self.admit(binding, namespace, operation, payload) {
            Err(reason) => (None, Answer::Refused(reason)),
            Ok(request) => {
                let answer = match self.callbacks.answer(&request) {
                    Ok(bytes) => Answer::Given(bytes),
                    Err(reason) => Answer::Failed(reason),
                };
                (Some(request), answer)
            }
        };
        let result = match &answer {
            Answer::Given(bytes) => Ok(bytes.clone()),
            Answer::Failed(reason) => Err(format!("Callback evaluation failure: {reason}")),
            Answer::Refused(reason) => Err(reason.clone()),
        };
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(Call {
            namespace: namespace.to_owned(),
            operation: operation.to_owned(),
            payload: json,
            request,
            answer,
        });
        result
    }

    /// Kubewarden's gates, in its order: the binding, the capability, the payload, the kind.
    fn admit(&self, binding: &str, namespace: &str, operation: &str, payload: &[u8]) -> Result<HostCall, String> {
        if binding != "kubewarden" {
            return Err(format!("unknown binding: {binding}"));
        }
        let path = format!("{namespace}/{operation}");
        if namespace != "tracing" && !self.grants.allows_capability(&path) {
            return Err(format!(
                "Policy has not been granted access to the '{path}' host capability. The violation has been reported."
            ));
        }
        match (namespace, operation) {
            ("kubernetes", "list_resources_by_namespace") => {
                let call: ListResourcesByNamespace = parse(payload)?;
                self.admit_kind(&call.api_version, &call.kind)?;
                Ok(HostCall::KubernetesListResourceNamespace(call))
            }
            ("kubernetes", "list_resources_all") => {
                let call: ListAllResources = parse(payload)?;
                self.admit_kind(&call.api_version, &call.kind)?;
                Ok(HostCall::KubernetesListResourceAll(call))
            }
            ("kubernetes", "get_resource") => {
                let call: GetResource = parse(payload)?;
                self.admit_kind(&call.api_version, &call.kind)?;
                Ok(HostCall::KubernetesGetResource(call))
            }
            ("kubernetes", "can_i") => Ok(HostCall::KubernetesCanI(parse::<CanI>(payload)?)),
            ("oci", "v1/manifest_digest") => Ok(HostCall::OciManifestDigest { image: parse(payload)? }),
            ("oci", "v1/oci_manifest") => Ok(HostCall::OciManifest { image: parse(payload)? }),
            ("oci", "v1/oci_manifest_config") => Ok(HostCall::OciManifestAndConfig { image: parse(payload)? }),
            ("oci", "v1/verify" | "v2/verify") => Err("this host verifies no signatures".to_owned()),
            ("net", "v1/dns_lookup_host") => Ok(HostCall::DnsLookupHost { host: parse(payload)? }),
            ("crypto", "v1/is_certificate_trusted") => {
                Ok(HostCall::CryptoIsCertificateTrusted { request: parse(payload)? })
            }
            ("tracing" | "kubernetes" | "oci" | "net" | "crypto", _) => Err(format!("unknown operation: {operation}")),
            _ => Err(format!("unknown namespace: {namespace}")),
        }
    }

    fn admit_kind(&self, api_version: &str, kind: &str) -> Result<(), String> {
        if self.grants.allows_resource(api_version, kind) {
            return Ok(());
        }
        Err(format!(
            "Policy has not been granted access to Kubernetes {api_version}/{kind} resources. The violation has been \
             reported."
        ))
    }
}

fn parse<T: DeserializeOwned>(payload: &[u8]) -> Result<T, String> {
    serde_json::from_slice(payload).map_err(|error| error.to_string())
}
