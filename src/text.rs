//! Reading strings: commands, scripts, durations, credentials.

/// Puts a text together: `text!["container ", name, " has no preStop hook"]`. Formatting machinery costs kilobytes in every
/// module; this only allocates.
macro_rules! text {
    ($($part:expr),+ $(,)?) => {
        [$(AsRef::<str>::as_ref(&$part)),+].concat()
    };
}
pub(crate) use text;

pub mod base64;
pub mod credential;
pub mod duration;
pub mod elapsed;
pub mod flaw;
pub mod probe_client;
pub mod script;
pub mod shell;
