//! Answering `validate_settings`.

use serde_json::{Value, json};

use crate::Configure;

/// Says whether settings can be used, and if not, what is wrong with each field.
///
/// `payload` is the settings as JSON; the answer is Kubewarden's `{valid, message}`.
pub fn validate_settings(payload: &[u8], configure: Configure) -> Vec<u8> {
    let problem = match serde_json::from_slice::<Value>(payload) {
        Err(error) => Some(["settings: no JSON: ", &error.to_string()].concat()),
        Ok(settings) => configure(&settings).err().map(|error| error.to_string()),
    };
    json!({"valid": problem.is_none(), "message": problem}).to_string().into_bytes()
}
