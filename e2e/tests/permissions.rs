//! rbac.yaml allows what modules ask for, and nothing else.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::collections::BTreeSet;

use plimsoll::kube::kinds::Kind;
use plimsoll::policies::POLICIES;
use plimsoll::policies::PolicyEntry;
use plimsoll_e2e::{Shipped, in_namespace, is_served, operation, plural, repository};
use plimsoll_host::{HostCall, request};
use plimsoll_manifest::Limits;
use serde_json::{Value, json};

/// An API group, a resource in it, and a verb.
type Permissions = BTreeSet<(String, String, String)>;

/// What rbac.yaml allows; nothing when there is none.
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

/// What a host needs to be allowed to answer a call: it watches what it lists.
fn needed(call: &HostCall) -> Permissions {
    let (api_version, kind, verbs) = match call {
        HostCall::KubernetesGetResource(call) => (&call.api_version, &call.kind, &["get"][..]),
        HostCall::KubernetesListResourceNamespace(call) => {
            (&call.api_version, &call.kind, &["get", "list", "watch"][..])
        }
        call => panic!("no policy makes this call: {call:?}"),
    };
    let kind = Kind::named(api_version, kind).unwrap();
    verbs.iter().map(|verb| (kind.group.to_owned(), kind.plural.to_owned(), (*verb).to_owned())).collect()
}

/// What a policy's module asks for, over all of its fixtures.
fn asked(entry: &PolicyEntry) -> Permissions {
    let shipped = Shipped::load(entry.metadata.id).unwrap_or_else(|error| panic!("{error:#}"));
    let mut asked = Permissions::new();
    for case in plimsoll_fixtures::of(entry.metadata.id).unwrap().iter().filter(|case| is_served(case)) {
        let cluster: Vec<Value> = case.cluster.iter().map(|object| in_namespace(object)).collect();
        let settings = if case.settings.is_null() { json!({}) } else { case.settings.clone() };
        for checked in &case.checked {
            let old = case.old_object.as_deref().map(in_namespace);
            let object = in_namespace(&checked.object);
            let Ok(request) = request(&object, operation(case), old.as_ref(), plural) else { continue };
            let mut guest = shipped.start(cluster.clone()).unwrap_or_else(|error| panic!("{error:#}"));
            guest.validate(&request, &settings).unwrap();
            for call in guest.calls() {
                // Refused calls have no request: a module that asks for more than its metadata names fails here.
                let call = call.request.unwrap_or_else(|| panic!("{}: {:?}", entry.metadata.id, call.answer));
                asked.extend(needed(&call));
            }
        }
    }
    asked
}

#[test]
fn what_is_allowed_is_what_is_asked_for() {
    let mut all = Permissions::new();
    for entry in POLICIES {
        let (asked, allowed) = (asked(entry), allowed(entry.metadata.id));
        let idle: Vec<_> = allowed.difference(&asked).collect();
        let denied: Vec<_> = asked.difference(&allowed).collect();
        assert!(idle.is_empty(), "{}: no fixture asks for {idle:?}", entry.metadata.id);
        assert!(denied.is_empty(), "{}: rbac.yaml does not allow {denied:?}", entry.metadata.id);
        all.extend(asked);
    }
    assert_eq!(all, allowed("suite"));
}
