//! The JSON that goes between host and guest.

use serde_json::Value;

/// Reads JSON.
///
/// # Errors
/// Where it ends to be JSON. Not why: serde_json's words for it would be a kilobyte in every module, and no host that works
/// sends anything else.
pub(crate) fn read(json: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(json).map_err(|error| {
        let (line, column) = (error.line().to_string(), error.column().to_string());
        ["no JSON from line ", &line, ", column ", &column].concat()
    })
}

/// Writes JSON.
pub(crate) fn write(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
