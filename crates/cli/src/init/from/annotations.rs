//! What annotations on the manifests exempt from another linter's checks.

use plimsoll_lint::manifests::Manifests;
use plimsoll_peers::Peer;
use serde_json::{Map, Value};

use super::wanted::Wanted;
use super::{kube_linter, kube_score, polaris};

/// What an annotation says.
enum Says<'a> {
    /// Exempts from everything.
    All,
    /// Exempts from these checks.
    Checks(Vec<&'a str>),
}

/// Exempts what annotations exempt there.
pub(super) fn take(manifests: &Manifests, peer: &Peer, wanted: &mut Wanted) {
    for object in &manifests.objects {
        let text = |path: &str| object.value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(kind), Some(name)) = (text("/kind"), text("/metadata/name")) else { continue };
        // kube-score reads those of the pod template, too.
        let places = ["/metadata/annotations", "/spec/template/metadata/annotations"];
        let places = places.iter().take(if peer.peer == kube_score::NAME { 2 } else { 1 });
        let annotations = places.filter_map(|place| object.value.pointer(place).and_then(Value::as_object));
        for (key, value) in annotations.flatten() {
            let Some(value) = value.as_str() else { continue };
            let Some((says, reason)) = of_annotation(&peer.peer, key, value) else { continue };
            let mut entry = Map::new();
            entry.extend(text("/metadata/namespace").map(|namespace| ("namespace".to_owned(), namespace.into())));
            entry.insert("kind".to_owned(), kind.into());
            entry.insert("name".to_owned(), name.into());
            let given = reason.map_or_else(|| format!("exempted by {key}"), str::to_owned);
            entry.insert("reason".to_owned(), given.into());
            let entry = Value::Object(entry);
            match says {
                Says::All => wanted.exempt.push(entry),
                Says::Checks(checks) => checks.iter().for_each(|check| wanted.exempt_from(peer, check, &entry)),
            }
        }
    }
}

/// What an annotation exempts from, and the reason if it has one.
fn of_annotation<'a>(peer: &str, key: &'a str, value: &'a str) -> Option<(Says<'a>, Option<&'a str>)> {
    let reason = Some(value).filter(|value| !value.trim().is_empty());
    match peer {
        kube_linter::NAME if key == "kube-linter.io/ignore-all" => Some((Says::All, reason)),
        kube_linter::NAME => {
            let check = key.strip_prefix("ignore-check.kube-linter.io/")?;
            Some((Says::Checks(vec![check]), reason))
        }
        polaris::NAME if value == "true" => {
            let rest = key.strip_prefix("polaris.fairwinds.com/")?;
            let says = if rest == "exempt" { Says::All } else { Says::Checks(vec![rest.strip_suffix("-exempt")?]) };
            Some((says, None))
        }
        kube_score::NAME if key == "kube-score/ignore" => {
            Some((Says::Checks(value.split(',').map(str::trim).collect()), None))
        }
        _ => None,
    }
}
