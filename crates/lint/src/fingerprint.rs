//! What a finding is recognised by in another run, although lines have moved, items have changed places or the text of a
//! message has been improved.
//!
//! It is made of the policy, the object's identity (group, kind, namespace, name), the path, whose list items go by their
//! keys, and the cause: the container or image and the other objects that take part. Neither the file nor the message is part
//! of it, so that a move or a new release makes no finding new. Findings that are equal in all of that are numbered.

use std::collections::HashMap;

use plimsoll::json::path::Path;
use plimsoll::policy::finding::Finding;
use serde_json::Value;

use crate::check::LintReport;
use crate::manifests::{Manifests, Object};

/// What the API server, or else a reader, distinguishes the items of lists by; the first that an item has.
const KEYS: &[&str] = &[
    "name",
    "mountPath",
    "devicePath",
    "containerPort",
    "port",
    "topologyKey",
    "key",
    "host",
    "path",
    "ip",
    "kind",
    "type",
];

/// Gives every finding its fingerprint, the exempt ones too.
pub(crate) fn assign(manifests: &Manifests, report: &mut LintReport) {
    let mut equal: HashMap<u128, usize> = HashMap::new();
    let suppressed = report.suppressed.iter_mut().map(|suppressed| &mut suppressed.located);
    for located in report.findings.iter_mut().chain(suppressed) {
        let Some(object) = manifests.objects.get(located.object) else { continue };
        let mut hash = hash(object, &located.finding);
        let number = equal.entry(hash.0).or_default();
        *number += 1;
        if *number > 1 {
            hash.add(&number.to_string());
        }
        located.fingerprint = format!("{:032x}", hash.0);
    }
}

fn hash(object: &Object, finding: &Finding) -> Hash {
    let mut hash = Hash::NEW;
    // A policy that was renamed finds nothing new.
    hash.add(finding.metadata.first_id());
    hash.add(object.text("/apiVersion").split_once('/').map_or("", |(group, _)| group));
    for text in [object.text("/kind"), object.text("/metadata/namespace"), object.name()] {
        hash.add(text);
    }
    named_path(&object.value, &finding.path, |segment| hash.add(segment));
    hash.add("");
    hash.add(finding.container.as_deref().unwrap_or_default());
    hash.add(finding.image.as_deref().unwrap_or_default());
    for related in &finding.related {
        [&related.kind, &related.namespace, &related.name].into_iter().for_each(|text| hash.add(text));
    }
    hash
}

/// The steps of a path, with items of lists by their keys. An item without one is like all others: its text may be a secret,
/// and its position may change.
fn named_path(object: &Value, path: &Path, mut step: impl FnMut(&str)) {
    let mut value = Some(object);
    for segment in path.segments() {
        match value {
            Some(Value::Array(items)) => {
                let item = segment.parse::<usize>().ok().and_then(|index| items.get(index));
                let key = KEYS.iter().find_map(|key| Some((key, item?.get(key)?)));
                match key {
                    Some((key, Value::String(text))) => step(&["[", key, "=", text].concat()),
                    Some((key, Value::Number(number))) => step(&["[", key, "=", &number.to_string()].concat()),
                    _ => step("["),
                }
                value = item;
            }
            _ => {
                step(&segment);
                value = value.and_then(|value| value.get(segment.as_ref()));
            }
        }
    }
}

/// FNV-1a of 128 bits. Fingerprints are no secrets: nobody gains by two that are equal.
struct Hash(u128);

impl Hash {
    const NEW: Hash = Hash(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);

    /// A text and its end.
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use plimsoll::engine::config::{Choice, Configuration};
    use plimsoll::policy::metadata::Profile;

    use super::*;
    use crate::check::Located;
    use crate::sample;

    const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  selector:\n    \
        matchLabels: {app: web}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      \
        - name: web\n        image: web\n        ports: [{containerPort: 80}]\n      - name: log\n        image: log\n        \
        env: [{name: A, value: a}, {name: A, value: b}, {name: A, value: c}]\n";

    /// The fingerprints with what they stand for.
    fn fingerprints(text: &str) -> Vec<(String, String)> {
        let choice = Choice { profile: Some(Profile::Strict), ..Choice::default() };
        let configuration = Configuration::read(&Value::Null, choice).unwrap();
        let report = sample::checked(text, &configuration.policies);
        let of = |located: Located| {
            (located.fingerprint, format!("{} {}", located.finding.metadata.id, located.finding.path))
        };
        report.findings.into_iter().map(of).collect()
    }

    fn only(text: &str) -> BTreeSet<String> {
        fingerprints(text).into_iter().map(|(fingerprint, _)| fingerprint).collect()
    }

    #[test]
    fn every_finding_has_its_own() {
        let all = fingerprints(WEB);
        let distinct: BTreeSet<&String> = all.iter().map(|(fingerprint, _)| fingerprint).collect();
        assert!(all.len() > 20, "{all:#?}");
        assert_eq!(distinct.len(), all.len(), "{all:#?}");
        assert!(all.iter().all(|(fingerprint, _)| fingerprint.len() == 32));
    }

    #[test]
    fn lines_and_order_do_not_matter() {
        let known = only(WEB);
        assert_eq!(only(&format!("# moved\n\n---\n{WEB}")), known);
        let (head, log) = WEB.split_once("      - name: log\n").unwrap();
        let (head, web) = head.split_once("      - name: web\n").unwrap();
        assert_eq!(only(&format!("{head}      - name: log\n{log}      - name: web\n{web}")), known);
        // A served version may go; the object stays.
        assert!(!only(&WEB.replace("apps/v1", "apps/v1beta1")).is_disjoint(&known));
    }

    #[test]
    fn another_object_or_container_is_another_finding() {
        let known = only(WEB);
        assert!(only(&WEB.replace("name: web, namespace: shop", "name: api, namespace: shop")).is_disjoint(&known));
        assert!(only(&WEB.replace("namespace: shop", "namespace: bank")).is_disjoint(&known));
        let renamed = only(&WEB.replace("- name: log", "- name: logs"));
        assert!(!renamed.is_disjoint(&known) && renamed != known);
    }

    #[test]
    fn equal_findings_are_counted() {
        let of = |text: &str| {
            let all = fingerprints(text).into_iter().filter(|(_, what)| what.starts_with("duplicate-env"));
            all.map(|(fingerprint, _)| fingerprint).collect::<BTreeSet<_>>()
        };
        let (two, one) = (of(WEB), of(&WEB.replace(", {name: A, value: c}", "")));
        assert_eq!((two.len(), one.len()), (2, 1));
        assert!(one.is_subset(&two));
    }
}
