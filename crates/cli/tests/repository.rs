//! Repositories as they are: what is passed over, the configuration, what is known and what is new.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use std::process::Command;

use common::{FAILING, FINE, ONE, Playground, Ran, replicated};
use serde_json::{Value, json};

/// A repository with all that is no manifest.
fn mixed() -> Playground {
    Playground::with(&[
        ("k8s/web.yaml", FAILING),
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/values.yaml", "image:\n  tag: \"1\"\n"),
        (
            "chart/templates/web.yaml",
            "{{- if .Values.on }}\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n{{- end }}\n",
        ),
        ("chart/templates/quoted.yaml", &FAILING.replace("name: web,", "name: \"{{ .Release.Name }}\",")),
        ("compose.yaml", "services:\n  web:\n    image: web\n"),
        ("ansible/playbook.yaml", "- hosts: all\n  tasks:\n  - kubernetes.core.k8s:\n      kind: Deployment\n"),
        ("ansible/task.yaml", "kind: Deployment\nname: web\nstate: {{ state }}\n"),
        ("package.json", "{\"name\": \"shop\", \"version\": \"1.0.0\"}"),
        ("node_modules/a/broken.json", "{\"name\": \"a\", ]"),
        ("node_modules/a/twice.json", "{\"name\": \"a\", \"name\": \"b\"}"),
    ])
}

fn files(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap().iter();
    let mut files: Vec<String> = findings.map(|finding| finding["file"].as_str().unwrap().to_owned()).collect();
    files.dedup();
    files
}

fn policies(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap().iter();
    let mut ids: Vec<String> = findings.map(|finding| finding["policy"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids.dedup();
    ids
}

#[test]
fn what_is_no_kubernetes_is_passed_over_and_counted() {
    let playground = mixed();
    let ran = playground.run(&["check", "--no-render", "--format", "json", "--policy", "missing-prestop"]);
    assert_eq!((ran.code, files(&ran)), (1, vec!["k8s/web.yaml".to_owned()]), "{}", ran.err);
    assert_eq!(ran.json()["summary"]["passedOver"], 10, "{}", ran.out);
    let ran = playground.run(&["check", ".", "--no-render"]);
    assert!(ran.err.contains("10 documents are no Kubernetes object and passed over."), "{}", ran.err);
    let ran = playground.run(&["fix", "."]);
    assert!(ran.code == 1 && ran.out.contains("k8s/web.yaml"), "{}{}", ran.out, ran.err);
    assert_eq!(playground.run(&["graph"]).code, 0);
}

#[test]
fn what_plainly_is_kubernetes_has_to_be_readable() {
    for (name, text) in [
        ("a.yaml", "apiVersion: v1\nkind: Pod\nspec: [\n"),
        ("a.yaml", "apiVersion: v1\nkind: Pod\nkind: Pod\n"),
        ("a.yaml", "apiVersion: apps/v1\nmetadata: {name: web}\n"),
        ("a.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", ]"),
    ] {
        let playground = Playground::with(&[("fine.yaml", FINE), (name, text)]);
        let ran = playground.run(&[&["check"], ONE.as_slice()].concat());
        assert!(ran.code == 2 && ran.err.contains(&format!("error: {name}:")), "{text}\n{}", ran.err);
    }
}

#[test]
fn a_file_that_is_named_is_meant_unless_lists_of_files_are_passed() {
    let playground = mixed();
    let names = ["chart/Chart.yaml", "compose.yaml", "chart/templates/web.yaml", "node_modules/a/broken.json"];
    for name in names {
        assert_eq!(playground.run(&["check", name]).code, 2, "{name}");
        let ran = playground.run(&["check", "--ignore-unknown", name]);
        assert_eq!(ran.code, 0, "{name}\n{}", ran.err);
    }
    let list = [&["check", "--ignore-unknown", "k8s/web.yaml"], names.as_slice(), ONE.as_slice()].concat();
    assert_eq!(playground.run(&list).code, 1);
    assert_eq!(playground.run(&[list.as_slice(), &["--exclude", "k8s"]].concat()).code, 0);
    assert_eq!(playground.run(&["check", "--ignore-unknown", "missing.yaml"]).code, 2);
}

#[test]
fn git_decides_what_is_ignored() {
    let playground = Playground::with(&[
        ("web.yaml", FAILING),
        ("out/web.yaml", FAILING),
        ("deep/generated.yaml", FAILING),
        (".gitignore", "/out/\ngenerated.yaml\n"),
    ]);
    let check = |args: &[&str]| files(&playground.run(&[&["check", "--format", "json"], args].concat()));
    assert_eq!(check(&[]).len(), 3, "there is no repository");
    std::fs::create_dir(playground.path(".git")).unwrap();
    assert_eq!(check(&[]), ["web.yaml"]);
    assert_eq!(check(&["--no-gitignore"]).len(), 3);
    assert_eq!(check(&["out"]), ["out/web.yaml"], "who names a directory means it");
    assert_eq!(check(&["deep"]).len(), 0);
}

#[test]
fn patterns_choose_files() {
    let playground =
        Playground::with(&[("a/web.yaml", FAILING), ("a/vendor/web.yaml", FAILING), ("b/web.yaml", FAILING)]);
    let check = |args: &[&str]| files(&playground.run(&[&["check", "--format", "json"], args].concat()));
    assert_eq!(check(&["--exclude", "vendor"]), ["a/web.yaml", "b/web.yaml"]);
    assert_eq!(check(&["--exclude", "/a/", "--exclude", "c"]), ["b/web.yaml"]);
    assert_eq!(check(&["--include", "/a/", "--exclude", "vendor/"]), ["a/web.yaml"]);
    assert_eq!(check(&["--exclude", "web.yaml", "b/web.yaml"]), ["b/web.yaml"], "who names a file means it");
    let ran = playground.run(&["check", "--exclude", "a["]);
    assert!(ran.code == 2 && ran.err.contains("--exclude: `a[` is no pattern"), "{}", ran.err);
    playground.write("plimsoll.yaml", b"include: [a]\nexclude: vendor\n");
    assert_eq!(check(&[]), ["a/web.yaml"]);
    assert_eq!(check(&["--include", "b"]), ["b/web.yaml"], "in place of the configuration's");
    assert_eq!(check(&["--no-config"]).len(), 3);
    playground.write("plimsoll.yaml", b"include:\n- a\n- 'b['\n");
    let ran = playground.run(&["check"]);
    assert!(ran.code == 2 && ran.err.contains("plimsoll.yaml:3:3: include: `b[` is no pattern"), "{}", ran.err);
}

#[test]
fn the_configuration_is_found_in_the_repository() {
    let off = "policies: {missing-prestop: {enabled: false}}\n";
    let playground = Playground::with(&[("a/b/web.yaml", FAILING), ("plimsoll.yaml", off)]);
    let check = |directory: &str, args: &[&str]| {
        let mut command = playground.command(&[&["check", "--format", "json"], args].concat());
        Ran::of(command.current_dir(playground.path(directory)).output().unwrap())
    };
    let has = |ran: &Ran| policies(ran).contains(&"missing-prestop".to_owned());
    assert!(!has(&check("", &[])));
    assert!(has(&check("", &["--no-config"])));
    assert!(has(&check("a/b", &[])), "what is above a directory outside of a repository may be somebody else's");
    std::fs::create_dir(playground.path(".git")).unwrap();
    let ran = check("a/b", &[]);
    assert!(!has(&ran) && ran.err.contains("Configured by ../../plimsoll.yaml."), "{}", ran.err);
    playground.write("a/.plimsoll.yaml", b"profile: production\n");
    assert!(has(&check("a/b", &[])), "the nearest one");
    std::fs::create_dir(playground.path("a/b/.git")).unwrap();
    assert!(has(&check("a/b", &[])), "not beyond the repository");
    assert!(!has(&check("a/b", &["--config", "../../plimsoll.yaml"])));
    let both = check("", &["--config", "plimsoll.yaml", "--no-config"]);
    assert_eq!(both.code, 2, "{}", both.err);
    // `fix` and `doctor` read the same file.
    let fixed = playground.run(&["fix", "a/b/web.yaml"]);
    assert!(!fixed.out.contains("preStop"), "{}", fixed.out);
}

#[test]
fn the_configuration_says_what_fails() {
    let playground = Playground::with(&[("web.yaml", &replicated()), ("plimsoll.yaml", "failOn: high\n")]);
    let check = |args: &[&str]| playground.run(&[&["check"], ONE.as_slice(), args].concat()).code;
    assert_eq!(check(&[]), 0);
    assert_eq!(check(&["--fail-on", "medium"]), 1);
    for (text, told) in [
        ("failOn: higher\n", "plimsoll.yaml:1:9: failOn: should be one of info low medium high critical"),
        ("baseline: []\n", "plimsoll.yaml:1:1: baseline: should be a text"),
        ("exclude: {a: b}\n", "plimsoll.yaml:1:1: exclude: should be a pattern or a list of patterns"),
        ("excludes: a\n", "unknown field `excludes`, did you mean `exclude`?"),
        ("paths: a\n", "plimsoll.yaml:1:8: paths: should be a list"),
        ("paths:\n- profile: strict\n", "plimsoll.yaml:2:3: paths[0]: needs `match`, the files that it is for"),
        ("paths:\n- match: a\n  profil: strict\n", "plimsoll.yaml:3:3: paths[0]: unknown field `profil`"),
        (
            "paths:\n- match: a\n  policies:\n    missing-prestop: {minSeconds: a}\n",
            "plimsoll.yaml:4:35: paths[0]: missing-prestop.minSeconds",
        ),
        ("paths:\n- match: a\n  exclude: b\n", "paths[0]: unknown field `exclude`"),
    ] {
        playground.write("plimsoll.yaml", text.as_bytes());
        let ran = playground.run(&["check"]);
        assert!(ran.code == 2 && ran.err.contains(told), "{text}\n{}", ran.err);
    }
}

#[test]
fn files_may_have_other_settings() {
    let settings = "\
exempt: [{name: nobody, reason: gone}]
paths:
- match: /dev/
  profile: starter
- match: [/dev/api, stage]
  policies:
    missing-prestop: {enabled: true, severity: critical, minSeconds: 20}
  exempt: [{name: spared, reason: known}]
";
    let once = replicated();
    let spared = once.replace("name: web,", "name: spared,");
    let playground = Playground::with(&[
        ("web.yaml", &once),
        ("dev/web.yaml", &once),
        ("dev/api/web.yaml", &format!("{once}---\n{spared}")),
        ("plimsoll.yaml", settings),
    ]);
    let ran = playground.run(&["check", "--format", "json"]);
    let json = ran.json();
    let of = |list: &Value, pointer: &str| {
        let all =
            list.as_array().unwrap().iter().filter(|found| found.pointer(pointer) == Some(&json!("missing-prestop")));
        all.cloned().collect::<Vec<Value>>()
    };
    let found: Vec<(String, String)> = of(&json["findings"], "/policy")
        .iter()
        .map(|found| (found["file"].as_str().unwrap().to_owned(), found["severity"].as_str().unwrap().to_owned()))
        .collect();
    let pair = |file: &str, severity: &str| (file.to_owned(), severity.to_owned());
    assert_eq!(found, [pair("dev/api/web.yaml", "critical"), pair("web.yaml", "medium")]);
    assert_eq!(of(&json["suppressed"], "/finding/policy").len(), 1);
    // The exemption of some files is used, that of all is not.
    let unused = json["unusedExemptions"].to_string();
    assert!(unused.contains("(gone) matches no finding") && !unused.contains("(known)"), "{unused}");
    playground.run(&["fix", "--write"]);
    assert!(playground.read("dev/api/web.yaml").contains("seconds: 20"));
    assert!(playground.read("web.yaml").contains("seconds: 15"));
    assert!(!playground.read("dev/web.yaml").contains("preStop"));
}

#[test]
fn flags_turn_policies_on_and_off() {
    let playground = Playground::with(&[("web.yaml", FAILING), ("s.yaml", "profile: 'off'\n")]);
    let check = |args: &[&str]| policies(&playground.run(&[&["check", "--format", "json"], args].concat()));
    let all = check(&[]);
    assert!(all.contains(&"missing-prestop".to_owned()) && all.contains(&"missing-requests".to_owned()), "{all:?}");
    assert!(!check(&["--disable", "missing-prestop"]).contains(&"missing-prestop".to_owned()));
    let less = check(&["--disable", "missing-*,security"]);
    assert!(!less.is_empty() && !less.iter().any(|id| id.starts_with("missing-")), "{less:?}");
    assert!(less.len() < all.iter().filter(|id| !id.starts_with("missing-")).count(), "{less:?} {all:?}");
    let off = ["--config", "s.yaml"];
    assert_eq!(check(&off), [] as [&str; 0]);
    let on = check(&[off.as_slice(), &["--enable", "missing-prestop,resources"]].concat());
    assert!(on.contains(&"missing-prestop".to_owned()) && on.contains(&"missing-requests".to_owned()), "{on:?}");
    let both = ["--enable", "missing-prestop", "--disable", "lifecycle"];
    assert_eq!(check(&[off.as_slice(), both.as_slice()].concat()), [] as [&str; 0]);
    let ran = playground.run(&["check", "--enable", "securities"]);
    let told = "--enable: there is no policy or category `securities`, did you mean `security`?";
    assert!(ran.code == 2 && ran.err.contains(told), "{}", ran.err);
    assert_eq!(check(&["--policy", "missing-prestop,root-user"]).len(), 2);
}

#[test]
fn init_writes_what_is_read() {
    let playground = Playground::with(&[("k8s/web.yaml", FAILING), ("deploy/examples/web.yaml", FAILING)]);
    let ran = playground.run(&["init"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let text = playground.read("plimsoll.yaml");
    for line in
        ["profile: starter", "Today there are 2 objects in 2 files.", "findings today", "- match: /deploy/examples/"]
    {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let ran = playground.run(&["check"]);
    assert!(ran.code < 2 && ran.err.contains("Configured by plimsoll.yaml."), "{}", ran.err);
    // What is commented out is valid, too.
    let examples = ["# kubernetesVersion:", "# exclude:", "# - /", "# policies:", "#   "];
    let plain = |line: &str| {
        let is_example = examples.iter().any(|start| line.starts_with(start));
        (if is_example { &line[2..] } else { line }).to_owned() + "\n"
    };
    let all: String = text.lines().map(plain).collect();
    assert!(all.contains("\nexclude:\n- /vendor/\n") && all.contains("\n    severity: low\n"), "{all}");
    playground.write("plimsoll.yaml", all.as_bytes());
    let ran = playground.run(&["check"]);
    assert!(ran.code < 2, "{all}\n{}", ran.err);
    let again = playground.run(&["init"]);
    assert!(again.code == 2 && again.err.contains("plimsoll.yaml is there already"), "{}", again.err);
    assert_eq!(playground.run(&["init", "--print"]).code, 0);
}

#[test]
fn a_baseline_hides_what_is_known() {
    let playground = Playground::with(&[("web.yaml", FAILING)]);
    let missing = playground.run(&["check", "--baseline", "b.json"]);
    assert!(missing.code == 2 && missing.err.contains("`plimsoll baseline` writes it"), "{}", missing.err);
    let written = playground.run(&["baseline", "--output", "b.json"]);
    assert_eq!(written.code, 0, "{}", written.err);
    let check = |args: &[&str]| playground.run(&[&["check", "web.yaml", "--baseline", "b.json"], args].concat());
    let ran = check(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(ran.err.contains("findings are in the baseline."), "{}", ran.err);
    // Lines move, another container comes first; only it is new.
    let moved = FAILING.replace("# The shop's front.\n", "---\n# More\n\n");
    let more = moved
        .replace("      - name: 'web'", "      - name: new\n        ports: [{containerPort: 1}]\n      - name: 'web'");
    playground.write("web.yaml", more.as_bytes());
    let ran = check(&["--policy", "missing-prestop", "--format", "json"]);
    let json = ran.json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1, "{}", ran.out);
    assert_eq!((ran.code, &json["findings"][0]["container"]), (1, &json!("new")));
    // What has been fixed is reported; what was not checked is not.
    playground.write("web.yaml", FINE.replace("name: worker}", "name: web, namespace: shop}").as_bytes());
    let ran = check(&["--policy", "missing-prestop"]);
    assert!(ran.err.contains("1 finding of the baseline is there no more"), "{}", ran.err);
    playground.write("web.yaml", FINE.as_bytes());
    assert!(!check(&[]).err.contains("there no more"));
    // The configuration names it, too.
    playground.write("web.yaml", FAILING.as_bytes());
    playground.write("plimsoll.yaml", b"baseline: known/b.json\n");
    playground.write("known/b.json", b"");
    assert_eq!(playground.run(&["baseline"]).code, 0);
    assert_eq!(playground.read("known/b.json"), playground.read("b.json"));
    assert_eq!(playground.run(&["check"]).code, 0);
    assert_eq!(playground.run(&["check", "--no-baseline"]).code, 1);
    playground.write("known/b.json", b"{\"version\": 9, \"findings\": []}");
    assert!(playground.run(&["check"]).err.contains("version 9"));
    playground.write("broken.yaml", b"apiVersion: v1\nkind: [\n");
    let ran = playground.run(&["baseline", "--output", "c.json"]);
    assert!(ran.code == 2 && !playground.path("c.json").exists(), "{}", ran.err);
}

fn git(playground: &Playground, args: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(playground.path("")).args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(args);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn only_objects_that_have_changed() {
    let api = FAILING.replace("web", "api");
    let playground = Playground::with(&[
        ("same.yaml", FAILING),
        ("moved.yaml", &FAILING.replace("web", "moved")),
        ("two.yaml", &format!("{api}---\n{}", FAILING.replace("web", "db"))),
    ]);
    git(&playground, &["init", "-q"]);
    git(&playground, &["add", "."]);
    git(&playground, &["commit", "-qm", "one"]);
    let check = |args: &[&str]| {
        playground.run(&[&["check", "--since", "HEAD", "--format", "json"], ONE.as_slice(), args].concat())
    };
    let names = |ran: &Ran| {
        let json = ran.json();
        let found = json["findings"].as_array().unwrap().iter();
        found.map(|found| found["object"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let ran = check(&[]);
    assert_eq!((ran.code, names(&ran)), (0, Vec::new()), "{}", ran.err);
    assert!(ran.err.contains("4 findings are on objects that have not changed since HEAD."), "{}", ran.err);
    // Comments and files' names are no change of an object.
    std::fs::rename(playground.path("moved.yaml"), playground.path("renamed.yaml")).unwrap();
    let changed = format!("# new\n{api}---\n{}", FAILING.replace("web", "db").replace("8080", "8081"));
    playground.write("two.yaml", changed.as_bytes());
    playground.write("new.yaml", FAILING.replace("web", "new").as_bytes());
    let ran = check(&[]);
    assert_eq!((ran.code, names(&ran)), (1, vec!["new".to_owned(), "db".to_owned()]), "{}", ran.err);
    let below = Ran::of({
        playground.write("sub/x.yaml", FAILING.replace("web", "x").as_bytes());
        let mut command =
            playground.command(&["check", "..", "--since", "HEAD", "--format", "json", "--policy", "missing-prestop"]);
        command.current_dir(playground.path("sub")).output().unwrap()
    });
    assert_eq!(names(&below), ["new", "x", "db"], "{}", below.err);
    let wrong = playground.run(&["check", "--since", "nowhere"]);
    assert!(wrong.code == 2 && wrong.err.contains("git knows no commit `nowhere`"), "{}", wrong.err);
    let option = playground.run(&["check", "--since=--output=x"]);
    assert!(option.code == 2 && !playground.path("x").exists(), "{}", option.err);
}

#[test]
fn findings_are_capped_and_counted() {
    let playground = Playground::with(&[("web.yaml", FAILING)]);
    let all = playground.run(&["check", "--format", "json", "--profile", "strict"]).json();
    let all = all["findings"].as_array().unwrap().len();
    let ran = playground.run(&["check", "--format", "json", "--profile", "strict", "--max-findings", "2"]);
    let json = ran.json();
    let severities: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|found| found["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["high", "high"]);
    assert!(ran.err.contains(&format!("{} more findings are not shown", all - 2)), "{}", ran.err);
    let ran = playground.run(&["check", "--max-findings", "0"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(!playground.run(&["check", "--max-findings", "1000"]).err.contains("not shown"));
}

#[test]
fn the_exit_status_can_be_chosen() {
    let unused =
        FAILING.replace("namespace: shop", "namespace: shop, annotations: {plimsoll.dev/ignore.root-user: no}");
    let playground = Playground::with(&[("web.yaml", FAILING), ("unused.yaml", &unused), ("broken.yaml", "a: [")]);
    assert_eq!(playground.run(&["check", "web.yaml", "--exit-zero"]).code, 0);
    assert_eq!(playground.run(&["check", "broken.yaml", "--exit-zero"]).code, 2);
    let policy = ["--policy", "root-user"];
    let ran = playground.run(&[&["check", "unused.yaml", "--fail-on", "critical"], policy.as_slice()].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let fail =
        ["check", "unused.yaml", "--fail-on-unused-exemption", "--policy", "privileged-container,host-namespaces"];
    assert_eq!(playground.run(&fail).code, 0, "of a policy that did not run");
    let misspelt = unused.replace("ignore.root-user", "ignore.rot-user");
    playground.write("unused.yaml", misspelt.as_bytes());
    let ran =
        playground.run(&["check", "unused.yaml", "--fail-on-unused-exemption", "--policy", "privileged-container"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
}
