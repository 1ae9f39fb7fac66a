//! Answering `validate`.

use std::borrow::Cow;

use plimsoll::engine::consequence::{Consequence, consequence, waits};
use plimsoll::engine::evaluate::{Report, Review, Unchecked, evaluate};
use plimsoll::engine::fix::fix;
use plimsoll::inventory::Inventory;
use plimsoll::kube::kinds::{self, Kind};
use plimsoll::kube::object;
use plimsoll::policy::common::{ApplyFixes, CommonSettings, OnError, OnViolation};
use plimsoll::policy::configured::Configured;
use plimsoll::policy::context::Operation;
use plimsoll::policy::finding::Finding;
use plimsoll::policy::fix::Applicability;
use plimsoll::policy::metadata::Metadata;
use plimsoll::settings::Date;
use serde_json::{Map, Value};

#[cfg(all(any(feature = "inventory", feature = "get-resource"), target_family = "wasm"))]
use crate::inventory::ClusterInventory;
use crate::request::Request;
use crate::wording;
use crate::{Configure, payload};

/// Checks an admission request.
///
/// `payload` is Kubewarden's `{request, settings}`, the result its validation response. The result is always a verdict,
/// and never repeats the payload, which may be a Secret.
#[cfg(feature = "module")]
pub fn validate(payload: &[u8], configure: Configure<'_>) -> Vec<u8> {
    respond(payload, configure, None, crate::clock::today)
}

/// The answer of a module, computed outside Wasm: `inventory` is the cluster, and `today` the host's date.
pub fn validate_in(payload: &[u8], configure: Configure<'_>, inventory: &dyn Inventory, today: Date) -> Vec<u8> {
    respond(payload, configure, Some(inventory), || today)
}

fn respond(
    payload: &[u8],
    configure: Configure<'_>,
    inventory: Option<&dyn Inventory>,
    clock: impl Fn() -> Date,
) -> Vec<u8> {
    let verdict = match payload::read(payload) {
        Err(error) => Verdict::deny(["the request is ", &error].concat()),
        Ok(payload) => {
            let verdict = check(&payload, configure, inventory, clock);
            // The module frees its memory as a whole, so dropping the payload would be wasted time.
            #[cfg(all(feature = "module", target_family = "wasm"))]
            std::mem::forget(payload);
            verdict
        }
    };
    verdict.write()
}

/// The answer to the host.
struct Verdict {
    denial: Option<String>,
    warnings: Vec<String>,
    fixed: Option<Value>,
}

impl Verdict {
    fn admit() -> Verdict {
        Verdict { denial: None, warnings: Vec::new(), fixed: None }
    }

    fn deny(message: String) -> Verdict {
        Verdict { denial: Some(message), warnings: Vec::new(), fixed: None }
    }

    fn write(self) -> Vec<u8> {
        let mut response = Map::new();
        response.insert("accepted".to_owned(), Value::Bool(self.denial.is_none()));
        if let Some(message) = self.denial {
            response.insert("message".to_owned(), Value::String(message));
        } else if let Some(object) = self.fixed {
            response.insert("mutated_object".to_owned(), object);
        }
        if !self.warnings.is_empty() {
            response.insert("warnings".to_owned(), Value::from(self.warnings));
        }
        payload::write(&Value::Object(response))
    }
}

fn check(
    payload: &Value,
    configure: Configure<'_>,
    inventory: Option<&dyn Inventory>,
    clock: impl Fn() -> Date,
) -> Verdict {
    let mut policies = match configure(payload.get("settings").unwrap_or(&Value::Null)) {
        Ok(policies) => policies,
        Err(error) => return Verdict::deny(["the policy's settings are wrong: ", &error.to_string()].concat()),
    };
    let request = Request::read(payload.get("request").unwrap_or(&Value::Null));
    let (Some(operation), Some(object)) = (request.operation, request.object) else { return Verdict::admit() };
    // The suite gets requests for the kinds of all its policies, a single policy's module only those of its own rules.
    let several = policies.len() > 1;
    let targets_of = |policy: &Configured| if several { policy.admission_targets } else { policy.metadata.targets };
    let mut targets = policies.iter().flat_map(targets_of).copied();
    let Some(kind) = targets.find(|kind| kind.is(&request.api_version, request.kind)) else { return Verdict::admit() };
    let audit = request.user.is_none();
    policies.retain(|policy| targets_of(policy).contains(&kind) && !waits(policy, operation, audit));
    let Some(object) = with_kind(object, &request) else {
        return Verdict::deny("the object is not a mapping".to_owned());
    };

    #[cfg(all(any(feature = "inventory", feature = "get-resource"), target_family = "wasm"))]
    let cluster = ClusterInventory::new(&policies);
    #[cfg(not(all(any(feature = "inventory", feature = "get-resource"), target_family = "wasm")))]
    let cluster = plimsoll::inventory::Unknown;
    let review = Review {
        object: &object,
        old_object: request.old_object,
        operation,
        namespace: request.namespace,
        sent_as: request.sent_as.as_deref(),
        requested_by: request.user,
        inventory: inventory.unwrap_or(&cluster),
        today: today(&policies, clock),
        honor_annotations: false,
    };
    let trust = |metadata: &'static Metadata| {
        let policy = policies.iter().find(|policy| policy.metadata.id == metadata.id)?;
        fixes(&policy.common).filter(|_| may_be_fixed(&object, kind, operation))
    };
    if !policies.iter().any(|policy| trust(policy.metadata).is_some()) {
        // `fix` starts with a copy of the object, so avoid it.
        return pronounce(&policies, &evaluate(&policies, &review), operation, audit);
    }
    let fixed = fix(&policies, &review, &trust);
    let mut verdict = pronounce(&policies, &fixed.report, operation, audit);
    if verdict.denial.is_none() && !fixed.fixes.is_empty() {
        verdict.fixed = Some(fixed.object);
    }
    verdict
}

/// The object with the kind that the request gives it, because all later code reads the object alone. `None` if it is
/// not a mapping.
fn with_kind<'a>(object: &'a Value, request: &Request<'_>) -> Option<Cow<'a, Value>> {
    let fields = object.as_object()?;
    let has = |key: &str| fields.get(key).is_some_and(Value::is_string);
    if has("apiVersion") && has("kind") {
        return Some(Cow::Borrowed(object));
    }
    let mut fields = fields.clone();
    fields.insert("apiVersion".to_owned(), Value::String(request.api_version.clone()));
    fields.insert("kind".to_owned(), Value::String(request.kind.to_owned()));
    Some(Cow::Owned(Value::Object(fields)))
}

fn fixes(common: &CommonSettings) -> Option<Applicability> {
    if common.on_violation != Some(OnViolation::Fix) {
        return None;
    }
    Some(match common.apply_fixes {
        ApplyFixes::Safe => Applicability::Safe,
        ApplyFixes::Unsafe => Applicability::Unsafe,
    })
}

/// False for objects that must stay as they are: a running Pod's spec is immutable, and a controller reverts changes to
/// the objects it owns: a Deployment would replace a changed ReplicaSet again and again. Pods may be changed on CREATE,
/// because no controller compares them with its template.
fn may_be_fixed(object: &Value, kind: &Kind, operation: Operation) -> bool {
    if *kind == kinds::POD {
        return operation == Operation::Create;
    }
    let owners = object::dig(object, &["metadata", "ownerReferences"]).and_then(Value::as_array);
    !owners.into_iter().flatten().any(|owner| owner.get("controller") == Some(&Value::Bool(true)))
}

fn pronounce(policies: &[Configured], report: &Report, operation: Operation, audit: bool) -> Verdict {
    let mut findings: Vec<&Finding> = Vec::new();
    let mut errors: Vec<&Unchecked> = Vec::new();
    let mut verdict = Verdict::admit();
    let of = |metadata: &Metadata| policies.iter().find(|policy| policy.metadata.id == metadata.id);
    for finding in &report.findings {
        let Some(policy) = of(finding.metadata) else { continue };
        match consequence(policy, finding, operation, audit) {
            Consequence::Nothing => {}
            Consequence::Warning => verdict.warnings.push(wording::warning(finding)),
            Consequence::Rejection => findings.push(finding),
        }
    }
    for unchecked in &report.errors {
        match of(unchecked.metadata).map(|policy| policy.common.on_error) {
            Some(OnError::Warn) => verdict.warnings.push(wording::warning_of_error(unchecked)),
            _ => errors.push(unchecked),
        }
    }
    if !findings.is_empty() || !errors.is_empty() {
        verdict.denial = Some(wording::denial(&findings, &errors));
    }
    verdict
}

/// The date if any exemption needs it.
fn today(policies: &[Configured], clock: impl Fn() -> Date) -> Date {
    let expires = policies.iter().flat_map(|policy| &policy.common.exempt).any(|entry| entry.expires.is_some());
    if expires { clock() } else { Date::LAST }
}
