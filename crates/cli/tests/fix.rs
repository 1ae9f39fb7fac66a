//! `plimsoll fix` as it is called.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use common::{FAULTY, FINE, ONE, Playground};

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
    let playground = Playground::with(&[("web.yaml", FAULTY), ("fine.yaml", FINE)]);
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
    assert_eq!(playground.read("web.yaml"), FAULTY);
}

#[test]
fn writing_keeps_everything_else_and_is_done_once() {
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let playground = Playground::with(&[("web.yaml", FAULTY), ("dos.yaml", &windows(FAULTY))]);
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
    let ran = playground.run_with(&args, FAULTY.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, FIXED), "{}", ran.err);
    let ran = playground.run_with(&args, FINE.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, FINE), "{}", ran.err);
    // What can't be read is passed on as it is, so that a pipeline loses nothing.
    let broken = format!("{FAULTY}---\na: [\n");
    let ran = playground.run_with(&args, broken.as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (2, broken.as_str()), "{}", ran.err);
}

#[test]
fn unsafe_fixes_only_on_request() {
    let playground = Playground::with(&[("web.yaml", FAULTY)]);
    playground.write("s.yml", b"policies: {missing-prestop: {settings: {style: exec}}}");
    let args = [&["fix", "web.yaml", "--settings", "s.yml"], ONE.as_slice()].concat();
    let ran = playground.run(&args);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let ran = playground.run(&[args.as_slice(), &["--unsafe"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("+            exec:\n"), "{}", ran.out);
}

#[test]
fn what_cannot_be_fixed_in_the_text_is_named() {
    let template = FAULTY.replace(
        "metadata: {name: web, namespace: shop}",
        "metadata: {name: web, namespace: '{{ .Release.Namespace }}'}",
    );
    let playground = Playground::with(&[("template.yaml", &template), ("half.yaml", &format!("{FAULTY}---\na: [\n"))]);
    let ran = playground.run(&[&["fix", "template.yaml", "--write"], ONE.as_slice()].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("not fixed: template.yaml:9:9: ") && ran.err.contains("template"), "{}", ran.err);
    assert_eq!(playground.read("template.yaml"), template);
    let ran = playground.run(&[&["fix", "half.yaml", "--write"], ONE.as_slice()].concat());
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("half.yaml: left as it is"), "{}", ran.err);
    assert_eq!(playground.read("half.yaml"), format!("{FAULTY}---\na: [\n"));
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let playground = Playground::with(&[("real/web.yaml", FAULTY), ("locked.yaml", FAULTY)]);
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
    assert_eq!(playground.read("locked.yaml"), FAULTY);
}
