//! The core's facts about the Kubernetes API, compared with the API's own definitions.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use k8s_openapi::api::{
    admissionregistration, apps, authentication, authorization, autoscaling, batch, certificates, coordination, core,
    discovery, events, flowcontrol, networking, node, policy, rbac, resource, scheduling, storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration;
use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope, Resource};
use plimsoll::engine::evaluate::evaluate;
use plimsoll::engine::fix::fix;
use plimsoll::json::edit::Edit;
use plimsoll::json::path::Path;
use plimsoll::kube::kinds::{KINDS, Kind};
use plimsoll::kube::removed_apis::{self, REMOVED_APIS};
use plimsoll::policy::fix::Applicability;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use support::{configured, files, report, title};

/// A kind as the API defines it.
struct Definition {
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    namespaced: bool,
    /// Decodes an object as the kind's type and encodes it again, which drops unknown fields.
    round_trip: fn(&Value) -> Result<Value, serde_json::Error>,
}

trait Scope {
    const NAMESPACED: bool;
}

impl Scope for ClusterResourceScope {
    const NAMESPACED: bool = false;
}

impl Scope for NamespaceResourceScope {
    const NAMESPACED: bool = true;
}

const fn definition<T: Resource<Scope: Scope> + DeserializeOwned + Serialize>() -> Definition {
    Definition {
        group: T::GROUP,
        version: T::VERSION,
        kind: T::KIND,
        plural: T::URL_PATH_SEGMENT,
        namespaced: T::Scope::NAMESPACED,
        round_trip: round_trip::<T>,
    }
}

fn round_trip<T: DeserializeOwned + Serialize>(object: &Value) -> Result<Value, serde_json::Error> {
    serde_json::to_value(T::deserialize(object)?)
}

const DEFINITIONS: &[Definition] = &[
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
    definition::<authentication::v1::SelfSubjectReview>(),
    definition::<authentication::v1::TokenReview>(),
    definition::<authorization::v1::LocalSubjectAccessReview>(),
    definition::<authorization::v1::SelfSubjectAccessReview>(),
    definition::<authorization::v1::SelfSubjectRulesReview>(),
    definition::<authorization::v1::SubjectAccessReview>(),
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
    definition::<events::v1::Event>(),
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

impl Definition {
    fn of(kind: &Kind, version: &str) -> Option<&'static Definition> {
        DEFINITIONS
            .iter()
            .find(|known| known.group == kind.group && known.kind == kind.name && known.version == version)
    }

    fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }
}

#[test]
fn kinds_match_the_api() {
    for kind in KINDS.iter().filter(|kind| kind.is_builtin()) {
        let definition = Definition::of(kind, kind.versions[0])
            .unwrap_or_else(|| panic!("no definition of {} {}", kind.api_version(), kind.name));
        assert_eq!(kind.plural, definition.plural, "{}", kind.name);
        assert_eq!(kind.namespaced, definition.namespaced, "{}", kind.name);
        assert_eq!(kind.api_version(), definition.api_version());
    }
}

#[test]
fn replacements_of_removed_apis_exist() {
    for api in REMOVED_APIS {
        let Some(replacement) = api.replacement else { continue };
        let title = format!("{} {}", api.api_version, api.kind);
        let definition = DEFINITIONS
            .iter()
            .find(|known| known.api_version() == replacement && known.kind == api.kind)
            .unwrap_or_else(|| panic!("{title}: the API has no {replacement}"));
        let kind = removed_apis::KINDS.iter().find(|kind| kind.reads(api.api_version, api.kind)).unwrap();
        assert_eq!((kind.plural, kind.namespaced), (definition.plural, definition.namespaced), "{title}");
        let moved = replacement.split('/').next() != Some(kind.group);
        assert!(moved || kind.versions[0] == definition.version, "{title}");
    }
}

#[test]
fn pod_templates_are_at_the_paths_of_their_kinds() {
    let pod = json!({"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [
        {"name": "x", "ports": [{"containerPort": 80}]}], "terminationGracePeriodSeconds": 45}});
    for kind in KINDS.iter().filter(|kind| kind.is_builtin()) {
        let Some(route) = kind.template else { continue };
        let place = route.iter().fold(Path::ROOT, |path, key| path.key(key));
        let mut object = json!({"apiVersion": kind.api_version(), "kind": kind.name});
        if place.is_root() {
            object.as_object_mut().unwrap().extend(pod.as_object().unwrap().clone());
        } else {
            Edit::Set { at: place, value: pod.clone() }.apply(&mut object).unwrap();
        }
        let lost = lost(&object, Definition::of(kind, kind.versions[0]).unwrap().round_trip);
        assert_eq!(lost, [""; 0], "{}", kind.name);
    }
}

/// The fields of an object that its type doesn't have, or why it can't be decoded.
fn lost(object: &Value, round_trip: fn(&Value) -> Result<Value, serde_json::Error>) -> Vec<String> {
    let mut object = object.clone();
    normalise(&mut object, "", "");
    match round_trip(&object) {
        Ok(back) => {
            let mut lost = Vec::new();
            missing(&object, &back, &Path::ROOT, &mut lost);
            lost
        }
        Err(error) => vec![error.to_string()],
    }
}

/// Collects the paths of `object` that are missing in `back`.
fn missing(object: &Value, back: &Value, at: &Path, lost: &mut Vec<String>) {
    match object {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                match back.get(key) {
                    Some(back) => missing(value, back, &at.key(key), lost),
                    None => lost.push(at.key(key).to_string()),
                }
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                match back.get(index) {
                    Some(back) => missing(value, back, &at.index(index), lost),
                    None => lost.push(at.index(index).to_string()),
                }
            }
        }
        _ => {}
    }
}

/// Converts an object to the form that these types expect: quantities as strings, no nulls. The API accepts both forms.
fn normalise(value: &mut Value, key: &str, parent: &str) {
    const LISTS: &[&str] = &[
        "allocatable",
        "capacity",
        "default",
        "defaultRequest",
        "hard",
        "limits",
        "max",
        "maxLimitRequestRatio",
        "min",
        "overhead",
        "podFixed",
        "requests",
    ];
    const SINGLE: &[&str] = &["averageValue", "divisor", "sizeLimit"];
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            for (name, value) in fields {
                normalise(value, name, key);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| normalise(item, "", key)),
        Value::Number(number)
            if LISTS.contains(&parent) || SINGLE.contains(&key) || (key, parent) == ("value", "target") =>
        {
            *value = Value::String(number.to_string());
        }
        _ => {}
    }
}

/// The fields of an object that the API's definitions don't have; for kinds without a definition, only those of the pod
/// template.
fn unknown_fields(object: &Value) -> Vec<String> {
    let Some(kind) = Kind::of(object) else { return Vec::new() };
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let version = version.split_once('/').map_or(version, |(_, version)| version);
    if let Some(definition) = Definition::of(kind, version) {
        return lost(object, definition.round_trip);
    }
    let route = kind.template.unwrap_or_default().iter().fold(Path::ROOT, |path, key| path.key(key));
    match route.find(object) {
        Some(template) if !route.is_root() => lost(template, round_trip::<core::v1::PodTemplateSpec>),
        _ => Vec::new(),
    }
}

#[test]
fn fixtures_have_only_fields_that_the_api_has() {
    let mut failures = Vec::new();
    for file in files() {
        for case in file.cases.iter().filter(|case| case.fails.is_none() && !case.lenient) {
            let checked = case.checked.iter().map(|checked| &checked.object);
            for object in checked.chain(&case.cluster).chain(&case.old_object) {
                let unknown = unknown_fields(object);
                if !unknown.is_empty() {
                    failures.push(format!("{}: {}: {}", title(case), object["kind"], unknown.join(", ")));
                }
            }
        }
    }
    failures.dedup();
    report(&failures);
}

#[test]
fn fixes_write_only_fields_that_the_api_has() {
    let mut failures = Vec::new();
    for file in files() {
        for case in file.cases.iter().filter(|case| case.fails.is_none() && !case.lenient) {
            let policies = [configured(case)];
            let inventory = case.objects();
            for checked in &case.checked {
                let review = case.review(&checked.object, &inventory);
                let fixed = fix(&policies, &review, &|_| Some(Applicability::Unsafe));
                let findings = evaluate(&policies, &review).findings;
                let new_objects = findings.into_iter().filter_map(|finding| finding.new_object);
                for object in new_objects.chain([fixed.object]) {
                    let unknown = unknown_fields(&object);
                    if !unknown.is_empty() {
                        failures.push(format!("{}: {}: {}", title(case), object["kind"], unknown.join(", ")));
                    }
                }
            }
        }
    }
    report(&failures);
}

#[test]
fn misspelt_field_is_reported() {
    let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 1, "template": {"spec": {
        "containers": [{"name": "x", "resources": {"requests": {"cpu": 1}}, "readynessProbe": {}}]}}}});
    assert_eq!(unknown_fields(&object), ["/spec/template/spec/containers/0/readynessProbe"]);
}
