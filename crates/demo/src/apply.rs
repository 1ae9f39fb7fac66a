//! Sending objects to policies, one after another, as `kubectl apply` does.

use std::sync::Arc;

use anyhow::Context;
use plimsoll::kube::kinds::Kind;
use plimsoll_host::{Config, Objects, Operation, Patch, Verdict, request};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::modules::Policy;

/// What the policies say of one object.
pub struct Answer<'o> {
    /// The object.
    pub object: &'o Value,
    /// How many policies were asked.
    pub asked: usize,
    /// The policies that deny it, with their words.
    pub denials: Vec<(String, String)>,
    /// The warnings of the policies that let it pass.
    pub warnings: Vec<String>,
    /// What the policies would change if they were asked to mend what they safely can.
    pub patches: Vec<(String, Patch)>,
}

/// Applies the objects in order. Each is judged with those before it in the cluster, also those that were denied: so that
/// one fault doesn't hide the next.
pub fn all<'o>(policies: &[Policy], objects: &'o [Value]) -> anyhow::Result<Vec<Answer<'o>>> {
    let mut answers = Vec::new();
    for (position, object) in objects.iter().enumerate() {
        let before = objects.get(..position).unwrap_or_default();
        answers.push(one(policies, object, Arc::new(Objects::new(before.to_vec())))?);
    }
    Ok(answers)
}

fn one<'o>(policies: &[Policy], object: &'o Value, cluster: Arc<Objects>) -> anyhow::Result<Answer<'o>> {
    let asked: Vec<&Policy> = policies.iter().filter(|policy| wants(policy, object)).collect();
    let mut answer =
        Answer { object, asked: asked.len(), denials: Vec::new(), warnings: Vec::new(), patches: Vec::new() };
    if asked.is_empty() {
        return Ok(answer);
    }
    let request = request(object, Operation::Create, None, |api_version, kind| {
        Kind::named(api_version, kind).map(|kind| kind.plural.to_owned())
    })?;
    let verdicts: Vec<(Verdict, Option<Patch>)> = asked
        .par_iter()
        .map(|policy| judge(policy, &request, &cluster).with_context(|| policy.id.clone()))
        .collect::<anyhow::Result<_>>()?;
    for (policy, (verdict, patch)) in asked.iter().zip(verdicts) {
        answer.warnings.extend(verdict.warnings().iter().cloned());
        if !verdict.allowed {
            answer.denials.push((policy.id.clone(), verdict.message.unwrap_or_default()));
        }
        answer.patches.extend(patch.map(|patch| (policy.id.clone(), patch)));
    }
    Ok(answer)
}

/// The verdict under default settings, and the patch under `onViolation: fix`.
fn judge(policy: &Policy, request: &Value, cluster: &Arc<Objects>) -> anyhow::Result<(Verdict, Option<Patch>)> {
    let ask = |settings: Value, allowed_to_mutate: bool| {
        let config = Config { allowed_to_mutate, ..Config::declared_by(&policy.id, &policy.metadata) };
        policy.module.instantiate(config, cluster.clone())?.validate(request, &settings)
    };
    let verdict = ask(json!({}), false)?;
    let nothing_wrong = verdict.allowed && verdict.warnings().is_empty();
    let patch = if nothing_wrong { None } else { ask(json!({"onViolation": "fix"}), true)?.patch };
    Ok((verdict, patch))
}

/// True when a rule of the policy names the object's kind, as the API server decides it.
fn wants(policy: &Policy, object: &Value) -> bool {
    let Some(kind) = Kind::of(object) else { return false };
    policy.metadata.rules.iter().any(|rule| {
        rule.api_groups.iter().any(|group| group == kind.group)
            && rule.resources.iter().any(|resource| resource == kind.plural)
            && rule.operations.iter().any(|operation| operation == "CREATE")
    })
}
