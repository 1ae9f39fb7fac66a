//! The JSON that host and guest exchange.

use serde_json::Value;

/// Reads JSON.
///
/// # Errors
/// The position of the syntax error. Not its cause: serde_json's texts would add a kilobyte to every module, and no
/// working host sends malformed JSON.
pub(crate) fn read(json: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(json).map_err(|error| {
        let (line, column) = (error.line().to_string(), error.column().to_string());
        ["not JSON: line ", &line, ", column ", &column].concat()
    })
}

/// Writes JSON.
pub(crate) fn write(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
