//! An UPDATE is not denied for what was there.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll::engine::evaluate::{Review, evaluate};
use plimsoll::inventory::Objects;
use plimsoll::policies::POLICIES;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::context::Operation;
use plimsoll::policy::finding::Finding;
use plimsoll::settings::Date;
use serde_json::{Value, json};
use support::{files, report, title};

#[test]
fn one_more_pod_is_not_denied_for_what_was_there() {
    accepted(|new| {
        let replicas = new.pointer("/spec/replicas").and_then(Value::as_i64).filter(|replicas| *replicas > 1)?;
        new["spec"]["replicas"] = json!(replicas + 1);
        Some(())
    });
}

#[test]
fn one_more_pod_of_an_autoscaler_is_not_denied_for_what_was_there() {
    accepted(|new| {
        let most = new.pointer("/spec/maxReplicas").and_then(Value::as_i64)?;
        new["spec"]["maxReplicas"] = json!(most + 1);
        Some(())
    });
}

/// With one more pod besides, as a release brings it.
#[test]
fn the_next_version_of_an_image_is_not_denied_for_what_was_there() {
    accepted(|new| {
        if let Some(replicas) = new.pointer("/spec/replicas").and_then(Value::as_i64).filter(|replicas| *replicas > 1) {
            new["spec"]["replicas"] = json!(replicas + 1);
        }
        let mut changed = None;
        each(new, &mut |key, value| {
            if key == "image"
                && let Value::String(image) = value
                && let Some(next) = next_version(image)
            {
                *image = next;
                changed = Some(());
            }
        });
        changed
    });
}

#[test]
fn a_restart_by_another_version_of_a_chart_is_not_denied_for_what_was_there() {
    accepted(|new| {
        let template = match new["kind"].as_str()? {
            "CronJob" => "/spec/jobTemplate/spec/template",
            _ => "/spec/template",
        };
        let metadata = new.pointer_mut(template)?.as_object_mut()?.entry("metadata").or_insert(json!({}));
        let annotations = metadata.as_object_mut()?.entry("annotations").or_insert(json!({}));
        annotations
            .as_object_mut()?
            .insert("kubectl.kubernetes.io/restartedAt".to_owned(), json!("2026-11-28T12:00:00Z"));
        let labels = metadata.as_object_mut()?.entry("labels").or_insert(json!({}));
        labels.as_object_mut()?.insert("helm.sh/chart".to_owned(), json!("web-1.2.4"));
        Some(())
    });
}

/// As generators name them: by their content.
#[test]
fn a_rotated_secret_is_not_denied_for_what_was_there() {
    accepted(|new| {
        let mut changed = None;
        each(new, &mut |key, value| {
            let name = match key {
                "secretKeyRef" | "configMapKeyRef" | "secretRef" | "configMapRef" | "configMap" => "name",
                "secret" => "secretName",
                _ => return,
            };
            if let Some(Value::String(name)) = value.get_mut(name)
                && name != "kube-root-ca.crt"
            {
                *name = rotated(name);
                changed = Some(());
            }
        });
        changed
    });
}

#[test]
fn another_value_of_a_variable_is_not_denied_for_what_was_there() {
    accepted(|new| {
        let mut changed = None;
        each(new, &mut |key, value| {
            if key != "env" {
                return;
            }
            for variable in value.as_array_mut().into_iter().flatten() {
                // Another word may mean something else altogether.
                if let Some(Value::String(text)) = variable.get_mut("value")
                    && !matches!(text.as_str(), "yes" | "no" | "true" | "false")
                {
                    text.push('2');
                    changed = Some(());
                }
            }
        });
        changed
    });
}

/// What a change adds is denied, however much it resembles what was there.
#[test]
fn what_a_change_adds_is_denied() {
    let pod = |image: &str, secrets: &[&str]| {
        let sources: Vec<Value> = secrets.iter().map(|name| json!({"secretRef": {"name": name}})).collect();
        let app = json!({"name": "app", "image": image, "envFrom": sources});
        let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [app]}});
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template},
        })
    };
    let policies = ["secret-as-env", "untrusted-registry", "image-pull-policy", "external-ips"].map(|id| {
        let entry = POLICIES.iter().find(|entry| entry.metadata.id == id).unwrap();
        (entry.configure)(&Value::Null).unwrap()
    });
    let (inventory, today) = (Objects::cluster(Vec::new()), Date::from_days_since_1970(20_454));
    let found = |old: &Value, new: &Value| {
        let review = Review::create(new, &inventory, today);
        let review = Review { old_object: Some(old), operation: Operation::Update, ..review };
        evaluate(&policies, &review).findings.into_iter().map(|finding| finding.metadata.id).collect::<Vec<_>>()
    };
    let old = pod("docker.io/shop/web:1.4.2", &["db", "cache"]);
    assert_eq!(found(&old, &pod("docker.io/shop/web:1.5.0", &["db-2", "cache-2"])), [""; 0]);
    assert_eq!(found(&old, &pod("docker.io/shop/web:1.5.0", &["db-2", "cache-2", "mail"])), ["secret-as-env"]);
    assert_eq!(found(&old, &pod("docker.io/other/web:1.5.0", &["db", "cache"])), ["untrusted-registry"]);

    // An address is no amount.
    let service = |address: &str| {
        let spec = json!({"externalIPs": [address], "ports": [{"port": 80}], "selector": {"app": "web"}});
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": spec})
    };
    assert_eq!(found(&service("10.1.2.3"), &service("11.1.2.3")), ["external-ips"]);
}

/// Twice as much of everything leaves every ratio as it was.
#[test]
fn more_resources_are_not_denied_for_what_was_there() {
    accepted(|new| {
        let mut changed = None;
        each(new, &mut |key, value| {
            if key != "requests" && key != "limits" {
                return;
            }
            for amount in value.as_object_mut().into_iter().flat_map(|amounts| amounts.values_mut()) {
                let text = amount.to_string();
                let text = text.trim_matches('"');
                let unit = text.find(|symbol: char| !symbol.is_ascii_digit() && symbol != '.').unwrap_or(text.len());
                if let Ok(number) = text[..unit].parse::<f64>() {
                    *amount = json!(format!("{}{}", 2.0 * number, &text[unit..]));
                    changed = Some(());
                }
            }
        });
        changed
    });
}

/// The name of the same content's next version, whose last letter differs.
fn rotated(name: &str) -> String {
    let mut name = name.to_owned();
    let last = if name.ends_with('b') { "c" } else { "b" };
    name.pop();
    name + last
}

/// The image with the next number in its tag; what has none has no next version.
fn next_version(image: &str) -> Option<String> {
    let image = image.split('@').next()?;
    let (name, tag) = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))?;
    let digits = tag.rfind(|symbol: char| !symbol.is_ascii_digit()).map_or(0, |position| position + 1);
    let number: u64 = tag[digits..].parse().ok()?;
    Some(format!("{name}:{}{}", &tag[..digits], number + 1))
}

/// A new name that nothing has, or a new amount that is impossible as well, is a violation of the new object alone.
fn is_new(finding: &Finding) -> bool {
    finding.message.ends_with("which does not exist") || finding.metadata.id == "impossible-resources"
}

/// Calls `change` for all fields below `value`, which it may change.
fn each(value: &mut Value, change: &mut impl FnMut(&str, &mut Value)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                change(key, value);
                each(value, change);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, change)),
        _ => {}
    }
}

/// Makes a change to every object of the fixtures that it is possible for, and expects no finding.
fn accepted(change: impl Fn(&mut Value) -> Option<()>) {
    let all: Vec<Configured> = POLICIES.iter().map(|entry| (entry.configure)(&Value::Null).unwrap()).collect();
    let mut failures = BTreeSet::new();
    let mut changed = 0;
    for case in files().iter().flat_map(|file| &file.cases) {
        let given = || case.checked.iter().map(|checked| &checked.object).chain(&case.cluster);
        let is_config = |object: &&Arc<Value>| matches!(object["kind"].as_str(), Some("ConfigMap" | "Secret"));
        let next = given().filter(is_config).map(|object| {
            let mut object = Value::clone(object);
            object["metadata"]["name"] = json!(rotated(object["metadata"]["name"].as_str().unwrap_or_default()));
            Arc::new(object)
        });
        let inventory = Objects::cluster(given().cloned().chain(next).collect());
        for checked in &case.checked {
            let old = &*checked.object;
            let mut new = old.clone();
            if change(&mut new).is_none() {
                continue;
            }
            changed += 1;
            let review =
                Review { old_object: Some(old), operation: Operation::Update, ..case.review(&new, &inventory) };
            let before = evaluate(&all, &case.review(old, &inventory)).findings;
            let fault = |finding: &Finding| (finding.metadata.id, finding.path.clone(), finding.recognised_by.clone());
            let was_there = |finding: &&Finding| before.iter().any(|old| fault(old) == fault(finding));
            for finding in evaluate(&all, &review).findings.iter().filter(was_there).filter(|finding| !is_new(finding))
            {
                let id = finding.metadata.id;
                failures.insert(format!("{id}: {} (at {})\n  {}", finding.message, finding.path, title(case)));
            }
        }
    }
    assert!(changed > 25, "{changed}");
    report(&failures.into_iter().collect::<Vec<_>>());
}
