//! What a person sees.

use std::io::{self, Write};
use std::path::Path;

use plimsoll::kube::kinds::Kind;
use plimsoll::kube::object;
use serde_json::{Value, json};

use crate::apply::Answer;

/// Writes the answers as kubectl would show them, then the patches that could be had.
pub fn write(out: &mut dyn Write, manifest: &Path, answers: &[Answer<'_>]) -> io::Result<()> {
    writeln!(out, "$ kubectl apply -f {}", manifest.display())?;
    for answer in answers {
        writeln!(out)?;
        for warning in &answer.warnings {
            writeln!(out, "Warning: {warning}")?;
        }
        let title = title(answer.object);
        if answer.denials.is_empty() {
            let by = if answer.asked == 0 { ", no policy asked".to_owned() } else { asked(answer.asked) };
            writeln!(out, "{title} created{by}")?;
        }
        for (policy, message) in &answer.denials {
            writeln!(
                out,
                "Error from server ({title}): admission webhook \"clusterwide-{policy}.kubewarden.admission\" denied \
                 the request: {message}"
            )?;
        }
    }

    if answers.iter().any(|answer| !answer.patches.is_empty()) {
        writeln!(out, "\nWith `onViolation: fix` these policies would send patches instead:")?;
    }
    for answer in answers {
        for (policy, patch) in &answer.patches {
            writeln!(out, "\n{policy} on {}:", title(answer.object))?;
            for operation in &patch.0 {
                writeln!(out, "  {}", json!(operation))?;
            }
        }
    }

    let denied = answers.iter().filter(|answer| !answer.denials.is_empty()).count();
    let denials: usize = answers.iter().map(|answer| answer.denials.len()).sum();
    let warnings: usize = answers.iter().map(|answer| answer.warnings.len()).sum();
    writeln!(
        out,
        "\n{} objects: {denied} denied ({denials} denials), {} created, {warnings} warnings",
        answers.len(),
        answers.len() - denied
    )
}

fn asked(policies: usize) -> String {
    format!(", {policies} {} asked", if policies == 1 { "policy" } else { "policies" })
}

/// As kubectl names objects: `deployment.apps/web`.
fn title(object: &Value) -> String {
    let name = object::name(object).unwrap_or("(without a name)");
    match Kind::of(object) {
        Some(kind) if kind.group.is_empty() => format!("{}/{name}", kind.name.to_lowercase()),
        Some(kind) => format!("{}.{}/{name}", kind.name.to_lowercase(), kind.group),
        None => format!("{}/{name}", object::text(object, &["kind"]).unwrap_or_default().to_lowercase()),
    }
}
