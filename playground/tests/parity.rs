//! Every fixture has the same findings here as in the core. The answers are written to a file, with which
//! `web/tests/parity.test.mjs` compares the browser's build.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeSet;

use plimsoll::engine::evaluate::evaluate;
use plimsoll::policy::context::Operation;
use plimsoll_fixtures::{Case, File, files};
use plimsoll_playground::Playground;
use plimsoll_playground::transfer::{Checked, Config};
use serde_json::{Value, json};

/// Of every so many cases the report is written, too.
const REPORTED: usize = 20;

/// The documents of a case as in the file.
fn text_of(file: &File, case: &Case) -> String {
    let documents: BTreeSet<usize> = case.checked.iter().map(|checked| checked.document).collect();
    let texts = documents.into_iter().map(|document| file.text[file.documents[document].range.clone()].to_owned());
    texts.map(|text| if text.starts_with("---") { text } else { format!("---\n{text}") }).collect()
}

fn config_of(case: &Case) -> Value {
    let mut settings = case.settings.as_object().cloned().unwrap_or_default();
    // In a cluster annotations don't count, unless settings say so.
    settings.entry("honorAnnotations").or_insert(Value::Bool(false));
    // A configuration sets the version once, for all policies.
    let version = settings.remove("kubernetesVersion");
    json!({
        "profile": "off",
        "kubernetesVersion": version,
        "policies": {&case.policy: {"enabled": true, "settings": settings}},
        "complete": case.complete,
        "today": "2026-01-01",
    })
}

/// Whether a text can express the case: all its objects are checked, none exists already, and it is not a directory.
fn is_text(case: &Case) -> bool {
    !case.inventory && !case.directory && case.operation == Operation::Create
}

#[test]
fn fixtures_give_the_same_findings() {
    let mut recorded = Vec::new();
    let mut cases = 0;
    for file in files().unwrap() {
        for case in file.cases.iter().filter(|case| is_text(case)) {
            cases += 1;
            let (text, config) = (text_of(&file, case), config_of(case));
            let mut playground = Playground::new();
            let answer = playground.check(&text, &config.to_string());
            let checked = playground.checked(&text, &serde_json::from_value::<Config>(config.clone()).unwrap());

            let policies = [case.configured().unwrap()];
            let inventory = case.objects();
            let mut expected = BTreeSet::new();
            for (position, checked) in case.checked.iter().enumerate() {
                for finding in evaluate(&policies, &case.review(&checked.object, &inventory)).findings {
                    expected.insert((position, finding.path.as_str().to_owned(), finding.message));
                }
            }
            assert_eq!(found(&checked), expected, "{}: {}", file.path.display(), case.name);
            let review = playground.review(r#"{"object":0,"operation":"CREATE"}"#);
            // The report checks once more.
            let report = (cases % REPORTED == 0).then(|| playground.reported().unwrap());
            recorded.push(json!({
                "name": format!("{}/{}: {}", case.policy, case.file, case.name),
                "text": text,
                "config": config,
                "checked": serde_json::from_str::<Value>(&answer).unwrap(),
                "reviewed": serde_json::from_str::<Value>(&review).unwrap(),
                "report": report,
                "fixed": serde_json::from_str::<Value>(&playground.fix_all(true)).unwrap(),
            }));
        }
    }
    assert!(cases > 300, "{cases} cases");
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/playground-parity.json");
    std::fs::write(file, serde_json::to_string(&recorded).unwrap()).unwrap();
}

fn found(checked: &Checked) -> BTreeSet<(usize, String, String)> {
    let findings = checked.findings.iter();
    findings.map(|finding| (finding.object, finding.path.clone(), finding.message.clone())).collect()
}
