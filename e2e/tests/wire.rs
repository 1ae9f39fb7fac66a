//! The wire format, compared with Kubewarden's own SDK. The host's requests, the modules' answers and their host calls
//! are decoded as the SDK's types and encoded again: a member that is missing, unknown, renamed or of another type does
//! not survive that.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    ConfigMap, Endpoints, LimitRange, Namespace, PersistentVolumeClaim, Pod, ReplicationController, ResourceQuota,
    Secret, Service, ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::{ClusterRole, Role, RoleBinding};
use k8s_openapi::{List, ListableResource};
use kubewarden_policy_sdk::host_capabilities::kubernetes::{
    CanIRequest, GetResourceRequest, ListAllResourcesRequest, ListResourcesByNamespaceRequest, ResourceAttributes,
    SubjectAccessReview,
};
use kubewarden_policy_sdk::metadata::ProtocolVersion;
use kubewarden_policy_sdk::request::{KubernetesAdmissionRequest, ValidationRequest};
use kubewarden_policy_sdk::response::ValidationResponse;
use kubewarden_policy_sdk::settings::SettingsValidationResponse;
use plimsoll::inventory::Objects;
use plimsoll::kube::kinds::Kind;
use plimsoll::policies::{POLICIES, PolicyEntry};
use plimsoll::policy::configured::Configured;
use plimsoll::settings::SettingsError;
use plimsoll_e2e::{AsNeeded, Shipped, around, in_namespace, is_served, looks_up, native_answer, operation, plural};
use plimsoll_fixtures::Case;
use plimsoll_host::{Answer, Call, Config, Engine, Module, Operation, audit_request, request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// A document decoded as one of the SDK's types, and encoded again.
fn again<T: DeserializeOwned + Serialize>(document: &Value) -> Result<Value, String> {
    let decoded: T = serde_json::from_value(document.clone()).map_err(|error| error.to_string())?;
    serde_json::to_value(decoded).map_err(|error| error.to_string())
}

/// The differences of two documents, as JSON pointers. A null member counts as absent.
fn differences(ours: &Value, theirs: &Value) -> Vec<String> {
    fn compare(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
        let (Value::Object(our), Value::Object(their)) = (ours, theirs) else {
            if ours != theirs {
                found.push(path.to_owned());
            }
            return;
        };
        for key in our.keys().chain(their.keys()).collect::<BTreeSet<_>>() {
            let member = |members: &Map<String, Value>| members.get(key).cloned().unwrap_or_default();
            compare(&format!("{path}/{key}"), &member(our), &member(their), found);
        }
    }
    let mut found = Vec::new();
    compare("", ours, theirs, &mut found);
    found
}

/// Fails unless a document survives the SDK's types unchanged.
fn assert_same<T: DeserializeOwned + Serialize>(what: &str, document: &Value) {
    let theirs = again::<T>(document).unwrap_or_else(|error| panic!("{what}: {error}: {document}"));
    let found = differences(document, &theirs);
    assert!(found.is_empty(), "{what}: {found:?} of {document} becomes {theirs}");
}

#[test]
fn every_kind_of_difference_is_reported() {
    let answer = json!({"accepted": true, "warnings": ["a"], "mutated_object": {"a": null}});
    let changed = |key: &str, value: Value| {
        let mut answer = answer.clone();
        answer[key] = value;
        again::<ValidationResponse>(&answer).map(|theirs| differences(&answer, &theirs))
    };
    assert_eq!(changed("message", json!(null)), Ok(vec![]));
    assert_eq!(changed("mutatedObject", json!({})), Ok(vec!["/mutatedObject".to_owned()]));
    assert!(changed("warnings", json!("a")).is_err());
    assert!(again::<ValidationResponse>(&json!({"allowed": true})).is_err());
    assert_eq!(differences(&json!({"a": {"b": 1}}), &json!({"a": {"b": 2}})), ["/a/b"]);
}

/// The members of an admission request in Kubernetes' spelling: the SDK reads that, but writes its own.
fn in_camel_case(request: &Value) -> Map<String, Value> {
    let renamed = request.as_object().unwrap().iter().map(|(name, value)| {
        let mut words = name.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        let name = words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..]);
        (name, value.clone())
    });
    renamed.collect()
}

/// Removes the defaults that the SDK adds for absent members.
fn without_defaults(theirs: &mut Map<String, Value>, defaults: &Map<String, Value>, ours: &Value) {
    theirs.retain(|name, value| ours.get(name).is_some() || defaults.get(name) != Some(value));
    for (name, value) in theirs {
        if let (Value::Object(value), Some(Value::Object(defaults)), Some(ours)) =
            (value, defaults.get(name), ours.get(name))
        {
            without_defaults(value, defaults, ours);
        }
    }
}

/// Sorts the user's groups, because the SDK keeps no order.
fn sort_groups(request: &mut Value) {
    if let Some(Value::Array(groups)) = request.pointer_mut("/userInfo/groups") {
        groups.sort_by_key(|group| group.as_str().map(str::to_owned));
    }
}

/// The members of the SDK that a request doesn't have, and those that differ.
fn compare_requests(request: &Value) -> (Vec<String>, Vec<String>) {
    let defaults = in_camel_case(&serde_json::to_value(KubernetesAdmissionRequest::default()).unwrap());
    let absent = defaults.keys().filter(|name| request.get(name).is_none_or(Value::is_null)).cloned().collect();
    let theirs = again::<KubernetesAdmissionRequest>(request).unwrap_or_else(|error| panic!("{error}: {request}"));
    let mut theirs = in_camel_case(&theirs);
    without_defaults(&mut theirs, &defaults, request);
    let (mut ours, mut theirs) = (request.clone(), Value::Object(theirs));
    sort_groups(&mut ours);
    sort_groups(&mut theirs);
    (absent, differences(&ours, &theirs))
}

/// A guest that accepts everything and logs the request.
const ECHO: &str = r#"(module
    (import "wapc" "__guest_request" (func $request (param i32 i32)))
    (import "wapc" "__guest_response" (func $respond (param i32 i32)))
    (import "wapc" "__host_call" (func $host_call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 16)
    (data (i32.const 0) "kubewarden")
    (data (i32.const 16) "tracing")
    (data (i32.const 32) "log")
    (data (i32.const 48) "{\"accepted\":true}")
    (func (export "wapc_init"))
    (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32)
        (call $request (i32.const 1024) (i32.const 4096))
        (drop (call $host_call (i32.const 0) (i32.const 10) (i32.const 16) (i32.const 7) (i32.const 32) (i32.const 3)
            (i32.const 4096) (local.get $payload)))
        (call $respond (i32.const 48) (i32.const 17))
        (i32.const 1)))"#;

/// The payload that a guest receives for a request and settings.
fn received(echo: &Module, request: &Value, settings: &Value) -> Value {
    let mut guest = echo.instantiate(Config::new("echo"), Arc::new(plimsoll_host::Objects::default())).unwrap();
    assert!(guest.validate(request, settings).unwrap().allowed);
    guest.logs().remove(0)
}

/// The members that a request for this object can't have: those that the object doesn't set, and `others`.
fn cannot_have(object: &Value, others: &[&str]) -> Vec<String> {
    let says =
        |name: &str| object.pointer("/metadata").and_then(|metadata| metadata.get(name)).is_some_and(Value::is_string);
    // The namespace of a Namespace is its own name.
    let namespace = if object["kind"] == "Namespace" { "name" } else { "namespace" };
    let own = [("name", "name"), ("namespace", namespace)].into_iter().filter(|(_, source)| !says(source));
    let all: BTreeSet<&str> = own.map(|(name, _)| name).chain(others.iter().copied()).collect();
    all.into_iter().map(str::to_owned).collect()
}

/// The SDK has `kind` instead of the resource's name, and loses the name. No policy reads it.
const RESOURCE: &str = "/resource/resource";
const REQUEST_RESOURCE: &str = "/requestResource/resource";

#[test]
fn requests_match_the_sdk() {
    let echo = Module::compile(&Engine::new().unwrap(), &wat::parse_str(ECHO).unwrap()).unwrap();
    let settings = json!({"onViolation": "warn"});
    let (mut updates, mut creations) = (0, 0);
    for entry in POLICIES {
        for case in plimsoll_fixtures::of(entry.metadata.id).unwrap() {
            let old = case.old_object.as_deref().map(in_namespace);
            for checked in &case.checked {
                let object = in_namespace(&checked.object);
                let Ok(whole) = request(&object, operation(&case), old.as_ref(), plural) else { continue };
                let payload = received(&echo, &whole, &settings);
                let at = format!("{} {}:{}", entry.metadata.id, case.file, case.line);

                let theirs = ValidationRequest::<Value>::new(payload.to_string().as_bytes()).unwrap();
                assert_eq!(theirs.settings, settings, "{at}");
                assert_eq!(payload.as_object().unwrap().len(), 2, "{at}: {payload}");

                let (absent, different) = compare_requests(&payload["request"]);
                let mut others = vec!["subResource", "requestSubResource"];
                others.extend(old.is_none().then_some("oldObject"));
                *if old.is_some() { &mut updates } else { &mut creations } += 1;
                assert_eq!(absent, cannot_have(&object, &others), "{at}");
                assert_eq!(different, [REQUEST_RESOURCE, RESOURCE], "{at}: {payload}");
            }
        }
    }
    assert!(updates > 10 && creations > 1000, "{updates} updates, {creations} creations");
}

#[test]
fn audit_and_delete_requests_match_the_sdk() {
    let echo = Module::compile(&Engine::new().unwrap(), &wat::parse_str(ECHO).unwrap()).unwrap();
    let object =
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop", "uid": "1"}});

    let payload = received(&echo, &audit_request(&object).unwrap(), &json!({}));
    let (absent, different) = compare_requests(&payload["request"]);
    let not_known = ["dryRun", "oldObject", "options", "requestResource", "requestSubResource", "subResource"];
    assert_eq!(absent, not_known);
    assert_eq!(different, [RESOURCE]);

    let payload = received(&echo, &request(&object, Operation::Delete, None, plural).unwrap(), &json!({}));
    let (absent, different) = compare_requests(&payload["request"]);
    assert_eq!(absent, ["object", "requestSubResource", "subResource"]);
    assert_eq!(different, [REQUEST_RESOURCE, RESOURCE]);
}

/// A request with every member, as a host passes it on.
#[test]
fn host_passes_on_every_member_that_the_sdk_knows() {
    let kind = json!({"group": "apps", "version": "v1", "kind": "Deployment"});
    let resource = json!({"group": "apps", "version": "v1", "resource": "deployments"});
    let whole = json!({"uid": "1", "kind": kind, "resource": resource, "subResource": "scale", "requestKind": kind,
        "requestResource": resource, "requestSubResource": "scale", "name": "web", "namespace": "shop",
        "operation": "UPDATE", "object": {"a": 1}, "oldObject": {"a": 2}, "dryRun": true, "options": {"a": 3},
        "userInfo": {"username": "me", "uid": "2", "groups": ["b", "a"], "extra": {"a": ["4"]}}});
    let echo = Module::compile(&Engine::new().unwrap(), &wat::parse_str(ECHO).unwrap()).unwrap();
    let (absent, different) = compare_requests(&received(&echo, &whole, &json!({}))["request"]);
    assert_eq!(absent, Vec::<String>::new());
    assert_eq!(different, [REQUEST_RESOURCE, RESOURCE]);
}

/// The settings of a case: its own, and the same with each `onViolation`.
fn settings_of(case: &Case) -> impl Iterator<Item = Value> {
    let base = case.settings.as_object().cloned().unwrap_or_default();
    let ways = [
        json!({}),
        json!({"onViolation": "warn"}),
        json!({"onViolation": "fix", "applyFixes": "unsafe"}),
        json!({"onViolation": "no such way"}),
    ];
    ways.into_iter().map(move |way| {
        let mut settings = base.clone();
        settings.extend(way.as_object().cloned().unwrap_or_default());
        Value::Object(settings)
    })
}

/// `parity.rs` compares the modules' answers with the core's.
#[test]
fn answers_match_the_sdk() {
    let mut members = BTreeMap::<String, usize>::new();
    for entry in POLICIES {
        for case in plimsoll_fixtures::of(entry.metadata.id).unwrap() {
            let cluster = around(&case).into_iter().map(Arc::new).collect();
            let inventory = AsNeeded { inventory: Objects::new(cluster, true), needs: entry.metadata.needs };
            let old = case.old_object.as_deref().map(in_namespace);
            for checked in &case.checked {
                let object = in_namespace(&checked.object);
                let Ok(request) = request(&object, operation(&case), old.as_ref(), plural) else { continue };
                let at = format!("{} {}:{}", entry.metadata.id, case.file, case.line);
                for settings in settings_of(&case) {
                    let answer = native_answer(entry, &json!({"request": request, "settings": settings}), &inventory);
                    assert_same::<ValidationResponse>(&at, &answer);
                    for member in answer.as_object().unwrap().keys() {
                        *members.entry(member.clone()).or_default() += 1;
                    }
                }
            }
        }
    }
    for member in ["accepted", "message", "mutated_object", "warnings"] {
        assert!(members.get(member).is_some_and(|count| *count > 100), "{member}: {members:?}");
    }
}

#[test]
fn settings_answers_match_the_sdk() {
    let mut configure: Vec<(&str, plimsoll_guest::Configure<'_>)> =
        vec![("suite", &plimsoll::engine::config::configure)];
    let own: Vec<_> = POLICIES.iter().map(|entry| (entry.metadata.id, configured(entry))).collect();
    configure.extend(own.iter().map(|(id, configure)| (*id, configure as plimsoll_guest::Configure<'_>)));
    for (id, configure) in configure {
        for (settings, valid) in [("{}", true), (r#"{"noSuchSetting": 1}"#, false), ("[]", false), ("{", false)] {
            let answer = plimsoll_guest::validate_settings(settings.as_bytes(), configure);
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            assert_same::<SettingsValidationResponse>(id, &answer);
            assert_eq!(answer["valid"], valid, "{id}: {settings}: {answer}");
            assert_eq!(answer["message"].is_string(), !valid, "{id}: {settings}: {answer}");
        }
    }
}

/// Configures the policy as its module does.
fn configured(entry: &'static PolicyEntry) -> impl Fn(&Value) -> Result<Vec<Configured>, SettingsError> {
    |settings| (entry.configure)(settings).map(|policy| vec![policy])
}

#[test]
fn protocol_version_matches_the_sdk() {
    let version = ProtocolVersion::try_from(plimsoll_guest::PROTOCOL_VERSION.to_vec()).unwrap();
    assert_eq!(version, ProtocolVersion::V1);
    assert_eq!(serde_json::to_vec(&ProtocolVersion::default()).unwrap(), plimsoll_guest::PROTOCOL_VERSION);
}

/// A cluster's object as an API server stores it: a Secret's values are encoded.
fn stored(object: &Value) -> Value {
    let mut object = object.clone();
    if object["kind"] == "Secret"
        && let Some(Value::Object(written)) = object.get_mut("stringData")
    {
        for value in written.values_mut() {
            *value = Value::from(STANDARD.encode(value.as_str().unwrap_or_default()));
        }
    }
    in_namespace(&object)
}

/// The number of objects that the SDK reads in the answer to a list.
fn listed<T: ListableResource + DeserializeOwned>(answer: &[u8]) -> Result<usize, serde_json::Error> {
    serde_json::from_slice::<List<T>>(answer).map(|list| list.items.len())
}

/// Reads one object with the SDK.
fn got<T: DeserializeOwned>(answer: &[u8]) -> Result<(), serde_json::Error> {
    serde_json::from_slice::<T>(answer).map(drop)
}

/// How the SDK reads the answers about a kind.
struct Reading {
    /// Reads a list and returns the number of objects.
    list: fn(&[u8]) -> Result<usize, serde_json::Error>,
    get: fn(&[u8]) -> Result<(), serde_json::Error>,
}

/// How the SDK reads each kind that policies look up.
type Readings = BTreeMap<&'static str, Reading>;

fn readings() -> Readings {
    fn of<T: ListableResource + DeserializeOwned>() -> (&'static str, Reading) {
        (T::KIND, Reading { list: listed::<T>, get: got::<T> })
    }
    BTreeMap::from([
        of::<ClusterRole>(),
        of::<ConfigMap>(),
        of::<CronJob>(),
        of::<DaemonSet>(),
        of::<Deployment>(),
        of::<EndpointSlice>(),
        of::<Endpoints>(),
        of::<HorizontalPodAutoscaler>(),
        of::<Ingress>(),
        of::<Job>(),
        of::<LimitRange>(),
        of::<Namespace>(),
        of::<NetworkPolicy>(),
        of::<PersistentVolumeClaim>(),
        of::<Pod>(),
        of::<PodDisruptionBudget>(),
        of::<ReplicaSet>(),
        of::<ReplicationController>(),
        of::<ResourceQuota>(),
        of::<Role>(),
        of::<RoleBinding>(),
        of::<Secret>(),
        of::<Service>(),
        of::<ServiceAccount>(),
        of::<StatefulSet>(),
    ])
}

/// Compares a host call and its answer with the SDK. Returns the SDK's name of the call.
fn check_call(at: &str, call: &Call, readings: &Readings) -> &'static str {
    let kind = call.payload["kind"].as_str().unwrap();
    let is_custom = || {
        let api_version = call.payload["api_version"].as_str().unwrap();
        Kind::named(api_version, kind).is_some_and(|kind| !kind.is_builtin())
    };
    let reading = match readings.get(kind) {
        Some(reading) => reading,
        // The SDK has no types of custom resources.
        None if is_custom() => return check_payload(at, call),
        None => panic!("{at}: no reading for the kind {kind}"),
    };
    match (&call.answer, call.operation.as_str()) {
        (Answer::Given(answer), "get_resource") => {
            (reading.get)(answer).unwrap_or_else(|error| panic!("{at}: {error}"));
        }
        // A missing object has no answer.
        (Answer::Failed(_), "get_resource") => {}
        (Answer::Given(answer), _) => {
            let read = (reading.list)(answer).unwrap_or_else(|error| panic!("{at}: {error}"));
            let answer: Value = serde_json::from_slice(answer).unwrap();
            assert_eq!(read, answer["items"].as_array().unwrap().len(), "{at}: {answer}");
        }
        _ => panic!("{at}: {call:?}"),
    }
    check_payload(at, call)
}

/// Compares a module's host call with the SDK's, null members included.
fn check_payload(at: &str, call: &Call) -> &'static str {
    let (name, theirs) = match (call.namespace.as_str(), call.operation.as_str()) {
        ("kubernetes", "list_resources_by_namespace") => {
            ("ListResourcesByNamespaceRequest", again::<ListResourcesByNamespaceRequest>(&call.payload))
        }
        ("kubernetes", "list_resources_all") => {
            ("ListAllResourcesRequest", again::<ListAllResourcesRequest>(&call.payload))
        }
        ("kubernetes", "get_resource") => ("GetResourceRequest", again::<GetResourceRequest>(&call.payload)),
        _ => panic!("{at}: no policy makes this call: {call:?}"),
    };
    let mut ours = call.payload.clone();
    if let Some(Value::Array(masks)) = ours.get_mut("field_masks") {
        // The SDK has a set here.
        masks.sort_by_key(|mask| mask.as_str().map(str::to_owned));
    }
    assert_eq!(theirs, Ok(ours), "{at}");
    name
}

#[test]
fn host_calls_match_the_sdk() {
    let readings = readings();
    let mut made = BTreeMap::<&str, usize>::new();
    for entry in POLICIES.iter().filter(|entry| looks_up(entry)) {
        let shipped = Shipped::load(entry.metadata.id).unwrap_or_else(|error| panic!("{error:#}"));
        // A cluster can't hold objects that the API server rejects.
        let sound = |case: &&Case| is_served(case) && case.fails.is_none() && !case.lenient;
        for case in plimsoll_fixtures::of(entry.metadata.id).unwrap().iter().filter(sound) {
            let cluster: Vec<Value> = case.cluster.iter().map(|object| stored(object)).collect();
            let mut settings = if case.settings.is_null() { json!({}) } else { case.settings.clone() };
            for (checked, lookups) in
                case.checked.iter().flat_map(|checked| [(checked, "cluster"), (checked, "namespace")])
            {
                settings["lookups"] = lookups.into();
                // By default, what may still be applied is not looked up for a new object.
                settings["onMissingCompanion"] = "warn".into();
                let old = case.old_object.as_deref().map(in_namespace);
                let object = in_namespace(&checked.object);
                let Ok(request) = request(&object, operation(case), old.as_ref(), plural) else { continue };
                let mut guest = shipped.start(cluster.clone()).unwrap_or_else(|error| panic!("{error:#}"));
                guest.validate(&request, &settings).unwrap();
                let at = format!("{} {}:{}", entry.metadata.id, case.file, case.line);
                for call in guest.calls() {
                    *made.entry(check_call(&at, &call, &readings)).or_default() += 1;
                }
            }
        }
    }
    for name in ["ListAllResourcesRequest", "ListResourcesByNamespaceRequest", "GetResourceRequest"] {
        assert!(made.get(name).is_some_and(|count| *count > 0), "{name}: {made:?}");
    }
}

/// A document decoded and encoded by our host's types, and the original.
fn through_the_host<T: DeserializeOwned + Serialize>(theirs: &impl Serialize) -> (Value, Value) {
    let theirs = serde_json::to_value(theirs).unwrap();
    let ours = again::<T>(&theirs).unwrap();
    (theirs, ours)
}

#[test]
fn host_reads_every_call_that_the_sdk_can_make() {
    let text = |text: &str| text.to_owned();
    let masks = || Some(BTreeSet::from([text("metadata.name"), text("spec.selector")]));
    for set in [true, false] {
        let (theirs, ours) =
            through_the_host::<plimsoll_host::ListResourcesByNamespace>(&ListResourcesByNamespaceRequest {
                api_version: text("v1"),
                kind: text("Service"),
                namespace: text("shop"),
                label_selector: set.then(|| text("app=web")),
                field_selector: set.then(|| text("metadata.name=web")),
                field_masks: masks().filter(|_| set),
            });
        assert_eq!(ours, theirs);
        let (theirs, ours) = through_the_host::<plimsoll_host::ListAllResources>(&ListAllResourcesRequest {
            api_version: text("v1"),
            kind: text("Service"),
            label_selector: set.then(|| text("app=web")),
            field_selector: set.then(|| text("metadata.name=web")),
            field_masks: masks().filter(|_| set),
        });
        assert_eq!(ours, theirs);
        let (theirs, ours) = through_the_host::<plimsoll_host::GetResource>(&GetResourceRequest {
            api_version: text("v1"),
            kind: text("Namespace"),
            name: text("shop"),
            namespace: set.then(|| text("shop")),
            disable_cache: set,
            field_masks: masks().filter(|_| set),
        });
        assert_eq!(ours, theirs);
        let (theirs, ours) = through_the_host::<plimsoll_host::CanI>(&CanIRequest {
            subject_access_review: SubjectAccessReview {
                groups: set.then(|| vec![text("admins")]),
                resource_attributes: ResourceAttributes {
                    group: set.then(|| text("apps")),
                    name: set.then(|| text("web")),
                    namespace: set.then(|| text("shop")),
                    resource: text("deployments"),
                    subresource: set.then(|| text("scale")),
                    verb: text("patch"),
                    version: set.then(|| text("v1")),
                },
                user: text("me"),
            },
            disable_cache: set,
        });
        // Recorded sessions name the review differently.
        assert_eq!(ours["request"], theirs["subject_access_review"]);
        assert_eq!(ours["disable_cache"], theirs["disable_cache"]);
    }
}
