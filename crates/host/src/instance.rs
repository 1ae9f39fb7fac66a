use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wapc::WapcHost;

use crate::callback::Desk;
use crate::verdict::PolicyResponse;
use crate::{AdmissionRequest, Call, Callbacks, Config, HostError, Module, Verdict};

/// A running guest. Made for one request; if it takes several, it keeps its memory between them.
pub struct Instance {
    module: Module,
    config: Config,
    desk: Arc<Desk>,
    host: WapcHost,
}

/// A policy's verdict on its settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SettingsVerdict {
    /// Whether a host may load the policy with them.
    pub valid: bool,
    /// Why not.
    pub message: Option<String>,
}

impl Instance {
    pub(crate) fn start(module: Module, config: Config, callbacks: Arc<dyn Callbacks>) -> Result<Self, HostError> {
        let desk = Arc::new(Desk::new(config.grants.clone(), callbacks));
        let host = module.start(Desk::callback(&desk))?;
        Ok(Self { module, config, desk, host })
    }

    /// Checks an admission request. The guest sees what a real host passes on: no nulls, no unknown members.
    ///
    /// # Errors
    /// [`HostError::Request`] when it is not an admission request; the `Guest…` variants when the guest fails, for
    /// which [`HostError::rejection`] returns policy-server's answer.
    pub fn validate(&mut self, request: &Value, settings: &Value) -> Result<Verdict, HostError> {
        let request = AdmissionRequest::deserialize(request).map_err(|error| HostError::Request(error.to_string()))?;
        self.check(&request, request.object.as_ref(), settings)
    }

    /// Checks a raw request: any JSON. A mutation is compared with that JSON.
    ///
    /// # Errors
    /// As [`Instance::validate`], except that any request is valid.
    pub fn validate_raw(&mut self, request: &Value, settings: &Value) -> Result<Verdict, HostError> {
        self.check(request, Some(request), settings)
    }

    fn check<R: Serialize>(
        &mut self,
        request: &R,
        object: Option<&Value>,
        settings: &Value,
    ) -> Result<Verdict, HostError> {
        let answer = self.call("validate", &Payload { request, settings: document(settings) })?;
        let response: PolicyResponse = serde_json::from_slice(&answer).map_err(HostError::GuestAnswer)?;
        Ok(Verdict::new(response, object).constrained(&self.config))
    }

    /// Asks the policy whether a host may load it with these settings; `null` counts as none.
    ///
    /// # Errors
    /// The `Guest…` variants when the guest fails; a real host treats that as invalid settings.
    pub fn validate_settings(&mut self, settings: &Value) -> Result<SettingsVerdict, HostError> {
        let answer = self.call("validate_settings", document(settings))?;
        serde_json::from_slice(&answer).map_err(HostError::GuestAnswer)
    }

    /// The protocol that the policy speaks: `v1`.
    ///
    /// # Errors
    /// The `Guest…` variants when the guest fails.
    pub fn protocol_version(&mut self) -> Result<String, HostError> {
        let answer = self.call_bytes("protocol_version", &[])?;
        serde_json::from_slice(&answer).map_err(HostError::GuestAnswer)
    }

    /// The host calls that this guest has made so far, denied ones included, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.desk.calls()
    }

    /// The log entries that this guest has written so far, as it sent them.
    pub fn logs(&self) -> Vec<Value> {
        self.desk.logs()
    }

    fn call(&mut self, operation: &str, payload: &impl Serialize) -> Result<Vec<u8>, HostError> {
        let payload = serde_json::to_vec(payload).map_err(|error| HostError::Request(error.to_string()))?;
        self.call_bytes(operation, &payload)
    }

    fn call_bytes(&mut self, operation: &str, payload: &[u8]) -> Result<Vec<u8>, HostError> {
        self.host.call(operation, payload).map_err(|error| {
            let error = HostError::from_call(error);
            if matches!(error, HostError::GuestDeadline) {
                // The guest was interrupted: give it fresh memory, as policy-server does. If that fails too, the old
                // memory stays, and later calls see its state.
                if let Ok(host) = self.module.start(Desk::callback(&self.desk)) {
                    self.host = host;
                }
            }
            error
        })
    }
}

/// The payload of `validate`.
#[derive(Serialize)]
struct Payload<'a, R> {
    request: &'a R,
    settings: &'a Value,
}

/// The settings as a host passes them on: never `null`.
fn document(settings: &Value) -> &Value {
    static EMPTY: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| json!({}));
    if settings.is_null() { &EMPTY } else { settings }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("config", &self.config).finish_non_exhaustive()
    }
}
