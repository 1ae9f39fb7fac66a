//! Answering `validate_settings`.

use plimsoll::json::object;

use crate::{Configure, payload};

/// Checks settings and reports what is wrong with each field.
///
/// `payload` is the settings as JSON; the answer is Kubewarden's `{valid, message}`.
pub fn validate_settings(payload: &[u8], configure: Configure<'_>) -> Vec<u8> {
    let problem = match payload::read(payload) {
        Err(error) => Some(["settings: ", &error].concat()),
        Ok(settings) => configure(&settings).err().map(|error| error.to_string()),
    };
    payload::write(&object(vec![("valid", problem.is_none().into()), ("message", problem.into())]))
}
