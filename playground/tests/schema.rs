//! The notes of Kubernetes' own definitions about a text.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use plimsoll_playground::Playground;
use plimsoll_playground::transfer::{Config, SchemaNote};

fn knowing() -> Playground {
    let mut playground = Playground::new();
    let table = serde_json::to_string(&plimsoll_playground_schema::table()).unwrap();
    assert!(playground.learned(&table).is_empty());
    playground
}

fn notes(text: &str) -> Vec<SchemaNote> {
    knowing().checked(text, &Config::default()).notes
}

/// The notes of a text with the ranges that they are about, and the text after all fixes of notes.
fn notes_and_fixed(text: &str) -> (Vec<(String, String)>, String) {
    let units: Vec<u16> = text.encode_utf16().collect();
    let notes = notes(text);
    let mut fixed = units.clone();
    for note in notes.iter().rev() {
        if let Some(fix) = &note.fix {
            fixed.splice(note.range.from..note.range.to, fix.insert.encode_utf16());
        }
    }
    let at = |note: &SchemaNote| String::from_utf16(&units[note.range.from..note.range.to]).unwrap();
    let messages = notes.iter().map(|note| (at(note), note.message.clone())).collect();
    (messages, String::from_utf16(&fixed).unwrap())
}

fn deployment(spec: &str, pod: &str, container: &str) -> String {
    format!(
        "# né 😀\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n{spec}  template:\n    spec:\n{pod}      \
         containers:\n      - name: web\n{container}"
    )
}

#[track_caller]
fn says(text: &str, wanted: &[(&str, &str)]) {
    let (notes_and_fixed, _) = notes_and_fixed(text);
    let notes_and_fixed: Vec<(&str, &str)> =
        notes_and_fixed.iter().map(|(at, message)| (at.as_str(), message.as_str())).collect();
    assert_eq!(notes_and_fixed, wanted, "{text}");
}

#[test]
fn misspelt_field_is_renamed() {
    let text =
        deployment("  replica: 2 # kept\n", "      \"servce_account_name\": a\n", "        imagepullpolicy: Always\n");
    says(
        &text,
        &[
            ("replica", "`spec` has no field `replica`, did you mean `replicas`?"),
            (
                "\"servce_account_name\"",
                "`spec.template.spec` has no field `servce_account_name`, did you mean `serviceAccountName`?",
            ),
            (
                "imagepullpolicy",
                "`spec.template.spec.containers[0]` has no field `imagepullpolicy`, did you mean `imagePullPolicy`?",
            ),
        ],
    );
    let (_, fixed) = notes_and_fixed(&text);
    assert!(fixed.contains("  replicas: 2 # kept\n"), "{fixed}");
    says(&fixed, &[]);
    // The right field exists already: renaming would duplicate it.
    let twice = notes(&deployment("  replica: 2\n  replicas: 3\n", "", ""));
    assert!(twice.len() == 1 && twice[0].fix.is_none(), "{twice:?}");
}

#[test]
fn misplaced_field_is_reported_with_its_place() {
    says(
        &deployment(
            "  containers: []\n  name: x\n",
            "",
            "        terminationGracePeriodSeconds: 5\n        runAsNonRoot: true\n        replicas: 1\n",
        ),
        &[
            ("containers", "`containers` belongs to `spec.template.spec`, not to `spec`"),
            ("name", "`name` belongs to `metadata`, not to `spec`"),
            (
                "terminationGracePeriodSeconds",
                "`terminationGracePeriodSeconds` belongs to `spec.template.spec`, not to `spec.template.spec.containers[0]`",
            ),
            (
                "runAsNonRoot",
                "`runAsNonRoot` belongs to `spec.template.spec.containers[0].securityContext`, not to \
                 `spec.template.spec.containers[0]`",
            ),
            ("replicas", "`replicas` belongs to `spec`, not to `spec.template.spec.containers[0]`"),
        ],
    );
    says(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nports: []\nqqqq: 1\n",
        &[
            ("ports", "`ports` belongs to `spec`, not to Service"),
            ("qqqq", "Service has no field `qqqq` in Kubernetes 1.36"),
        ],
    );
}

#[test]
fn values_have_the_type_of_their_field() {
    let text = deployment(
        "  replicas: \"2\"\n  paused: 'true'\n  minReadySeconds: 1.5\n",
        "      nodeSelector:\n        a.b/c: yes\n      hostNetwork: \"on\"\n",
        "        args: --fast\n        env:\n          a: b\n        image: []\n        livenessProbe: []\n",
    );
    says(
        &text,
        &[
            ("\"2\"", "`spec.replicas` has to be an integer, not a string"),
            ("'true'", "`spec.paused` has to be a boolean, not a string"),
            ("1.5", "`spec.minReadySeconds` has to be an integer, not a fraction"),
            ("yes", "`spec.template.spec.nodeSelector[\"a.b/c\"]` has to be a string, not a boolean"),
            ("\"on\"", "`spec.template.spec.hostNetwork` has to be a boolean, not a string"),
            ("--fast", "`spec.template.spec.containers[0].args` has to be a list, not a string"),
            ("env", "`spec.template.spec.containers[0].env` has to be a list, not a mapping"),
            ("image", "`spec.template.spec.containers[0].image` has to be a string, not a list"),
            ("livenessProbe", "`spec.template.spec.containers[0].livenessProbe` has to be a mapping, not a list"),
        ],
    );
    let (_, fixed) = notes_and_fixed(&text);
    for line in ["  replicas: 2\n", "  paused: true\n", "        a.b/c: \"yes\"\n", "      hostNetwork: \"on\"\n"] {
        assert!(fixed.contains(line), "{fixed}");
    }
}

#[test]
fn valid_and_unknown_text_has_no_notes() {
    for text in [
        // Either kind of value.
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a, creationTimestamp: null}\nspec: {minAvailable: 50%}\n",
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 1}\nstatus: {any: 1}\n",
        &deployment("", "", "        resources: {limits: {cpu: 1, memory: 1Gi, x.y/z: 0.5}}\n"),
        // Unknown kinds, or not of this version.
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec: {anything: 1}\n",
        "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}\nspec: {rollbackTo: 1}\n",
        // Placeholders of other tools, and unreadable text.
        &deployment("  replicas: ${REPLICAS}\n", "", "        image: '{{ image }}'\n"),
        "apiVersion: v1\nkind: Pod\nspec:\n  wrong: [\n",
        // The schema in a definition of a kind is open.
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\nspec:\n  versions:\n  - name: v1\n    schema: {openAPIV3Schema: {type: object, x-any: 1}}\n",
    ] {
        says(text, &[]);
    }
}

#[test]
fn kinds_and_custom_resources_are_checked_like_in_the_command() {
    says(
        "apiVersion: v1\nkind: Deployment\nmetadata: {name: a}\n---\napiVersion: apps/v1\nkind: deployment\nmetadata: {name: b}\n",
        &[
            ("v1", "Deployment belongs to `apps/v1`, not to `v1`"),
            ("deployment", "`apps/v1` has no kind `deployment`, did you mean `Deployment`?"),
        ],
    );
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: buckets.example.com}\nspec:\n  \
                      group: example.com\n  scope: Namespaced\n  names: {kind: Bucket, plural: buckets}\n  versions:\n  - name: v1\n    schema:\n      openAPIV3Schema:\n        type: object\n        \
                      properties: {spec: {type: object, properties: {size: {type: integer}}}}\n";
    let bucket = "apiVersion: example.com/v1\nkind: Bucket\nmetadata: {name: a}\nspec: {szie: 1}\n";
    says(bucket, &[]);
    says(&format!("{definition}---\n{bucket}"), &[("szie", "`spec` has no field `szie`, did you mean `size`?")]);
}

#[test]
fn exemptions_and_the_version_count() {
    let text =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, restartPolicyRules: []}\n";
    says(text, &[]);
    let config = |version: &str| Config { kubernetes_version: Some(version.to_owned()), ..Config::default() };
    let notes = knowing().checked(text, &config("1.33")).notes;
    assert_eq!(
        notes.iter().map(|note| note.message.as_str()).collect::<Vec<_>>(),
        ["`spec.containers[0]` has no field `restartPolicyRules` in Kubernetes 1.33, it came with 1.34"]
    );
    assert!(knowing().checked(text, &config("1.")).notes.is_empty());
    let exempt =
        text.replace("{name: a}\nspec", "{name: a, annotations: {plimsoll.dev/ignore.unknown-field: ours}}\nspec");
    assert!(exempt != text && knowing().checked(&exempt, &config("1.33")).notes.is_empty());
}

#[test]
fn shared_text_is_noted_and_not_changed() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n  data: &data {a: 1}\n\
                - apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n  data: *data\n";
    let notes = notes(text);
    assert_eq!(notes.iter().map(|note| note.fix.is_some()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(notes.iter().map(|note| note.object).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn hostile_text_costs_little() {
    let mut text = deployment("", "", "");
    for number in 0..20_000 {
        text += &format!("        terminationGracePeriodSecond{number}: 1\n");
    }
    assert_eq!(notes(&text).len(), 500);
}

#[test]
fn unreadable_table_yields_no_notes() {
    let mut playground = Playground::new();
    playground.checked("apiVersion: v1\nkind: Pod\nwrong: 1\n", &Config::default());
    assert!(playground.learned("<!doctype html>").is_empty());
    let table = serde_json::to_string(&plimsoll_playground_schema::table()).unwrap();
    assert_eq!(playground.learned(&table).len(), 1);
}

/// The fixtures have only fields that the definitions know.
#[test]
fn fixtures_have_no_notes() {
    let mut playground = knowing();
    let mut objects = 0;
    for file in plimsoll_fixtures::files().unwrap().iter().filter(|file| file.name == "pass") {
        for document in &file.documents {
            let text = &file.text[document.range.clone()];
            let checked = playground.checked(text, &Config { profile: Some("off".to_owned()), ..Config::default() });
            let notes_and_fixed: Vec<&String> = checked.notes.iter().map(|note| &note.message).collect();
            assert!(notes_and_fixed.is_empty(), "{}: {notes_and_fixed:?}", file.path.display());
            objects += checked.objects.len();
        }
    }
    assert!(objects > 500, "{objects}");
}

#[test]
fn examples_have_no_notes() {
    let mut playground = knowing();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
    let mut objects = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let checked = playground.checked(&std::fs::read_to_string(&path).unwrap(), &Config::default());
        let notes_and_fixed: Vec<&String> = checked.notes.iter().map(|note| &note.message).collect();
        assert!(notes_and_fixed.is_empty(), "{}: {notes_and_fixed:?}", path.display());
        objects += checked.objects.len();
    }
    assert!(objects > 20, "{objects}");
}
