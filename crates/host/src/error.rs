use crate::Verdict;

/// Why a module, a request or a session can't be used, or how a guest failed.
///
/// The `Guest…` variants are failures of the guest during a call: policy-server turns them into a rejection, which
/// [`HostError::rejection`] returns.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The engine doesn't start on this machine.
    #[error("cannot start the engine: {0}")]
    Engine(String),
    /// The bytes are not a WebAssembly module, or one with imports that no Kubewarden host offers.
    #[error("cannot compile the module: {0}")]
    Compile(String),
    /// Kubewarden can't read the metadata section.
    #[error("cannot read the module's metadata: {0}")]
    Metadata(String),
    /// The guest failed before it could take a call. A real host sends no admission response then.
    #[error("cannot start the guest: {0}")]
    Init(String),
    /// The guest's `_start` or `wapc_init` ran past the deadline.
    #[error("the guest ran past its deadline while starting")]
    InitDeadline,
    /// The guest's function returned an error.
    #[error("the guest returned an error: {0}")]
    Guest(String),
    /// The guest trapped, for instance by a panic.
    #[error("the guest trapped: {0}")]
    GuestTrap(String),
    /// The guest ran past the deadline and was cut off.
    #[error("the guest ran past its deadline")]
    GuestDeadline,
    /// The guest's answer doesn't follow the protocol.
    #[error("the guest's answer is not the protocol's: {0}")]
    GuestAnswer(serde_json::Error),
    /// The request has no member that every admission request has.
    #[error("not an admission request: {0}")]
    Request(String),
    /// The text is not a recorded session.
    #[error("not a recorded session: {0}")]
    Session(String),
}

impl HostError {
    /// The rejection (code 500) that policy-server sends for this failure of a guest.
    ///
    /// `None` if a real host sends no admission response at all: then the webhook call fails.
    pub fn rejection(&self) -> Option<Verdict> {
        let message = match self {
            // Both reach policy-server as the same failed call, hence the same message.
            HostError::Guest(message) | HostError::GuestTrap(message) => {
                format!("internal server error: Guest call failure: {message}")
            }
            HostError::GuestAnswer(error) => format!("internal server error: invalid response from policy: {error}"),
            HostError::GuestDeadline => {
                "Policy execution interrupted because it exceeded the allowed execution time".to_owned()
            }
            _ => return None,
        };
        Some(Verdict::rejected(message, Some(500)))
    }

    pub(crate) fn from_call(error: wapc::errors::Error) -> Self {
        // The provider passes traps and interrupts as the text of a guest error: only the text distinguishes them.
        match error {
            wapc::errors::Error::GuestCallFailure(message)
                if message.contains("guest code interrupted, execution deadline exceeded") =>
            {
                HostError::GuestDeadline
            }
            wapc::errors::Error::GuestCallFailure(message)
                if message.starts_with("error while executing at wasm backtrace") =>
            {
                HostError::GuestTrap(message)
            }
            wapc::errors::Error::GuestCallFailure(message) => HostError::Guest(message),
            other => HostError::Guest(other.to_string()),
        }
    }

    pub(crate) fn from_init(error: wapc::errors::Error) -> Self {
        match error {
            wapc::errors::Error::InitFailed(message)
                if message.contains("init interrupted, execution deadline exceeded") =>
            {
                HostError::InitDeadline
            }
            wapc::errors::Error::InitFailed(message) => HostError::Init(message),
            other => HostError::Init(other.to_string()),
        }
    }
}
