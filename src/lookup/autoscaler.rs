//! Autoscalers around the checked object, and how many pods of a workload there are at least.

use crate::inventory::{Filter, Found, InventoryError};
use crate::kube::autoscaler::Autoscaler;
use crate::kube::kinds::{self, Kind};
use crate::kube::workload::Workload;
use crate::lookup::workload;
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::policy::finding::Related;

/// The workload that the autoscaler scales, if it is one of [`workload::REPLICATED`] and is there.
///
/// # Errors
/// When it can't be had, or the reference to it has fields of the wrong types.
pub fn target_of(cx: &Context<'_>, autoscaler: &Autoscaler<'_>) -> Result<Option<Found>, CheckError> {
    match autoscaler.target()? {
        Some((kind, name)) => match workload::named(cx, kind, name)? {
            Some(found) => Ok(Some(workload::with_template(cx, found)?)),
            None => Ok(None),
        },
        None => Ok(None),
    }
}

/// The autoscalers in the checked object's namespace that scale the workload.
///
/// # Errors
/// When they can't be had; among files also when none of either kind was given.
pub fn autoscalers_of(cx: &Context<'_>, workload: &Workload<'_>) -> Result<Vec<Found>, CheckError> {
    match workload::rollout_of(cx, workload)? {
        Some(rollout) => autoscalers_of_target(cx, rollout.kind, rollout.name()),
        None => autoscalers_of_target(cx, workload.kind(), workload.name()),
    }
}

/// The autoscalers in the checked object's namespace that scale the object of this kind and name: ScaledObjects first, then
/// the HorizontalPodAutoscalers that KEDA didn't make of them.
///
/// # Errors
/// When they can't be had; among files also when none of either kind was given.
pub fn autoscalers_of_target(cx: &Context<'_>, kind: &'static Kind, name: &str) -> Result<Vec<Found>, CheckError> {
    let filter = || Filter::Scaling(kind, name);
    let mut autoscalers = scaling(cx, (kind, name), cx.list_optional(&kinds::SCALED_OBJECT, filter())?)?;
    let made = match cx.list(&kinds::HORIZONTAL_POD_AUTOSCALER, filter()) {
        Ok(found) => scaling(cx, (kind, name), found)?,
        Err(InventoryError::NotGiven { .. }) if !autoscalers.is_empty() => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    // What KEDA made follows its ScaledObject, sooner or later.
    let is_copy = |made: &Found| {
        let Some(made) = Autoscaler::of(made.root(cx.arena()), made.kind) else { return false };
        let of = |autoscaler: &Found| {
            Autoscaler::of(autoscaler.root(cx.arena()), autoscaler.kind).is_some_and(|of| of.makes(&made))
        };
        autoscalers.iter().any(of)
    };
    let own: Vec<Found> = made.into_iter().filter(|made| !is_copy(made)).collect();
    autoscalers.extend(own);
    Ok(autoscalers)
}

fn scaling(cx: &Context<'_>, target: (&'static Kind, &str), found: Vec<Found>) -> Result<Vec<Found>, InventoryError> {
    let mut scaling = Vec::new();
    for found in found {
        let Some(autoscaler) = Autoscaler::of(found.root(cx.arena()), found.kind) else { continue };
        if autoscaler.target().map_err(|malformed| found.unreadable(&malformed))? == Some(target) {
            scaling.push(found);
        }
    }
    Ok(scaling)
}

/// How many pods of a workload there are at least.
pub struct Expected {
    /// The number.
    pub pods: i64,
    /// How many there are at most: the same without an autoscaler, or with one that sets no maximum.
    pub most: i64,
    /// The autoscaler that sets it; without one it is the workload's own `replicas`.
    pub autoscaler: Option<Found>,
    /// The Rollout that runs the pods of a Deployment, and sets their number in its place.
    pub rollout: Option<Found>,
}

impl Expected {
    /// Points at the field that sets the number: the autoscaler's, or the workload's own.
    pub fn related(&self, workload: &Workload<'_>) -> Related {
        let pods = self.pods.to_string();
        if let Some(found) = &self.autoscaler
            && let Some(autoscaler) = Autoscaler::of(found.root(workload.object().arena()), found.kind)
        {
            let message = [autoscaler.min_field(), ": ", &pods].concat();
            return Related::to(found.kind, autoscaler.min_node(), autoscaler.object(), message);
        }
        let (kind, object) = match &self.rollout {
            Some(rollout) => (rollout.kind, rollout.root(workload.object().arena())),
            None => (workload.kind(), workload.object()),
        };
        Related::to(kind, object.get("spec").get("replicas"), object, ["replicas: ", &pods].concat())
    }
}

/// How many pods of the workload there are at least: what its autoscaler keeps, else its `replicas`, else 1. When several
/// autoscalers fight over it, the highest minimum counts.
///
/// # Errors
/// When a field has the wrong type or autoscalers can't be had. Among files of which none is an autoscaler, a workload
/// that writes its `replicas` is taken at its word, since one that has an autoscaler ought not to write them.
pub fn expected_pods(cx: &Context<'_>, workload: &Workload<'_>) -> Result<Expected, CheckError> {
    let rollout = workload::rollout_of(cx, workload)?;
    let replicas = match &rollout {
        Some(found) => {
            let written = cx.node(&found).get("spec").get("replicas").int();
            written.map_err(|malformed| found.unreadable(&malformed))?
        }
        None => workload.replicas()?,
    };
    let autoscalers = match autoscalers_of(cx, workload) {
        Err(CheckError::Inventory(InventoryError::NotGiven { .. })) if replicas.is_some() => Vec::new(),
        answer => answer?,
    };
    let mut highest: Option<Expected> = None;
    let mut most = 0;
    for found in autoscalers {
        let Some(autoscaler) = Autoscaler::of(found.root(cx.arena()), found.kind) else { continue };
        // Without pods an HorizontalPodAutoscaler rests; KEDA goes from none to its minimum by itself.
        if replicas == Some(0) && !autoscaler.is_scaled_object() {
            continue;
        }
        let pods = autoscaler.min_pods().map_err(|malformed| found.unreadable(&malformed))?;
        let max_pods = autoscaler.max_pods().map_err(|malformed| found.unreadable(&malformed))?;
        most = most.max(max_pods.unwrap_or(pods)).max(pods);
        if highest.as_ref().is_none_or(|highest| highest.pods < pods) {
            highest = Some(Expected { pods, most, autoscaler: Some(found), rollout: None });
        }
    }
    let own = replicas.unwrap_or(1).max(0);
    Ok(match highest {
        Some(expected) => Expected { most, rollout, ..expected },
        None => Expected { pods: own, most: own, autoscaler: None, rollout },
    })
}

/// The workload that the checked object is about: itself, or what it scales. `None` for other objects, and when that isn't
/// there or is no kind that is known here.
///
/// # Errors
/// When a reference has fields of the wrong types, or what is scaled can't be had.
pub fn at_issue(cx: &Context<'_>) -> Result<Option<Found>, CheckError> {
    if let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) {
        return target_of(cx, &autoscaler);
    }
    Ok(Workload::of(cx.object(), cx.kind()).and_then(|_| cx.checked()))
}
