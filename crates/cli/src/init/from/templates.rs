//! The templates that kube-linter's users make checks of their own from.

use std::collections::BTreeMap;

use plimsoll_peers::Check;
use serde_json::{Map, Value, json};

use super::wanted::{field, texts};

/// What the parameters of a template come to.
pub(super) struct Translated {
    pub(super) ours: Vec<String>,
    pub(super) settings: BTreeMap<String, Map<String, Value>>,
    pub(super) differs: Vec<String>,
    /// Whether the policy is about kinds that the template isn't.
    pub(super) scoped: bool,
}

impl Translated {
    fn set(&mut self, policy: &str, settings: Value) {
        if let Value::Object(settings) = settings {
            self.settings.insert(policy.to_owned(), settings);
        }
    }

    fn only(&mut self, policies: &[&str]) {
        self.ours = policies.iter().map(|policy| (*policy).to_owned()).collect();
    }

    fn differs(&mut self, sentence: &str) {
        self.differs.push(sentence.to_owned());
    }

    /// No policy does it.
    fn none(&mut self, sentence: &str) {
        self.ours.clear();
        self.differs(sentence);
    }
}

/// What a check of one's own comes to.
pub(super) fn translate(template: &str, params: &Value, known: &Check) -> Translated {
    let mut translated =
        Translated { ours: known.ours.clone(), settings: known.settings.clone(), differs: Vec::new(), scoped: false };
    let text = |name: &str| field(params, name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let number = |name: &str| field(params, name).and_then(Value::as_i64);
    let list = |name: &str| texts(field(params, name)).map(str::to_owned).collect::<Vec<String>>();
    match template {
        "required-label" | "required-annotation" => {
            translated.scoped = true;
            let is_label = template == "required-label";
            match text("key").filter(|key| is_key(key)) {
                Some(key) if is_label => translated.set("missing-labels", json!({"keys": [key], "podKeys": []})),
                Some(key) => translated.set("missing-annotations", json!({"keys": [key], "templateKeys": []})),
                None => translated.none("Its key is a pattern, and Plimsoll takes keys."),
            }
            if text("value").is_some() {
                translated.differs("Its value may be any: patterns of values are settings of allowed-values.");
            }
        }
        "minimum-replicas" | "hpa-minimum-replicas" => {
            if let Some(min) = number("minReplicas").filter(|min| *min > 0) {
                translated.set("single-replica", json!({"min": min}));
            }
        }
        "cpu-requirements" | "memory-requirements" => {
            let resource = if template == "cpu-requirements" { "cpu" } else { "memory" };
            let limit = format!("missing-{resource}-limit");
            match text("requirementsType") {
                Some("limit") => translated.only(&[&limit]),
                Some("any") => translated.only(&["missing-requests", &limit]),
                _ => translated.only(&["missing-requests"]),
            }
            if translated.ours.iter().any(|id| id == "missing-requests") {
                translated.set("missing-requests", json!({"resources": [resource]}));
            }
            let bounds = ["lowerBoundMillis", "upperBoundMillis", "lowerBoundMB", "upperBoundMB"];
            if bounds.into_iter().filter_map(number).any(|bound| bound != 0) {
                translated.differs("It is about none at all: bounds are settings of resource-range.");
            }
        }
        "image-pull-policy" => {
            let forbidden = list("forbiddenPolicies");
            if forbidden.iter().any(|policy| policy == "IfNotPresent") {
                translated.set("image-pull-policy", json!({"prefer": "always"}));
            }
        }
        "host-mounts" => {
            let directories = list("dirs");
            if !directories.is_empty() && directories.iter().all(|path| path.contains("sock")) {
                translated.only(&["runtime-socket-mount"]);
            } else {
                translated.differs("Every path of the node is reported but those in its setting allowed.");
            }
        }
        "ports" if number("port") != Some(22) => translated.none("No policy forbids a port of your choice."),
        "service-account" if !text("serviceAccount").is_some_and(|pattern| pattern.contains("default")) => {
            translated.none("No policy forbids accounts by their names, but for the default one.");
        }
        "verify-container-capabilities" => {
            let upper = |names: Vec<String>| names.iter().map(|name| name.to_uppercase()).collect::<Vec<String>>();
            let (forbidden, exceptions) = (upper(list("forbiddenCapabilities")), upper(list("exceptions")));
            translated.only(&["retained-capabilities", "added-capabilities"]);
            translated.set("retained-capabilities", json!({"requiredDrop": forbidden}));
            if !exceptions.is_empty() {
                translated.set("added-capabilities", json!({"allowed": exceptions}));
            }
        }
        "anti-affinity" => {
            if let Some(key) = text("topologyKey") {
                translated.set("colocated-replicas", json!({"requireKeys": [key]}));
            }
            translated.differs("Topology spread constraints count, too.");
        }
        "update-configuration" => {
            let numbers = ["maxPodsUnavailable", "minPodsUnavailable", "maxSurge", "minSurge"];
            if numbers.into_iter().any(|name| text(name).is_some() || number(name).is_some()) {
                translated.differs("Its numbers are for capacity-drop-on-rollout and wide-surge.");
            }
        }
        "env-var" => {
            translated.differs("It knows names and values of secrets by itself; more names are its setting patterns.");
        }
        "latest-tag" if params.as_object().is_some_and(|params| !params.is_empty()) => {
            translated.differs("Its patterns aren't taken over: tags are its setting mutableTags.");
        }
        "disallowed-api-obj" => {
            translated.differs("It goes by kubernetesVersion, not by a group and version of your choice.");
        }
        "priority-class-name" => {
            let accepted = list("acceptedPriorityClassNames");
            if accepted.is_empty() {
                translated.none("It names no classes that are accepted.");
            } else {
                translated.set("allowed-values", json!({"priorityClasses": accepted}));
            }
        }
        "forbidden-annotation" => {
            match text("key").filter(|key| is_key(key)) {
                Some(key) => translated.set("allowed-values", json!({"deniedAnnotations": [key]})),
                None => translated.none("Its key is a regular expression: allowed-values takes wildcards."),
            }
            if text("value").is_some() {
                translated.differs("It is denied whatever its value.");
            }
        }
        "unsafe-sysctls" => translated.differs("What Pod Security's baseline level accepts isn't reported."),
        "env-value-from" => {
            let external = [list("ignoredSecrets"), list("ignoredConfigMaps")].concat();
            let (names, patterns): (Vec<String>, Vec<String>) = external.into_iter().partition(|name| is_key(name));
            if !names.is_empty() {
                translated.set("missing-config-reference", json!({"external": names}));
            }
            if !patterns.is_empty() {
                translated.differs("Patterns of names that exist elsewhere aren't taken over.");
            }
        }
        "dangling-service" if !list("ignoredLabels").is_empty() => {
            translated
                .differs("Labels that pods get at run time are its setting runtimeLabels, which knows the usual ones.");
        }
        _ => {}
    }
    translated
}

/// Whether a regular expression is but a name.
fn is_key(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter))
}
