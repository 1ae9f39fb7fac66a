//! Sends objects to policies, one after another, as `kubectl apply` does.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context;
use plimsoll::kube::kinds::Kind;
use plimsoll_host::{Config, Objects, Operation, Patch, Verdict, request};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::finding::{Finding, denials, unshown, warning};
use crate::modules::Loaded;

/// The modules' answer to one object.
pub struct Answer<'o> {
    /// The object.
    pub object: &'o Value,
    /// True if a module was called.
    pub asked: bool,
    /// The findings that deny it, the worst first.
    pub denials: Vec<Finding>,
    /// How many more findings the denials count without showing them.
    pub unshown: usize,
    /// The findings that only warn, the worst first.
    pub warnings: Vec<Finding>,
    /// What each policy would change if it applied its safe fixes.
    pub patches: Vec<(String, Patch)>,
}

/// Applies the objects in order. The cluster of each holds the objects before it, denied ones included, because one
/// violation should not hide the next.
pub fn all<'o>(modules: &[Loaded], objects: &'o [Value]) -> anyhow::Result<Vec<Answer<'o>>> {
    let mut answers = Vec::new();
    for (position, object) in objects.iter().enumerate() {
        let before = objects.get(..position).unwrap_or_default();
        answers.push(one(modules, object, Arc::new(Objects::new(before.to_vec())))?);
    }
    Ok(answers)
}

fn one<'o>(modules: &[Loaded], object: &'o Value, cluster: Arc<Objects>) -> anyhow::Result<Answer<'o>> {
    let asked: Vec<&Loaded> = modules.iter().filter(|module| wants(module, object)).collect();
    let mut answer = Answer {
        object,
        asked: !asked.is_empty(),
        denials: Vec::new(),
        unshown: 0,
        warnings: Vec::new(),
        patches: Vec::new(),
    };
    if asked.is_empty() {
        return Ok(answer);
    }
    let request = request(object, Operation::Create, None, |api_version, kind| {
        Kind::named(api_version, kind).map(|kind| kind.plural.to_owned())
    })?;
    let replies: Vec<Reply> = asked
        .par_iter()
        .map(|module| ask(module, &request, &cluster).with_context(|| module.id.clone()))
        .collect::<anyhow::Result<_>>()?;
    for reply in replies {
        answer.denials.extend(reply.denials);
        answer.unshown += reply.unshown;
        answer.warnings.extend(reply.warnings);
        answer.patches.extend(reply.patches);
    }
    // Stable: findings of one policy stay together.
    answer.denials.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    answer.warnings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(answer)
}

struct Reply {
    denials: Vec<Finding>,
    unshown: usize,
    warnings: Vec<Finding>,
    patches: Vec<(String, Patch)>,
}

/// A module's answer under default settings, and the patches under `onViolation: fix`.
fn ask(module: &Loaded, request: &Value, cluster: &Arc<Objects>) -> anyhow::Result<Reply> {
    let ask = |settings: Value, allowed_to_mutate: bool| {
        let config = Config { allowed_to_mutate, ..Config::declared_by(&module.id, &module.metadata) };
        module.module.instantiate(config, cluster.clone())?.validate(request, &settings)
    };
    let verdict: Verdict = ask(json!({}), false)?;
    let warnings: Vec<Finding> = verdict.warnings().iter().map(|text| warning(text, &module.id)).collect();
    let refusal = verdict.message.as_deref().filter(|_| !verdict.allowed);
    let denials = refusal.map_or_else(Vec::new, |refusal| denials(refusal, &module.id));
    let unshown = refusal.map_or(0, unshown);
    let policies: BTreeSet<&str> = denials.iter().chain(&warnings).map(|finding| finding.policy.as_str()).collect();
    let mut patches = Vec::new();
    for policy in policies {
        let patch = ask(module.fixing(policy), true)?.patch;
        patches.extend(patch.map(|patch| (policy.to_owned(), patch)));
    }
    Ok(Reply { denials, unshown, warnings, patches })
}

/// True if a rule of the module matches the object's kind, as the API server decides it.
fn wants(module: &Loaded, object: &Value) -> bool {
    let Some(kind) = Kind::of(object) else { return false };
    module.metadata.rules.iter().any(|rule| {
        rule.api_groups.iter().any(|group| group == kind.group)
            && rule.resources.iter().any(|resource| resource == kind.plural)
            && rule.operations.iter().any(|operation| operation == "CREATE")
    })
}
