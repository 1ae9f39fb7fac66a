//! Any JSON as the spec of every known kind: checked and fixed without a panic.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use plimsoll::kube::kinds::KINDS;
use plimsoll_fuzz::check;
use serde_json::{Value, json};

fuzz_target!(|text: &[u8]| {
    let Ok(spec) = serde_json::from_slice::<Value>(text) else { return };
    for kind in KINDS {
        check(&[Arc::new(json!({"apiVersion": kind.api_version(), "kind": kind.name, "spec": spec}))]);
    }
});
