//! `unknown-field`: what the API server would refuse or drop.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use common::{Playground, Ran};
use serde_json::Value;

const ONLY: [&str; 3] = ["check", "--policy", "unknown-field"];

/// A Deployment with two slips, a field at the wrong level and a number in quotes.
const WRONG: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, creationTimestamp: null}
spec:
  replica: 2 # two are enough
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      runAsNonRoot: true
      # All of them.
      conatiners:
      - name: web
        image: registry.example.com/web:1.0
        ports:
        - containerPort: \"8080\"
";

const RIGHT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, creationTimestamp: null}
spec:
  replicas: 2 # two are enough
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      runAsNonRoot: true
      # All of them.
      containers:
      - name: web
        image: registry.example.com/web:1.0
        ports:
        - containerPort: 8080
";

const DEFINITION: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: buckets.example.com}
spec:
  group: example.com
  names: {kind: Bucket, plural: buckets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer, nullable: true}
              port: {x-kubernetes-int-or-string: true}
              labels: {type: object, additionalProperties: {type: string}}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
";

const BUCKET: &str = "\
apiVersion: example.com/v1
kind: Bucket
metadata: {name: photos}
spec:
  szie: 3
  port: http
  labels: {a: b}
  free: {anything: [1]}
";

/// Line, column and message of all findings.
fn findings(ran: &Ran) -> Vec<(u64, u64, String)> {
    let json = ran.json();
    let all = json["findings"].as_array().unwrap().iter();
    all.map(|finding| {
        let start = &finding["span"]["start"];
        let number = |key: &str| start[key].as_u64().unwrap();
        (number("line"), number("column"), finding["message"].as_str().unwrap().to_owned())
    })
    .collect()
}

fn messages(playground: &Playground, args: &[&str]) -> Vec<String> {
    let ran = playground.run(&[&ONLY, args, &["--format", "json"]].concat());
    assert!(ran.code != 2, "{}", ran.err);
    findings(&ran).into_iter().map(|(_, _, message)| message).collect()
}

/// The messages about one manifest.
fn said(text: &str) -> Vec<String> {
    messages(&Playground::with(&[("a.yaml", text)]), &[])
}

#[test]
fn each_fault_is_one_finding_at_its_key_or_value() {
    let playground = Playground::with(&[("web.yaml", WRONG)]);
    let ran = playground.run(&[ONLY.as_slice(), &["--format", "json"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    let found = findings(&ran);
    let found: Vec<(u64, u64, &str)> =
        found.iter().map(|(line, column, text)| (*line, *column, text.as_str())).collect();
    assert_eq!(
        found,
        [
            (5, 3, "`spec` has no field `replica`, did you mean `replicas`?"),
            (10, 7, "`runAsNonRoot` belongs to `spec.template.spec.securityContext`, not to `spec.template.spec`"),
            (12, 7, "`spec.template.spec` has no field `conatiners`, did you mean `containers`?"),
        ]
    );
}

#[test]
fn sure_renames_are_made_and_keep_layout_and_comments() {
    let playground = Playground::with(&[("web.yaml", WRONG)]);
    let ran = playground.run(&["fix", "--write", "--policy", "unknown-field", "web.yaml"]);
    assert_eq!((ran.code, playground.read("web.yaml").as_str()), (0, RIGHT), "{}{}", ran.out, ran.err);
    let again = playground.run(&["fix", "--policy", "unknown-field", "web.yaml"]);
    assert!(again.out.is_empty(), "{}", again.out);
}

#[test]
fn renames_in_json_and_in_lists_of_objects() {
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Service\", \
                \"metadata\": {\"name\": \"a\"}, \"spec\": {\"prots\": [{\"port\": 80}], \"type\": \"ClusterIP\"}}]}\n";
    let playground = Playground::with(&[("a.json", json)]);
    playground.run(&["fix", "--write", "--policy", "unknown-field"]);
    assert_eq!(playground.read("a.json"), json.replace("prots", "ports"));
}

#[test]
fn an_unsure_rename_is_not_made() {
    for (text, message) in [
        // The right one is there already.
        ("spec: {type: ClusterIP, typ: NodePort}\n", "`spec` has no field `typ`, did you mean `type`?"),
        // Two come into question.
        ("spec: {clusterIPss: None}\n", "`spec` has no field `clusterIPss`, did you mean `clusterIPs`?"),
        // Its value is no list.
        ("spec: {prots: 80}\n", "`spec` has no field `prots`, did you mean `ports`?"),
    ] {
        let text = format!("apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\n{text}");
        let playground = Playground::with(&[("a.yaml", &text)]);
        assert_eq!(messages(&playground, &[]), [message]);
        playground.run(&["fix", "--write", "--policy", "unknown-field"]);
        assert_eq!(playground.read("a.yaml"), text);
    }
}

#[test]
fn values_have_their_types() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, annotations: {b: true}}\nspec:\n  replicas: \"2\"\n  paused: \"on\"\n  \
                template:\n    spec:\n      containers:\n      - name: a\n        args: --fast\n        env:\n        - {name: A, value: 1}\n";
    assert_eq!(
        said(text),
        [
            "`metadata.annotations.b` has to be a string, not a boolean",
            "`spec.replicas` has to be an integer, not a string",
            "`spec.paused` has to be a boolean, not a string",
            "`spec.template.spec.containers[0].args` has to be a list, not a string",
            "`spec.template.spec.containers[0].env[0].value` has to be a string, not an integer",
        ]
    );
    let playground = Playground::with(&[("a.yaml", text)]);
    playground.run(&["fix", "--write", "--policy", "unknown-field", "--unsafe"]);
    let fixed = playground.read("a.yaml");
    for line in ["{b: \"true\"}", "  replicas: 2\n", "{name: A, value: \"1\"}", "  paused: \"on\"\n"] {
        assert!(fixed.contains(line), "{fixed}");
    }
}

#[test]
fn what_people_know_from_elsewhere_is_said() {
    let of = |kind: &str, spec: &str| said(&format!("{kind}\nmetadata: {{name: a}}\nspec: {spec}\n"));
    let ingress = "{rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {serviceName: a, servicePort: 80}}]}}], backend: {}}";
    let backend = "`spec.rules[0].http.paths[0].backend` has no field";
    assert_eq!(
        of("apiVersion: networking.k8s.io/v1\nkind: Ingress", ingress),
        [
            format!("{backend} `serviceName`, write `service.name`"),
            format!("{backend} `servicePort`, write `service.port.number` or `service.port.name`"),
            "`spec` has no field `backend`, write `defaultBackend`".to_owned(),
        ]
    );
    assert_eq!(
        of(
            "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler",
            "{maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: a}, metrics: []}"
        ),
        ["`spec` has no field `metrics` in `autoscaling/v1`, only in `autoscaling/v2`"]
    );
    assert_eq!(
        of("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy", "{podSelector: {app: a}}"),
        ["`spec.podSelector` has no field `app`, write `matchLabels.app`"]
    );
    assert_eq!(
        of("apiVersion: v1\nkind: PersistentVolumeClaim", "{storageClass: a, storage: 1Gi}"),
        [
            "`spec` has no field `storageClass`, did you mean `storageClassName`?",
            "`spec` has no field `storage`, write `resources.requests.storage`",
        ]
    );
    let container = |fields: &str| of("apiVersion: v1\nkind: Pod", &format!("{{containers: [{{name: a, {fields}}}]}}"));
    assert_eq!(
        container("resources: {cpu: 1}, livenessProbe: {path: /, httpGet: {port: 80, periodSeconds: 5}}, restart: 1"),
        [
            "`spec.containers[0].resources` has no field `cpu`, write `requests.cpu` or `limits.cpu`",
            "`path` belongs to `spec.containers[0].livenessProbe.httpGet`, not to `spec.containers[0].livenessProbe`",
            "`periodSeconds` belongs to `spec.containers[0].livenessProbe`, not to `spec.containers[0].livenessProbe.httpGet`",
            "`spec.containers[0]` has no field `restart` in Kubernetes 1.36",
        ]
    );
}

/// What `unknown-field` says of an object with this kind and spec.
fn of(kind: &str, spec: &str) -> Vec<String> {
    said(&format!("{kind}\nmetadata: {{name: a}}\nspec: {spec}\n"))
}

const SERVICE: &str = "apiVersion: v1\nkind: Service";
const INGRESS: &str = "apiVersion: networking.k8s.io/v1\nkind: Ingress";
const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment";
const AUTOSCALER: &str = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler";

#[test]
fn values_are_those_of_the_api() {
    assert_eq!(
        of(
            SERVICE,
            "{type: nodeport, ports: [{port: 80, protocol: tcp}], sessionAffinity: Cookie, ipFamilies: [ipv4]}"
        ),
        [
            "`spec.type` can't be `nodeport`, did you mean `NodePort`?",
            "`spec.ports[0].protocol` can't be `tcp`, did you mean `TCP`?",
            "`spec.sessionAffinity` has to be `None` or `ClientIP`",
            "`spec.ipFamilies[0]` can't be `ipv4`, did you mean `IPv4`?",
        ]
    );
    let pod =
        "{containers: [{name: a, image: a, imagePullPolicy: IfNotPresents}], restartPolicy: never, dnsPolicy: ''}";
    assert_eq!(
        of("apiVersion: v1\nkind: Pod", pod),
        [
            "`spec.containers[0].imagePullPolicy` can't be `IfNotPresents`, did you mean `IfNotPresent`?",
            "`spec.restartPolicy` can't be `never`, did you mean `Never`?",
        ]
    );
    // What its kind doesn't take, though others do.
    assert_eq!(
        of(DEPLOYMENT, "{template: {spec: {restartPolicy: OnFailure, containers: [{name: a, image: a}]}}}"),
        ["`spec.template.spec.restartPolicy` has to be `Always`"]
    );
    for (kind, spec) in [
        (SERVICE, "{type: '{{ .Values.type }}', ports: [{port: 80, protocol: $PROTOCOL}]}"),
        ("apiVersion: v1\nkind: PersistentVolumeClaim", "{accessModes: [ReadWriteOnce], volumeMode: Block}"),
        ("apiVersion: batch/v1\nkind: Job", "{template: {spec: {restartPolicy: OnFailure, containers: [{name: a}]}}}"),
    ] {
        assert_eq!(of(kind, spec), [""; 0], "{spec}");
    }
}

#[test]
fn a_value_of_the_wrong_case_is_mended() {
    let text =
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  type: nodeport\n  sessionAffinity: ClientIPs\n";
    let playground = Playground::with(&[("a.yaml", text)]);
    playground.run(&["fix", "--write", "--policy", "unknown-field"]);
    assert_eq!(playground.read("a.yaml"), text.replace("nodeport", "NodePort"));
}

#[test]
fn fields_that_have_to_be_there_are_missed() {
    let path = "{http: {paths: [{path: /, backend: {service: {name: a, port: {number: 80}}}}]}}";
    for (kind, spec, wanted) in [
        (INGRESS, format!("{{rules: [{path}]}}"), "`spec.rules[0].http.paths[0]` has no `pathType`, which is required"),
        (SERVICE, "{ports: [{targetPort: 80}]}".to_owned(), "`spec.ports[0]` has no `port`, which is required"),
        (
            DEPLOYMENT,
            "{selector: {}, template: {spec: {containers: [{name: a, image: a, ports: [{name: b}]}]}}}".to_owned(),
            "`spec.template.spec.containers[0].ports[0]` has no `containerPort`, which is required",
        ),
        (
            AUTOSCALER,
            "{scaleTargetRef: {kind: Deployment, name: a}}".to_owned(),
            "`spec` has no `maxReplicas`, which is required",
        ),
    ] {
        assert_eq!(of(kind, &spec), [wanted], "{spec}");
    }
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\nrules:\n- {apiGroups: [''], resources: [pods]}\n";
    assert_eq!(said(role), ["`rules[0]` has no `verbs`, which is required"]);
    let webhook = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: a}\nwebhooks:\n\
                   - name: a.example.com\n  clientConfig: {url: https://a}\n  admissionReviewVersions: [v1]\n  rules: []\n";
    assert_eq!(said(webhook), ["`webhooks[0]` has no `sideEffects`, which is required"]);
}

/// Patches, and what isn't whole: the rest may be elsewhere.
#[test]
fn what_may_be_a_patch_lacks_nothing() {
    for (kind, spec) in [
        (DEPLOYMENT, "{template: {spec: {containers: [{name: a, image: a, volumeMounts: [{name: b}]}]}}}"),
        (DEPLOYMENT, "{selector: {}, template: {spec: {containers: [{name: a, volumeMounts: [{name: b}]}]}}}"),
        (DEPLOYMENT, "{selector: {}}"),
        (AUTOSCALER, "{maxReplicas: 3}"),
        (AUTOSCALER, "{minReplicas: 3}"),
        ("apiVersion: batch/v1\nkind: CronJob", "{schedule: '* * * * *'}"),
        ("apiVersion: batch/v1\nkind: CronJob", "{jobTemplate: {spec: {template: {spec: {containers: [{name: a}]}}}}}"),
        ("apiVersion: v1\nkind: PersistentVolume", "{csi: {volumeHandle: a}}"),
        ("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition", "{conversion: {}, names: {}}"),
        ("apiVersion: v1\nkind: Pod", "{containers: [{image: a, name: a, ports: [{'{{ a }}': b}]}]}"),
    ] {
        assert_eq!(of(kind, spec), [""; 0], "{spec}");
    }
    let binding =
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: a}\nsubjects: []\n";
    let webhook = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: a}\nwebhooks:\n\
                   - {name: a.example.com, clientConfig: {caBundle: YQ==}}\n";
    for text in [binding, webhook] {
        assert_eq!(said(text), [""; 0], "{text}");
    }
}

/// What a policy reports of the same field, and a slip that leaves a field missing, is one finding.
#[test]
fn a_fault_of_a_value_is_told_once() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    \
                metadata: {labels: {app: a}}\n    spec:\n      tolerations: [{key: a, operator: exists}]\n      containers:\n      - name: a\n        \
                image: a\n        ports: [{containerPorts: 80}]\n";
    let playground = Playground::with(&[("a.yaml", text)]);
    let of = |args: &[&str]| {
        let ran = playground.run(&[&["check", "--format", "json"], args].concat());
        let about = |message: &String| message.contains("exists") || message.contains("containerPort");
        findings(&ran).into_iter().map(|(_, _, message)| message).filter(about).collect::<Vec<_>>()
    };
    let slip =
        "`spec.template.spec.containers[0].ports[0]` has no field `containerPorts`, did you mean `containerPort`?";
    let value = "`spec.template.spec.tolerations[0].operator` can't be `exists`, did you mean `Exists`?";
    let policy = "the toleration of a has the unknown operator exists";
    assert_eq!(of(&["--profile", "strict"]), [policy, slip]);
    assert_eq!(of(&["--profile", "strict", "--disable", "malformed-toleration"]), [value, slip]);
}

/// A wrong type is one finding, and not also an error of every policy that reads the value; without the policy it is.
#[test]
fn a_wrong_type_is_told_once() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: two\n  template: {spec: {containers: [{name: a}]}}\n";
    let playground = Playground::with(&[("a.yaml", text)]);
    let ran = playground.run(&["check", "--profile", "strict"]);
    assert!(ran.code == 1 && !ran.err.contains("spec/replicas"), "{}", ran.err);
    assert_eq!(ran.out.matches("spec.replicas").count(), 1, "{}", ran.out);
    let ran = playground.run(&["check", "--profile", "strict", "--disable", "unknown-field"]);
    assert!(ran.code == 2 && ran.err.contains("replicas"), "{}", ran.err);
}

#[test]
fn kinds_are_those_of_kubernetes() {
    let of = |version: &str, kind: &str| said(&format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n"));
    assert_eq!(of("apps/v1", "Deploymnet"), ["`apps/v1` has no kind `Deploymnet`, did you mean `Deployment`?"]);
    assert_eq!(of("v1", "Deployment"), ["Deployment belongs to `apps/v1`, not to `v1`"]);
    assert_eq!(of("apps/v2", "Thing"), ["there is no API version `apps/v2`, only `apps/v1`"]);
    for (version, kind) in [
        ("example.com/v1", "Thing"),
        ("extensions/v1beta1", "Ingress"),
        ("v1", "Event"),
        ("serving.knative.dev/v1", "Service"),
    ] {
        assert_eq!(of(version, kind), [""; 0], "{version} {kind}");
    }
    let playground = Playground::with(&[("a.yaml", "apiVersion: v1\nkind: Deployment\nmetadata: {name: a}\n")]);
    playground.run(&["fix", "--write", "--policy", "unknown-field"]);
    assert!(playground.read("a.yaml").starts_with("apiVersion: apps/v1\nkind: Deployment\n"));
}

#[test]
fn what_the_api_accepts_is_left_alone() {
    for text in [
        // What a cluster writes, and null.
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  creationTimestamp: null\n  managedFields: [{manager: a, fieldsV1: {f: {}}}]\n  \
         selfLink: /a\nspec:\n  containers: [{name: a, resources: null}]\n  nothing: null\nstatus: {anything: 1}\n",
        // Long deprecated.
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  serviceAccount: a\n  containers: [{name: a}]\n  volumes: [{name: a, gitRepo: {repository: b}}]\n",
        // Quantities, either kind of value, whole numbers.
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {maxUnavailable: 50%}\n",
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 1}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, resources: {limits: {cpu: 1, memory: 1Gi, x.y/z: 0.5}}}]}\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 2.0, template: {spec: {containers: [{name: a}]}}}\n",
        // Of another tool.
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: '${REPLICAS}', template: {spec: {containers: []}}}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: b}\nsops: {version: 3.9.0}\n",
        // Beta versions, which come and go.
        "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}\nspec: {rollbackTo: {revision: 1}}\n",
        // The schema in a definition.
        DEFINITION,
        // A patch that no kustomization names.
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\nspec: {preserveUnknownFields: false, conversionn: {}}\n",
    ] {
        assert_eq!(said(text), [""; 0], "{text}");
    }
}

#[test]
fn patches_templates_and_other_files_are_left_alone() {
    let playground = Playground::with(&[
        ("kustomization.yaml", "resources: [web.yaml]\npatches:\n- path: patch.yaml\n"),
        ("web.yaml", RIGHT.replace("      runAsNonRoot: true\n", "").as_str()),
        (
            "patch.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {conatiners: []}}}\n",
        ),
        ("compose.yaml", "services: {web: {image: a, replica: 1}}\n"),
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        (
            "chart/templates/a.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: \"{{ .Release.Name }}\"}\nspec: {conatiners: []}\n",
        ),
    ]);
    assert_eq!(messages(&playground, &["--no-render"]), [""; 0]);
}

#[test]
fn custom_resources_go_by_their_definitions() {
    let wanted = "`spec` has no field `szie`, did you mean `size`?";
    // Among the manifests, by flag from a file or a directory, by configuration.
    let playground = Playground::with(&[("bucket.yaml", BUCKET)]);
    assert_eq!(messages(&playground, &[]), [""; 0]);
    playground.write("crds/bucket.yaml", DEFINITION.as_bytes());
    assert_eq!(messages(&playground, &[]), [wanted]);
    for schema in ["crds/bucket.yaml", "crds"] {
        assert_eq!(messages(&playground, &["bucket.yaml", "--schema", schema]), [wanted]);
    }
    assert_eq!(messages(&playground, &["bucket.yaml"]), [""; 0]);
    playground.write("plimsoll.yaml", b"schemas: [crds]\n");
    assert_eq!(messages(&playground, &["bucket.yaml"]), [wanted]);
    playground.run(&["fix", "--write", "bucket.yaml", "--policy", "unknown-field"]);
    assert_eq!(playground.read("bucket.yaml"), BUCKET.replace("szie", "size"));
}

#[test]
fn schemas_have_to_be_there_and_readable() {
    let playground = Playground::with(&[("bucket.yaml", BUCKET), ("broken.yaml", "apiVersion: v1\nkind: [\n")]);
    for schema in ["missing", "broken.yaml"] {
        let ran = playground.run(&["check", "bucket.yaml", "--schema", schema]);
        assert!(ran.code == 2 && ran.err.contains(schema), "{}", ran.err);
    }
}

#[test]
fn the_version_of_kubernetes_counts() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, clusterName: a}\nspec:\n  containers: [{name: a, restartPolicyRules: []}]\n  brandNew: 1\n";
    let playground = Playground::with(&[("a.yaml", pod)]);
    let of = |version: &str| {
        playground.write("plimsoll.yaml", format!("kubernetesVersion: \"{version}\"\n").as_bytes());
        messages(&playground, &[])
    };
    let unknown = "`spec` has no field `brandNew` in Kubernetes 1.36".to_owned();
    let gone = "`metadata` has no field `clusterName` since Kubernetes 1.25".to_owned();
    let early =
        "`spec.containers[0]` has no field `restartPolicyRules` in Kubernetes 1.33, it came with 1.34".to_owned();
    assert_eq!(of("1.36"), [gone.clone(), unknown.clone()]);
    assert_eq!(of("1.33"), [gone.clone(), early.clone(), unknown.clone()]);
    assert_eq!(of("1.24"), [early.replace("1.33", "1.24"), unknown]);
    // What a later version has is not known.
    assert_eq!(of("1.40"), [gone]);
}

#[test]
fn it_is_a_policy_like_any_other() {
    let playground = Playground::with(&[("web.yaml", WRONG)]);
    for profile in ["starter", "production", "strict"] {
        let ran = playground.run(&["check", "--profile", profile]);
        assert!(ran.out.contains("[unknown-field]"), "{}", ran.out);
    }
    let has = |args: &[&str]| playground.run(&[&["check"], args].concat()).out.contains("[unknown-field]");
    playground.write("plimsoll.yaml", b"profile: \"off\"\n");
    assert!(!has(&[]) && has(&["--enable", "unknown-*"]) && has(&["--enable", "workload"]));
    playground.write("plimsoll.yaml", b"profile: strict\n");
    assert!(!has(&["--disable", "unknown-field"]) && !has(&["--policy", "missing-prestop"]));
    let ran = playground.run(&["check", "--policy", "unknown-feild"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean `unknown-field`"), "{}", ran.err);

    playground.write("plimsoll.yaml", b"policies:\n  unknown-field: {severity: low}\n");
    assert!(playground.run(&ONLY).out.contains("low[unknown-field]"));
    playground.write(
        "plimsoll.yaml",
        b"policies:\n  unknown-field:\n    exempt: [{kind: Deployment, name: web, reason: the operator takes it}]\n",
    );
    let ran = playground.run(&ONLY);
    assert!(ran.code == 0 && ran.err.contains("3 findings are suppressed"), "{}{}", ran.out, ran.err);
    playground.write("plimsoll.yaml", b"{}\n");
    let annotated =
        WRONG.replace("{name: web, ", "{name: web, annotations: {plimsoll.dev/ignore.unknown-field: ours}, ");
    playground.write("web.yaml", annotated.as_bytes());
    let ran = playground.run(&ONLY);
    assert!(ran.code == 0 && ran.err.contains("3 findings are suppressed"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_is_known_is_not_reported_again() {
    let playground = Playground::with(&[("web.yaml", WRONG)]);
    playground.run(&["baseline", "--policy", "unknown-field"]);
    let known = ["--baseline", "plimsoll-baseline.json"];
    assert_eq!(messages(&playground, &known), [""; 0]);
    playground.write(
        "web.yaml",
        ["# Moved.\n", &WRONG.replace("  replica: 2", "  paused: \"no\"\n  replica: 2")].concat().as_bytes(),
    );
    assert_eq!(messages(&playground, &known), ["`spec.paused` has to be a boolean, not a string"]);
}

#[test]
fn every_format_and_the_catalogue_have_it() {
    let playground = Playground::with(&[("web.yaml", WRONG)]);
    for format in ["pretty", "concise", "json", "sarif", "junit", "github", "gitlab", "markdown", "html"] {
        let ran = playground.run(&[ONLY.as_slice(), &["--format", format]].concat());
        assert!(ran.code == 1 && ran.out.contains("unknown-field"), "{format}: {}", ran.err);
    }
    let sarif = playground.run(&[ONLY.as_slice(), &["--format", "sarif"]].concat()).json();
    let rules: &Value = &sarif["runs"][0]["tool"]["driver"]["rules"];
    let rule = rules.as_array().unwrap().iter().find(|rule| rule["id"] == "unknown-field").unwrap();
    assert!(rule["helpUri"].as_str().unwrap().ends_with("/docs/unknown-field.md"), "{rule}");
    let list = playground.run(&["list"]);
    assert!(list.out.contains("unknown-field"), "{}", list.out);
    let explained = playground.run(&["explain", "unknown-field"]);
    assert!(explained.code == 0 && explained.out.contains("CustomResourceDefinitions"), "{}", explained.out);
}

/// Excerpts, messages and diffs show no value of a Secret.
#[test]
fn secrets_stay_secret() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  password: 8731264\nstringDat: {token: hunter2hunter2}\n";
    let playground = Playground::with(&[("a.yaml", text)]);
    for args in [vec!["check"], vec!["check", "--format", "json"], vec!["fix", "--unsafe"]] {
        let ran = playground.run(&args);
        assert!(ran.code == 1, "{}", ran.err);
        for secret in ["8731264", "hunter2"] {
            assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{args:?}: {}{}", ran.out, ran.err);
        }
    }
}
