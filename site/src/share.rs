//! Links that open the playground with an example: see `playground/web/src/share.ts`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use plimsoll_fixtures::Example;
use serde_json::{Value, json};

/// The part of the address that shows a policy's example, checked by that policy alone.
pub(crate) fn hash(policy: &str, example: &Example) -> String {
    let mut choice = json!({"enabled": true});
    if !example.settings.is_null() {
        insert(&mut choice, "settings", example.settings.clone());
    }
    let mut saved = json!({"profile": "off", "text": example.text});
    insert(&mut saved, "policies", json!({policy: choice}));
    if example.complete {
        insert(&mut saved, "complete", Value::Bool(true));
    }
    let compressed = miniz_oxide::deflate::compress_to_vec(saved.to_string().as_bytes(), 9);
    format!("#1.{}", URL_SAFE_NO_PAD.encode(compressed))
}

fn insert(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use miniz_oxide::inflate::decompress_to_vec;
    use plimsoll_fixtures::Example;
    use serde_json::{Value, json};

    use super::hash;

    #[test]
    fn a_link_holds_the_example_and_the_policy() {
        let example = Example { text: "kind: Pod\n".into(), settings: json!({"minSeconds": 5}), complete: true };
        let hash = hash("missing-prestop", &example);
        let bytes = URL_SAFE_NO_PAD.decode(hash.strip_prefix("#1.").unwrap()).unwrap();
        let saved: Value = serde_json::from_slice(&decompress_to_vec(&bytes).unwrap()).unwrap();
        assert_eq!(
            saved,
            json!({
                "profile": "off",
                "text": "kind: Pod\n",
                "policies": {"missing-prestop": {"enabled": true, "settings": {"minSeconds": 5}}},
                "complete": true,
            })
        );
    }
}
