//! The methods that the page calls.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use plimsoll::engine::catalogue;
use plimsoll_playground::Playground;
use plimsoll_playground::transfer::pictures::{GraphFacts, Relation, StopProblemKind};
use plimsoll_playground::transfer::{
    Checked, Config, Configuration, Descriptions, Operation, ReviewRequest, TextChange,
};
use serde_json::json;

const POD: &str = "# né 😀\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web # 😀\nspec:\n  containers:\n  - name: web\n    \
    image: web:1\n    securityContext:\n      privileged: true\n";

fn config(policies: serde_json::Value) -> Config {
    let config = json!({"profile": "off", "policies": policies, "today": "2026-01-01", "complete": true});
    serde_json::from_value(config).unwrap()
}

fn only(id: &str) -> Config {
    config(json!({id: {"enabled": true}}))
}

fn check(playground: &mut Playground, text: &str, id: &str) -> Checked {
    playground.checked(text, &only(id))
}

/// What the page loads beside the module.
fn descriptions() -> Descriptions {
    serde_json::from_value(serde_json::to_value(catalogue::descriptions()).unwrap()).unwrap()
}

fn configured(config: &Config) -> Configuration {
    Playground::configured(config, &descriptions())
}

fn units(text: &str, from: usize, to: usize) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    String::from_utf16(&units[from..to]).unwrap()
}

fn made(text: &str, change: &TextChange) -> String {
    assert_eq!(change.refused, None);
    let mut units: Vec<u16> = text.encode_utf16().collect();
    for edit in change.edits.iter().rev() {
        units.splice(edit.from..edit.to, edit.insert.encode_utf16());
    }
    String::from_utf16(&units).unwrap()
}

#[test]
fn positions_are_utf_16_units() {
    let mut playground = Playground::new();
    let checked = check(&mut playground, POD, "privileged-container");
    let finding = &checked.findings[0];
    assert_eq!(units(POD, finding.range.from, finding.range.to), "true");
    assert_eq!(finding.path, "/spec/containers/0/securityContext/privileged");
    assert_eq!(units(POD, checked.objects[0].range.from, checked.objects[0].range.to), "kind: Pod");
}

#[test]
fn fix_changes_the_text_and_removes_its_finding() {
    let mut playground = Playground::new();
    let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: é😀 # kept\nspec:\n  containers:\n    - name: app\n      image: app:1 # kept\n";
    let checked = check(&mut playground, text, "lost-termination-message");
    assert_eq!(checked.findings.len(), 1, "{checked:?}");
    let fixed = made(text, &playground.fixed_one(0).unwrap());
    assert_eq!(fixed.matches("# kept").count(), 2, "{fixed}");
    assert_eq!(playground.fixed(true).unwrap().text, fixed);
    assert!(check(&mut playground, &fixed, "lost-termination-message").findings.is_empty());
    assert!(playground.fixed_one(0).is_none());
}

#[test]
fn exemption_is_written_and_suppresses_the_finding() {
    let mut playground = Playground::new();
    check(&mut playground, POD, "privileged-container");
    let suppressed = made(POD, &playground.suppressed(0, " it mounts disks: \"yes\" ").unwrap());
    let checked = check(&mut playground, &suppressed, "privileged-container");
    assert!(checked.findings.is_empty());
    assert_eq!(checked.suppressed[0].reason, "it mounts disks: \"yes\"");
}

#[test]
fn exemption_is_removed_and_the_finding_returns() {
    let mut playground = Playground::new();
    for others in ["", "  annotations:\n    own: kept\n"] {
        let text = POD.replace("spec:\n", &format!("{others}spec:\n"));
        check(&mut playground, &text, "privileged-container");
        let exempted = made(&text, &playground.suppressed(0, "it mounts disks").unwrap());
        check(&mut playground, &exempted, "privileged-container");
        assert_eq!(made(&exempted, &playground.restored(0).unwrap()), text);
    }
    let exempt = json!([{"kind": "Pod", "reason": "it mounts disks"}]);
    let config = config(json!({"privileged-container": {"enabled": true, "settings": {"exempt": exempt}}}));
    assert_eq!(playground.checked(POD, &config).suppressed.len(), 1);
    assert!(playground.restored(0).is_none(), "a setting exempts it");
}

#[test]
fn credentials_repeated_objects_and_patches_are_known() {
    let key = ["AKIA", "ZQ3DRSTUVWXY2345"].concat();
    let secret = format!("- name: KEY\n      value: {key}\n");
    let pod = POD.replace("    securityContext", &format!("    env:\n    {secret}    securityContext"));
    let text = format!("{pod}---\n{POD}---\n{{$patch: delete, apiVersion: v1, kind: Pod, metadata: {{name: web}}}}\n");
    let mut playground = Playground::new();
    let checked = check(&mut playground, &text, "privileged-container");
    let shown: Vec<String> = playground.confidential().iter().map(|range| units(&text, range.from, range.to)).collect();
    assert_eq!(shown, [key]);
    assert_eq!(checked.repeated.len(), 1);
    assert_eq!((checked.repeated[0].title.as_str(), checked.repeated[0].ranges.len()), ("Pod web", 2));
    assert_eq!(checked.patches, 1);
}

#[test]
fn review_answers_like_the_modules() {
    let mut playground = Playground::new();
    check(&mut playground, POD, "privileged-container");
    let order = |operation, old| ReviewRequest { object: 0, operation, old };
    let created = playground.reviewed(&order(Operation::Create, None)).unwrap();
    assert_eq!(created.answers.len(), 1);
    assert!(!created.answers[0].allowed);
    assert!(created.answers[0].message.as_deref().unwrap().starts_with("1 finding\n[privileged-container] "));
    assert_eq!(created.review["request"]["namespace"], "default");
    // On UPDATE, findings of the old object don't count.
    let updated = playground.reviewed(&order(Operation::Update, Some(POD.to_owned()))).unwrap();
    assert!(updated.answers[0].allowed, "{updated:?}");
    let broken = playground.reviewed(&order(Operation::Update, Some("a: [".to_owned()))).unwrap();
    assert!(broken.problem.unwrap().starts_with("the old object can't be read"));
}

#[test]
fn invalid_settings_are_reported_and_the_policy_checks_without_them() {
    let wrong =
        config(json!({"privileged-container": {"enabled": true, "settings": {"onError": "never"}}, "nothing": {}}));
    let checked = Playground::new().checked(POD, &wrong);
    assert_eq!(checked.findings.len(), 1);
    let fields: Vec<_> =
        checked.wrong_settings.iter().map(|wrong| (wrong.policy.as_str(), wrong.field.as_str())).collect();
    assert_eq!(fields, [("nothing", ""), ("privileged-container", "onError")]);
}

#[test]
fn unreadable_text_is_reported_with_its_position() {
    let text = "kind: Pod\n---\na: [1\n---\nfine: no object\n";
    let checked = Playground::new().checked(text, &Config::default());
    assert!(checked.errors.len() >= 3, "{checked:?}");
    assert!(checked.errors.iter().all(|error| error.range.is_some_and(|range| range.to <= text.len())));
}

#[test]
fn every_policy_has_documentation() {
    let descriptions = descriptions();
    for policy in Playground::policies() {
        assert!(!descriptions.policies[policy.id].documentation.is_empty(), "{}", policy.id);
        assert_eq!(Playground::wrong_settings(policy.id, "{}"), "[]");
    }
}

#[test]
fn enabled_policies_can_be_exported() {
    let config = config(json!({
        "drain-deadlock": {"enabled": true, "settings": {"onViolation": "warn", "onError": "deny"}},
        "slow-rollout-failure": {"enabled": true, "settings": {"onViolation": "fix"}},
    }));
    let taken = configured(&config);
    let policies = documents(&taken.policies);
    assert_eq!(policies.len(), 2);
    assert_eq!(policies[0]["spec"]["settings"], json!({"onViolation": "warn"}));
    assert_eq!((&policies[0]["spec"]["mutating"], &policies[1]["spec"]["mutating"]), (&json!(false), &json!(true)));
    let group = &documents(&taken.group)[0];
    assert_eq!(group["spec"]["expression"], "drain_deadlock() && slow_rollout_failure()");
    let server = &documents(&taken.policy_server)[0];
    assert_eq!(server["slow-rollout-failure"]["allowedToMutate"], true);
    assert!(server["drain-deadlock"]["contextAwareResources"].is_array());
    let lists = json!(["kubernetes/list_resources_all", "kubernetes/list_resources_by_namespace"]);
    assert_eq!(server["drain-deadlock"]["hostCapabilities"], lists);
    assert!(server["slow-rollout-failure"].get("hostCapabilities").is_none());
    assert!(taken.kwctl[0].contains("--settings-json '{\"onViolation\":\"warn\"}' --allow-context-aware registry://"));
    let suite = &documents(&taken.suite)[0]["spec"]["settings"];
    let on: Vec<_> =
        plimsoll::engine::config::configure(suite).unwrap().iter().map(|policy| policy.metadata.id).collect();
    assert_eq!(on, ["drain-deadlock", "slow-rollout-failure"]);
    assert_eq!(&documents(&taken.command_line)[0], suite);
    assert_eq!(configured(&Config::default()).command_line, "");
}

fn documents(text: &str) -> Vec<serde_json::Value> {
    let file = plimsoll_manifest::read(text.as_bytes(), &Default::default());
    assert!(file.errors.is_empty(), "{text}: {:?}", file.errors);
    file.documents.into_iter().map(|document| document.value).collect()
}

#[test]
fn rbac_allows_the_look_ups_of_enabled_policies() {
    let config = config(json!({"drain-deadlock": {"enabled": true}, "missing-disruption-budget": {"enabled": true}}));
    let taken = configured(&config);
    let rbac = documents(&taken.rbac);
    let mut looked_up: Vec<String> = documents(&taken.policies)
        .iter()
        .flat_map(|policy| policy["spec"]["contextAwareResources"].as_array().unwrap().clone())
        .map(|resource| format!("{}s", resource["kind"].as_str().unwrap().to_lowercase()))
        .collect();
    looked_up.sort_unstable();
    looked_up.dedup();
    let mut allowed: Vec<&str> = Vec::new();
    for rule in rbac[0]["rules"].as_array().unwrap() {
        allowed.extend(rule["resources"].as_array().unwrap().iter().map(|resource| resource.as_str().unwrap()));
    }
    allowed.sort_unstable();
    assert_eq!(allowed, looked_up);
    assert_eq!(rbac[1]["roleRef"]["name"], rbac[0]["metadata"]["name"]);
    assert_eq!(configured(&only("privileged-container")).rbac, "");
}

/// The calls of a group's expression, and its nesting depth: every operator of a chain counts.
fn calls(expression: &str) -> (Vec<&str>, usize) {
    let chunks: Vec<&str> = expression.split("&&\n").collect();
    let longest = chunks.iter().map(|chunk| chunk.matches("&&").count()).max().unwrap();
    let calls = expression.split("&&").map(|call| call.trim().trim_start_matches('(').trim_end_matches(')'));
    (calls.map(|call| call.trim_end_matches('(')).collect(), chunks.len() + longest)
}

#[test]
fn group_of_any_size_is_valid_for_kubewarden() {
    let every: serde_json::Value =
        Playground::policies().iter().map(|policy| (policy.id.to_owned(), json!({"enabled": true}))).collect();
    let strict: Config = serde_json::from_value(json!({"profile": "strict"})).unwrap();
    for config in [config(every), strict, Config::default(), only("drain-deadlock")] {
        let group = &documents(&configured(&config).group)[0];
        let members = group["spec"]["policies"].as_object().unwrap();
        let (mut named, depth) = calls(group["spec"]["expression"].as_str().unwrap());
        named.sort_unstable();
        assert_eq!(named, members.keys().collect::<Vec<_>>());
        assert!(depth < 50, "{depth}");
        for (name, member) in members {
            assert!(name.chars().all(|letter| matches!(letter, 'a'..='z' | '0'..='9' | '_')), "{name}");
            assert!(name.starts_with(|first: char| first.is_ascii_lowercase()), "{name}");
            assert!(member["module"].as_str().unwrap().ends_with(concat!(":v", env!("CARGO_PKG_VERSION"))));
        }
        // The audit scanner combines every resource with every group of a rule.
        for rule in group["spec"]["rules"].as_array().unwrap() {
            assert_eq!(rule["apiGroups"].as_array().unwrap().len(), 1);
        }
        assert!(group["spec"].get("mutating").is_none());
    }
}

#[test]
fn policies_of_a_group_deny_instead_of_fixing() {
    let fixing = json!({"onViolation": "fix", "applyFixes": "unsafe", "onError": "warn"});
    let config = config(json!({
        "drain-deadlock": {"enabled": true, "settings": {"onViolation": "warn"}},
        "slow-rollout-failure": {"enabled": true, "settings": fixing},
    }));
    let group = &documents(&configured(&config).group)[0];
    let settings = |name: &str| &group["spec"]["policies"][name]["settings"];
    assert_eq!(settings("slow_rollout_failure"), &json!({"onViolation": "deny", "onError": "warn"}));
    assert_eq!(settings("drain_deadlock"), &json!({"onViolation": "warn"}));
}

#[test]
fn export_is_empty_without_enabled_policies() {
    let taken = configured(&config(json!({})));
    assert_eq!((taken.policies.as_str(), taken.group.as_str(), taken.policy_server.as_str()), ("", "", ""));
    assert!(taken.kwctl.is_empty());
    assert_eq!(taken.rbac, "");
    assert_eq!(documents(&taken.suite)[0]["spec"]["settings"], json!({"profile": "off"}));
}

#[test]
fn command_and_suite_have_the_same_configuration() {
    let versioned = json!({"profile": "starter", "kubernetesVersion": "1.29", "policies": {
        "root-user": {"enabled": false, "settings": {"onViolation": "warn"}},
        "drain-deadlock": {"enabled": true},
        "missing-prestop": {"enabled": true, "settings": {"minSeconds": 5}},
    }});
    let versioned: Config = serde_json::from_value(versioned).unwrap();
    let exported = configured(&versioned);
    let file = documents(&exported.command_line).pop().unwrap();
    assert_eq!(file, documents(&exported.suite)[0]["spec"]["settings"]);
    assert_eq!(file["policies"]["missing-prestop"], json!({"enabled": true, "minSeconds": 5}));
    let on = plimsoll::engine::config::configure(&file).unwrap();
    assert!(on.iter().all(|policy| policy.common.kubernetes_version.minor == 29));
    let ids: Vec<_> = on.iter().map(|policy| policy.metadata.id).collect();
    assert_eq!(ids, Playground::new().checked("", &versioned).policies);
    assert!(!exported.suite.contains("onViolation"), "{}", exported.suite);
    assert_eq!(configured(&Config::default()).command_line, "");
}

#[test]
fn wrong_settings_are_not_exported() {
    let wrong = json!({"profile": "off", "kubernetesVersion": "new", "policies": {
        "privileged-container": {"enabled": true, "settings": {"onError": "never"}},
        "drain-deadlock": {"enabled": true, "settings": {"onError": "warn"}},
        "nothing": {"enabled": true},
    }});
    let taken = configured(&serde_json::from_value(wrong).unwrap());
    let policies = documents(&taken.policies);
    let settings: Vec<_> = policies.iter().map(|policy| &policy["spec"]["settings"]).collect();
    assert_eq!(settings, [&json!({"onError": "warn"}), &json!({})]);
    assert!(plimsoll::engine::config::configure(&documents(&taken.suite)[0]["spec"]["settings"]).is_ok());
}

#[test]
fn pictures_have_the_facts_of_the_core() {
    let mut playground = Playground::new();
    let service =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/web-service.yaml")).unwrap();
    let checked = playground.checked(&service, &Config::default());
    let graph = playground.targets().unwrap();
    let at = |kind: &str| graph.nodes.iter().position(|node| node.kind == kind).unwrap();
    let deployment = at("Deployment");
    let relation = |kind| graph.edges.iter().find(|edge| edge.from == at(kind)).map(|edge| (edge.to, edge.relation));
    assert_eq!(relation("PodDisruptionBudget"), Some((deployment, Relation::Budgets)));
    assert_eq!(relation("HorizontalPodAutoscaler"), Some((deployment, Relation::Scales)));
    let GraphFacts::Budget { at_least: Some(few), .. } = &graph.nodes[at("PodDisruptionBudget")].facts else {
        panic!()
    };
    assert_eq!((few.pods, few.kept, few.allowed), (3, 3, 0));
    let object = graph.nodes[deployment].object;
    assert_eq!(checked.objects[object].kind, "Deployment");
    let timeline = playground.termination(object).unwrap().timeline.unwrap();
    assert_eq!((timeline.grace, timeline.out_of_rotation), (30_000, 15_000));
    assert_eq!(timeline.routes.as_deref(), Some(&["Service \"storefront\"".to_owned()][..]));
    let app = timeline.containers.iter().find(|container| container.name == "storefront").unwrap();
    assert_eq!(app.problems[0].kind, StopProblemKind::Cut);
    let found = |policy: &&str| checked.findings.iter().any(|f| f.policy == *policy && f.object == object);
    assert!(app.problems.iter().flat_map(|problem| &problem.policies).all(found));
    assert!(playground.termination(0).unwrap().timeline.is_none());
}

#[test]
fn undrawable_objects_are_reported() {
    let mut playground = Playground::new();
    let broken = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {terminationGracePeriodSeconds: soon}\n";
    playground.checked(broken, &Config::default());
    let termination = playground.termination(0).unwrap();
    assert_eq!(termination.unreadable.as_deref(), Some("/spec/terminationGracePeriodSeconds should be a whole number"));
    assert!(termination.timeline.is_none());
}

#[test]
fn setting_changes_picture_and_finding_alike() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  template:\n    \
        metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: web\n        ports: [{containerPort: 80}]\n        \
        lifecycle: {preStop: {sleep: {seconds: 5}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n\
        spec: {selector: {app: web}, ports: [{port: 80}]}\n";
    let mut playground = Playground::new();
    for (least, expected) in [(5, 0), (10, 1)] {
        let settings = json!({"missing-prestop": {"enabled": true, "settings": {"minSeconds": least}}});
        let checked = playground.checked(text, &config(settings));
        let timeline = playground.termination(0).unwrap().timeline;
        assert_eq!(checked.findings.len(), expected);
        assert_eq!(timeline.unwrap().out_of_rotation, least * 1_000);
    }
}

#[test]
fn nonsense_never_panics() {
    let mut playground = Playground::new();
    assert_eq!((playground.graph(), playground.timeline(0)), ("null".to_owned(), "null".to_owned()));
    assert_eq!(playground.fix(0), "null");
    assert_eq!(playground.fix_all(true), "null");
    for text in ["", "\u{feff}", "{", "- - -", "&a [*a]", "kind: List\nitems: [1, {kind: Pod}]", "\u{0}", "---\n...\n"]
    {
        playground.check(text, "no JSON");
        playground.fix_all(true);
        playground.suppress(7, "");
        playground.review(r#"{"object": 9, "operation": "CREATE"}"#);
        playground.review("");
        playground.graph();
        assert_eq!(playground.timeline(9), "null");
    }
}
