//! What a check comes to with a policy that was renamed.

use plimsoll::kube::kinds;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::context::Context;
use plimsoll::policy::finding::Findings;
use plimsoll::policy::metadata::Metadata;
use plimsoll::policy::rule::Policy;
use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::sample;

/// A policy as it was.
#[derive(Default, Deserialize)]
struct Before {}

/// The same with another name.
#[derive(Default, Deserialize)]
struct After {}

const METADATA: Metadata = Metadata { id: "old-name", targets: &[&kinds::POD], ..Metadata::DEFAULT };

fn find(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    for container in cx.pod()?.iter().flat_map(|pod| pod.containers()) {
        out.report(container.get("image"), "something is wrong").container(container);
    }
    Ok(())
}

impl Policy for Before {
    const METADATA: Metadata = METADATA;

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        find(cx, out)
    }
}

impl Policy for After {
    const METADATA: Metadata = Metadata { id: "new-name", renamed_from: &["old-name"], ..METADATA };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        find(cx, out)
    }
}

/// What a policy reports on a pod with these annotations and the containers `web` and `log`.
fn checked<P: Policy>(annotations: &str) -> LintReport {
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations: {{{annotations}}}\nspec:\n  containers:\n  \
         - {{name: web, image: web}}\n  - {{name: log, image: log}}\n"
    );
    sample::checked(&text, &[Configured::read::<P>(&Value::Null).unwrap()])
}

fn messages(exemptions: &[Unused]) -> Vec<&str> {
    exemptions.iter().map(|exemption| exemption.message.as_str()).collect()
}

#[test]
fn rename_makes_no_finding_new() {
    let fingerprints = |report: LintReport| -> Vec<String> {
        report.findings.into_iter().map(|located| located.fingerprint).collect()
    };
    let before = fingerprints(checked::<Before>(""));
    assert_eq!(before.len(), 2);
    assert_eq!(fingerprints(checked::<After>("")), before);
}

#[test]
fn annotation_with_an_old_id_counts_and_is_told_the_new_one() {
    let report = checked::<After>("plimsoll.dev/ignore.old-name.web: known");
    assert_eq!((report.findings.len(), report.suppressed.len()), (1, 1));
    assert!(report.unused.is_empty(), "it exempts something: {:?}", messages(&report.unused));
    assert_eq!(
        messages(&report.outdated),
        ["the annotation plimsoll.dev/ignore.old-name.web still counts, but old-name was renamed to new-name: write \
          plimsoll.dev/ignore.new-name.web"]
    );
    let place = report.outdated[0].place.as_ref().unwrap();
    assert_eq!(place.span.start.line, 5);

    let now = checked::<After>("plimsoll.dev/ignore.new-name: known");
    assert_eq!((now.suppressed.len(), now.unused.len(), now.outdated.len()), (2, 0, 0));
}

#[test]
fn annotation_with_an_old_id_that_exempts_nothing_is_unused() {
    let report = checked::<After>("plimsoll.dev/ignore.old-name.gone: known");
    assert_eq!(messages(&report.unused), ["the annotation plimsoll.dev/ignore.old-name.gone matches no finding"]);
    assert!(report.outdated.is_empty());
    let report = checked::<After>("plimsoll.dev/ignore.older-name: known");
    assert_eq!(messages(&report.unused), ["the annotation plimsoll.dev/ignore.older-name names no policy"]);
}
