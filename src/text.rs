//! Reading strings: commands, scripts, durations, credentials.

pub mod credential;
pub mod duration;
pub mod probe_client;
pub mod script;
pub mod shell;
