//! The formats of `plimsoll check`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail that way")]

mod common;

use std::collections::BTreeSet;

use common::{FAILING, FINE, ONE, Playground, replicated};
use serde_json::{Value, json};

/// Ten findings under `strict`, one exempt, one related place, and something that can't be read.
fn shop() -> Playground {
    let web = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations:
    plimsoll.dev/ignore.missing-requests: measured next week
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx
        ports:
        - containerPort: 80
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec:
  minAvailable: 3
  selector: {matchLabels: {app: web}}
";
    Playground::with(&[
        (".git/HEAD", ""),
        ("deploy/my web.yaml", web),
        ("deploy/broken.yaml", "apiVersion: v1\nkind: Pod\nspec: [\n"),
        ("deploy/worker.yaml", FINE),
    ])
}

fn sarif(playground: &Playground, args: &[&str]) -> Value {
    let ran = playground.run(&[&["check", "--format", "sarif"], args].concat());
    let log = ran.json();
    let schema = serde_json::from_str(include_str!("reports/sarif.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let run = &log["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    run.clone()
}

/// Makes the replacements of a fix, from the last to the first.
fn apply(text: &str, fix: &Value) -> String {
    let offset = |line: &Value, column: &Value| {
        let (line, column) = (line.as_u64().unwrap(), column.as_u64().unwrap());
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect::<Vec<_>>();
        let start = starts[usize::try_from(line).unwrap() - 1];
        text[start..].char_indices().nth(usize::try_from(column).unwrap() - 1).map_or(text.len(), |(at, _)| start + at)
    };
    let replacements = fix["artifactChanges"][0]["replacements"].as_array().unwrap();
    let mut edits: Vec<(usize, usize, &str)> = replacements
        .iter()
        .map(|replacement| {
            let region = &replacement["deletedRegion"];
            let start = offset(&region["startLine"], &region["startColumn"]);
            let end = offset(&region["endLine"], &region["endColumn"]);
            (start, end, replacement["insertedContent"]["text"].as_str().unwrap_or_default())
        })
        .collect();
    edits.sort();
    let mut new = text.to_owned();
    for (start, end, inserted) in edits.into_iter().rev() {
        new.replace_range(start..end, inserted);
    }
    new
}

#[test]
fn sarif_has_regions_related_places_fixes_suppressions_and_fingerprints() {
    let playground = shop();
    let run = sarif(&playground, &["deploy", "--complete", "--profile", "strict"]);
    let results = run["results"].as_array().unwrap();
    let of = |policy: &str| results.iter().find(|result| result["ruleId"] == policy).unwrap();
    let deadlock = of("drain-deadlock");
    let place = &deadlock["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"], json!({"uri": "deploy/my%20web.yaml", "uriBaseId": "SRCROOT"}));
    assert_eq!(place["region"], json!({"startLine": 24, "startColumn": 17, "endLine": 24, "endColumn": 18}));
    assert_eq!(deadlock["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 9, "{deadlock:#}");
    assert_eq!(deadlock["level"], "error");
    let is_exempt = |result: &&Value| result.get("suppressions").is_some();
    let suppressed = results.iter().find(is_exempt).unwrap();
    assert_eq!(suppressed["ruleId"], "missing-requests");
    let reason = json!([{"kind": "inSource", "status": "accepted", "justification": "measured next week"}]);
    assert_eq!(suppressed["suppressions"], reason);
    let fixed = apply(&playground.read("deploy/my web.yaml"), &of("missing-prestop")["fixes"][0]);
    assert!(
        fixed.contains("        lifecycle:\n          preStop:\n            sleep:\n              seconds: 15\n"),
        "{fixed}"
    );
    let prints: BTreeSet<String> =
        results.iter().map(|result| result["partialFingerprints"]["plimsoll/v1"].to_string()).collect();
    assert_eq!(prints.len(), results.len());
    let notes = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert_eq!(notes[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "deploy/broken.yaml");
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        assert!(rule["helpUri"].as_str().unwrap().ends_with(rule["id"].as_str().unwrap()));
    }
}

#[test]
fn sarif_of_every_fixture_is_valid() {
    let policies = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let playground = Playground::with(&[]);
    let mut files = 0;
    for policy in std::fs::read_dir(policies).unwrap() {
        let fixture = policy.unwrap().path().join("fixtures/fail.yaml");
        let Ok(text) = std::fs::read_to_string(&fixture) else { continue };
        // Cases bring inventories and settings of their own, which this isn't about.
        let cases: Vec<&str> = text.split("---\n").filter(|document| !document.starts_with("kind: Case")).collect();
        playground.write(&format!("{files}.yaml"), cases.join("---\n").as_bytes());
        files += 1;
    }
    assert!(files > 80, "{files}");
    let run = sarif(&playground, &[".", "--complete", "--profile", "strict"]);
    assert!(run["results"].as_array().unwrap().len() > 500);
}

#[test]
fn several_reports_at_once() {
    let playground = shop();
    let args = ["check", "deploy", "--format", "sarif=out.sarif", "--format", "junit=out.xml", "--format", "concise"];
    let ran = playground.run(&args);
    assert_eq!(ran.code, 2);
    assert!(
        ran.out.contains("deploy/my web.yaml:15:9: high[missing-readiness-probe]: Deployment shop/web: "),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("Checked "), "{}", ran.err);
    assert!(playground.read("out.sarif").contains("\"2.1.0\"") && playground.read("out.xml").starts_with("<?xml"));
    let ran = playground.run(&["check", "deploy", "--format", "json", "--output", "out.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(serde_json::from_str::<Value>(&playground.read("out.json")).unwrap()["version"], 1);
    for (args, expected) in [
        (["--format", "json", "--format", "sarif"].as_slice(), "two reports would go to standard output"),
        (&["--format", "json=x", "--format", "sarif", "-o", "x"], "two reports would go to x"),
        (&["--format", "xml"], "there is no format `xml`, only pretty, concise, json"),
        (&["--format", "json="], "name a file after the ="),
        (&["--output", "deploy/worker.yaml"], "deploy/worker.yaml cannot be written: it is one of the files"),
        (&["--output", "none/x"], "none/x cannot be written"),
    ] {
        let ran = playground.run(&[&["check", "deploy"], args].concat());
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.err.contains(expected), "{args:?}: {}", ran.err);
    }
    assert_eq!(playground.read("deploy/worker.yaml"), FINE);
}

#[test]
fn github_annotations_start_with_the_worst() {
    let ran = shop().run(&["check", "deploy", "--complete", "--format", "github"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("::error file=deploy/broken.yaml,line="), "{}", ran.out);
    let commands: Vec<&str> = lines.iter().map(|line| line.split_whitespace().next().unwrap()).collect();
    let mut sorted = commands.clone();
    sorted
        .sort_by_key(|command| ["::error", "::warning", "::notice"].iter().position(|known| known == command).unwrap());
    assert_eq!(commands, sorted);
    let prestop = lines.iter().find(|line| line.contains("[missing-prestop]")).unwrap();
    let start = "::warning file=deploy/my web.yaml,line=15,endLine=15,col=9,endColumn=18,title=medium[missing-prestop] Deployment shop/web::container \"web\" has no preStop hook%0AWhy: ";
    assert!(prestop.starts_with(start), "{prestop}");
}

#[test]
fn gitlab_gets_each_finding_with_a_fingerprint_of_its_own() {
    let once = replicated();
    let twice = format!("{once}---\n{once}");
    let playground = Playground::with(&[("a/web.yaml", &twice), ("b/web.yaml", &once)]);
    let entries = playground.run(&["check", ".", "--format", "gitlab"]).json();
    let entries = entries.as_array().unwrap();
    let prints: BTreeSet<&str> = entries.iter().map(|entry| entry["fingerprint"].as_str().unwrap()).collect();
    assert!(entries.len() > 10);
    assert_eq!(prints.len(), entries.len());
    let prestop = entries.iter().find(|entry| entry["check_name"] == "missing-prestop").unwrap();
    assert_eq!(prestop["location"], json!({"path": "a/web.yaml", "lines": {"begin": 10, "end": 10}}));
    assert_eq!(prestop["severity"], "major");
    assert_eq!(prestop["description"], "Deployment shop/web: container \"web\" has no preStop hook");
}

#[test]
fn junit_counts_failures_errors_and_exemptions() {
    let xml = shop().run(&["check", "deploy", "--complete", "--format", "junit"]).out;
    let count = |tag: &str| xml.matches(tag).count();
    let total = |name: &str| {
        let (_, rest) = xml.split_once(&format!(" {name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.parse::<usize>().unwrap()
    };
    assert_eq!((total("tests"), total("failures")), (count("<testcase "), count("<failure ")));
    assert_eq!((total("errors"), count("<error "), total("skipped"), count("<skipped ")), (1, 1, 1, 1));
    assert!(total("failures") > 3 && count("<testsuite ") == 3, "{xml}");
    // Below --fail-on nothing fails.
    let xml = shop().run(&["check", "deploy", "--format", "junit", "--fail-on", "critical"]).out;
    assert!(xml.contains(" failures=\"0\"") && xml.contains("<system-out>"), "{xml}");
}

#[test]
fn markdown_is_a_summary() {
    let out = shop().run(&["check", "deploy", "--complete", "--format", "markdown"]).out;
    assert!(out.starts_with("## Plimsoll: ") && out.contains("- **error** deploy/broken.yaml:"), "{out}");
    assert!(
        out.contains("<details><summary>Deployment shop/web: 1 high") || out.contains("<summary>Deployment shop/web: "),
        "{out}"
    );
    let row = "| medium | [missing-prestop](https://github.com/plimsoll-dev/plimsoll/tree/main/policies/missing-prestop) container \"web\" has no preStop hook | ";
    assert!(out.contains(row), "{out}");
    let many: String =
        (0..60).map(|number| format!("{}---\n", FAILING.replace("name: web,", &format!("name: w{number},")))).collect();
    let out = Playground::with(&[("a.yaml", &many)]).run(&["check", "a.yaml", "--format", "markdown"]).out;
    assert!(out.contains("… 10 more objects have findings"), "{out}");
}

#[test]
fn the_page_stands_alone() {
    let html = shop().run(&["check", "deploy", "--complete", "--format", "html"]).out;
    for part in [
        "Score by category",
        "Score by workload",
        "<svg ",
        "name=\"severity\"",
        "Fingerprint ",
        "Content-Security-Policy",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(html.contains("<ins>+         lifecycle:</ins>"), "{html}");
    // Links to the documentation are followed on a click; nothing else names another place.
    for (at, _) in html.match_indices("//") {
        let before = &html[..at];
        assert!(
            before.ends_with("<a href=\"https:") || !before.ends_with("https:") && !before.ends_with("http:"),
            "{}",
            &html[at - 60..at + 40]
        );
    }
    for tag in ["<link", "<img", "<iframe", "@import", "url("] {
        assert!(!html.contains(tag), "{tag}");
    }
}

#[test]
fn the_worst_object_and_the_worst_finding_come_first() {
    let mild = FAILING.replace("namespace: shop", "namespace: mild");
    let bad = FAILING
        .replace("namespace: shop", "namespace: bad")
        .replace("        ports:", "        securityContext: {privileged: true}\n        ports:");
    let playground = Playground::with(&[("a.yaml", &mild), ("b.yaml", &bad)]);
    let out = playground.run(&["check", ".", "--profile", "starter"]).out;
    let at = |text: &str| out.find(text).unwrap_or_else(|| panic!("{text}: {out}"));
    assert!(at("Deployment bad/web: 1 critical") < at("Deployment mild/web: "));
    assert!(at("critical[privileged-container]") < at("high["));
    // A line with several findings is shown once.
    assert_eq!(out.matches("- name: 'web'  # quoted on purpose").count(), 2, "{out}");
}

#[test]
fn ten_findings_fit_one_screen() {
    let nginx = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: nginx
spec:
  selector:
    matchLabels:
      app: nginx
  template:
    metadata:
      labels:
        app: nginx
    spec:
      containers:
      - name: nginx
        image: nginx
        ports:
        - containerPort: 80
";
    let playground = Playground::with(&[("nginx.yaml", nginx)]);
    let ran = playground.run(&["check", "nginx.yaml", "--profile", "starter"]);
    let lines = ran.out.lines().chain(ran.err.lines()).count();
    assert!(ran.code == 1 && lines <= 60, "{lines} lines\n{}{}", ran.out, ran.err);
    // Those of the larger profiles add more lines.
    let report = playground.run(&["check", "nginx.yaml", "--profile", "strict", "--format", "json"]).json();
    let mut args = vec!["check", "nginx.yaml"];
    let findings = report["findings"].as_array().unwrap().iter().take(10);
    args.extend(findings.flat_map(|found| ["--policy", found["policy"].as_str().unwrap()]));
    let ran = playground.run(&args);
    let lines = ran.out.lines().count();
    assert!(ran.err.contains("10 findings") && lines <= 60, "{lines} lines\n{}{}", ran.out, ran.err);
}

#[test]
fn columns_colours_and_links_follow_the_environment() {
    let playground = Playground::with(&[("web.yaml", FAILING)]);
    let with = |variables: &[(&str, &str)]| {
        let mut command = playground.command(&["check", "web.yaml"]);
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let narrow = with(&[("COLUMNS", "60")]);
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
    assert!(with(&[("COLUMNS", "100")]).lines().count() < narrow.lines().count());
    assert!(with(&[("FORCE_COLOR", "1")]).contains("\x1b[1m\x1b[38;5;16m\x1b[48;5;214mmedium\x1b[0m["));
    assert!(!with(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]).contains('\x1b'));
    let linked = with(&[("FORCE_HYPERLINK", "1")]);
    let link = "\x1b]8;;https://github.com/plimsoll-dev/plimsoll/tree/main/policies/missing-prestop\x1b\\missing-prestop\x1b]8;;\x1b\\";
    assert!(linked.contains(link) && linked.contains("\x1b]8;;file:///"), "{linked:?}");
}

#[test]
fn the_first_run_ends_with_a_hint_on_profiles() {
    let playground = Playground::with(&[("web.yaml", FAILING), ("c.yaml", "profile: strict\n")]);
    let last =
        |args: &[&str]| playground.run(&[&["check", "web.yaml"], args].concat()).err.lines().last().unwrap().to_owned();
    assert!(last(&[]).starts_with("Profile production was used; --profile starter checks"), "{}", last(&[]));
    for chosen in [["--profile", "production"].as_slice(), &["--config", "c.yaml"], &ONE] {
        assert!(!last(chosen).starts_with("Profile "), "{}", last(chosen));
    }
}

#[test]
fn too_many_findings_are_counted() {
    let containers: String = (0..20_010)
        .map(|number| format!("  - {{name: c{number}, image: web:1, securityContext: {{privileged: true}}}}\n"))
        .collect();
    let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n{containers}");
    let playground = Playground::with(&[("web.yaml", &pod)]);
    let ran = playground.run(&["check", "web.yaml", "--policy", "privileged-container", "--format", "json"]);
    assert_eq!(
        ran.err,
        "10 more findings are counted and not reported; none of them is worse than the 20000 that are.\n"
    );
    let report = ran.json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 20_000);
    assert_eq!(
        (&report["summary"]["unreported"], &report["summary"]["findings"]["critical"]),
        (&json!(10), &json!(20_010))
    );
}

#[cfg(target_os = "linux")]
#[test]
fn progress_is_said_on_a_terminal_only() {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};
    let playground = Playground::with(&[]);
    assert!(Command::new("mkfifo").arg(playground.path("pipe")).status().unwrap().success());
    let mut terminal = Command::new("script");
    let check = format!("{} check - < pipe", env!("CARGO_BIN_EXE_plimsoll"));
    terminal.current_dir(playground.path(".")).env("TERM", "xterm").args(["-qec", &check, "/dev/null"]);
    let mut child = terminal.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut pipe = std::fs::OpenOptions::new().write(true).open(playground.path("pipe")).unwrap();
    let mut screen = child.stdout.take().unwrap();
    let mut seen = String::new();
    let mut bytes = [0; 256];
    // It waits for its input, and says so.
    while !seen.contains("Reading … ") {
        let read = screen.read(&mut bytes).unwrap();
        assert!(read > 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    pipe.write_all(FAILING.as_bytes()).unwrap();
    drop(pipe);
    screen.read_to_string(&mut seen).unwrap();
    child.wait().unwrap();
    let report = seen.rsplit("\r\x1b[K").next().unwrap();
    assert!(report.contains("Deployment shop/web") && !report.contains(" … "), "{seen:?}");
    let ran = playground.run_with(&["check", "-"], FAILING.as_bytes());
    assert!(!ran.err.contains("Reading"), "{}", ran.err);
}

/// The fields of `wgpolicyk8s.io/v1alpha2`, with their types, and no others.
fn policy_report_schema() -> Value {
    let text = json!({"type": "string"});
    let number = json!({"type": "integer", "minimum": 0});
    let closed = |required: &[&str], properties: Value| json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties});
    let reference = closed(
        &["apiVersion", "kind", "name"],
        json!({"apiVersion": text, "kind": text, "namespace": text, "name": text, "uid": text, "resourceVersion": text, "fieldPath": text}),
    );
    let result = closed(
        &["policy", "rule", "severity", "result", "category", "resources", "properties", "message"],
        json!({
            "source": text, "policy": text, "rule": text, "category": text, "message": text, "scored": {"type": "boolean"},
            "severity": {"enum": ["critical", "high", "medium", "low", "info"]},
            "result": {"enum": ["pass", "fail", "warn", "error", "skip"]},
            "resources": {"type": "array", "items": reference}, "resourceSelector": {"type": "object"},
            "properties": {"type": "object", "additionalProperties": text},
            "timestamp": closed(&["seconds", "nanos"], json!({"seconds": number, "nanos": number})),
        }),
    );
    let summary = closed(&[], json!({"pass": number, "fail": number, "warn": number, "error": number, "skip": number}));
    let report = closed(
        &["apiVersion", "kind", "metadata", "results", "summary"],
        json!({
            "apiVersion": {"const": "wgpolicyk8s.io/v1alpha2"}, "kind": {"enum": ["PolicyReport", "ClusterPolicyReport"]},
            "metadata": {"type": "object", "required": ["name"]}, "scope": reference, "scopeSelector": {"type": "object"},
            "summary": summary, "results": {"type": "array", "items": result},
        }),
    );
    closed(
        &["apiVersion", "kind", "items"],
        json!({"apiVersion": {"const": "v1"}, "kind": {"const": "List"}, "items": {"type": "array", "items": report}}),
    )
}

#[test]
fn policy_reports_are_by_namespace_and_have_the_fields_of_their_kind() {
    let ignored = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: job\n  annotations: {plimsoll.dev/ignore.missing-memory-limit: known}\nspec: {containers: [{name: a, image: a}]}\n";
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: all}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: ServiceAccount, name: web, namespace: shop}]\n";
    let playground = Playground::with(&[("web.yaml", FAILING), ("job.yaml", ignored), ("role.yaml", role)]);
    let args = [
        "check",
        "web.yaml",
        "job.yaml",
        "role.yaml",
        "--profile",
        "strict",
        "--fail-on",
        "medium",
        "--format",
        "policyreport",
    ];
    let ran = playground.run(&args);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let json = ran.json();
    let schema = policy_report_schema();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let items = json["items"].as_array().unwrap();
    let of = |item: &Value| {
        (item["kind"].as_str().unwrap().to_owned(), item["metadata"]["namespace"].as_str().map(str::to_owned))
    };
    assert_eq!(
        items.iter().map(of).collect::<Vec<_>>(),
        [
            ("ClusterPolicyReport".to_owned(), None),
            ("PolicyReport".to_owned(), Some("default".to_owned())),
            ("PolicyReport".to_owned(), Some("shop".to_owned())),
        ]
    );
    // What warns isn't scored.
    for result in items.iter().flat_map(|item| item["results"].as_array().unwrap()) {
        assert_eq!(result["scored"] == true, result["result"] != "warn", "{result}");
    }
    // The summaries count the results, and all findings are there.
    let mut number = 0;
    for item in items {
        let results = item["results"].as_array().unwrap();
        for result in ["pass", "fail", "warn", "error", "skip"] {
            let count = results.iter().filter(|one| one["result"] == result).count();
            assert_eq!(item["summary"][result], count, "{result} of {item:#}");
        }
        number += results.len();
    }
    let all = playground
        .run(&["check", "web.yaml", "job.yaml", "role.yaml", "--profile", "strict", "--format", "json"])
        .json();
    assert_eq!(
        number,
        ["findings", "suppressed"].map(|field| all[field].as_array().unwrap().len()).iter().sum::<usize>()
    );
    let skipped = items[1]["results"].as_array().unwrap().iter().find(|one| one["result"] == "skip").unwrap();
    assert_eq!(skipped["policy"], "missing-memory-limit");
    assert!(skipped["message"].as_str().unwrap().ends_with("(exempt: known)"), "{skipped:#}");
    let warned = items[2]["results"].as_array().unwrap().iter().find(|one| one["result"] == "warn").unwrap();
    assert_eq!(
        warned["resources"],
        json!([{"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web"}])
    );
}

/// An earlier report among the files is written again, a manifest never is.
#[test]
fn reports_take_the_place_of_earlier_ones_only() {
    let package = "{\"name\": \"web\"}\n";
    let playground =
        Playground::with(&[("web.yaml", FAILING), ("fine/a.yaml", common::FINE), ("package.json", package)]);
    for format in ["json", "gitlab", "policyreport"] {
        for (path, code) in [("web.yaml", 1), ("fine", 0)] {
            let out = format!("{format}={format}.json");
            let args = ["check", path, ".", "--exclude", "web.yaml", "--policy", "missing-prestop", "--format", &out];
            assert_eq!(playground.run(&args).code, code, "{format}");
            let ran = playground.run(&args);
            assert_eq!(ran.code, code, "{format}: {}", ran.err);
        }
    }
    for file in ["web.yaml", "package.json"] {
        let before = playground.read(file);
        let ran = playground.run(&["check", ".", "--output", file]);
        assert!(ran.code == 2 && ran.err.contains("it is one of the files that were checked"), "{}", ran.err);
        assert_eq!(playground.read(file), before);
    }
}
