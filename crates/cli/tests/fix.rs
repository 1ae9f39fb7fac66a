//! `plimsoll fix` as it is called.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use common::{FAILING, FINE, ONE, Playground};

const FIXED: &str = "\
# The shop's front.
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
      - name: 'web'  # quoted on purpose
        ports:
        - containerPort: 8080
        lifecycle:
          preStop:
            sleep:
              seconds: 15
";

#[test]
fn a_diff_is_shown_and_nothing_written() {
    let playground = Playground::with(&[("web.yaml", FAILING), ("fine.yaml", FINE)]);
    let ran = playground.run(&[&["fix", "."], ONE.as_slice()].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(
        ran.out,
        "\
--- web.yaml
+++ web.yaml
@@ -9,3 +9,7 @@
       - name: 'web'  # quoted on purpose
         ports:
         - containerPort: 8080
+        lifecycle:
+          preStop:
+            sleep:
+              seconds: 15
"
    );
    assert_eq!(ran.err, "Would make 1 fix in 1 file; --write makes them.\n");
    assert_eq!(playground.read("web.yaml"), FAILING);
}

#[test]
fn writing_keeps_everything_else_and_is_done_once() {
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let playground = Playground::with(&[("web.yaml", FAILING), ("dos.yaml", &windows(FAILING))]);
    let args = [&["fix", ".", "--write"], ONE.as_slice()].concat();
    let ran = playground.run(&args);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(ran.err, "Made 2 fixes in 2 files.\n");
    assert_eq!(playground.read("web.yaml"), FIXED);
    assert_eq!(playground.read("dos.yaml"), windows(FIXED));
    assert_eq!(playground.run(&args).err, "Nothing to fix.\n");
    assert_eq!(playground.run(&[&["check", "."], ONE.as_slice()].concat()).code, 0);
    let left: Vec<_> = std::fs::read_dir(playground.path(".")).unwrap().collect();
    assert_eq!(left.len(), 2, "no temporary file stays");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let playground = Playground::with(&[]);
    let args = [&["fix", "-", "--write"], ONE.as_slice()].concat();
    let ran = playground.run_with(&args, FAILING.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, FIXED), "{}", ran.err);
    let ran = playground.run_with(&args, FINE.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, FINE), "{}", ran.err);
    // What can't be read is passed on as it is, so that a pipeline loses nothing.
    let broken = format!("{FAILING}---\na: [\n");
    let ran = playground.run_with(&args, broken.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (2, broken.as_str()), "{}", ran.err);
}

#[test]
fn unsafe_fixes_only_on_request() {
    let playground = Playground::with(&[("web.yaml", FAILING)]);
    playground.write("s.yml", b"policies: {missing-prestop: {style: exec}}");
    let args = [&["fix", "web.yaml", "--config", "s.yml"], ONE.as_slice()].concat();
    let ran = playground.run(&args);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let ran = playground.run(&[args.as_slice(), &["--unsafe"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("+            exec:\n"), "{}", ran.out);
}

#[test]
fn what_cannot_be_fixed_in_the_text_is_named() {
    let shared = FAILING.replace("- name: 'web'", "- &web\n        name: 'web'") + "copy: *web\n";
    let playground = Playground::with(&[("shared.yaml", &shared), ("half.yaml", &format!("{FAILING}---\na: [\n"))]);
    let ran = playground.run(&[&["fix", "shared.yaml", "--write"], ONE.as_slice()].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("not fixed: shared.yaml:10:9: ") && ran.err.contains("an anchor"), "{}", ran.err);
    assert_eq!(playground.read("shared.yaml"), shared);
    let ran = playground.run(&[&["fix", "half.yaml", "--write"], ONE.as_slice()].concat());
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("half.yaml: left as it is"), "{}", ran.err);
    assert_eq!(playground.read("half.yaml"), format!("{FAILING}---\na: [\n"));
}

#[test]
fn braces_that_no_fix_replaces_are_no_template() {
    let braces = |text: &str| text.replace("namespace: shop", "namespace: shop, annotations: {a: '{{ .B }}'}");
    let playground = Playground::with(&[("web.yaml", &braces(FAILING))]);
    let ran = playground.run(&[&["fix", "web.yaml", "--write"], ONE.as_slice()].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(playground.read("web.yaml"), braces(FIXED));
}

#[test]
fn what_a_comment_explains_is_fixed_on_request_only() {
    let web = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 8
  strategy:
    rollingUpdate:
      # Half of them is enough at night.
      maxUnavailable: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
";
    let playground = Playground::with(&[("web.yaml", web)]);
    let policy = ["--policy", "capacity-drop-on-rollout"];
    let ran = playground.run(&[["check", "web.yaml"], policy].concat());
    assert!(ran.out.contains("set maxUnavailable to 0, against the comment on line 8"), "{}", ran.out);
    assert!(ran.out.contains("--unsafe") && !ran.out.contains("`plimsoll fix`"), "{}", ran.out);
    let ran = playground.run(&[["fix", "web.yaml"].as_slice(), &policy, &["--write"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, "Nothing to fix.\n"));
    assert_eq!(playground.read("web.yaml"), web);
    let ran = playground.run(&[["fix", "web.yaml"].as_slice(), &policy, &["--write", "--unsafe"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(playground.read("web.yaml"), web.replace("able: 4", "able: 0"));
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let playground = Playground::with(&[("real/web.yaml", FAILING), ("locked.yaml", FAILING)]);
    let mode = |name: &str, mode: u32| {
        std::fs::set_permissions(playground.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("real/web.yaml", 0o640);
    mode("locked.yaml", 0o444);
    std::os::unix::fs::symlink("real/web.yaml", playground.path("link.yaml")).unwrap();
    let ran = playground.run(&[&["fix", "link.yaml", "locked.yaml", "--write"], ONE.as_slice()].concat());
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("locked.yaml: not fixed: it is read-only"), "{}", ran.err);
    assert!(ran.err.ends_with("Made 1 fix in 1 file.\n"), "{}", ran.err);
    assert!(std::fs::symlink_metadata(playground.path("link.yaml")).unwrap().is_symlink());
    assert_eq!(playground.read("real/web.yaml"), FIXED);
    assert_eq!(std::fs::metadata(playground.path("real/web.yaml")).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(playground.read("locked.yaml"), FAILING);
}

#[cfg(unix)]
#[test]
fn a_link_in_a_directory_does_not_lead_out_of_it() {
    let playground = Playground::with(&[("outside.yaml", FAILING), ("d/inner/web.yaml", FAILING)]);
    std::os::unix::fs::symlink("../outside.yaml", playground.path("d/out.yaml")).unwrap();
    std::os::unix::fs::symlink("inner/web.yaml", playground.path("d/in.yaml")).unwrap();
    let ran = playground.run(&[&["fix", "d", "--write"], ONE.as_slice()].concat());
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("d/out.yaml: not fixed: it is a link to a file outside of the directory"), "{}", ran.err);
    assert_eq!(playground.read("outside.yaml"), FAILING);
    assert_eq!(playground.read("d/inner/web.yaml"), FIXED);
    let ran = playground.run(&[&["fix", "d/out.yaml", "--write"], ONE.as_slice()].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(playground.read("outside.yaml"), FIXED);
}

#[cfg(unix)]
#[test]
fn a_hard_link_is_not_broken() {
    let playground = Playground::with(&[("web.yaml", FAILING), ("alone.yaml", FAILING)]);
    std::fs::hard_link(playground.path("web.yaml"), playground.path("other.txt")).unwrap();
    let ran = playground.run(&[&["fix", ".", "--write"], ONE.as_slice()].concat());
    assert_eq!(ran.code, 2, "{}", ran.err);
    let refused = "web.yaml: not fixed: it has 1 more hard link, which would keep the old text";
    assert!(ran.err.contains(refused) && ran.err.ends_with("Made 1 fix in 1 file.\n"), "{}", ran.err);
    assert_eq!((playground.read("web.yaml"), playground.read("alone.yaml")), (FAILING.to_owned(), FIXED.to_owned()));
}

#[cfg(target_os = "linux")]
#[test]
fn attributes_and_the_owner_stay() {
    use std::os::unix::fs::MetadataExt;
    let playground = Playground::with(&[("web.yaml", FAILING)]);
    let path = playground.path("web.yaml");
    let given = rustix::fs::setxattr(&path, "user.note", b"mine", rustix::fs::XattrFlags::empty());
    // Only root may give files away.
    let owned = std::os::unix::fs::chown(&path, Some(4711), Some(4712));
    let ran = playground.run(&[&["fix", ".", "--write"], ONE.as_slice()].concat());
    assert_eq!((ran.code, playground.read("web.yaml").as_str()), (0, FIXED), "{}", ran.err);
    let mut value = [0; 8];
    let kept =
        rustix::fs::getxattr(&path, "user.note", value.as_mut_slice()).ok().map(|length| value[..length].to_vec());
    assert_eq!(kept, given.ok().map(|()| b"mine".to_vec()));
    let metadata = std::fs::metadata(&path).unwrap();
    if owned.is_ok() {
        assert_eq!((metadata.uid(), metadata.gid()), (4711, 4712));
    }
}

/// Three pods, and no budget for them.
const BARE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web # the only one
";

const BUDGET: &str = "\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
  namespace: shop
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: web
  unhealthyPodEvictionPolicy: AlwaysAllow
";

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80}]
";

const LACKING: [&str; 3] = ["--complete", "--policy", "missing-disruption-budget"];

fn fix<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["fix"], args, LACKING.as_slice()].concat()
}

#[test]
fn new_objects_are_added_only_when_asked() {
    let playground = Playground::with(&[("web.yaml", BARE)]);
    let ran = playground.run(&fix(&[".", "--write"]));
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(ran.err, "Nothing to fix.\n1 object can be added by --unsafe --new-objects.\n");
    assert_eq!(playground.read("web.yaml"), BARE);

    let check = [&["check", "."], LACKING.as_slice()].concat();
    let ran = playground.run(&check);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("    fix: `plimsoll fix --unsafe --new-objects`\n"), "{}", ran.out);
    let told = "1 can be fixed by adding an object, as `plimsoll fix . --policy missing-disruption-budget --complete --unsafe --new-objects` does.";
    assert!(ran.err.contains(told), "{}", ran.err);

    let ran = playground.run(&fix(&[".", "--unsafe", "--new-objects"]));
    let lines: String = BUDGET.lines().map(|line| format!("+{line}\n")).collect();
    let context: String =
        BARE.lines().rev().take(3).collect::<Vec<_>>().into_iter().rev().map(|line| format!(" {line}\n")).collect();
    let diff = format!("--- web.yaml\n+++ web.yaml\n@@ -9,3 +9,15 @@\n{context}+---\n{lines}");
    assert_eq!((ran.code, ran.out), (1, diff), "{}", ran.err);
    assert_eq!(ran.err, "Would add 1 object in 1 file; --write does so.\n");
    assert_eq!(playground.read("web.yaml"), BARE);

    let ran = playground.run(&fix(&[".", "--unsafe", "--new-objects", "--write"]));
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", "Added 1 object in 1 file.\n"));
    assert_eq!(playground.read("web.yaml"), format!("{BARE}---\n{BUDGET}"));
    assert_eq!(playground.run(&check).code, 0);
    let ran = playground.run(&fix(&[".", "--unsafe", "--new-objects", "--write"]));
    assert_eq!((ran.code, ran.err.as_str()), (0, "Nothing to fix.\n"));
}

#[test]
fn new_objects_that_change_what_runs_need_unsafe() {
    let playground = Playground::with(&[("web.yaml", BARE)]);
    let ran = playground.run(&fix(&[".", "--new-objects", "--write"]));
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (0, "Nothing to fix.\n1 object can be added by --unsafe --new-objects.\n")
    );
    assert_eq!(playground.read("web.yaml"), BARE);

    let set =
        BARE.replace("Deployment", "StatefulSet").replace("spec:\n  replicas", "spec:\n  serviceName: web\n  replicas");
    playground.write("web.yaml", set.as_bytes());
    let args = ["fix", ".", "--complete", "--policy", "missing-headless-service"];
    let ran = playground.run(&args);
    assert_eq!(ran.err, "Nothing to fix.\n1 object can be added by --new-objects.\n");
    let ran = playground.run(&[args.as_slice(), &["--new-objects", "--write"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, "Added 1 object in 1 file.\n"));
    assert!(playground.read("web.yaml").contains("kind: Service\n"));
}

#[test]
fn new_objects_go_with_fixes_and_keep_line_ends() {
    let windows = |text: &str| text.replace('\n', "\r\n");
    let playground = Playground::with(&[("web.yaml", &windows(BARE))]);
    let ports = BARE.replace(" # the only one", "\n        ports: [{containerPort: 80}]");
    playground.write("web.yaml", windows(&format!("{SERVICE}---\n{ports}")).as_bytes());
    let args = [fix(&[".", "--unsafe", "--new-objects", "--write"]).as_slice(), ONE.as_slice()].concat();
    let ran = playground.run(&args);
    assert_eq!((ran.code, ran.err.as_str()), (0, "Made 1 fix and added 1 object in 1 file.\n"), "{}", ran.out);
    let text = playground.read("web.yaml");
    assert!(text.ends_with(&windows(&format!("---\n{BUDGET}"))), "{text}");
    assert!(text.contains("preStop:\r\n") && !text.replace("\r\n", "").contains('\n'), "{text:?}");
    let ran = playground.run_with(&fix(&["-", "--unsafe", "--new-objects", "--write"]), BARE.as_bytes());
    assert_eq!((ran.code, ran.out), (0, format!("{BARE}---\n{BUDGET}")), "{}", ran.err);
}

#[test]
fn new_files_stand_beside_and_overwrite_nothing() {
    let other = BARE.replace("namespace: shop", "namespace: other");
    let playground = Playground::with(&[("d/web.yaml", BARE), ("d/other.yaml", &other)]);
    let name = "d/poddisruptionbudget-web.yaml";
    let ran = playground.run(&fix(&["d", "--unsafe", "--new-files"]));
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out.starts_with(&format!("--- /dev/null\n+++ {name}\n@@ -0,0 +1,23 @@\n+apiVersion: policy/v1\n")),
        "{}",
        ran.out
    );
    assert_eq!(ran.err, "Would add 2 objects in 1 file; --write does so.\n");
    assert!(!playground.path(name).exists());
    let ran = playground.run(&fix(&["d", "--unsafe", "--new-files", "--write"]));
    assert_eq!((ran.code, ran.err.as_str()), (0, "Added 2 objects in 1 file.\n"), "{}", ran.out);
    let in_other = BUDGET.replace("namespace: shop", "namespace: other");
    assert_eq!(playground.read(name), format!("{in_other}---\n{BUDGET}"));
    assert_eq!((playground.read("d/web.yaml").as_str(), playground.read("d/other.yaml")), (BARE, other));
    assert_eq!(playground.run(&[&["check", "d"], LACKING.as_slice()].concat()).code, 0);

    // Not even a file that was not given, and not by a name that leads elsewhere.
    playground.write(name, b"# mine\n");
    let ran = playground.run(&fix(&["d/web.yaml", "--unsafe", "--new-files", "--write"]));
    assert_eq!(ran.code, 1, "{}", ran.err);
    let refusal = format!(
        "not fixed: d/web.yaml:8:16: Deployment shop/web: add PodDisruptionBudget web: {name} is there already\n"
    );
    assert!(ran.err.contains(&refusal), "{}", ran.err);
    assert_eq!(playground.read(name), "# mine\n");
    let ran = playground.run_with(&fix(&["-", "--unsafe", "--new-files"]), BARE.as_bytes());
    assert!(ran.code == 1 && ran.err.contains("standard input is in no directory"), "{}", ran.err);
    let strange = BARE.replace("name: web, namespace", "name: /../../web, namespace");
    let ran = playground.run_with(&fix(&["-", "--unsafe", "--new-objects"]), strange.as_bytes());
    assert_eq!(ran.code, 1, "{}", ran.err);
    playground.write("d/web.yaml", strange.as_bytes());
    let ran = playground.run(&fix(&["d/web.yaml", "--unsafe", "--new-files", "--write"]));
    assert!(ran.code == 1 && ran.err.contains("its name is no name for a file"), "{}", ran.err);
    let ran = playground.run(&fix(&["d", "--unsafe", "--new-files", "--new-objects"]));
    assert_eq!(ran.code, 2, "one of the two");
}

#[test]
fn an_object_missing_from_several_files_is_added_once() {
    let playground = Playground::with(&[("a.yaml", BARE), ("b.yaml", BARE)]);
    let ran = playground.run(&fix(&[".", "--unsafe", "--new-objects", "--write"]));
    assert_eq!((ran.code, ran.err.as_str()), (0, "Added 1 object in 1 file.\n"), "{}", ran.out);
    assert_eq!(playground.read("a.yaml"), format!("{BARE}---\n{BUDGET}"));
    assert_eq!(playground.read("b.yaml"), BARE);
}

#[test]
fn new_objects_that_cannot_be_added_are_named() {
    let json = r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "j"}, "spec": {"replicas": 3,
        "selector": {"matchLabels": {"app": "j"}}, "template": {"metadata": {"labels": {"app": "j"}}, "spec": {}}}}"#;
    let item: String = BARE.lines().map(|line| format!("  {line}\n")).collect();
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}", item.trim_start());
    let taken = format!("{BARE}---\n{}---\n{}", BUDGET.replace("app: web", "app: other"), BARE.replace("web", "other"));
    let template = BARE.replace("namespace: shop", "namespace: '{{ .Release.Namespace }}'");
    for (name, text, reason) in [
        ("j.json", json, "the document is JSON"),
        ("list.yaml", list.as_str(), "the object is part of another document"),
        ("taken.yaml", taken.as_str(), "one of that name is there already"),
        ("template.yaml", template.as_str(), "the document is a template"),
        (
            "keep.yaml",
            &format!("{BARE}---\napiVersion: v1\nkind: ConfigMap\ndata:\n  a: |+\n    x"),
            "the end of the file",
        ),
    ] {
        let playground = Playground::with(&[(name, text)]);
        let ran = playground.run(&fix(&[name, "--unsafe", "--new-objects", "--write"]));
        assert_eq!(ran.code, 1, "{name}: {}", ran.err);
        assert!(ran.err.contains(&format!("not fixed: {name}:")) && ran.err.contains(reason), "{name}: {}", ran.err);
        assert_eq!(playground.read(name), text);
    }
    // A budget may be in what could not be read.
    let playground = Playground::with(&[("web.yaml", BARE), ("broken.yaml", "apiVersion: v1\nkind: Pod\nspec: [\n")]);
    let ran = playground.run(&fix(&[".", "--unsafe", "--new-objects", "--write"]));
    assert_eq!((ran.code, playground.read("web.yaml").as_str()), (2, BARE), "{}", ran.err);
    // So may another policy, beside the one for egress.
    let half = format!(
        "{BARE}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: out, namespace: shop}}\n\
         spec: {{podSelector: {{matchLabels: {{app: web}}}}, policyTypes: [Egress]}}\n"
    );
    playground.write("web.yaml", half.as_bytes());
    let args = ["fix", ".", "--new-objects", "--write", "--unsafe", "--policy", "unisolated-pod"];
    let ran = playground.run(&args);
    assert_eq!((ran.code, playground.read("web.yaml")), (2, half), "{}", ran.err);
    assert!(ran.err.contains("no object is added, because not everything could be read"), "{}", ran.err);
    // JSON's budget can stand in a file of its own.
    let playground = Playground::with(&[("j.json", json)]);
    let ran = playground.run(&fix(&["j.json", "--unsafe", "--new-files", "--write"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(playground.read("poddisruptionbudget-j.yaml").starts_with("apiVersion: policy/v1\nkind: Pod"));
}
