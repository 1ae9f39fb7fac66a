//! The host with guests written for these tests.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests may, as tests may"
)]

mod guests;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use plimsoll_host::*;
use serde_json::{Value, json};

const LIST: &str =
    r#"{"api_version":"v1","kind":"ConfigMap","label_selector":null,"field_selector":null,"field_masks":null}"#;

fn engine(deadline: Duration) -> Engine {
    Engine::with_options(&EngineOptions { deadline, ..EngineOptions::default() }).unwrap()
}

fn module(wasm: &[u8]) -> Module {
    // Generous: only the tests of deadlines may reach one.
    Module::compile(&engine(Duration::from_secs(60)), wasm).unwrap()
}

fn start(wasm: &[u8], config: Config, callbacks: impl Callbacks + 'static) -> Instance {
    module(wasm).instantiate(config, Arc::new(callbacks)).unwrap()
}

fn bare(wasm: &[u8]) -> Instance {
    start(wasm, Config::new("test"), Objects::default())
}

/// Grants what the guests' metadata declares.
fn declared(wasm: &[u8], callbacks: impl Callbacks + 'static) -> Instance {
    let config = Config::declared_by("test", &ModuleMetadata::of_module(wasm).unwrap().unwrap());
    start(wasm, config, callbacks)
}

fn pod() -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a", "namespace": "shop" }, "spec": {} })
}

fn create(object: &Value) -> Value {
    request(object, Operation::Create, None, |_, _| Some("pods".to_owned())).unwrap()
}

fn delete(object: &Value) -> Value {
    request(object, Operation::Delete, None, |_, _| Some("pods".to_owned())).unwrap()
}

fn config_map(namespace: &str, name: &str, labels: Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": labels,
            "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "{}", "a": "b" },
            "managedFields": [{ "manager": "kubectl" }],
        },
        "data": { "x": "1", "y": "2" },
        "list": [{ "keep": 1, "drop": 2 }, { "keep": 3 }, 4],
    })
}

/// The answer to the guest's only host call.
fn answered(instance: &Instance) -> Value {
    match &instance.calls()[..] {
        [Call { answer: Answer::Given(bytes), .. }] => serde_json::from_slice(bytes).unwrap(),
        other => panic!("expected one answered call, got {other:?}"),
    }
}

fn guest_error(result: Result<Verdict, HostError>) -> String {
    match result {
        Err(HostError::Guest(message)) => message,
        other => panic!("expected the guest's error, got {other:?}"),
    }
}

mod calls {
    use super::*;

    #[test]
    fn guest_sees_only_members_that_a_real_host_passes_on() {
        let mut request = create(&pod());
        request["subResource"] = Value::Null;
        request["notKubernetes"] = json!(1);
        let seen = guest_error(bare(&guests::echo()).validate(&request, &Value::Null));
        let seen: Value = serde_json::from_str(&seen).unwrap();
        assert_eq!(seen["settings"], json!({}));
        assert_eq!(seen["request"]["object"], pod());
        assert_eq!(seen["request"]["namespace"], "shop");
        let members = seen["request"].as_object().unwrap();
        for dropped in ["subResource", "oldObject", "notKubernetes"] {
            assert!(!members.contains_key(dropped), "{dropped} reached the guest");
        }
    }

    #[test]
    fn a_raw_request_reaches_the_guest_untouched() {
        let raw = json!({ "anything": null });
        let seen = guest_error(bare(&guests::echo()).validate_raw(&raw, &json!({ "a": 1 })));
        let seen: Value = serde_json::from_str(&seen).unwrap();
        assert_eq!(seen, json!({ "request": raw, "settings": { "a": 1 } }));
    }

    #[test]
    fn malformed_admission_request_is_rejected() {
        let mut request = create(&pod());
        request.as_object_mut().unwrap().remove("userInfo");
        let error = bare(&guests::echo()).validate(&request, &Value::Null).unwrap_err();
        assert!(matches!(&error, HostError::Request(reason) if reason.contains("userInfo")), "{error}");
        assert_eq!(error.rejection(), None);
    }

    #[test]
    fn rejection_carries_message_code_and_annotations() {
        let answer = r#"{"accepted":false,"message":"no","code":400,"warnings":["w"],"audit_annotations":{"k":"v"}}"#;
        let verdict = bare(&guests::constant(answer)).validate(&create(&pod()), &Value::Null).unwrap();
        assert_eq!(verdict.warnings(), ["w"]);
        assert_eq!(
            verdict.admission_response("u"),
            json!({
                "uid": "u",
                "allowed": false,
                "status": { "message": "no", "code": 400 },
                "auditAnnotations": { "k": "v" },
                "warnings": ["w"],
            })
        );
    }

    #[test]
    fn acceptance_has_the_nulls_that_kubewarden_writes() {
        let verdict = bare(&guests::constant(r#"{"accepted":true}"#)).validate(&create(&pod()), &Value::Null).unwrap();
        let expected = json!({ "uid": "u", "allowed": true, "auditAnnotations": null, "warnings": null });
        assert_eq!(verdict.admission_response("u"), expected);
    }

    #[test]
    fn validate_settings_returns_the_verdict_of_the_policy() {
        let mut instance = bare(&guests::constant(r#"{"valid":false,"message":"typo"}"#));
        let verdict = instance.validate_settings(&json!({ "a": 1 })).unwrap();
        assert_eq!(verdict, SettingsVerdict { valid: false, message: Some("typo".to_owned()) });
    }

    #[test]
    fn protocol_version_is_v1() {
        assert_eq!(bare(&guests::constant(r#""v1""#)).protocol_version().unwrap(), "v1");
    }

    #[test]
    fn instances_share_no_memory() {
        let module = module(&guests::counting());
        let start = || module.instantiate(Config::new("test"), Arc::new(Objects::default())).unwrap();
        let said = |instance: &mut Instance| instance.validate(&create(&pod()), &Value::Null).unwrap().message.unwrap();
        let (mut one, mut other) = (start(), start());
        assert_eq!([said(&mut one), said(&mut one), said(&mut other)], ["1", "2", "1"]);
    }

    #[test]
    fn compiled_module_is_cached_and_reused() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Some(directory.path().join("modules"));
        for _ in 0..2 {
            let engine =
                Engine::with_options(&EngineOptions { cache: cache.clone(), ..EngineOptions::default() }).unwrap();
            let module = Module::compile(&engine, &guests::counting()).unwrap();
            let mut instance = module.instantiate(Config::new("test"), Arc::new(Objects::default())).unwrap();
            assert_eq!(instance.validate(&create(&pod()), &Value::Null).unwrap().message.as_deref(), Some("1"));
            assert!(std::fs::read_dir(directory.path().join("modules")).unwrap().next().is_some());
        }
    }

    #[test]
    fn a_compiled_module_serves_many_threads() {
        let module = module(&guests::counting());
        let said = || {
            let mut instance = module.instantiate(Config::new("test"), Arc::new(Objects::default())).unwrap();
            instance.validate(&create(&pod()), &Value::Null).unwrap().message
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(said)).collect();
            for thread in threads {
                assert_eq!(thread.join().unwrap().as_deref(), Some("1"));
            }
        });
    }
}

mod failures {
    use super::*;

    #[test]
    fn guest_error_becomes_a_500() {
        let mut instance = bare(&guests::calling("kubewarden", "nowhere", "x", "{}"));
        let error = instance.validate(&create(&pod()), &Value::Null).unwrap_err();
        assert!(matches!(error, HostError::Guest(_)), "{error:?}");
        let verdict = error.rejection().unwrap();
        assert_eq!((verdict.allowed, verdict.code), (false, Some(500)));
        let message = verdict.message.unwrap();
        assert!(message.starts_with("internal server error: Guest call failure: "), "{message}");
    }

    #[test]
    fn guest_trap_becomes_a_500() {
        let error = bare(&guests::trapping()).validate(&create(&pod()), &Value::Null).unwrap_err();
        assert!(matches!(error, HostError::GuestTrap(_)), "{error:?}");
        assert_eq!(error.rejection().unwrap().code, Some(500));
    }

    #[test]
    fn missing_answer_is_an_error() {
        let error = bare(&guests::silent()).validate(&create(&pod()), &Value::Null).unwrap_err();
        assert!(matches!(error, HostError::Guest(_)), "{error:?}");
    }

    #[test]
    fn malformed_answer_becomes_a_500() {
        for answer in ["[]", r#"{"allowed":true}"#, "yes"] {
            let error = bare(&guests::constant(answer)).validate(&create(&pod()), &Value::Null).unwrap_err();
            assert!(matches!(error, HostError::GuestAnswer(_)), "{answer}: {error:?}");
            let message = error.rejection().unwrap().message.unwrap();
            assert!(message.starts_with("internal server error: invalid response from policy: "), "{message}");
        }
    }

    #[test]
    fn endless_guest_is_interrupted_and_restarted() {
        let engine = engine(Duration::from_secs(1));
        let module = Module::compile(&engine, &guests::counting()).unwrap();
        let mut instance = module.instantiate(Config::new("test"), Arc::new(Objects::default())).unwrap();
        let said = |instance: &mut Instance| instance.validate(&create(&pod()), &Value::Null).unwrap().message;
        assert_eq!(said(&mut instance).as_deref(), Some("1"));
        let error = instance.validate_settings(&Value::Null).unwrap_err();
        assert!(matches!(error, HostError::GuestDeadline), "{error:?}");
        let verdict = error.rejection().unwrap();
        assert_eq!(
            verdict.admission_response("u")["status"],
            json!({ "code": 500, "message": "Policy execution interrupted because it exceeded the allowed execution time" })
        );
        assert_eq!(said(&mut instance).as_deref(), Some("1"), "the memory of the interrupted call lives on");
    }

    #[test]
    fn guest_that_fails_to_start_is_an_error() {
        let engine = engine(Duration::from_secs(1));
        let start = |wasm: &[u8]| {
            let module = Module::compile(&engine, wasm).unwrap();
            module.instantiate(Config::new("test"), Arc::new(Objects::default())).unwrap_err()
        };
        assert!(matches!(start(&guests::never_starting()), HostError::InitDeadline));
        let error = start(&guests::failing_to_start());
        assert!(matches!(error, HostError::Init(_)), "{error:?}");
        assert_eq!(error.rejection(), None);
    }

    #[test]
    fn module_with_unknown_imports_does_not_compile() {
        let engine = Engine::new().unwrap();
        assert!(matches!(Module::compile(&engine, b"(module)"), Err(HostError::Compile(_))));
        let foreign = wat::parse_str(r#"(module (import "env" "f" (func)))"#).unwrap();
        assert!(matches!(Module::compile(&engine, &foreign), Err(HostError::Compile(_))));
        let no_policy = Module::compile(&engine, &wat::parse_str("(module)").unwrap()).unwrap();
        let started = no_policy.instantiate(Config::new("test"), Arc::new(Objects::default()));
        assert!(matches!(started, Err(HostError::Init(_))));
        assert_eq!(no_policy.metadata().unwrap(), None);
    }
}

mod mutation {
    use super::*;

    fn mutating(mutated: &Value, allowed_to_mutate: bool) -> Instance {
        let answer = json!({ "accepted": true, "mutated_object": mutated, "warnings": ["changed"] }).to_string();
        let config = Config { allowed_to_mutate, ..Config::new("test") };
        start(&guests::constant(&answer), config, Objects::default())
    }

    #[test]
    fn patch_turns_the_object_into_the_mutated_one() {
        let mut mutated = pod();
        mutated["spec"]["priority"] = json!(5);
        let verdict = mutating(&mutated, true).validate(&create(&pod()), &Value::Null).unwrap();
        assert!(verdict.allowed);
        let response = verdict.admission_response("u");
        assert_eq!(response["patchType"], "JSONPatch");
        let text = base64::engine::general_purpose::STANDARD.decode(response["patch"].as_str().unwrap()).unwrap();
        let patch: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(patch, json!([{ "op": "add", "path": "/spec/priority", "value": 5 }]));
    }

    #[test]
    fn unchanged_object_has_no_patch_and_is_allowed() {
        let verdict = mutating(&pod(), false).validate(&create(&pod()), &Value::Null).unwrap();
        assert!(verdict.allowed);
        assert_eq!(verdict.patch, None);
    }

    #[test]
    fn mutation_without_permission_is_rejected() {
        let mut mutated = pod();
        mutated["spec"]["priority"] = json!(5);
        let verdict = mutating(&mutated, false).validate(&create(&pod()), &Value::Null).unwrap();
        assert!(!verdict.allowed);
        assert_eq!((&verdict.patch, &verdict.mutated_object, verdict.code), (&None, &None, None));
        assert!(verdict.message.as_deref().unwrap().contains("policy test"), "{:?}", verdict.message);
        assert_eq!(verdict.warnings(), ["changed"]);
    }

    #[test]
    fn mutation_of_a_deleted_object_is_rejected() {
        let verdict = mutating(&pod(), true).validate(&delete(&pod()), &Value::Null).unwrap();
        assert!(!verdict.allowed);
        assert!(verdict.message.unwrap().contains("DELETE"));
        assert_eq!(verdict.patch, None);
    }
}

mod gates {
    use super::*;

    fn list_with(grants: Grants) -> (Result<Verdict, HostError>, Vec<Call>) {
        let config = Config { grants, ..Config::new("test") };
        let guest = guests::calling("kubewarden", "kubernetes", "list_resources_all", LIST);
        let mut instance = start(&guest, config, Objects::default());
        (instance.validate(&create(&pod()), &Value::Null), instance.calls())
    }

    fn grants(capability: &str, api_version: &str) -> Grants {
        Grants {
            resources: [ContextAwareResource { api_version: api_version.to_owned(), kind: "ConfigMap".to_owned() }]
                .into(),
            capabilities: [capability.to_owned()].into(),
        }
    }

    #[test]
    fn call_needs_both_capability_and_resource() {
        for (grants, expected) in [
            (Grants::none(), "'kubernetes/list_resources_all' host capability"),
            (grants("kubernetes/get_resource", "v1"), "'kubernetes/list_resources_all' host capability"),
            (grants("kubernetes/list_resources*", "v1"), "'kubernetes/list_resources_all' host capability"),
            (grants("*", "v2"), "Kubernetes v1/ConfigMap resources"),
        ] {
            let (result, calls) = list_with(grants);
            let message = guest_error(result);
            assert!(message.contains(expected), "{message}");
            assert!(matches!(&calls[..], [Call { request: None, answer: Answer::Refused(_), .. }]), "{calls:?}");
        }
    }

    #[test]
    fn granted_call_is_answered() {
        for capability in ["*", "kubernetes/*", "kubernetes/list_resources_all"] {
            let (_, calls) = list_with(grants(capability, "v1"));
            let [call] = &calls[..] else { panic!("{calls:?}") };
            assert_eq!((call.namespace.as_str(), call.operation.as_str()), ("kubernetes", "list_resources_all"));
            assert_eq!(call.payload, serde_json::from_str::<Value>(LIST).unwrap());
            let Answer::Given(bytes) = &call.answer else { panic!("{call:?}") };
            assert_eq!(call.size(), bytes.len());
        }
    }

    #[test]
    fn unknown_calls_are_denied_and_logging_is_always_allowed() {
        for (binding, namespace, operation) in
            [("other", "kubernetes", "can_i"), ("kubewarden", "kubernetes", "delete"), ("kubewarden", "x", "y")]
        {
            let guest = guests::calling(binding, namespace, operation, "{}");
            let grants = Grants { capabilities: ["*".to_owned()].into(), ..Grants::none() };
            let mut instance = start(&guest, Config { grants, ..Config::new("test") }, Objects::default());
            let message = guest_error(instance.validate(&create(&pod()), &Value::Null));
            assert!(message.starts_with("unknown "), "{message}");
        }
        let mut instance = bare(&guests::calling("kubewarden", "tracing", "log", r#"{"level":"INFO"}"#));
        // The answer is empty, and this guest returns it as its own.
        assert!(matches!(instance.validate(&create(&pod()), &Value::Null), Err(HostError::GuestAnswer(_))));
        assert_eq!(instance.logs(), [json!({ "level": "INFO" })]);
        assert_eq!(instance.calls(), []);
    }

    #[test]
    fn malformed_payload_is_a_guest_error() {
        let guest = guests::calling("kubewarden", "kubernetes", "list_resources_all", r#"{"kind":"ConfigMap"}"#);
        let mut instance = declared(&guest, Objects::default());
        let message = guest_error(instance.validate(&create(&pod()), &Value::Null));
        assert!(message.contains("api_version"), "{message}");
    }
}

mod cluster {
    use super::*;

    fn objects() -> Objects {
        Objects::new(vec![
            config_map("shop", "one", json!({ "app": "web" })),
            config_map("bank", "two", json!({ "app": "api" })),
            json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "one", "namespace": "shop" } }),
        ])
    }

    fn ask(operation: &str, payload: &Value) -> (Result<Verdict, HostError>, Instance) {
        let guest = guests::calling("kubewarden", "kubernetes", operation, &payload.to_string());
        let mut instance = declared(&guest, objects());
        (instance.validate(&create(&pod()), &Value::Null), instance)
    }

    fn names(list: &Value) -> Vec<&str> {
        list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
    }

    #[test]
    fn lists_are_filtered_by_namespace_and_selectors() {
        let all = json!({ "api_version": "v1", "kind": "ConfigMap" });
        let with = |name: &str, value: &str| {
            let mut payload = all.clone();
            payload[name] = json!(value);
            payload
        };
        for (operation, payload, expected) in [
            ("list_resources_all", all.clone(), vec!["one", "two"]),
            ("list_resources_all", with("label_selector", "app=web"), vec!["one"]),
            ("list_resources_all", with("field_selector", "metadata.namespace=bank"), vec!["two"]),
            ("list_resources_by_namespace", with("namespace", "bank"), vec!["two"]),
            ("list_resources_by_namespace", with("namespace", "none"), vec![]),
        ] {
            let list = answered(&ask(operation, &payload).1);
            assert_eq!((&list["apiVersion"], &list["kind"]), (&json!("v1"), &json!("ConfigMapList")));
            assert_eq!(names(&list), expected, "{payload}");
        }
        let (result, _) = ask("list_resources_all", &with("label_selector", "app within (a)"));
        assert!(guest_error(result).starts_with("Callback evaluation failure: "));
    }

    #[test]
    fn items_come_without_type_and_managed_fields() {
        let list = answered(&ask("list_resources_all", &json!({ "api_version": "v1", "kind": "ConfigMap" })).1);
        let mut expected = config_map("shop", "one", json!({ "app": "web" }));
        expected.as_object_mut().unwrap().remove("apiVersion");
        expected.as_object_mut().unwrap().remove("kind");
        expected["metadata"]["managedFields"] = json!([]);
        expected["metadata"]["annotations"] = json!({ "a": "b" });
        assert_eq!(list["items"][0], expected);
    }

    #[test]
    fn masks_keep_their_paths_through_arrays_and_all_metadata() {
        let masks = json!(["metadata.name", "data.x", "list.keep"]);
        let list = json!({ "api_version": "v1", "kind": "ConfigMap", "field_masks": masks });
        let item = answered(&ask("list_resources_all", &list).1)["items"][0].clone();
        assert_eq!(item["data"], json!({ "x": "1" }));
        assert_eq!(item["list"], json!([{ "keep": 1 }, { "keep": 3 }, 4]));
        assert_eq!(item["metadata"]["labels"], json!({ "app": "web" }));

        let get = json!({ "api_version": "v1", "kind": "ConfigMap", "name": "one", "namespace": "shop",
                          "disable_cache": false, "field_masks": ["data.y"] });
        let mut expected = config_map("shop", "one", json!({ "app": "web" }));
        expected["data"] = json!({ "y": "2" });
        expected.as_object_mut().unwrap().remove("list");
        assert_eq!(answered(&ask("get_resource", &get).1), expected);
    }

    #[test]
    fn missing_object_is_a_guest_error() {
        let get = |namespace: Option<&str>| {
            let payload = json!({ "api_version": "v1", "kind": "ConfigMap", "name": "one", "namespace": namespace,
                                  "disable_cache": false });
            guest_error(ask("get_resource", &payload).0)
        };
        let missing = get(Some("bank"));
        assert!(missing.contains("Cannot find v1/ConfigMap named 'one'"), "{missing}");
        assert!(get(None).contains("no namespace was provided"));
    }

    #[test]
    fn the_answer_reaches_the_guest() {
        let verdict = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "v", "namespace": "shop" },
                              "accepted": true, "message": "from the cluster" });
        let get = r#"{"api_version":"v1","kind":"ConfigMap","name":"v","namespace":"shop","disable_cache":true}"#;
        let guest = guests::calling("kubewarden", "kubernetes", "get_resource", get);
        let mut instance = declared(&guest, Objects::new(vec![verdict]));
        let verdict = instance.validate(&create(&pod()), &Value::Null).unwrap();
        assert_eq!(verdict.message.as_deref(), Some("from the cluster"));
    }
}

mod sessions {
    use super::*;

    const GET: &str = r#"{"api_version":"v1","kind":"ConfigMap","name":"one","namespace":"shop","disable_cache":false,"field_masks":["data"]}"#;

    fn getting() -> Vec<u8> {
        guests::calling("kubewarden", "kubernetes", "get_resource", GET)
    }

    #[test]
    fn replayed_session_answers_like_the_cluster() {
        for objects in [vec![config_map("shop", "one", json!({}))], vec![]] {
            let mut live = declared(&getting(), Objects::new(objects));
            let first = live.validate(&create(&pod()), &Value::Null);
            let session = Session::of(&live.calls());
            let file = session.to_yaml().unwrap();
            assert_eq!(Session::parse(&file).unwrap(), session);

            let replay = Arc::new(Replay::new(session));
            let config = Config::declared_by("test", &ModuleMetadata::of_module(&getting()).unwrap().unwrap());
            let mut replayed = module(&getting()).instantiate(config, replay.clone()).unwrap();
            let second = replayed.validate(&create(&pod()), &Value::Null);
            assert_eq!(replayed.calls(), live.calls());
            assert_eq!(first.is_ok(), second.is_ok());
            assert_eq!(replay.left(), []);
        }
    }

    #[test]
    fn session_file_of_kwctl_is_read() {
        let file = "
- type: Exchange
  request: |
    !KubernetesListResourceAll
    api_version: policy/v1
    kind: PodDisruptionBudget
    label_selector: null
    field_selector: null
  response:
    type: Success
    payload: '{\"items\":[]}'
- type: Exchange
  request: |
    !KubernetesCanI
    request:
      groups: null
      resource_attributes: {group: apps, name: null, namespace: null, resource: deployments, subresource: null, verb: get, version: null}
      user: jane
    disable_cache: false
  response: {type: Error, message: no}
- type: Exchange
  request: '!DNSLookupHost {host: localhost}'
  response: {type: Success, payload: '{\"ips\":[]}'}
";
        let Session(exchanges) = Session::parse(file).unwrap();
        let [list, can_i, dns] = &exchanges[..] else { panic!("{exchanges:?}") };
        assert!(matches!(&list.call, HostCall::KubernetesListResourceAll(l) if l.kind == "PodDisruptionBudget"));
        assert_eq!(list.answer, Ok(r#"{"items":[]}"#.to_owned()));
        assert!(matches!(&can_i.call, HostCall::KubernetesCanI(c) if c.request.user == "jane"));
        assert_eq!(can_i.answer, Err("no".to_owned()));
        assert_eq!(dns.call, HostCall::DnsLookupHost { host: "localhost".to_owned() });
        for broken in [
            "{}",
            "- type: Exchange",
            "- {type: Exchange, request: '!Nothing {}', response: {type: Success, payload: ''}}",
        ] {
            assert!(matches!(Session::parse(broken), Err(HostError::Session(_))), "{broken}");
        }
    }

    #[test]
    fn calls_are_written_with_their_tags() {
        let mut live = declared(&getting(), Objects::default());
        let _ = live.validate(&create(&pod()), &Value::Null);
        let file = Session::of(&live.calls()).to_yaml().unwrap();
        assert!(file.contains("!KubernetesGetResource"), "{file}");
        assert!(file.contains("type: Exchange") && file.contains("type: Error"), "{file}");
    }

    #[test]
    fn replay_is_strict() {
        let exchange = |masks: Option<&str>| Exchange {
            call: HostCall::KubernetesGetResource(GetResource {
                api_version: "v1".to_owned(),
                kind: "ConfigMap".to_owned(),
                name: "one".to_owned(),
                namespace: Some("shop".to_owned()),
                disable_cache: false,
                field_masks: masks.map(|mask| [mask.to_owned()].into()),
            }),
            answer: Ok(r#"{"accepted":true}"#.to_owned()),
        };
        let mut instance = declared(&getting(), Replay::new(Session(vec![exchange(None), exchange(Some("data"))])));
        let mut ask = || instance.validate(&create(&pod()), &Value::Null);
        assert!(guest_error(ask()).contains("Replay error: unexpected request"), "the masks differ");
        assert!(ask().unwrap().allowed);
        assert!(guest_error(ask()).contains("the list of recorded responses is empty"));
    }

    #[test]
    fn denied_calls_are_not_recorded() {
        let mut instance = start(&getting(), Config::new("test"), Objects::default());
        let _ = instance.validate(&create(&pod()), &Value::Null);
        assert_eq!(instance.calls().len(), 1);
        assert_eq!(Session::of(&instance.calls()), Session::default());
    }

    #[test]
    fn access_review_is_answered_and_recorded() {
        let review = r#"{"subject_access_review":{"groups":null,"resource_attributes":{"group":null,"name":null,"namespace":null,"resource":"pods","subresource":null,"verb":"get","version":null},"user":"jane"},"disable_cache":true}"#;
        let guest = guests::calling("kubewarden", "kubernetes", "can_i", review);
        let grants = Grants { capabilities: ["kubernetes/can_i".to_owned()].into(), ..Grants::none() };
        let mut instance = start(&guest, Config { grants, ..Config::new("test") }, Objects::default());
        let _ = instance.validate(&create(&pod()), &Value::Null);
        assert_eq!(answered(&instance), json!({ "allowed": false }));
        let session = Session::of(&instance.calls());
        let file = session.to_yaml().unwrap();
        assert!(!file.contains("subject_access_review"), "kwctl doesn't know the member:\n{file}");
        assert_eq!(Session::parse(&file).unwrap(), session);
    }
}

mod metadata {
    use super::*;

    #[test]
    fn first_metadata_section_is_read() {
        let metadata = module(&guests::echo()).metadata().unwrap().unwrap();
        assert_eq!(metadata.protocol_version.as_deref(), Some("v1"));
        assert!(metadata.background_audit && !metadata.mutating);
        assert_eq!(metadata.execution_mode, "kubewarden-wapc");
        assert_eq!(metadata.rules[0].resources, ["pods"]);
        let grants = Grants::declared_by(&metadata);
        assert_eq!(grants.capabilities.len(), 3);
        assert!(grants.resources.iter().all(|resource| resource.kind == "ConfigMap"));
    }

    #[test]
    fn sections_that_kubewarden_cannot_read_are_errors() {
        let wasm = wat::parse_str(r#"(module (@custom "io.kubewarden.metadata" "{}"))"#).unwrap();
        assert!(matches!(ModuleMetadata::of_module(&wasm), Err(HostError::Metadata(_))));
        assert!(matches!(ModuleMetadata::of_module(b"no module"), Err(HostError::Metadata(_))));
        assert_eq!(custom_section(&wasm, "other").unwrap(), None);
    }
}

mod requests {
    use super::*;

    fn plural(api_version: &str, kind: &str) -> Option<String> {
        (api_version == "apps/v1" && kind == "Deployment").then(|| "deployments".to_owned())
    }

    fn deployment() -> Value {
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web", "namespace": "shop", "uid": "42" } })
    }

    #[test]
    fn an_update_has_both_objects() {
        let old = json!({ "old": true });
        let request = request(&deployment(), Operation::Update, Some(&old), plural).unwrap();
        assert_eq!(request["kind"], json!({ "group": "apps", "version": "v1", "kind": "Deployment" }));
        assert_eq!(request["resource"], json!({ "group": "apps", "version": "v1", "resource": "deployments" }));
        assert_eq!((&request["requestKind"], &request["requestResource"]), (&request["kind"], &request["resource"]));
        assert_eq!((&request["name"], &request["namespace"]), (&json!("web"), &json!("shop")));
        assert_eq!((&request["operation"], &request["dryRun"]), (&json!("UPDATE"), &json!(false)));
        assert_eq!((&request["object"], &request["oldObject"]), (&deployment(), &old));
        assert!(request["userInfo"]["username"].is_string());
    }

    #[test]
    fn delete_request_has_only_the_old_object() {
        let request = request(&deployment(), Operation::Delete, None, plural).unwrap();
        assert_eq!((&request["object"], &request["oldObject"]), (&Value::Null, &deployment()));
    }

    #[test]
    fn namespace_of_a_namespace_is_its_own_name() {
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } });
        let request = request(&namespace, Operation::Create, None, |_, _| Some("namespaces".to_owned())).unwrap();
        assert_eq!(request["namespace"], "shop");
        assert_eq!(request["kind"]["group"], "");
    }

    #[test]
    fn object_without_type_is_an_error() {
        for object in [json!({}), json!({ "apiVersion": "v1" }), json!({ "apiVersion": "", "kind": "Pod" }), json!(1)] {
            assert!(
                matches!(request(&object, Operation::Create, None, plural), Err(HostError::Request(_))),
                "{object}"
            );
            assert!(matches!(audit_request(&object), Err(HostError::Request(_))), "{object}");
        }
        assert!(matches!(request(&pod(), Operation::Create, None, plural), Err(HostError::Request(_))));
    }

    #[test]
    fn audit_request_has_the_kind_as_resource_and_no_user() {
        let made = audit_request(&deployment()).unwrap();
        assert_eq!(made["resource"]["resource"], "Deployment");
        assert_eq!((&made["uid"], &made["userInfo"]), (&json!("42"), &json!({})));
        assert!(made.get("dryRun").is_none() && made.get("requestResource").is_none());
        let seen = guest_error(bare(&guests::echo()).validate(&made, &Value::Null));
        let seen: Value = serde_json::from_str(&seen).unwrap();
        let mut members: Vec<_> = seen["request"].as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        let expected =
            ["kind", "name", "namespace", "object", "operation", "requestKind", "resource", "uid", "userInfo"];
        assert_eq!(members, expected);
    }
}
