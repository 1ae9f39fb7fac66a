//! The committed schemas of JSON outputs are what the types say.

use schemars::JsonSchema;

/// Compares `docs/<name>` with the schema of `T`. `BLESS=1` rewrites it.
pub(crate) fn assert_current<T: JsonSchema>(name: &str) {
    let file = format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"));
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let current = serde_json::to_string_pretty(&settings.into_generator().into_root_schema_for::<T>()).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&file, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(committed, current, "rewrite {file} with BLESS=1 cargo nextest run -p plimsoll-cli");
}
