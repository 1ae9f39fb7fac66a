//! The credentials in an object, which no output may show.

use serde_json::Value;

use crate::json::path::Path;
use crate::kube::kinds::{self, Kind};
use crate::policies::configuration::credential_rules::CredentialRules;
use crate::text::base64::decode;
use crate::text::credential_argument::{in_command, in_script};

/// A credential in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The field whose value, or part of it, is the credential.
    pub path: Path,
    /// The text that is secret: the field's value, or a part of it.
    pub text: String,
    /// Whether its name or format shows that it is one, rather than its place in a Secret.
    pub is_recognized: bool,
}

/// Every credential in an object: all values of Secrets, and everything that looks like one in variables, arguments,
/// headers, ConfigMaps and the fields of any object, including those of JSON in annotations.
pub fn credentials(object: &Value) -> Vec<Credential> {
    let mut found = Vec::new();
    Search { found: &mut found }.object(object);
    found
}

/// The credentials in the value of the field `name`.
pub fn credentials_in(name: &str, value: &Value) -> Vec<Credential> {
    let mut found = Vec::new();
    Search { found: &mut found }.value(&Path::ROOT, name, value);
    found
}

const RULES: CredentialRules<'_> = CredentialRules { patterns: &[], allow: &[] };

struct Search<'s> {
    found: &'s mut Vec<Credential>,
}

impl Search<'_> {
    fn object(&mut self, object: &Value) {
        let is_secret = Kind::of(object).is_some_and(|kind| *kind == kinds::SECRET);
        for field in ["data", "stringData"].into_iter().filter(|_| is_secret) {
            for (key, value) in object.get(field).and_then(Value::as_object).into_iter().flatten() {
                let Some(text) = written(value).filter(|text| !text.trim_ascii().is_empty()) else { continue };
                let decoded = if field == "data" { decode(&text) } else { None };
                let plain = decoded.as_deref().unwrap_or(&text);
                let is_recognized = !RULES.check_file(key, plain).is_empty();
                self.found.push(Credential { path: Path::ROOT.key(field).key(key), text, is_recognized });
            }
        }
        self.value(&Path::ROOT, "", object);
    }

    fn value(&mut self, path: &Path, name: &str, value: &Value) {
        match value {
            Value::Object(fields) => {
                // `{name: DB_PASSWORD, value: …}`: variables, headers and parameters have this form.
                let named = ["name", "key"].into_iter().find_map(|key| fields.get(key)?.as_str());
                for (key, value) in fields {
                    let name = named.filter(|_| key == "value").unwrap_or(key);
                    self.value(&path.key(key), name, value);
                }
            }
            Value::Array(items) => {
                let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                let secrets = in_command(&words);
                for (index, item) in items.iter().enumerate() {
                    let path = path.index(index);
                    let text = item.as_str().unwrap_or_default();
                    let own = secrets.iter().filter(|secret| text.contains(**secret));
                    self.add(&path, own.copied());
                    self.value(&path, name, item);
                }
            }
            Value::String(text) => self.text(path, name, text),
            Value::Number(_) => {
                let text = value.to_string();
                let is_secret = RULES.report(name, &text).is_some();
                self.add(path, is_secret.then_some(text.as_str()));
            }
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn text(&mut self, path: &Path, name: &str, text: &str) {
        self.add(path, RULES.check_file(name, text).into_iter().map(|found| found.text));
        if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
            self.add(path, in_script(text));
        }
        let hides = |value: Value| !matches!(value, Value::Null) && !credentials(&value).is_empty();
        let is_json = text.trim_start().starts_with(['{', '[']);
        let is_secret = is_json && serde_json::from_str(text).is_ok_and(hides)
            // Short texts may decode by accident.
            || text.len() >= 8 && decode(text).is_some_and(|decoded| !RULES.check_file(name, &decoded).is_empty());
        self.add(path, is_secret.then_some(text));
    }

    fn add<'t>(&mut self, path: &Path, texts: impl IntoIterator<Item = &'t str>) {
        for text in texts.into_iter().filter(|text| !text.trim_ascii().is_empty()) {
            self.found.push(Credential { path: path.clone(), text: text.to_owned(), is_recognized: true });
        }
    }
}

/// A scalar as text.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(object: &Value) -> Vec<(String, String)> {
        let mut found: Vec<_> =
            credentials(object).into_iter().map(|found| (found.path.as_str().to_owned(), found.text)).collect();
        found.sort();
        found.dedup();
        found
    }

    fn pair(path: &str, text: &str) -> (String, String) {
        (path.to_owned(), text.to_owned())
    }

    #[test]
    fn credentials_are_found_in_every_place() {
        let applied = json!({"kind": "Pod", "spec": {"env": [{"name": "DB_PASSWORD", "value": "tr0ub4dor"}]}});
        let pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied.to_string()}},
            "spec": {"password": "hunter2", "containers": [{
                "args": ["--db-password", "letme1n"],
                "command": ["sh", "-c", "mysql -pl3tmein"],
                "env": [{"name": "DB_PASSWORD", "value": "tr0ub4dor"}, {"name": "LEVEL", "value": "info"},
                    {"name": "PIN_PASSWORD", "value": 12345678}],
                "livenessProbe": {"httpGet": {"httpHeaders": [{"name": "Authorization", "value": "Bearer 5f2b61c0"}]}}}]}});
        assert_eq!(
            found(&pod),
            [
                pair("/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration", &applied.to_string()),
                pair("/spec/containers/0/args/1", "letme1n"),
                pair("/spec/containers/0/command/2", "l3tmein"),
                pair("/spec/containers/0/env/0/value", "tr0ub4dor"),
                pair("/spec/containers/0/env/2/value", "12345678"),
                pair("/spec/containers/0/livenessProbe/httpGet/httpHeaders/0/value", "Bearer 5f2b61c0"),
                pair("/spec/password", "hunter2"),
            ]
        );
    }

    #[test]
    fn secrets_count_as_a_whole_and_config_maps_by_value() {
        let data = json!({"user": "shop", "password": "hunter2"});
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "stringData": data});
        assert_eq!(found(&secret), [pair("/stringData/password", "hunter2"), pair("/stringData/user", "shop")]);
        let recognized: Vec<bool> = credentials(&secret).iter().map(|found| found.is_recognized).collect();
        assert!(recognized.contains(&true) && recognized.contains(&false));
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "data": {"user": "shop", "app.env": "LEVEL=info\nDB_PASSWORD=hunter2\n"},
            "binaryData": {"b.env": "REJfUEFTU1dPUkQ9aHVudGVyMgo="}});
        assert_eq!(
            found(&map),
            [pair("/binaryData/b.env", "REJfUEFTU1dPUkQ9aHVudGVyMgo="), pair("/data/app.env", "hunter2")]
        );
        assert_eq!(found(&json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"user": "shop"}})), []);
    }
}
