//! What else is in a repository: charts and their values, templates, compose files, playbooks, packages. Below a directory it
//! is passed over, and only what plainly is meant for Kubernetes is an error when it can't be read.

use plimsoll::json::path::Path;
use serde_json::Value;

/// Whether a document, or an item of the list that it is, is something else than an object of Kubernetes.
pub(crate) fn is_foreign(value: &Value, document: &Value, prefix: &Path) -> bool {
    let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (version, kind) = (text(value, "apiVersion"), text(value, "kind"));
    if is_template(version.as_bytes()) || is_template(kind.as_bytes()) {
        return true;
    }
    match (version.is_empty(), kind.is_empty()) {
        (false, false) => false,
        // Items of another tool's list say nothing of themselves.
        (true, true) => prefix.is_root() || text(document, "apiVersion").is_empty(),
        // A chart has an API version, a check in a playbook a kind; an object without the other has metadata, too.
        _ => !value.get("metadata").is_some_and(Value::is_object),
    }
}

/// The same of a document that could not be read.
pub(crate) fn is_text(text: &[u8]) -> bool {
    // As PowerShell redirects it, in UTF-16.
    let utf16 = matches!(text, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let narrow: Vec<u8>;
    let text = if utf16 {
        narrow = text.iter().copied().skip(2).filter(|byte| *byte != 0).collect();
        &narrow
    } else {
        text
    };
    is_template(text) || !(has_field(text, "apiVersion") && has_field(text, "kind"))
}

/// Whether a text is one for another tool to fill in.
pub(crate) fn is_template(text: &[u8]) -> bool {
    text.windows(2).any(|pair| matches!(pair, b"{{" | b"{%" | b"<%"))
}

/// Whether a value is a placeholder such as `#{IMAGE}`, which YAML takes for a comment: another tool fills it in, and until then
/// everything that matters is missing.
pub(crate) fn has_placeholders(text: &[u8]) -> bool {
    text.windows(2).any(|pair| pair == b"#{") && text.split(|byte| *byte == b'\n').any(is_placeholder)
}

fn is_placeholder(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let value = line.windows(2).position(|pair| pair == b": ").and_then(|at| line.get(at + 2..)).unwrap_or_default();
    let name = value.trim_ascii_start().strip_prefix(b"#{").unwrap_or_default();
    let name = name.strip_suffix(b"}").or_else(|| name.strip_suffix(b"}#")).unwrap_or_default();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    !line.starts_with(b"#") && !name.is_empty() && name.iter().all(is_part)
}

/// Whether a line of YAML starts with the field, or JSON has it anywhere.
fn has_field(text: &[u8], field: &str) -> bool {
    if text.trim_ascii_start().starts_with(b"{") {
        let quoted = format!("\"{field}\"");
        return text.windows(quoted.len()).any(|window| window == quoted.as_bytes());
    }
    text.split(|byte| *byte == b'\n').any(|line| {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let line = line.strip_prefix(b"\"").or_else(|| line.strip_prefix(b"'")).unwrap_or(line);
        let rest = line.strip_prefix(field.as_bytes()).unwrap_or_default();
        rest.starts_with(b":") || rest.starts_with(b"\":") || rest.starts_with(b"':")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_lacks_one_field_of_an_object_is_meant_for_kubernetes() {
        let root = |value: Value| is_foreign(&value, &value, &Path::ROOT);
        for foreign in [
            json!({"apiVersion": "v2", "name": "shop", "version": "1.0.0"}),
            json!({"services": {"web": {"image": "web"}}}),
            json!({"kind": "Deployment", "name": "web"}),
            json!({"apiVersion": "{{ version }}", "kind": "Deployment", "metadata": {}}),
            json!([{"hosts": "all"}]),
        ] {
            assert!(root(foreign.clone()), "{foreign}");
        }
        for meant in [
            json!({"apiVersion": "v1", "kind": "Pod"}),
            json!({"kind": "Deployment", "metadata": {"name": "web"}}),
            json!({"apiVersion": "apps/v1", "metadata": {"name": "web"}}),
        ] {
            assert!(!root(meant.clone()), "{meant}");
        }
        let item = Path::ROOT.key("items").index(0);
        assert!(is_foreign(&json!({"a": 1}), &json!({"kind": "AllowList", "items": [{"a": 1}]}), &item));
        assert!(!is_foreign(
            &json!({"a": 1}),
            &json!({"apiVersion": "v1", "kind": "List", "items": [{"a": 1}]}),
            &item
        ));
    }

    #[test]
    fn placeholders_stand_where_a_value_should() {
        for text in ["a: 1\n  image: #{IMAGE}\n", "namespace:   #{Deploy.Namespace}#\r\n"] {
            assert!(has_placeholders(text.as_bytes()), "{text}");
        }
        for text in [
            "image: web # {IMAGE}",
            "# image: #{IMAGE}",
            "image: #{an image}",
            "image: web:#{TAG}#",
            "a: \"#{B}\"",
            "a: #{}",
        ] {
            assert!(!has_placeholders(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn text_of_an_object_has_both_fields() {
        for foreign in [
            "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n",
            "apiVersion: v2\nname: [\n",
            "{\"name\": \"a\", \"kind\": 1,",
            "a: [\n  kind: Pod\n  apiVersion: v1\n",
            "{% if a %}\napiVersion: v1\nkind: Pod\n",
        ] {
            assert!(is_text(foreign.as_bytes()), "{foreign}");
        }
        let utf16: Vec<u8> = "\u{feff}apiVersion: v1\nkind: Pod\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for meant in [
            b"apiVersion: v1\nkind: Pod\nkind: Pod\nspec: [\n".as_slice(),
            b"\"apiVersion\": v1\n'kind': Pod\nspec: [\n",
            b"{\"kind\": \"Pod\", \"apiVersion\": \"v1\",",
            &utf16,
        ] {
            assert!(!is_text(meant));
        }
    }
}
