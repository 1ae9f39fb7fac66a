//! A pod's references to ConfigMaps and Secrets.

use crate::json::node::{Malformed, Node};
use crate::kube::container::Container;
use crate::kube::kinds::{self, Kind};
use crate::kube::pod::Pod;
use crate::kube::volume::volumes;

/// A pod's reference to a ConfigMap or a Secret. Image pull secrets are not included: a pod starts without them.
pub struct ConfigRef<'a> {
    /// ConfigMap or Secret.
    pub kind: &'static Kind,
    /// The place of the object's name.
    pub name_node: Node<'a>,
    /// The object's name; never empty.
    pub name: &'a str,
    /// The single key that is used; `None` when all are.
    pub key: Option<Key<'a>>,
    /// Whether the pod starts without it.
    pub optional: bool,
    /// How it is used.
    pub usage: Usage<'a>,
    /// The container whose environment uses it; `None` for a volume.
    pub container: Option<Container<'a>>,
}

/// A key that a pod uses.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// The key.
    pub name: &'a str,
}

/// How a pod uses a ConfigMap or Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage<'a> {
    /// The environment variable of that name.
    Env(&'a str),
    /// Environment variables named as the keys are.
    EnvFrom,
    /// Files in the volume of that name, or the credentials for mounting it.
    Volume(&'a str),
}

impl ConfigRef<'_> {
    /// How messages name the place: `container "app" (env HOST)`, `volume "config"`.
    pub fn user(&self) -> String {
        let container = self.container.map(|container| container.title()).unwrap_or_default();
        match self.usage {
            Usage::Env(name) => [&container, " (env ", name, ")"].concat(),
            Usage::EnvFrom => [&container, " (envFrom)"].concat(),
            Usage::Volume(name) => ["volume \"", name, "\""].concat(),
        }
    }

    /// How messages name the object: `ConfigMap "web"`.
    pub fn title(&self) -> String {
        [self.kind.name, " \"", self.name, "\""].concat()
    }

    /// True when that object has the key. Environments can't use `binaryData`.
    pub fn has_key(&self, object: Node<'_>, key: &str) -> bool {
        let fields: &[&'static str] = match (*self.kind == kinds::SECRET, self.usage) {
            (true, _) => &["data", "stringData"],
            (false, Usage::Volume(_)) => &["data", "binaryData"],
            (false, _) => &["data"],
        };
        // Only the key: the values of a Secret that was looked up in a cluster have been dropped.
        fields.iter().any(|field| object.get(field).value().and_then(|data| data.get(key)).is_some())
    }
}

/// All of the pod's references to ConfigMaps and Secrets: environments first, in the order of the containers, then
/// volumes.
///
/// # Errors
/// When a reference is malformed.
pub fn references<'a>(pod: &Pod<'a>) -> Result<Vec<ConfigRef<'a>>, Malformed> {
    let mut found = Vec::new();
    for container in pod.containers() {
        for source in container.get("envFrom").items()? {
            for (field, kind) in [("configMapRef", &kinds::CONFIG_MAP), ("secretRef", &kinds::SECRET)] {
                add(&mut found, kind, source.get(field), "name", Usage::EnvFrom, Some(*container))?;
            }
        }
        for variable in container.get("env").items()? {
            let name = variable.mapping()?.get("name").str()?.unwrap_or_default();
            let source = variable.get("valueFrom").mapping()?;
            for (field, kind) in [("configMapKeyRef", &kinds::CONFIG_MAP), ("secretKeyRef", &kinds::SECRET)] {
                let before = found.len();
                add(&mut found, kind, source.get(field), "name", Usage::Env(name), Some(*container))?;
                if let Some(added) = found.get_mut(before) {
                    added.key = key(source.get(field))?;
                }
            }
        }
    }
    for volume in volumes(pod)? {
        let usage = Usage::Volume(volume.name);
        for (source, node) in volume.node.entries()? {
            match source {
                "configMap" => add_files(&mut found, &kinds::CONFIG_MAP, node, "name", usage)?,
                "secret" => add_files(&mut found, &kinds::SECRET, node, "secretName", usage)?,
                "projected" => {
                    for part in node.get("sources").items()? {
                        add_files(&mut found, &kinds::CONFIG_MAP, part.get("configMap"), "name", usage)?;
                        add_files(&mut found, &kinds::SECRET, part.get("secret"), "name", usage)?;
                    }
                }
                "azureFile" => add(&mut found, &kinds::SECRET, node, "secretName", usage, None)?,
                "name" => {}
                _ => {
                    for field in ["secretRef", "nodePublishSecretRef"] {
                        add(&mut found, &kinds::SECRET, node.get(field), "name", usage, None)?;
                    }
                }
            }
        }
    }
    Ok(found)
}

fn add<'a>(
    found: &mut Vec<ConfigRef<'a>>,
    kind: &'static Kind,
    node: Node<'a>,
    field: &'static str,
    usage: Usage<'a>,
    container: Option<Container<'a>>,
) -> Result<(), Malformed> {
    let name_node = node.mapping()?.get(field);
    let optional = node.get("optional").bool()? == Some(true);
    if let Some(name) = name_node.str()?.filter(|name| !name.is_empty()) {
        found.push(ConfigRef { kind, name_node, name, key: None, optional, usage, container });
    }
    Ok(())
}

/// A volume's files: the listed items, or all keys.
fn add_files<'a>(
    found: &mut Vec<ConfigRef<'a>>,
    kind: &'static Kind,
    node: Node<'a>,
    field: &'static str,
    usage: Usage<'a>,
) -> Result<(), Malformed> {
    let items = node.mapping()?.get("items").items()?;
    if items.len() == 0 {
        return add(found, kind, node, field, usage, None);
    }
    for item in items {
        let before = found.len();
        add(found, kind, node, field, usage, None)?;
        if let Some(added) = found.get_mut(before) {
            added.key = key(item.mapping()?)?;
        }
    }
    Ok(())
}

fn key<'a>(parent: Node<'a>) -> Result<Option<Key<'a>>, Malformed> {
    let node = parent.get("key");
    Ok(node.str()?.filter(|key| !key.is_empty()).map(|name| Key { node, name }))
}

/// The kinds of object from which another system creates Secrets.
pub static SECRET_MAKERS: &[&Kind] = &[&kinds::EXTERNAL_SECRET, &kinds::SEALED_SECRET, &kinds::CERTIFICATE];

/// The name of the Secret that an object of such a kind creates: the given one, or else the object's own.
pub fn secret_made_by<'a>(object: Node<'a>, kind: &Kind) -> Option<&'a str> {
    let spec = object.get("spec");
    let given = if *kind == kinds::EXTERNAL_SECRET {
        spec.get("target").get("name")
    } else if *kind == kinds::SEALED_SECRET {
        spec.get("template").get("metadata").get("name")
    } else if *kind == kinds::CERTIFICATE {
        return spec.get("secretName").str().ok().flatten();
    } else {
        return None;
    };
    given.str().ok().flatten().or_else(|| object.get("metadata").get("name").str().ok().flatten())
}

/// True for the ConfigMaps that every namespace has, with the cluster's certificate authorities.
pub fn is_given(kind: &Kind, name: &str) -> bool {
    *kind == kinds::CONFIG_MAP && ["kube-root-ca.crt", "openshift-service-ca.crt"].contains(&name)
}

/// True when the object is marked immutable.
pub fn is_immutable(object: Node<'_>) -> bool {
    object.get("immutable").bool() == Ok(Some(true))
}

/// True for a name that ends in a content hash, so that different content has a different name: the ten letters that
/// Kustomize and kubectl append, or seven or more hexadecimal digits. A date or a commit counts, too.
pub fn has_content_hash(name: &str) -> bool {
    let Some((_, suffix)) = name.rsplit_once('-') else { return false };
    // Kustomize's alphabet has no vowels and few digits, so no word looks like a hash: "production" has ten letters.
    let kustomize = suffix.len() == 10 && suffix.bytes().all(|byte| b"2456789bcdfghkmt".contains(&byte));
    let hexadecimal = suffix.len() >= 7
        && suffix.bytes().any(|byte| byte.is_ascii_digit())
        && suffix.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    kustomize || hexadecimal
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn finds_every_reference_with_its_key() {
        let object = json!({"spec": {
            "initContainers": [{"name": "migrate", "envFrom": [
                {"configMapRef": {"name": "all"}}, {"prefix": "DB_", "secretRef": {"name": "db", "optional": true}}]}],
            "containers": [{"name": "app", "env": [
                {"name": "PLAIN", "value": "x"},
                {"name": "HOST", "valueFrom": {"configMapKeyRef": {"name": "web", "key": "host"}}},
                {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "web", "key": "token"}}}]}],
            "volumes": [
                {"name": "scratch", "emptyDir": {}},
                {"name": "config", "configMap": {"name": "files", "items": [
                    {"key": "a", "path": "a"}, {"key": "b", "path": "b"}]}},
                {"name": "tls", "secret": {"secretName": "tls"}},
                {"name": "both", "projected": {"sources": [
                    {"serviceAccountToken": {"path": "token"}},
                    {"configMap": {"name": "kube-root-ca.crt"}},
                    {"secret": {"name": "more", "items": [{"key": "c", "path": "c"}]}}]}},
                {"name": "bucket", "csi": {"driver": "s3.example.com", "nodePublishSecretRef": {"name": "bucket"}}},
            ],
        }});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &kinds::POD).unwrap().unwrap();
        let found: Vec<String> = references(&pod)
            .unwrap()
            .iter()
            .map(|found| {
                let key = found.key.map_or("*", |key| key.name);
                let optional = if found.optional { " optional" } else { "" };
                [&found.user(), ": ", found.kind.name, " ", found.name, ".", key, optional].concat()
            })
            .collect();
        assert_eq!(
            found,
            [
                "init container \"migrate\" (envFrom): ConfigMap all.*",
                "init container \"migrate\" (envFrom): Secret db.* optional",
                "container \"app\" (env HOST): ConfigMap web.host",
                "container \"app\" (env TOKEN): Secret web.token",
                "volume \"config\": ConfigMap files.a",
                "volume \"config\": ConfigMap files.b",
                "volume \"tls\": Secret tls.*",
                "volume \"both\": ConfigMap kube-root-ca.crt.*",
                "volume \"both\": Secret more.c",
                "volume \"bucket\": Secret bucket.*",
            ]
        );
    }

    #[test]
    fn created_secret_has_the_given_name_or_the_objects() {
        let arena = PathArena::new();
        let made = |kind: &Kind, spec: serde_json::Value| {
            let object = json!({"metadata": {"name": "own"}, "spec": spec});
            secret_made_by(Node::root(&object, &arena), kind).map(str::to_owned)
        };
        assert_eq!(made(&kinds::EXTERNAL_SECRET, json!({})).as_deref(), Some("own"));
        assert_eq!(made(&kinds::EXTERNAL_SECRET, json!({"target": {"name": "db"}})).as_deref(), Some("db"));
        let template = json!({"template": {"metadata": {"name": "db"}}});
        assert_eq!(made(&kinds::SEALED_SECRET, template).as_deref(), Some("db"));
        assert_eq!(made(&kinds::CERTIFICATE, json!({"secretName": "tls"})).as_deref(), Some("tls"));
        assert_eq!(made(&kinds::CERTIFICATE, json!({})), None);
        assert_eq!(made(&kinds::DEPLOYMENT, json!({"secretName": "tls"})), None);
    }

    #[test]
    fn words_are_not_hashes() {
        for name in
            ["web-5mh9b8c7t2", "web-config-m2ck8fd57t", "web-0f3a9c1", "web-20260101", "web-config-1a2b3c4d5e6f"]
        {
            assert!(has_content_hash(name), "{name}");
        }
        for name in ["web", "web-production", "web-config", "web-v2", "web-deadbeef", "web-123456", "5mh9b8c7t2", "-"] {
            assert!(!has_content_hash(name), "{name}");
        }
    }
}
