//! `plimsoll check` as it is called.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use common::{FAILING, FINE, ONE, Playground};
use serde_json::{Value, json};

#[test]
fn the_exit_status_says_how_it_went() {
    let playground = Playground::with(&[
        ("faulty.yaml", FAILING),
        ("fine.yaml", FINE),
        ("broken.yaml", "apiVersion: v1\nkind: Pod\nkind: Pod\n"),
        ("empty.yaml", "---\n# nothing\n---\n"),
        ("values.yaml", "replicas: 3\n"),
        (
            "typed.yaml",
            &FAILING.replace(
                "    spec:\n      containers",
                "    spec:\n      terminationGracePeriodSeconds: soon\n      containers",
            ),
        ),
    ]);
    std::fs::create_dir(playground.path("nothing")).unwrap();
    let cases: &[(&[&str], i32)] = &[
        (&["fine.yaml"], 0),
        (&["faulty.yaml"], 1),
        (&["faulty.yaml", "fine.yaml"], 1),
        (&["faulty.yaml", "--fail-on", "medium"], 1),
        (&["faulty.yaml", "--fail-on", "high"], 0),
        (&["faulty.yaml", "--min-severity", "high"], 0),
        (&["broken.yaml"], 2),
        (&["typed.yaml"], 2),
        (&["missing.yaml"], 2),
        (&["values.yaml"], 2),
        (&["empty.yaml"], 2),
        (&["empty.yaml", "--allow-empty"], 0),
        (&["nothing"], 2),
        (&["nothing", "--allow-empty"], 0),
        (&["fine.yaml", "--policy", "missing-prestopp"], 2),
        (&["fine.yaml", "--config", "missing.yaml"], 2),
        (&["fine.yaml", "--profile", "lax"], 2),
        (&["fine.yaml", "--format", "xml"], 2),
    ];
    for (args, code) in cases {
        let ran = playground.run(&[&["check"], ONE.as_slice(), args].concat());
        assert_eq!(ran.code, *code, "{args:?}\n{}{}", ran.out, ran.err);
        assert_eq!(ran.err.contains("error"), *code == 2, "{args:?}\n{}", ran.err);
    }
}

#[test]
fn the_report_for_people() {
    let playground = Playground::with(&[("web.yaml", FAILING)]);
    let ran = playground.run(&[&["check", "web.yaml"], ONE.as_slice()].concat());
    assert_eq!(
        ran.out,
        "\
Deployment shop/web: 1 medium
  9 |       - name: 'web'  # quoted on purpose
    |         ^^^^^^^^^^^ web.yaml:9:9
  medium[missing-prestop]: container \"web\" has no preStop hook
    why: requests that are still routed to a stopping container fail with 502 or 504
    fix: set lifecycle.preStop.sleep.seconds to 15 (`plimsoll fix`)
    +         lifecycle:
    +           preStop:
    +             sleep:
    +               seconds: 15

"
    );
    assert_eq!(
        ran.err,
        "Checked 1 object in 1 file: 1 finding (1 medium).\n1 can be fixed safely by `plimsoll fix web.yaml --policy missing-prestop`.\n"
    );
}

#[test]
fn colours_come_when_asked_for_and_not_to_a_pipe() {
    let playground = Playground::with(&[("web.yaml", FAILING)]);
    let coloured = |color: &str| playground.run(&["check", "web.yaml", "--color", color]).out.contains('\x1b');
    assert_eq!((coloured("always"), coloured("never"), coloured("auto")), (true, false, false));
}

#[test]
fn every_way_to_give_objects() {
    let list =
        format!("apiVersion: v1\nkind: List\nitems:\n- {}", FAILING.lines().skip(1).collect::<Vec<_>>().join("\n  "));
    let json = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template":
        {"spec": {"containers": [{"name": "web", "ports": [{"containerPort": 80}]}]}}}});
    let playground = Playground::with(&[
        ("d/a.yaml", &format!("---\n{FAILING}---\n\n---\n{FAILING}")),
        ("d/b.json", &json.to_string()),
        ("d/c.yml", &list),
        ("d/values.yaml", "a: 1\n"),
        ("d/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("d/notes.txt", "a: b: c"),
        ("d/.hidden/x.yaml", FAILING),
    ]);
    let files = |ran: common::Ran| {
        let json = ran.json();
        let findings = json["findings"].as_array().unwrap();
        let file =
            |finding: &Value| format!("{}:{}", finding["file"].as_str().unwrap(), finding["span"]["start"]["line"]);
        findings.iter().map(file).collect::<Vec<_>>()
    };
    let flags = [ONE.as_slice(), &["--format", "json"]].concat();
    let ran = playground.run(&[&["check", "d"], flags.as_slice()].concat());
    assert_eq!((ran.json()["summary"]["passedOver"].clone(), ran.code), (json!(2), 1), "{}", ran.err);
    assert_eq!(files(ran), ["d/a.yaml:10", "d/a.yaml:24", "d/b.json:1", "d/c.yml:11"]);
    let ran = playground.run(&[&["check", "d/a.yaml", "d", "d/a.yaml"], flags.as_slice()].concat());
    assert_eq!(files(ran).len(), 4, "a file that is given twice counts once");
    let ran = playground.run_with(&[&["check", "-"], flags.as_slice()].concat(), FAILING.as_bytes());
    assert_eq!(files(ran), ["<stdin>:9"]);
}

#[test]
fn the_output_is_what_its_schema_says() {
    let playground = Playground::with(&[
        ("faulty.yaml", FAILING),
        ("excused.yaml", &FAILING.replace("{name: web, namespace: shop}", "\n  name: x\n  annotations:\n    plimsoll.dev/ignore.missing-prestop: drained elsewhere\n    plimsoll.dev/ignore.missing-prestop.db: no such container")),
        ("broken.yaml", "apiVersion: v1\nkind: Pod\nspec: [\n"),
        ("settings.yaml", "policies:\n  missing-prestop:\n    exempt: [{name: nobody, reason: gone}]\n"),
    ]);
    let args = ["check", ".", "--profile", "strict", "--format", "json", "--config", "settings.yaml"];
    let ran = playground.run(&args);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let output = ran.json();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/check-output.schema.json");
    let schema = std::fs::read_to_string(schema).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&output).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let of_policy = |list: &Value, pointer: &str| {
        let list = list.as_array().unwrap().clone();
        list.into_iter().filter(|entry| entry.pointer(pointer) == Some(&json!("missing-prestop"))).collect::<Vec<_>>()
    };
    let findings = of_policy(&output["findings"], "/policy");
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["path"], "/spec/template/spec/containers/0");
    assert_eq!(findings[0]["category"], "lifecycle");
    assert!(findings[0]["documentation"].as_str().unwrap().ends_with("/policies/missing-prestop"));
    assert_eq!(findings[0]["fingerprint"].as_str().unwrap().len(), 32);
    assert_eq!(
        findings[0]["object"],
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web"})
    );
    assert_eq!(findings[0]["fix"]["applicability"], "safe");
    let suppressed = of_policy(&output["suppressed"], "/finding/policy");
    assert_eq!((suppressed.len(), &suppressed[0]["reason"]), (1, &json!("drained elsewhere")));
    assert_eq!(of_policy(&output["unusedExemptions"], "/policy").len(), 2, "{output:#}");
    assert_eq!(output["errors"][0]["file"], "broken.yaml");
}

#[test]
fn hints_are_reported_to_who_asks_for_them() {
    let one = FAILING.replace("spec:\n  template", "spec:\n  replicas: 1\n  template");
    let playground = Playground::with(&[("web.yaml", &one)]);
    let hints = |args: &[&str]| {
        let ran = playground.run(&[&["check", "web.yaml", "--format", "json"], args].concat());
        ran.json()["findings"].to_string().matches("\"severity\":\"info\"").count()
    };
    assert_eq!(hints(&[]), 0);
    assert_eq!(hints(&["--profile", "starter"]), 0);
    assert!(hints(&["--profile", "strict"]) > 0);
    assert!(hints(&["--min-severity", "info"]) > 0);
    assert!(hints(&["--policy", "capacity-drop-on-rollout"]) > 0);
}

#[test]
fn a_kind_that_was_not_given_is_reported_once() {
    let replicas = FAILING.replace("spec:\n  template", "spec:\n  replicas: 3\n  template");
    let playground = Playground::with(&[("a.yaml", &replicas), ("b.yaml", &replicas.replace("web", "api"))]);
    let args = ["check", "a.yaml", "b.yaml", "--policy", "missing-disruption-budget"];
    let ran = playground.run(&args);
    assert_eq!(
        ran.err.matches("Skipped 1 policy, because nothing was given of PodDisruptionBudget.").count(),
        1,
        "{}",
        ran.err
    );
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    let complete = playground.run(&[args.as_slice(), &["--complete"]].concat());
    assert_eq!(complete.code, 1, "{}", complete.err);
    assert!(!complete.err.contains("Skipped "), "{}", complete.err);
}

#[test]
fn settings_are_read_and_checked() {
    let playground = Playground::with(&[("web.yaml", FAILING)]);
    let check = |settings: &str| {
        playground.write("s.yaml", settings.as_bytes());
        playground.run(&["check", "web.yaml", "--config", "s.yaml", "--format", "json"])
    };
    let found = |ran: common::Ran| ran.json()["findings"].to_string().contains("\"missing-prestop\"");
    assert!(found(check("")));
    assert!(!found(check("policies: {missing-prestop: {enabled: false}}")));
    assert!(!found(check("profile: starter")));
    assert!(found(check("profile: starter\npolicies: {missing-prestop: {enabled: true}}")));
    let wrong = [
        (
            "policies:\n  missing-prestp: {}\n",
            "s.yaml:2:3: there is no policy `missing-prestp`, did you mean `missing-prestop`?",
        ),
        ("profile: lax\n", "s.yaml:1:10: profile: should be one of starter production strict off"),
        ("polices: {}\n", "s.yaml:1:1: unknown field `polices`, did you mean `policies`?"),
        ("policies:\n  missing-prestop:\n    minSeconds: long\n", "s.yaml:3:17: missing-prestop.minSeconds: "),
        ("policies:\n  missing-prestop:\n    minSecond: 1\n", "s.yaml:3:5: missing-prestop.minSecond: unknown field"),
        (
            "policies:\n  missing-prestop:\n    enabled: maybe\n",
            "s.yaml:3:14: missing-prestop.enabled: should be true or false",
        ),
        ("a: 1\na: 2\n", "s.yaml:2:1: "),
    ];
    for (settings, expected) in wrong {
        let ran = check(settings);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{settings}");
        assert!(ran.err.contains(expected), "{settings}\n{}", ran.err);
    }
}

#[test]
fn many_files_are_reported_in_the_same_order_by_any_number_of_threads() {
    let texts: Vec<(String, String)> = (0..40)
        .map(|n| (format!("d/{n}.yaml"), format!("{FAILING}---\n{}", FAILING.replace("web", &format!("w{n}")))))
        .collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let playground = Playground::with(&files);
    let with = |threads: &str| playground.command(&["check", "d"]).env("RAYON_NUM_THREADS", threads).output().unwrap();
    let (one, many) = (with("1"), with("8"));
    assert_eq!(one.stdout, many.stdout);
    assert!(one.stdout.len() > 1000);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_is_no_error() {
    let text = format!("{FAILING}---\n").repeat(300);
    let playground = Playground::with(&[("web.yaml", &text)]);
    let closed = |args: &[&str]| {
        let mut command = playground.command(args);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!err.contains("panicked"), "{args:?}: {err}");
        output.status.code()
    };
    for format in ["pretty", "concise", "json", "sarif", "junit", "github", "gitlab", "markdown", "html"] {
        assert_eq!(closed(&["check", "web.yaml", "--format", format]), Some(1), "{format}");
    }
    assert_eq!(closed(&["check", "web.yaml", "--fail-on", "critical"]), Some(0));
    assert_eq!(closed(&["check", "web.yaml", "gone.yaml", "--format", "json"]), Some(2));
    assert_eq!(closed(&["fix", "web.yaml"]), Some(1));
    assert_eq!(closed(&["graph", "web.yaml", "gone.yaml"]), Some(2));
}

#[test]
fn a_credential_is_not_quoted() {
    let map =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\ndata:\n  DB_PASSWORD: hunter2Xy\n";
    let playground = Playground::with(&[("map.yaml", map)]);
    for format in ["pretty", "json"] {
        let ran = playground.run(&["check", "map.yaml", "--policy", "secret-in-config-map", "--format", format]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(ran.out.contains("DB_PASSWORD") && !ran.out.contains("hunter2"), "{}", ran.out);
    }
}

#[test]
fn the_suggested_command_fixes_what_was_shown() {
    let settings = "policies: {missing-prestop: {minSeconds: 20}}\n";
    let playground = Playground::with(&[("my web.yaml", FAILING), ("s.yaml", settings)]);
    let flags = ["--profile", "starter", "--config", "s.yaml", "--policy", "missing-prestop", "-n", "shop"];
    let ran = playground.run(&[&["check", "my web.yaml"], flags.as_slice()].concat());
    let command =
        "plimsoll fix 'my web.yaml' --profile starter --config s.yaml --policy missing-prestop --namespace shop";
    assert!(ran.err.contains(&format!("`{command}`")), "{}", ran.err);
    let fixed = playground.run(&[&["fix", "my web.yaml"], flags.as_slice()].concat());
    assert!(fixed.out.contains("seconds: 20"), "{}", fixed.out);
}

const BUDGET: &str = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web, namespace: shop}\n\
    spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}\n";

fn deployment(more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web{more}}}\nspec:\n  replicas: 3\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    \
         spec: {{containers: [{{name: web, image: web:1}}]}}\n"
    )
}

fn deadlocks(ran: &common::Ran) -> usize {
    ran.out.matches("minAvailable: 3 keeps all 3 pods").count()
}

#[test]
fn what_is_given_twice_is_told_and_counts_once() {
    let flags = ["--policy", "drain-deadlock", "--complete"];
    let web = deployment(", namespace: shop");
    let both = format!("{BUDGET}---\n{web}");
    let playground = Playground::with(&[
        ("envs/dev/web.yaml", &both),
        ("envs/prod/web.yaml", &both),
        ("twice.yaml", &format!("{both}---\n{web}")),
    ]);
    let ran = playground.run(&[&["check", "envs"], flags.as_slice()].concat());
    assert_eq!(deadlocks(&ran), 2, "{}", ran.out);
    let told = "2 objects are in more than one directory, such as PodDisruptionBudget shop/web (envs/dev, envs/prod).";
    assert!(ran.err.contains(told), "{}", ran.err);
    let ran = playground.run(&[&["check", "twice.yaml"], flags.as_slice()].concat());
    assert_eq!(deadlocks(&ran), 1, "{}", ran.out);
    assert!(
        ran.err.contains("Given more than once: Deployment shop/web (twice.yaml:7, twice.yaml:17)."),
        "{}",
        ran.err
    );
    let json = playground.run(&[&["check", "twice.yaml", "--format", "json"], flags.as_slice()].concat()).json();
    assert_eq!(json["repeated"][0]["places"][1]["span"]["start"]["line"], 17);
}

#[test]
fn alternatives_in_one_directory_do_not_meet() {
    let flags = ["--policy", "overlapping-disruption-budgets", "--complete", "--format", "json"];
    let web = deployment(", namespace: shop");
    let budget = |name: &str| BUDGET.replace("name: web", &format!("name: {name}"));
    let found = |files: &[(&str, &str)]| {
        let ran = Playground::with(files).run(&[&["check", "."], flags.as_slice()].concat());
        let json = ran.json();
        let names = json["findings"].as_array().unwrap().iter().map(|finding| finding["object"]["name"].to_string());
        names.collect::<Vec<_>>().join(" ")
    };
    let small = format!("{}---\n{}", budget("old"), web.replace("replicas: 3", "replicas: 2"));
    let large = format!("{}---\n{web}", budget("new"));
    assert_eq!(found(&[("small.yaml", &small), ("large.yaml", &large)]), "");
    // A file for each object, the same again, and what all of them share.
    let (old, new) = (budget("old"), budget("new"));
    assert_eq!(found(&[("web.yaml", &web), ("old.yaml", &old), ("new.yaml", &new)]), "\"old\"");
    assert_eq!(found(&[("old.yaml", &format!("{old}---\n{web}")), ("new.yaml", &large)]), "\"old\"");
    let shared = found(&[("small.yaml", &small), ("large.yaml", &large), ("pdb.yaml", &budget("shared"))]);
    assert_eq!(shared, "\"shared\" \"shared\"");
}

#[test]
fn an_object_without_a_namespace_is_where_its_companions_are() {
    let playground = Playground::with(&[("web.yaml", &format!("{BUDGET}---\n{}", deployment("")))]);
    let flags = ["check", "web.yaml", "--policy", "drain-deadlock", "--complete"];
    assert_eq!(deadlocks(&playground.run(&flags)), 1);
    assert_eq!(deadlocks(&playground.run(&[flags.as_slice(), &["--namespace", "bank"]].concat())), 0);
}

#[test]
fn nobody_says_that_an_object_is_in_the_namespace_of_kubernetes_beside_it() {
    let system = BUDGET.replace("namespace: shop", "namespace: kube-system");
    let stated = deployment(", namespace: kube-system").replace("name: web,", "name: dns,");
    let playground = Playground::with(&[("pdb.yaml", &system), ("web.yaml", &deployment("")), ("dns.yaml", &stated)]);
    let json = playground.run(&["check", ".", "--policy", "system-namespace", "--format", "json"]).json();
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{json}");
    assert_eq!(findings[0]["object"]["name"], "dns");
}

#[test]
fn manifests_with_placeholders_are_passed_over_in_a_directory() {
    let unfilled = deployment("").replace("metadata: {name: web}", "metadata:\n  name: web\n  namespace: #{NAMESPACE}");
    let unfilled = unfilled.replace("image: web:1", "image: web");
    let playground = Playground::with(&[("template.yaml", &unfilled), ("web.yaml", &deployment(""))]);
    let flags = ["--policy", "mutable-image-tag", "--format", "json"];
    let json = playground.run(&[&["check", "."], flags.as_slice()].concat()).json();
    assert_eq!((&json["summary"]["objects"], json["findings"].as_array().unwrap().len()), (&1.into(), 0), "{json}");
    let json = playground.run(&[&["check", "template.yaml"], flags.as_slice()].concat()).json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1, "{json}");
}

#[test]
fn patches_are_no_objects_and_generators_make_some() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 4}\n";
    let delete = "$patch: delete\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\n";
    let uses = deployment("")
        .replace("image: web:1", "image: web:1, envFrom: [{configMapRef: {name: made}}, {secretRef: {name: other}}]");
    let kustomization = "resources: [../base]\npatches: [{path: ./replicas.yaml}, {patch: \"kind: x\\n\"}]\nconfigMapGenerator: [{name: made}]\n";
    let playground = Playground::with(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", &uses),
        ("prod/kustomization.yaml", kustomization),
        ("prod/replicas.yaml", patch),
        ("prod/delete.yaml", delete),
    ]);
    let ran = playground.run(&["check", ".", "--profile", "strict", "--format", "json", "--complete"]);
    let json = ran.json();
    assert_eq!((&json["summary"]["objects"], &json["summary"]["patches"]), (&json!(1), &json!(2)), "{json:#}");
    let files: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|found| found["file"].as_str().unwrap()).collect();
    assert!(!files.is_empty() && files.iter().all(|file| *file == "base/web.yaml"), "{files:?}");
    let missing = json["findings"].to_string();
    assert!(!missing.contains("ConfigMap \\\"made") && missing.contains("Secret \\\"other"), "{missing}");
    let ran = playground.run(&["check", "."]);
    assert!(ran.err.contains("2 documents are patches for other objects and passed over"), "{}", ran.err);
    assert_eq!(playground.run(&["check", "prod"]).code, 2);
    let before = playground.read("prod/replicas.yaml");
    playground.run(&["fix", ".", "--profile", "strict", "--unsafe", "--write", "--complete"]);
    assert_eq!(playground.read("prod/replicas.yaml"), before);
}

#[test]
fn objects_that_no_policy_checks_are_counted() {
    let lease = "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: a}\n";
    let custom = "apiVersion: example.com/v1\nkind: Database\nmetadata: {name: a}\n";
    let playground =
        Playground::with(&[("a.yaml", &format!("{lease}---\n{custom}---\n{}", custom.replace("a}", "b}")))]);
    let ran = playground.run(&["check", "a.yaml"]);
    // The fields of a Lease are known.
    let told =
        "Checked 1 object in 1 file: nothing found.\n2 objects are of kinds that no policy checks: Database (2).\n";
    assert_eq!((ran.code, ran.err.as_str()), (0, told));
    let args = ["check", "a.yaml", "--format", "json", "--disable", "unknown-field"];
    assert_eq!(playground.run(&args).json()["unchecked"], json!({"Database": 2, "Lease": 1}));
    let ran = playground.run(&["check", "a.yaml", "--disable", "unknown-field"]);
    let told = "Checked no object in 1 file.\n3 objects are of kinds that no policy checks: Database (2), Lease.\n";
    assert_eq!((ran.code, ran.err.as_str()), (0, told));
}

#[test]
fn annotations_that_only_look_like_exemptions_are_told() {
    let annotated = |annotation: &str| {
        let text = FAILING.replace(
            "{name: web, namespace: shop}",
            &format!("{{name: web, annotations: {{{annotation}: no traffic}}}}"),
        );
        let playground = Playground::with(&[("a.yaml", &text)]);
        playground.run(&["check", "a.yaml", "--policy", "missing-prestop"])
    };
    for annotation in ["plimsoll.dev/ignore", "ignore-missing-prestop"] {
        let ran = annotated(annotation);
        let told = format!("the annotation {annotation} exempts nothing; write plimsoll.dev/ignore.");
        assert!(ran.code == 1 && ran.err.contains(&told), "{}", ran.err);
    }
    assert_eq!(annotated("plimsoll.dev/ignore.missing-prestop").code, 0);
}

#[test]
fn exemptions_of_jobs_of_long_names_and_of_everything() {
    let long = "a-container-with-a-name-of-exactly-sixty-three-letters-in-it-ok";
    assert_eq!(long.len(), 63);
    let cron = |annotation: &str| {
        format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: a}}\nspec:\n  schedule: '@daily'\n  jobTemplate:\n    \
             metadata: {{annotations: {{{annotation}: needed}}}}\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          \
             containers: [{{name: {long}, image: web:1, securityContext: {{privileged: true}}}}]\n"
        )
    };
    let key = format!("ignore.privileged-container.{long}");
    for (annotation, code) in [
        ("plimsoll.dev/ignore.privileged-container", 0),
        (&format!("plimsoll.dev/{}", key[..63].trim_end_matches('-')) as &str, 0),
        ("plimsoll.dev/ignore.privileged-container.other", 1),
    ] {
        let playground = Playground::with(&[("a.yaml", &cron(annotation))]);
        let ran = playground.run(&["check", "a.yaml", "--policy", "privileged-container"]);
        assert_eq!(ran.code, code, "{annotation} {}{}", ran.out, ran.err);
        assert_eq!(ran.err.contains("Unused exemption"), code == 1, "{}", ran.err);
    }
    let settings = "policies:\n  privileged-container:\n    exempt: [{reason: all}]\n";
    let playground = Playground::with(&[("a.yaml", FINE), ("s.yaml", settings)]);
    let ran = playground.run(&["check", "a.yaml", "--config", "s.yaml"]);
    assert!(
        ran.code == 2 && ran.err.contains("s.yaml:3:") && ran.err.contains("should say what is exempt"),
        "{}",
        ran.err
    );
}

#[test]
fn a_namespace_that_only_one_side_states_is_named() {
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3\n  selector: {matchLabels: {app: web}}\n  \
               template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a}]}}\n";
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: keep, namespace: shop}\nspec: {maxUnavailable: 1, \
                  selector: {matchLabels: {app: web}}}\n";
    let other =
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: ledger, namespace: bank}\nspec: {ports: [{port: 80}]}\n";
    let playground = Playground::with(&[("all.yaml", &[web, budget, other].concat())]);
    let args = ["check", "all.yaml", "--complete", "--policy", "missing-disruption-budget", "--format", "concise"];
    let ran = playground.run(&args);
    let near = "pods of Deployment \"web\"; namespace \"shop\" has what is missing, but the object sets no namespace";
    assert!(ran.code == 1 && ran.out.contains(near), "{}{}", ran.out, ran.err);
    // Whoever says where they go has decided.
    let ran = playground.run(&[args.as_slice(), &["--namespace", "ops"]].concat());
    assert!(ran.code == 1 && !ran.out.contains("what is missing"), "{}{}", ran.out, ran.err);
    let ran = playground.run(&[args.as_slice(), &["--namespace", "shop"]].concat());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}
