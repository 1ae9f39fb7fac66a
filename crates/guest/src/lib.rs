//! The Kubewarden side of a policy: waPC requests in, verdicts out.
//!
//! A module is one line, `plimsoll_guest::export!(…)`. Everything else happens here: read the request as plain JSON,
//! check it in the core, write the verdict for policy-server. A guest never returns an error, which the host would turn
//! into a bare 500: it denies unreadable requests with a message.

#[cfg(all(feature = "module", target_family = "wasm"))]
mod arena;
#[cfg(feature = "module")]
mod clock;
#[cfg(all(any(feature = "inventory", feature = "get-resource"), target_family = "wasm"))]
mod inventory;
#[cfg(any(all(feature = "inventory", target_family = "wasm"), test))]
mod listing;
mod payload;
mod request;
mod settings_verdict;
mod verdict;
#[cfg(all(feature = "module", target_family = "wasm"))]
pub mod wapc;
mod wording;

use plimsoll::policy::configured::Configured;
use plimsoll::settings::SettingsError;
use serde_json::Value;

#[cfg(feature = "module")]
pub use clock::today;
pub use settings_verdict::validate_settings;
#[cfg(feature = "module")]
pub use verdict::validate;
pub use verdict::validate_in;

/// Reads a module's settings and returns the policies to check.
pub type Configure<'c> = &'c dyn Fn(&Value) -> Result<Vec<Configured>, SettingsError>;

/// The answer to `protocol_version`, as JSON.
pub const PROTOCOL_VERSION: &[u8] = b"\"v1\"";

/// Makes a Kubewarden module of one policy (with the feature `module`): it answers `validate`, `validate_settings` and `protocol_version`.
#[macro_export]
macro_rules! export {
    ($policy:path) => {
        $crate::export_all!(&|settings| {
            plimsoll::policy::configured::Configured::read::<$policy>(settings).map(|policy| vec![policy])
        });
    };
}

/// Makes a Kubewarden module of a function that reads settings and returns the policies to check ([`Configure`]).
#[macro_export]
macro_rules! export_all {
    ($configure:expr) => {
        /// Hosts call this once, before anything else. There is nothing to prepare: a module keeps no state.
        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code, reason = "a name of the waPC protocol")]
        #[unsafe(no_mangle)]
        extern "C" fn wapc_init() {}

        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code, reason = "a name of the waPC protocol")]
        #[unsafe(no_mangle)]
        extern "C" fn __guest_call(operation_length: usize, payload_length: usize) -> i32 {
            $crate::wapc::serve(operation_length, payload_length, $configure)
        }
    };
}
