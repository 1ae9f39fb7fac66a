//! The modules' host calls: rbac.yaml allows exactly these, and all modules list a kind with the same mask.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::collections::{BTreeMap, BTreeSet};

use plimsoll::kube::kinds::Kind;
use plimsoll::policies::POLICIES;
use plimsoll::policies::PolicyEntry;
use plimsoll_e2e::{Shipped, around, in_namespace, is_served, operation, plural, repository};
use plimsoll_host::{HostCall, request};
use plimsoll_manifest::Limits;
use serde_json::{Value, json};

/// An API group, a resource in it, and a verb.
type Permissions = BTreeSet<(String, String, String)>;

/// The permissions in rbac.yaml; none without that file.
fn allowed(id: &str) -> Permissions {
    let path = repository().join("policies").join(id).join("rbac.yaml");
    let Ok(text) = std::fs::read(path) else { return Permissions::new() };
    let file = plimsoll_manifest::read(&text, &Limits::default());
    assert!(file.errors.is_empty(), "{id}: {:?}", file.errors);
    let role = &file.documents[0].value;
    assert_eq!(role["kind"], "ClusterRole", "{id}");
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut allowed = Permissions::new();
    for rule in role["rules"].as_array().unwrap() {
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                for verb in texts(&rule["verbs"]) {
                    allowed.insert((group.clone(), resource.clone(), verb));
                }
            }
        }
    }
    allowed
}

/// The permissions that the host needs to answer a call: it watches what it lists.
fn needed(call: &HostCall) -> Permissions {
    let (api_version, kind, verbs) = match call {
        HostCall::KubernetesGetResource(call) => (&call.api_version, &call.kind, &["get"][..]),
        HostCall::KubernetesListResourceAll(call) => (&call.api_version, &call.kind, &["list", "watch"][..]),
        call => panic!("no policy makes this call: {call:?}"),
    };
    let kind = Kind::named(api_version, kind).unwrap();
    verbs.iter().map(|verb| (kind.group.to_owned(), kind.plural.to_owned(), (*verb).to_owned())).collect()
}

/// The host calls of a policy's module over all of its fixtures, with this value of `lookups`.
fn asked(entry: &PolicyEntry, lookups: &str) -> Vec<HostCall> {
    let shipped = Shipped::load(entry.metadata.id).unwrap_or_else(|error| panic!("{error:#}"));
    let mut asked = Vec::new();
    for case in plimsoll_fixtures::of(entry.metadata.id).unwrap().iter().filter(|case| is_served(case)) {
        let cluster = around(case);
        let mut settings = if case.settings.is_null() { json!({}) } else { case.settings.clone() };
        settings["lookups"] = lookups.into();
        // By default, what may still be applied is not looked up for a new object.
        settings["onMissingCompanion"] = "warn".into();
        for checked in &case.checked {
            let old = case.old_object.as_deref().map(in_namespace);
            let object = in_namespace(&checked.object);
            let Ok(request) = request(&object, operation(case), old.as_ref(), plural) else { continue };
            let mut guest = shipped.start(cluster.clone()).unwrap_or_else(|error| panic!("{error:#}"));
            guest.validate(&request, &settings).unwrap();
            let calls = guest.calls();
            let distinct: BTreeSet<String> = calls.iter().map(|call| call.payload.to_string()).collect();
            assert_eq!(distinct.len(), calls.len(), "{}: a look-up is repeated", entry.metadata.id);
            for call in calls {
                // Denied calls have no request: a module that reads more than its metadata declares fails here.
                asked.push(call.request.unwrap_or_else(|| panic!("{}: {:?}", entry.metadata.id, call.answer)));
            }
        }
    }
    asked
}

#[test]
fn rbac_allows_exactly_the_calls_that_modules_make() {
    let mut all = Permissions::new();
    for entry in POLICIES {
        let asked: Permissions = asked(entry, "cluster").iter().flat_map(needed).collect();
        let allowed = allowed(entry.metadata.id);
        let idle: Vec<_> = allowed.difference(&asked).collect();
        let denied: Vec<_> = asked.difference(&allowed).collect();
        assert!(idle.is_empty(), "{}: no fixture needs {idle:?}", entry.metadata.id);
        assert!(denied.is_empty(), "{}: rbac.yaml does not allow {denied:?}", entry.metadata.id);
        all.extend(asked);
    }
    assert_eq!(all, allowed("suite"));
}

/// PolicyServer keeps a watch, and a copy of all objects, for each kind and mask.
#[test]
fn all_modules_list_a_kind_with_the_same_mask() {
    let mut masks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in POLICIES {
        for call in asked(entry, "cluster") {
            let HostCall::KubernetesListResourceAll(call) = call else { continue };
            let mask = call.field_masks.unwrap();
            assert!(call.label_selector.is_none() && call.field_selector.is_none(), "{}", entry.metadata.id);
            let known = masks.entry(call.kind.clone()).or_insert_with(|| mask.clone());
            assert_eq!(*known, mask, "{}: {}", entry.metadata.id, call.kind);
        }
    }
    let kinds: Vec<&str> = masks.keys().map(String::as_str).collect();
    assert!(kinds.contains(&"Deployment") && kinds.len() <= 14, "{kinds:?}");
}

#[test]
fn namespaced_look_ups_never_list_the_cluster() {
    let entry = POLICIES.iter().find(|entry| entry.metadata.id == "drain-deadlock").unwrap();
    let (cluster, namespace) = (asked(entry, "cluster"), asked(entry, "namespace"));
    assert_eq!(cluster.len(), namespace.len());
    for (whole, part) in cluster.iter().zip(&namespace) {
        let HostCall::KubernetesListResourceNamespace(part) = part else { panic!("{part:?}") };
        let HostCall::KubernetesListResourceAll(whole) = whole else { panic!("{whole:?}") };
        assert_eq!((&part.kind, &part.field_masks), (&whole.kind, &whole.field_masks));
        assert!(!part.namespace.is_empty());
    }
}
