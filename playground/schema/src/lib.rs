//! The fields of Kubernetes' own kinds, as a small table: what the playground's editor completes, explains and checks.
//!
//! It is made from the JSON schemas of `k8s-openapi`. Schemas that several kinds share appear once, and the
//! documentation is cut to its first sentences. Statuses, which are never written, and the schemas inside
//! CustomResourceDefinitions are left open.

mod needed;
mod prose;
mod since;
mod values;

use std::collections::BTreeMap;

use k8s_openapi::Resource;
use k8s_openapi::api::{
    admissionregistration, apps, autoscaling, batch, certificates, coordination, core, discovery, flowcontrol,
    networking, node, policy, rbac, resource, scheduling, storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};

// Another version of the API must be named here too: otherwise the constant is missing.
k8s_openapi::k8s_if_1_36! {
    const VERSION: &str = "1.36";
}

/// All kinds and their types.
#[derive(Debug, Serialize)]
pub struct Table {
    /// The version of Kubernetes, as in `1.36`.
    pub version: &'static str,
    /// The kinds of objects in manifests.
    pub kinds: Vec<Kind>,
    /// The types that codes of fields refer to by number: each type's fields by name.
    pub types: Vec<BTreeMap<String, Field>>,
    /// Fields of types, and the minor versions of Kubernetes that they came with.
    pub since: Vec<Change>,
    /// Fields that are gone, and the last versions that had them.
    pub until: Vec<Change>,
    /// API versions and kinds, and the minor versions of Kubernetes that they came with.
    #[serde(rename = "kindsSince")]
    pub kinds_since: &'static [(&'static str, &'static str, u16)],
    /// Fields that the API server takes no other strings for. In a list they are those of its elements.
    pub values: Vec<Values>,
    /// Required fields that nobody should be told to add.
    #[serde(rename = "notNeeded")]
    pub not_needed: Vec<NotNeeded>,
}

/// The number of a type, a field, its values.
#[derive(Debug, Serialize)]
pub struct Values(pub usize, pub &'static str, pub &'static [&'static str]);

/// The number of a type, a field.
#[derive(Debug, Serialize)]
pub struct NotNeeded(pub usize, pub &'static str);

/// The number of a type, a field, a minor version.
#[derive(Debug, Serialize)]
pub struct Change(pub usize, pub &'static str, pub u16);

/// A kind: its API version, its name, the number of its type, what it is for.
#[derive(Debug, Serialize)]
pub struct Kind(pub &'static str, pub &'static str, pub usize, pub String);

/// A field: the code of its type, its documentation, and its values if the documentation lists them.
///
/// A code is a letter (`s` string, `i` integer, `n` number, `b` boolean, `x` integer or string, `q` quantity, `t` time,
/// `e` Base64, `a` anything) or the number of a type. `[` before it makes a list of it, `{` a mapping with any keys. `!`
/// in front of all that says that the field is required.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Field {
    /// Any value.
    Open(String, String),
    /// One of the values that the documentation lists.
    Listed(String, String, Vec<String>),
}

struct Definition {
    api_version: &'static str,
    kind: &'static str,
    /// Its schema; the generator collects the schemas that it refers to.
    schema: fn(&mut SchemaGenerator) -> Value,
}

const fn definition<T: Resource + JsonSchema>() -> Definition {
    Definition { api_version: T::API_VERSION, kind: T::KIND, schema: |generator| T::json_schema(generator).into() }
}

/// The kinds that people write into files, in the versions that clusters serve by default.
const DEFINITIONS: &[Definition] = &[
    definition::<admissionregistration::v1::MutatingAdmissionPolicy>(),
    definition::<admissionregistration::v1::MutatingAdmissionPolicyBinding>(),
    definition::<admissionregistration::v1::MutatingWebhookConfiguration>(),
    definition::<admissionregistration::v1::ValidatingAdmissionPolicy>(),
    definition::<admissionregistration::v1::ValidatingAdmissionPolicyBinding>(),
    definition::<admissionregistration::v1::ValidatingWebhookConfiguration>(),
    definition::<apiextensions::v1::CustomResourceDefinition>(),
    definition::<apiregistration::v1::APIService>(),
    definition::<apps::v1::ControllerRevision>(),
    definition::<apps::v1::DaemonSet>(),
    definition::<apps::v1::Deployment>(),
    definition::<apps::v1::ReplicaSet>(),
    definition::<apps::v1::StatefulSet>(),
    definition::<autoscaling::v1::HorizontalPodAutoscaler>(),
    definition::<autoscaling::v2::HorizontalPodAutoscaler>(),
    definition::<batch::v1::CronJob>(),
    definition::<batch::v1::Job>(),
    definition::<certificates::v1::CertificateSigningRequest>(),
    definition::<coordination::v1::Lease>(),
    definition::<core::v1::ConfigMap>(),
    definition::<core::v1::Endpoints>(),
    definition::<core::v1::LimitRange>(),
    definition::<core::v1::Namespace>(),
    definition::<core::v1::Node>(),
    definition::<core::v1::PersistentVolume>(),
    definition::<core::v1::PersistentVolumeClaim>(),
    definition::<core::v1::Pod>(),
    definition::<core::v1::PodTemplate>(),
    definition::<core::v1::ReplicationController>(),
    definition::<core::v1::ResourceQuota>(),
    definition::<core::v1::Secret>(),
    definition::<core::v1::Service>(),
    definition::<core::v1::ServiceAccount>(),
    definition::<discovery::v1::EndpointSlice>(),
    definition::<flowcontrol::v1::FlowSchema>(),
    definition::<flowcontrol::v1::PriorityLevelConfiguration>(),
    definition::<networking::v1::IPAddress>(),
    definition::<networking::v1::Ingress>(),
    definition::<networking::v1::IngressClass>(),
    definition::<networking::v1::NetworkPolicy>(),
    definition::<networking::v1::ServiceCIDR>(),
    definition::<node::v1::RuntimeClass>(),
    definition::<policy::v1::PodDisruptionBudget>(),
    definition::<rbac::v1::ClusterRole>(),
    definition::<rbac::v1::ClusterRoleBinding>(),
    definition::<rbac::v1::Role>(),
    definition::<rbac::v1::RoleBinding>(),
    definition::<resource::v1::DeviceClass>(),
    definition::<resource::v1::ResourceClaim>(),
    definition::<resource::v1::ResourceClaimTemplate>(),
    definition::<resource::v1::ResourceSlice>(),
    definition::<scheduling::v1::PriorityClass>(),
    definition::<storage::v1::CSIDriver>(),
    definition::<storage::v1::CSINode>(),
    definition::<storage::v1::CSIStorageCapacity>(),
    definition::<storage::v1::StorageClass>(),
    definition::<storage::v1::VolumeAttachment>(),
    definition::<storage::v1::VolumeAttributesClass>(),
];

/// The table without documentation, a type in a line: what the command and its kin are built with.
pub fn plain() -> String {
    let table = table();
    let kinds: Vec<String> =
        table.kinds.iter().map(|Kind(version, name, number, _)| json!([version, name, number]).to_string()).collect();
    let code = |field: &Field| {
        let (Field::Open(code, _) | Field::Listed(code, _, _)) = field;
        code.clone()
    };
    let types = table.types.iter().map(|fields| {
        let fields: BTreeMap<&String, String> = fields.iter().map(|(name, field)| (name, code(field))).collect();
        json!(fields).to_string()
    });
    let lists = [
        ("kinds", kinds),
        ("types", types.collect()),
        ("since", table.since.iter().map(|change| json!(change).to_string()).collect()),
        ("until", table.until.iter().map(|change| json!(change).to_string()).collect()),
        ("kindsSince", table.kinds_since.iter().map(|change| json!(change).to_string()).collect()),
        ("values", table.values.iter().map(|values| json!(values).to_string()).collect()),
        ("notNeeded", table.not_needed.iter().map(|field| json!(field).to_string()).collect()),
    ];
    let lists = lists.map(|(name, lines): (_, Vec<String>)| format!(",\n\"{name}\":[\n{}\n]", lines.join(",\n")));
    format!("{{\"version\":{}{}}}\n", json!(table.version), lists.concat())
}

/// Makes the table.
pub fn table() -> Table {
    let mut generator = SchemaGenerator::default();
    let schemas: Vec<Value> = DEFINITIONS.iter().map(|definition| (definition.schema)(&mut generator)).collect();
    let mut making =
        Making { definitions: generator.take_definitions(true), numbers: BTreeMap::new(), types: Vec::new() };
    let kinds: Vec<Kind> = DEFINITIONS
        .iter()
        .zip(&schemas)
        .map(|(definition, schema)| {
            let number = making.reserve();
            let fields = making.fields(schema);
            making.set(number, fields);
            Kind(definition.api_version, definition.kind, number, documentation(schema))
        })
        .collect();
    let (since, until) = (making.changes(since::SINCE), making.changes(since::UNTIL));
    let number =
        |name: &str| making.number(name).or_else(|| kinds.iter().find(|kind| kind.1 == name).map(|kind| kind.2));
    let values: Vec<Values> =
        values::VALUES.iter().filter_map(|(of, field, values)| Some(Values(number(of)?, field, values))).collect();
    let not_needed = needed::NOT_NEEDED.iter().filter_map(|(of, field)| Some(NotNeeded(number(of)?, field))).collect();
    for Values(number, field, values) in &values {
        making.list(*number, field, values);
    }
    let kinds_since = since::KINDS_SINCE;
    Table { version: VERSION, kinds, types: making.types, since, until, kinds_since, values, not_needed }
}

struct Making {
    definitions: Map<String, Value>,
    /// The number of each definition.
    numbers: BTreeMap<String, usize>,
    types: Vec<BTreeMap<String, Field>>,
}

impl Making {
    fn reserve(&mut self) -> usize {
        self.types.push(BTreeMap::new());
        self.types.len() - 1
    }

    fn set(&mut self, number: usize, fields: BTreeMap<String, Field>) {
        if let Some(place) = self.types.get_mut(number) {
            *place = fields;
        }
    }

    /// The number of a type by the end of its name.
    fn number(&self, name: &str) -> Option<usize> {
        let is_its = |known: &str| known.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        self.numbers.iter().find(|(known, _)| is_its(known)).map(|(_, number)| *number)
    }

    fn changes(&self, changes: &[(&str, &'static str, u16)]) -> Vec<Change> {
        changes.iter().filter_map(|(of, field, minor)| Some(Change(self.number(of)?, field, *minor))).collect()
    }

    /// Lists the values of a field, in place of those that its documentation names.
    fn list(&mut self, number: usize, field: &str, values: &[&str]) {
        let Some(field) = self.types.get_mut(number).and_then(|fields| fields.get_mut(field)) else { return };
        let (Field::Open(code, said) | Field::Listed(code, said, _)) = field;
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        *field = Field::Listed(std::mem::take(code), std::mem::take(said), values);
    }

    fn fields(&mut self, schema: &Value) -> BTreeMap<String, Field> {
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return BTreeMap::new() };
        let whole = properties.contains_key("apiVersion");
        properties
            .iter()
            .map(|(name, property)| {
                // A status is never written, but objects fetched from a cluster have one.
                let open = whole && name == "status";
                let mark = if required.contains(&name.as_str()) { "!" } else { "" };
                let code = if open { "a".to_owned() } else { self.code(property) };
                let mut values = if code == "s" { values(property) } else { Vec::new() };
                // The documentation lists the fields of which one must be set.
                if values.first().is_some_and(|first| first.eq_ignore_ascii_case(name)) {
                    values.clear();
                }
                let code = [mark, &code].concat();
                let said = documentation(property);
                let field = if values.is_empty() { Field::Open(code, said) } else { Field::Listed(code, said, values) };
                (name.clone(), field)
            })
            .collect()
    }

    fn code(&mut self, schema: &Value) -> String {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/")) {
            return self.code_of(name);
        }
        let text = |key| schema.get(key).and_then(Value::as_str);
        match (text("type"), text("format")) {
            (Some("string"), Some("date-time")) => "t".to_owned(),
            (Some("string"), Some("byte")) => "e".to_owned(),
            (Some("string"), _) => "s".to_owned(),
            (Some("integer"), _) => "i".to_owned(),
            (Some("number"), _) => "n".to_owned(),
            (Some("boolean"), _) => "b".to_owned(),
            (Some("array"), _) => ["[", &self.code(schema.get("items").unwrap_or(&Value::Null))].concat(),
            (Some("object"), _) => match schema.get("additionalProperties") {
                Some(values) => ["{", &self.code(values)].concat(),
                None => "a".to_owned(),
            },
            _ => "a".to_owned(),
        }
    }

    fn code_of(&mut self, name: &str) -> String {
        if let Some(number) = self.numbers.get(name) {
            return number.to_string();
        }
        if name.ends_with(".JSONSchemaProps") {
            return "a".to_owned();
        }
        let Some(schema) = self.definitions.get(name).cloned() else { return "a".to_owned() };
        if name.ends_with(".Quantity") {
            return "q".to_owned();
        }
        if schema.get("x-kubernetes-int-or-string").is_some() {
            return "x".to_owned();
        }
        if schema.get("properties").is_none() {
            return self.code(&schema);
        }
        let number = self.reserve();
        // Before its fields, which may have the same type again.
        self.numbers.insert(name.to_owned(), number);
        let fields = self.fields(&schema);
        self.set(number, fields);
        number.to_string()
    }
}

fn documentation(schema: &Value) -> String {
    prose::beginning(description(schema))
}

fn values(schema: &Value) -> Vec<String> {
    prose::values(description(schema))
}

fn description(schema: &Value) -> &str {
    schema.get("description").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    /// The code of the field at `path`, through lists.
    fn code(table: &Table, api_version: &str, kind: &str, path: &str) -> String {
        let kind = table.kinds.iter().find(|known| (known.0, known.1) == (api_version, kind)).unwrap();
        path.split('.').fold(kind.2.to_string(), |code, name| {
            let number: usize = code.trim_start_matches(['!', '[']).parse().unwrap();
            match &table.types[number][name] {
                Field::Open(code, _) | Field::Listed(code, _, _) => code.clone(),
            }
        })
    }

    #[test]
    fn fields_have_their_types() {
        let table = table();
        let pod = "spec.template.spec.containers";
        for (path, wanted) in [
            ("spec.replicas".to_owned(), "i"),
            ("status".to_owned(), "a"),
            ("metadata.labels".to_owned(), "{s"),
            ("metadata.creationTimestamp".to_owned(), "t"),
            ("spec.strategy.rollingUpdate.maxSurge".to_owned(), "x"),
            (format!("{pod}.livenessProbe.httpGet.port"), "!x"),
            (format!("{pod}.name"), "!s"),
            (format!("{pod}.resources.limits"), "{q"),
            (format!("{pod}.securityContext.privileged"), "b"),
        ] {
            assert_eq!(code(&table, "apps/v1", "Deployment", &path), wanted, "{path}");
        }
        assert_eq!(code(&table, "v1", "Secret", "data"), "{e");
        assert_eq!(code(&table, "autoscaling/v2", "HorizontalPodAutoscaler", "spec.maxReplicas"), "!i");
        let crd = "spec.versions.schema.openAPIV3Schema";
        assert_eq!(code(&table, "apiextensions.k8s.io/v1", "CustomResourceDefinition", crd), "a");
    }

    #[test]
    fn values_and_documentation_come_from_the_api() {
        let table = table();
        let (documentation, values) = table
            .types
            .iter()
            .find_map(|fields| match fields.get("imagePullPolicy") {
                Some(Field::Listed(_, documentation, values)) => Some((documentation, values)),
                _ => None,
            })
            .unwrap();
        assert_eq!(values.join(" "), "Always IfNotPresent Never");
        assert!(documentation.starts_with("Image pull policy."), "{documentation}");
    }

    #[test]
    fn the_committed_table_is_current() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/fields/src/fields.json");
        let current = plain();
        if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
            std::fs::write(file, &current).unwrap();
        }
        let is_current = std::fs::read_to_string(file).unwrap_or_default() == current;
        assert!(is_current, "rewrite {file} with BLESS=1 cargo nextest run -p plimsoll-playground-schema");
    }

    #[test]
    fn changes_are_of_types_and_fields_that_there_are() {
        let table = table();
        assert_eq!(table.since.len(), since::SINCE.len());
        for Change(number, field, _) in &table.since {
            assert!(table.types[*number].contains_key(*field), "{field}");
        }
        assert_eq!(table.until.len(), since::UNTIL.len());
        for Change(number, field, _) in &table.until {
            assert!(!table.types[*number].contains_key(*field), "{field}");
        }
        for (version, kind, _) in table.kinds_since {
            assert!(table.kinds.iter().any(|known| (known.0, known.1) == (*version, *kind)), "{version} {kind}");
        }
    }

    #[test]
    fn values_and_needs_are_of_fields_that_there_are() {
        let table = table();
        assert_eq!(table.values.len(), values::VALUES.len());
        for Values(number, field, values) in &table.values {
            let Some(Field::Listed(code, _, listed)) = table.types[*number].get(*field) else { panic!("{field}") };
            assert!(["s", "!s", "[s", "![s"].contains(&code.as_str()), "{field} {code}");
            assert!(listed == values && values.iter().all(|value| !value.is_empty()), "{field}");
        }
        assert_eq!(table.not_needed.len(), needed::NOT_NEEDED.len());
        for NotNeeded(number, field) in &table.not_needed {
            let (Field::Open(code, _) | Field::Listed(code, _, _)) = &table.types[*number][*field];
            assert!(code.starts_with('!'), "{field}");
        }
    }

    /// What the API's own documentation lists is among the values. It lists some that are no longer, or not everywhere, taken.
    #[test]
    fn values_agree_with_the_documentation() {
        let mut generator = SchemaGenerator::default();
        for definition in DEFINITIONS {
            (definition.schema)(&mut generator);
        }
        let definitions = generator.take_definitions(true);
        for (of, field, values) in values::VALUES {
            let known = definitions.iter().find(|(name, _)| name.ends_with(&format!(".{of}")));
            let Some(property) = known.map(|(_, schema)| &schema["properties"][*field]) else { continue };
            for listed in super::values(property) {
                assert!(values.contains(&listed.as_str()), "{of}.{field}: {listed}");
            }
        }
    }

    #[test]
    fn type_codes_refer_to_existing_types() {
        let table = table();
        for field in table.types.iter().flat_map(BTreeMap::values) {
            let (Field::Open(code, _) | Field::Listed(code, _, _)) = field;
            let inner = code.trim_start_matches(['!', '[', '{']);
            let known = match inner.parse::<usize>() {
                Ok(number) => number < table.types.len(),
                Err(_) => ["s", "i", "n", "b", "x", "q", "t", "e", "a"].contains(&inner),
            };
            assert!(known, "{code}");
        }
        assert!(table.types.iter().all(|fields| !fields.is_empty()));
    }
}
