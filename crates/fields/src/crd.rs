//! Custom resources, by the schemas in their definitions.

use serde_json::{Map, Value};

use crate::table::{Table, Type};

/// Deeper schemas are taken for open.
const DEEPEST: usize = 64;

impl Table {
    /// Takes in CustomResourceDefinitions: each of their versions that has a schema. What isn't one is left alone.
    ///
    /// A kind that the table knows already stays as it is. One that these define differently isn't checked: nobody knows which
    /// of them a cluster has.
    pub fn add_definitions(&mut self, definitions: &[&Value]) {
        let mut added: Vec<(String, &str, &Map<String, Value>)> = Vec::new();
        for definition in definitions {
            let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
            // In v1beta1 nothing is dropped unless the definition asks for it.
            let is_definition =
                text("/kind") == "CustomResourceDefinition" && text("/apiVersion") == "apiextensions.k8s.io/v1";
            if !is_definition || group.is_empty() || kind.is_empty() {
                continue;
            }
            let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
            for version in versions.into_iter().flatten() {
                let name = version.get("name").and_then(Value::as_str).unwrap_or_default();
                if let Some(Value::Object(schema)) = version.pointer("/schema/openAPIV3Schema") {
                    added.push((format!("{group}/{name}"), kind, schema));
                }
            }
        }
        for (api_version, kind, schema) in &added {
            if self.kind(api_version, kind).is_some() {
                continue;
            }
            let is_other = |(version, name, other): &(String, &str, &Map<String, Value>)| {
                version == api_version && name == kind && other != schema
            };
            if !added.iter().any(is_other)
                && let Some(number) = self.resource(schema)
            {
                self.add_kind(api_version, kind, number);
            }
        }
    }

    /// The type of a custom resource; `None` when it takes any field.
    fn resource(&mut self, schema: &Map<String, Value>) -> Option<usize> {
        let (Type::Fields(number) | Type::Open(number)) = self.type_of(schema, DEEPEST) else { return None };
        let metadata = self.metadata();
        // These are there in any case, whatever the schema says of them.
        for (name, of) in
            [("apiVersion", Type::Text), ("kind", Type::Text), ("metadata", metadata), ("status", Type::Anything)]
        {
            self.set_field(number, name, of);
        }
        let is_open = schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
        (!is_open).then_some(number)
    }

    fn type_of(&mut self, schema: &Map<String, Value>, left: usize) -> Type {
        let is = |name: &str| schema.get(name) == Some(&Value::Bool(true));
        if left == 0 {
            return Type::Anything;
        }
        if is("x-kubernetes-int-or-string") || schema.get("format").and_then(Value::as_str) == Some("int-or-string") {
            return Type::IntegerOrText;
        }
        let is_open = is("x-kubernetes-preserve-unknown-fields");
        match schema.get("type").and_then(Value::as_str).unwrap_or_default() {
            "string" => match values(schema) {
                Some(values) => self.add_values(values),
                None => Type::Text,
            },
            "integer" => Type::Integer,
            "number" => Type::Number,
            "boolean" => Type::Boolean,
            "array" => match schema.get("items") {
                Some(Value::Object(items)) => Type::List(Box::new(self.type_of(items, left - 1))),
                _ => Type::List(Box::new(Type::Anything)),
            },
            "object" => match (schema.get("properties"), schema.get("additionalProperties")) {
                (Some(Value::Object(properties)), None | Some(Value::Bool(false))) if !properties.is_empty() => {
                    let mut fields = Vec::new();
                    for (name, property) in properties {
                        let of = property.as_object().map_or(Type::Anything, |schema| self.type_of(schema, left - 1));
                        fields.push((name.clone(), of));
                    }
                    let number = self.add_type(fields, required(schema, properties));
                    // A whole object within has what every object has.
                    if is("x-kubernetes-embedded-resource") {
                        let metadata = self.metadata();
                        for (name, of) in [("apiVersion", Type::Text), ("kind", Type::Text), ("metadata", metadata)] {
                            self.set_field(number, name, of);
                        }
                    }
                    if is_open { Type::Open(number) } else { Type::Fields(number) }
                }
                (None, Some(Value::Object(inner))) if !is_open => {
                    Type::Mapping(Box::new(self.type_of(inner, left - 1)))
                }
                _ => Type::Anything,
            },
            _ => Type::Anything,
        }
    }
}

/// The fields that have to be there: those that have a default, or that may be null, are there in any case, and containers are
/// often named by who takes them in.
fn required(schema: &Map<String, Value>, properties: &Map<String, Value>) -> Vec<String> {
    let is_container = properties.contains_key("image");
    let is_needed = |name: &&str| {
        if is_container && *name == "name" {
            return false;
        }
        let property = properties.get(*name);
        property
            .is_some_and(|property| property.get("default").is_none() && property.get("nullable") != Some(&true.into()))
    };
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    names.filter(is_needed).map(str::to_owned).collect()
}

/// All values of a string, if they are listed.
fn values(schema: &Map<String, Value>) -> Option<Vec<String>> {
    let values = schema.get("enum")?.as_array().filter(|values| !values.is_empty())?;
    values.iter().filter(|value| !value.is_null()).map(|value| value.as_str().map(str::to_owned)).collect()
}

#[cfg(all(test, feature = "kubernetes"))]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check;

    fn definition(schema: &Value) -> Value {
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "spec": {
                "group": "example.com",
                "names": {"kind": "Bucket"},
                "versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}],
            },
        })
    }

    fn messages(table: &Table, object: &Value) -> Vec<String> {
        check(table, object, table.minor(), 100).into_iter().map(|note| note.message).collect()
    }

    fn bucket(spec: &Value) -> Value {
        json!({"apiVersion": "example.com/v1", "kind": "Bucket", "metadata": {"name": "a"}, "spec": spec, "status": {"x": 1}})
    }

    #[test]
    fn schemas_say_which_fields_there_are() {
        let mut table = Table::kubernetes().clone();
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "size": {"type": "integer", "nullable": true},
            "ratio": {"type": "number"},
            "on": {"type": "boolean"},
            "name": {"type": "string"},
            "port": {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": true},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "free": {"type": "object", "additionalProperties": true},
            "open": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": true,
                "properties": {"inner": {"type": "object", "properties": {"known": {"type": "string"}}}},
            },
            "embedded": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {
                "spec": {"type": "object", "properties": {"known": {"type": "string"}}},
            }},
            "any": {"x-kubernetes-preserve-unknown-fields": true},
            "rules": {"type": "array", "items": {"type": "object", "properties": {"path": {"type": "string"}}}},
        }}}});
        table.add_definitions(&[&definition(&schema)]);
        let right = json!({
            "size": null, "ratio": 2, "on": false, "name": "a", "port": "http", "labels": {"a": "b"}, "free": {"a": [1]},
            "open": {"more": 1, "inner": {"known": "a"}}, "any": [1],
            "embedded": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"known": "a"}},
            "rules": [{"path": "/"}],
        });
        assert_eq!(messages(&table, &bucket(&right)), [""; 0]);
        let wrong = json!({
            "size": "1", "port": [], "labels": {"a": 1}, "open": {"inner": {"unknown1": 1}},
            "embedded": {"spec": {"qqqq": 1}}, "rules": [{"paht": "/"}], "qqqq": 1,
        });
        assert_eq!(
            messages(&table, &bucket(&wrong)),
            [
                "`spec.embedded.spec` has no field `qqqq` in its CustomResourceDefinition",
                "`spec.labels.a` has to be a string, not an integer",
                "`spec.open.inner` has no field `unknown1` in its CustomResourceDefinition",
                "`spec.port` has to be an integer or a string, not a list",
                "`spec` has no field `qqqq` in its CustomResourceDefinition",
                "`spec.rules[0]` has no field `paht`, did you mean `path`?",
                "`spec.size` has to be an integer, not a string",
            ]
        );
    }

    #[test]
    fn schemas_say_what_has_to_be_there_and_which_values_there_are() {
        let mut table = Table::kubernetes().clone();
        let schema = json!({"type": "object", "required": ["spec"], "properties": {"spec": {
            "type": "object",
            "required": ["size", "class"],
            "properties": {
                "size": {"type": "integer"},
                "class": {"type": "string", "enum": ["Fast", "Cheap"]},
                "tiers": {"type": "array", "items": {"type": "string", "enum": ["", "a", "b"]}},
                "level": {"type": "integer", "enum": [1, 2]},
                "steps": {"type": "array", "items": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {"name": {"type": "string"}, "image": {"type": "string"}},
                }},
                "rules": {"type": "array", "items": {
                    "type": "object",
                    "required": ["path", "kept", "mode", "none"],
                    "properties": {
                        "path": {"type": "string"},
                        "kept": {"type": "string", "default": "a"},
                        "mode": {"type": "string", "nullable": true},
                    },
                }},
            },
        }}});
        table.add_definitions(&[&definition(&schema)]);
        for (spec, wanted) in [
            (
                json!({"size": 1, "class": "Fast", "tiers": ["", "a"], "level": 3, "rules": [{"path": "/"}], "steps": [{"image": "a"}]}),
                vec![],
            ),
            (json!({"size": 1, "class": "fast"}), vec!["`spec.class` can't be `fast`, did you mean `Fast`?"]),
            (json!({"size": 1, "class": ""}), vec!["`spec.class` has to be `Fast` or `Cheap`"]),
            (json!({"size": 1, "class": "${CLASS}", "tiers": ["zzz"]}), vec!["`spec.tiers[0]` has to be `a` or `b`"]),
            (json!({"size": 1}), vec!["`spec` has no `class`, which is required"]),
            (json!({"size": 1, "class": null}), vec!["`spec` has no `class`, which is required"]),
            (
                json!({"size": 1, "class": "Fast", "rules": [{}]}),
                vec!["`spec.rules[0]` has no `path`, which is required"],
            ),
            // It may be a patch, or it is told already.
            (json!({"level": 1}), vec![]),
            (json!({"size": 1, "klass": "Fast"}), vec!["`spec` has no field `klass`, did you mean `class`?"]),
        ] {
            assert_eq!(messages(&table, &bucket(&spec)), wanted, "{spec}");
        }
    }

    #[test]
    fn open_or_contradictory_definitions_check_nothing() {
        let wrong = bucket(&json!({"qqqq": 1}));
        let closed = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}}}});
        let mut other = closed.clone();
        other["properties"]["spec"]["properties"]["qqqq"] = json!({"type": "integer"});
        let mut open = closed.clone();
        open["x-kubernetes-preserve-unknown-fields"] = json!(true);
        let mut old = definition(&closed);
        old["apiVersion"] = json!("apiextensions.k8s.io/v1beta1");
        let (closed, other, open) = (definition(&closed), definition(&other), definition(&open));
        for (definitions, wanted) in [
            (vec![&closed], 1),
            (vec![&closed, &closed], 1),
            (vec![&closed, &other], 0),
            (vec![&open], 0),
            (vec![&old], 0),
        ] {
            let mut table = Table::kubernetes().clone();
            table.add_definitions(&definitions);
            assert_eq!(messages(&table, &wrong).len(), wanted);
        }
        // What was there before wins.
        let mut table = Table::kubernetes().clone();
        table.add_definitions(&[&closed]);
        table.add_definitions(&[&other]);
        assert_eq!(messages(&table, &wrong).len(), 1);
    }
}
