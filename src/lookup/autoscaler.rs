//! Autoscalers around the checked object, and how many pods a workload has.

use crate::inventory::{Filter, Found, InventoryError};
use crate::json::node::Malformed;
use crate::kube::autoscaler::Autoscaler;
use crate::kube::kinds::{self, Kind};
use crate::kube::vertical::Vertical;
use crate::kube::workload::Workload;
use crate::lookup::workload;
use crate::policy::context::{Context, Operation};
use crate::policy::error::CheckError;
use crate::policy::finding::Related;

/// How messages count a workload's pods: `the 3 pods`. On an UPDATE a finding of the old object is recognised by its message,
/// which must not change when the workload is scaled: `the pods`.
pub fn the_pods(cx: &Context<'_>, count: i64) -> String {
    match count {
        _ if cx.operation() == Operation::Update => "the pods".to_owned(),
        1 => "the pod".to_owned(),
        count => ["the ", &count.to_string(), " pods"].concat(),
    }
}

/// The workload that the autoscaler scales, if its kind has replicas and it exists.
///
/// # Errors
/// If it can't be looked up, or fields of the reference have the wrong type.
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
/// If they can't be looked up; among files also if no autoscaler of either kind was given.
pub fn autoscalers_of(cx: &Context<'_>, workload: &Workload<'_>) -> Result<Vec<Found>, CheckError> {
    match workload::rollout_of(cx, workload)? {
        Some(rollout) => autoscalers_of_target(cx, rollout.kind, rollout.name()),
        None => autoscalers_of_target(cx, workload.kind(), workload.name()),
    }
}

/// The autoscalers in the checked object's namespace that scale the object of this kind and name: ScaledObjects first, then
/// the HorizontalPodAutoscalers that KEDA didn't create for them.
///
/// # Errors
/// If they can't be looked up; among files also if no autoscaler of either kind was given.
pub fn autoscalers_of_target(cx: &Context<'_>, kind: &'static Kind, name: &str) -> Result<Vec<Found>, CheckError> {
    let filter = || Filter::Scaling(kind, name);
    let mut autoscalers = scaling(cx, (kind, name), cx.list_optional(&kinds::SCALED_OBJECT, filter())?)?;
    let made = match cx.list(&kinds::HORIZONTAL_POD_AUTOSCALER, filter()) {
        Ok(found) => scaling(cx, (kind, name), found)?,
        Err(InventoryError::NotGiven { .. }) if !autoscalers.is_empty() => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    // KEDA keeps the HorizontalPodAutoscalers it created in line with their ScaledObjects.
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

/// True when a VerticalPodAutoscaler among the given objects changes the requests of the workload's pods. They are unknown at
/// admission.
///
/// # Errors
/// When they can't be looked up or read.
pub fn is_resized(cx: &Context<'_>, workload: &Workload<'_>) -> Result<bool, InventoryError> {
    let (kind, name) = (workload.kind(), workload.name());
    for found in cx.list_optional(&kinds::VERTICAL_POD_AUTOSCALER, Filter::Scaling(kind, name))? {
        let vertical = Vertical::read(found.root(cx.arena()));
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        if vertical.target().map_err(unreadable)? == Some((kind, name))
            && vertical.changes_pods().map_err(unreadable)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many pods a workload has.
pub struct Expected {
    /// The minimum.
    pub pods: i64,
    /// The maximum: equal to the minimum without an autoscaler, or with one that sets no maximum.
    pub most: i64,
    /// The autoscaler that sets them; `None` when the workload's own `replicas` does.
    pub autoscaler: Option<Found>,
    /// The Rollout that runs the pods of a Deployment and sets their number.
    pub rollout: Option<Found>,
}

impl Expected {
    /// This many pods, set by the workload itself.
    pub fn of(pods: i64) -> Expected {
        Expected { pods, most: pods, autoscaler: None, rollout: None }
    }

    /// The place of the field that sets the minimum: the autoscaler's, or the workload's own.
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

/// How many pods the workload has: its autoscaler's minimum and maximum, else its `replicas`, else 1. With several
/// autoscalers, the highest minimum counts.
///
/// # Errors
/// If a field has the wrong type or autoscalers can't be looked up. Among files without any autoscaler, `replicas` counts if
/// it is set, because autoscaled workloads should leave it out; if it isn't, the number is unknown.
pub fn expected_pods(cx: &Context<'_>, workload: &Workload<'_>) -> Result<Expected, CheckError> {
    let rollout = workload::rollout_of(cx, workload)?;
    let replicas = match &rollout {
        Some(found) => {
            let written = cx.node(found).get("spec").get("replicas").int();
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
        // `replicas: 0` turns off a HorizontalPodAutoscaler; KEDA scales from zero to its minimum.
        if replicas == Some(0) && !autoscaler.is_scaled_object() {
            continue;
        }
        let unreadable = |malformed: Malformed| found.unreadable(&malformed);
        let paused = autoscaler.paused_pods().map_err(unreadable)?;
        let pods = paused.map_or_else(|| autoscaler.min_pods(), Ok).map_err(unreadable)?;
        let max_pods = paused.map_or_else(|| autoscaler.max_pods(), |pods| Ok(Some(pods))).map_err(unreadable)?;
        most = most.max(max_pods.unwrap_or(pods)).max(pods);
        if highest.as_ref().is_none_or(|highest| highest.pods < pods) {
            highest = Some(Expected { pods, most, autoscaler: Some(found), rollout: None });
        }
    }
    let own = replicas.unwrap_or(1).max(0);
    Ok(match highest {
        Some(expected) => Expected { most, rollout, ..expected },
        None => Expected { rollout, ..Expected::of(own) },
    })
}

/// The checked workload, or the one that the checked autoscaler scales. `None` for other objects, and when the target does
/// not exist or its kind is unknown here.
///
/// # Errors
/// If fields of the reference have the wrong type, or the target can't be looked up.
pub fn at_issue(cx: &Context<'_>) -> Result<Option<Found>, CheckError> {
    if let Some(autoscaler) = Autoscaler::of(cx.object(), cx.kind()) {
        return target_of(cx, &autoscaler);
    }
    Ok(Workload::of(cx.object(), cx.kind()).and_then(|_| cx.checked()))
}
