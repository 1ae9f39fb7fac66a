//! The Kubewarden side of a policy: waPC requests in, verdicts out.
//!
//! A module is one line, `plimsoll_guest::export!(…)`. Everything else happens here: the request is read as plain JSON, the
//! core judges it, and the verdict is written as policy-server wants it. A guest never answers with an error, which the
//! host would turn into a bare 500: what cannot be understood is refused in words.

mod clock;
mod inventory;
mod request;
mod settings_verdict;
mod verdict;
mod wording;

use plimsoll::settings::{Configured, SettingsError};
use serde_json::Value;

pub use settings_verdict::validate_settings;
pub use verdict::{validate, validate_in};

/// Reads a module's settings and gives the policies to judge by.
pub type Configure = fn(&Value) -> Result<Vec<Configured>, SettingsError>;

/// The answer to `protocol_version`, as JSON.
pub const PROTOCOL_VERSION: &[u8] = b"\"v1\"";

/// Makes a Kubewarden module of one policy: exports `wapc_init`, which registers `validate`, `validate_settings` and
/// `protocol_version`.
#[macro_export]
macro_rules! export {
    ($policy:path) => {
        $crate::export_all!(|settings| {
            plimsoll::settings::Configured::read::<$policy>(settings).map(|policy| vec![policy])
        });
    };
}

/// Makes a Kubewarden module of a function that reads settings and gives the policies to judge by ([`Configure`]).
#[macro_export]
macro_rules! export_all {
    ($configure:expr) => {
        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code, reason = "the name by which every waPC host starts a guest")]
        #[unsafe(no_mangle)]
        extern "C" fn wapc_init() {
            const CONFIGURE: $crate::Configure = $configure;
            $crate::wapc::register_function("validate", |payload| Ok($crate::validate(payload, CONFIGURE)));
            $crate::wapc::register_function("validate_settings", |payload| {
                Ok($crate::validate_settings(payload, CONFIGURE))
            });
            $crate::wapc::register_function("protocol_version", |_| Ok($crate::PROTOCOL_VERSION.to_vec()));
        }
    };
}

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub use wapc_guest as wapc;
