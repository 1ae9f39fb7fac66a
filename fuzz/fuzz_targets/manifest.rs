//! Any bytes as a manifest: read, checked, fixed, without a panic.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use plimsoll_fuzz::check;
use plimsoll_manifest::{Limits, objects, read};

fuzz_target!(|text: &[u8]| {
    let file = read(text, &Limits::default());
    let all: Vec<_> = file
        .documents
        .iter()
        .flat_map(|document| objects(document).map(|(_, object)| Arc::new(object.into_owned())).collect::<Vec<_>>())
        .collect();
    check(&all);
});
