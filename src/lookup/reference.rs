//! References by name to objects around the checked one, and the findings about dangling ones, shared by all policies
//! about them.

use crate::inventory::{Absence, Filter, Found, InventoryError};
use crate::json::node::Node;
use crate::kube::config_ref::{SECRET_MAKERS, secret_made_by};
use crate::kube::flagger;
use crate::kube::kinds::{self, Kind};
use crate::kube::workload::REPLICATED;
use crate::policy::context::Context;
use crate::policy::metadata::Severity;
use crate::text::is_template;

/// The target of a reference.
pub enum Target {
    /// This object.
    Found(Found),
    /// An object that another one creates, or whose name a tool has yet to fill in.
    Created,
    /// Nothing.
    Missing(Missing),
}

/// An object that wasn't found.
#[derive(Clone, Copy)]
pub struct Missing {
    is_certain: bool,
}

impl Missing {
    /// The finding for a reference when no object of these kinds was found in the checked object's namespace.
    ///
    /// # Errors
    /// When the object may exist.
    pub fn of(cx: &Context<'_>, kinds: &[&'static Kind]) -> Result<Missing, InventoryError> {
        Missing::inside(cx, kinds, cx.namespace())
    }

    /// The finding for a reference into a namespace in which no object of these kinds was found.
    ///
    /// # Errors
    /// When the object may exist.
    pub fn inside(cx: &Context<'_>, kinds: &[&'static Kind], namespace: &str) -> Result<Missing, InventoryError> {
        let absence = |kind: &&'static Kind| cx.absence_in(kind, namespace);
        match kinds.iter().map(absence).max() {
            Some(Absence::Certain) => Ok(Missing { is_certain: true }),
            Some(Absence::NotGiven) => Ok(Missing { is_certain: false }),
            _ => Err(InventoryError::NotGiven { kind: kinds.first().map_or("", |kind| kind.name) }),
        }
    }

    /// The finding for a reference to an object of another namespace, or of a cluster-scoped kind.
    ///
    /// # Errors
    /// When the object may exist.
    pub fn of_namespace(cx: &Context<'_>, kind: &'static Kind, namespace: &str) -> Result<Missing, InventoryError> {
        match cx.absence_in(kind, namespace) {
            Absence::Certain => Ok(Missing { is_certain: true }),
            Absence::NotGiven => Ok(Missing { is_certain: false }),
            Absence::Unknown => Err(InventoryError::NotGiven { kind: kind.name }),
        }
    }

    /// The end of messages: `does not exist`.
    pub fn verdict(self) -> &'static str {
        if self.is_certain { "does not exist" } else { "is not among the given objects" }
    }

    /// The end of messages about a selector: whether anything else may match.
    pub fn scope(self) -> &'static str {
        if self.is_certain { "" } else { " among the given objects" }
    }

    /// The severity: `usual` if the object certainly doesn't exist.
    pub fn severity(self, usual: Severity) -> Severity {
        if self.is_certain { usual } else { usual.min(Severity::Low) }
    }
}

/// The object of that name in the checked object's namespace.
///
/// # Errors
/// When it can't be looked up, or may exist without having been given.
pub fn target(cx: &Context<'_>, kind: &'static Kind, name: &str) -> Result<Target, InventoryError> {
    let answer = cx.list(kind, Filter::Named(name));
    if let Ok(found) = &answer
        && let Some(found) = found.iter().find(|found| found.name() == name)
    {
        return Ok(Target::Found(found.clone()));
    }
    if is_template(name) || is_created(cx, kind, name)? {
        return Ok(Target::Created);
    }
    answer?;
    Ok(Target::Missing(Missing::of(cx, &[kind])?))
}

/// The object of that name in another namespace, or of a cluster-scoped kind.
///
/// # Errors
/// When it can't be looked up, or may exist without having been given.
pub fn target_in(cx: &Context<'_>, kind: &'static Kind, namespace: &str, name: &str) -> Result<Target, InventoryError> {
    match cx.named_in(kind, Some(namespace), name)? {
        Some(found) => Ok(Target::Found(found)),
        None if is_template(name) || is_template(namespace) => Ok(Target::Created),
        None => Ok(Target::Missing(Missing::of_namespace(cx, kind, namespace)?)),
    }
}

/// The object of that name in the checked object's namespace; `None` if it doesn't exist.
///
/// # Errors
/// As for [`target`]; also when another object creates it.
pub fn named(cx: &Context<'_>, kind: &'static Kind, name: &str) -> Result<Option<Found>, InventoryError> {
    match target(cx, kind, name)? {
        Target::Found(found) => Ok(Some(found)),
        Target::Created => Err(InventoryError::NotGiven { kind: kind.name }),
        Target::Missing(_) => Ok(None),
    }
}

/// True when another given object creates the one of that name.
fn is_created(cx: &Context<'_>, kind: &'static Kind, name: &str) -> Result<bool, InventoryError> {
    if cx.generates(kind, name) {
        return Ok(true);
    }
    if *kind == kinds::SECRET {
        for maker in SECRET_MAKERS {
            let found = cx.list_optional(maker, Filter::Making(name))?;
            if found.iter().any(|found| secret_made_by(cx.node(found), maker) == Some(name)) {
                return Ok(true);
            }
        }
    }
    if *kind == kinds::SERVICE {
        return any_canary(cx, |canary| flagger::creates_service(canary, name));
    }
    if REPLICATED.contains(&kind) {
        return any_canary(cx, |canary| flagger::creates_workload(canary, kind, name));
    }
    Ok(false)
}

/// True when `fits` holds for a Canary in the checked object's namespace.
///
/// # Errors
/// When they can't be looked up.
pub fn any_canary(cx: &Context<'_>, fits: impl Fn(Node<'_>) -> bool) -> Result<bool, InventoryError> {
    let canaries = cx.list_optional(&kinds::CANARY, Filter::All)?;
    Ok(canaries.iter().any(|canary| fits(cx.node(canary))))
}
