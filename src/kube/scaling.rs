//! Autoscalers, and how many pods of a workload there are at least.

use crate::context::Context;
use crate::finding::Related;
use crate::inventory::{Found, InventoryError, Narrow};
use crate::kube::kinds::{self, Kind};
use crate::kube::node::{Malformed, Node};
use crate::kube::workload::Workload;
use crate::policy::CheckError;

/// A HorizontalPodAutoscaler, or KEDA's ScaledObject.
#[derive(Clone, Copy)]
pub struct Scaler<'a> {
    object: Node<'a>,
    kind: &'static Kind,
}

impl<'a> Scaler<'a> {
    /// The autoscaler that an object of `kind` is; `None` for other kinds.
    pub fn of(object: Node<'a>, kind: &'static Kind) -> Option<Scaler<'a>> {
        let is_scaler = *kind == kinds::HORIZONTAL_POD_AUTOSCALER || *kind == kinds::SCALED_OBJECT;
        is_scaler.then_some(Scaler { object, kind })
    }

    /// The whole object.
    pub fn object(&self) -> Node<'a> {
        self.object
    }

    /// Its kind.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// True for KEDA's.
    pub fn is_scaled_object(&self) -> bool {
        *self.kind == kinds::SCALED_OBJECT
    }

    /// How messages name it: `HorizontalPodAutoscaler "web"`.
    pub fn title(&self) -> String {
        let name = self.object.get("metadata").get("name").str().ok().flatten().unwrap_or_default();
        [self.kind.name, " \"", name, "\""].concat()
    }

    /// The kind and name of what it scales; `None` when that is no kind that is known here.
    ///
    /// # Errors
    /// When the reference has fields of the wrong types.
    pub fn target(&self) -> Result<Option<(&'static Kind, &'a str)>, Malformed> {
        let target = self.object.get("spec").get("scaleTargetRef").mapping()?;
        let Some(name) = target.get("name").str()? else { return Ok(None) };
        let api_version = target.get("apiVersion").str()?;
        let kind = target.get("kind").str()?;
        // KEDA's defaults; an HorizontalPodAutoscaler has to name the kind.
        let kind = if self.is_scaled_object() { kind.or(Some("Deployment")) } else { kind };
        let known = kinds::KINDS.iter().find(|known| match (api_version, kind) {
            (_, None) => false,
            (Some(api_version), Some(kind)) => known.is(api_version, kind),
            (None, Some(kind)) => known.name == kind && known.template.is_some(),
        });
        Ok(known.map(|&kind| (kind, name)))
    }

    /// The place of the least number of pods.
    pub fn min_node(&self) -> Node<'a> {
        self.object.get("spec").get(if self.is_scaled_object() { "minReplicaCount" } else { "minReplicas" })
    }

    /// The least number of pods that it keeps while there is work: absent means 1, and scaling to zero happens only when
    /// nobody asks for anything.
    ///
    /// # Errors
    /// When it is no whole number.
    pub fn min_pods(&self) -> Result<i64, Malformed> {
        Ok(self.min_node().int()?.unwrap_or(1).max(1))
    }

    /// True when it lets go of the last pod while nobody asks for anything: its minimum is 0, which is KEDA's default.
    ///
    /// # Errors
    /// When the minimum is no whole number.
    pub fn scales_to_zero(&self) -> Result<bool, Malformed> {
        Ok(self.min_node().int()?.unwrap_or(if self.is_scaled_object() { 0 } else { 1 }) == 0)
    }

    /// The place of the greatest number of pods.
    pub fn max_node(&self) -> Node<'a> {
        self.object.get("spec").get(if self.is_scaled_object() { "maxReplicaCount" } else { "maxReplicas" })
    }

    /// The greatest number of pods; `None` when an HorizontalPodAutoscaler lacks it, which the API refuses.
    ///
    /// # Errors
    /// When it is no whole number.
    pub fn max_pods(&self) -> Result<Option<i64>, Malformed> {
        let default = if self.is_scaled_object() { Some(100) } else { None };
        Ok(self.max_node().int()?.or(default))
    }

    /// True for the HorizontalPodAutoscaler that KEDA makes of a ScaledObject.
    pub fn is_made_by_keda(&self) -> bool {
        !self.is_scaled_object() && self.made_for().is_some()
    }

    /// The name of the ScaledObject that KEDA made this HorizontalPodAutoscaler for.
    fn made_for(&self) -> Option<&'a str> {
        let mut owners = self.object.get("metadata").get("ownerReferences").items().ok()?;
        owners.find(|owner| owner.get("kind").str() == Ok(Some(kinds::SCALED_OBJECT.name)))?.get("name").str().ok()?
    }
}

/// The autoscalers in the judged object's namespace that scale the workload.
///
/// # Errors
/// When they can't be had; among files also when none of either kind was given.
pub fn scalers_of(cx: &Context<'_>, workload: &Workload<'_>) -> Result<Vec<Found>, CheckError> {
    let narrow = || Narrow::Scaling(workload.kind(), workload.name());
    let mut scalers = scaling(cx, workload, cx.list_optional(&kinds::SCALED_OBJECT, narrow())?)?;
    let made = match cx.list(&kinds::HORIZONTAL_POD_AUTOSCALER, narrow()) {
        Ok(found) => scaling(cx, workload, found)?,
        Err(InventoryError::NotGiven { .. }) if !scalers.is_empty() => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    // What KEDA made follows its ScaledObject, sooner or later.
    let is_copy = |made: &Found| {
        Scaler::of(made.root(cx.trails()), made.kind)
            .and_then(|made| made.made_for())
            .is_some_and(|name| scalers.iter().any(|scaler| scaler.name() == name))
    };
    let own: Vec<Found> = made.into_iter().filter(|made| !is_copy(made)).collect();
    scalers.extend(own);
    Ok(scalers)
}

fn scaling(cx: &Context<'_>, workload: &Workload<'_>, found: Vec<Found>) -> Result<Vec<Found>, InventoryError> {
    let mut scaling = Vec::new();
    for found in found {
        let Some(scaler) = Scaler::of(found.root(cx.trails()), found.kind) else { continue };
        let target = scaler.target().map_err(|malformed| found.unreadable(&malformed))?;
        if target == Some((workload.kind(), workload.name())) {
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
    pub scaler: Option<Found>,
}

impl Expected {
    /// Points at the field that sets the number: the autoscaler's, or the workload's own.
    pub fn related(&self, workload: &Workload<'_>) -> Related {
        let pods = self.pods.to_string();
        if let Some(found) = &self.scaler
            && let Some(scaler) = Scaler::of(found.root(workload.object().trails()), found.kind)
        {
            let field = if scaler.is_scaled_object() { "minReplicaCount" } else { "minReplicas" };
            return Related::to(found.kind, scaler.min_node(), scaler.object(), [field, ": ", &pods].concat());
        }
        Related::to(workload.kind(), workload.replicas_node(), workload.object(), ["replicas: ", &pods].concat())
    }
}

/// How many pods of the workload there are at least: what its autoscaler keeps, else its `replicas`, else 1. When several
/// autoscalers fight over it, the highest minimum counts.
///
/// # Errors
/// When a field has the wrong type or autoscalers can't be had. Among files of which none is an autoscaler, a workload
/// that writes its `replicas` is taken at its word, since one that has an autoscaler ought not to write them.
pub fn expected_pods(cx: &Context<'_>, workload: &Workload<'_>) -> Result<Expected, CheckError> {
    let replicas = workload.replicas()?;
    let scalers = match scalers_of(cx, workload) {
        Err(CheckError::Inventory(InventoryError::NotGiven { .. })) if replicas.is_some() => Vec::new(),
        answer => answer?,
    };
    let mut highest: Option<Expected> = None;
    let mut most = 0;
    for found in scalers {
        let Some(scaler) = Scaler::of(found.root(cx.trails()), found.kind) else { continue };
        // Without pods an HorizontalPodAutoscaler rests; KEDA goes from none to its minimum by itself.
        if replicas == Some(0) && !scaler.is_scaled_object() {
            continue;
        }
        let pods = scaler.min_pods().map_err(|malformed| found.unreadable(&malformed))?;
        let max_pods = scaler.max_pods().map_err(|malformed| found.unreadable(&malformed))?;
        most = most.max(max_pods.unwrap_or(pods)).max(pods);
        if highest.as_ref().is_none_or(|highest| highest.pods < pods) {
            highest = Some(Expected { pods, most, scaler: Some(found) });
        }
    }
    let own = replicas.unwrap_or(1).max(0);
    Ok(match highest {
        Some(expected) => Expected { most, ..expected },
        None => Expected { pods: own, most: own, scaler: None },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kube::node::Trails;

    fn target(kind: &'static Kind, reference: Value) -> Option<(&'static str, String)> {
        let object = json!({"spec": {"scaleTargetRef": reference}});
        let trails = Trails::new();
        let scaler = Scaler::of(Node::root(&object, &trails), kind).unwrap();
        scaler.target().unwrap().map(|(kind, name)| (kind.plural, name.to_owned()))
    }

    #[test]
    fn reads_what_is_scaled() {
        let hpa = &kinds::HORIZONTAL_POD_AUTOSCALER;
        let web = |plural| Some((plural, "web".to_owned()));
        let written = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
        assert_eq!(target(hpa, written), web("deployments"));
        assert_eq!(target(hpa, json!({"kind": "StatefulSet", "name": "web"})), web("statefulsets"));
        assert_eq!(target(hpa, json!({"apiVersion": "example.com/v1", "kind": "Deployment", "name": "web"})), None);
        assert_eq!(target(hpa, json!({"name": "web"})), None);
        assert_eq!(target(&kinds::SCALED_OBJECT, json!({"name": "web"})), web("deployments"));
    }

    #[test]
    fn scaling_to_zero_still_means_one_pod_at_work() {
        let trails = Trails::new();
        let min = |kind, spec: Value| {
            let object = json!({ "spec": spec });
            Scaler::of(Node::root(&object, &trails), kind).unwrap().min_pods()
        };
        assert_eq!(min(&kinds::SCALED_OBJECT, json!({"minReplicaCount": 0})), Ok(1));
        assert_eq!(min(&kinds::SCALED_OBJECT, json!({"minReplicaCount": 3})), Ok(3));
        assert_eq!(min(&kinds::HORIZONTAL_POD_AUTOSCALER, json!({})), Ok(1));
        assert_eq!(min(&kinds::HORIZONTAL_POD_AUTOSCALER, json!({"minReplicas": 3})), Ok(3));
        let to_zero = |kind, spec: Value| {
            let object = json!({ "spec": spec });
            Scaler::of(Node::root(&object, &trails), kind).unwrap().scales_to_zero()
        };
        assert_eq!(to_zero(&kinds::SCALED_OBJECT, json!({})), Ok(true));
        assert_eq!(to_zero(&kinds::SCALED_OBJECT, json!({"minReplicaCount": 1})), Ok(false));
        assert_eq!(to_zero(&kinds::HORIZONTAL_POD_AUTOSCALER, json!({})), Ok(false));
        assert_eq!(to_zero(&kinds::HORIZONTAL_POD_AUTOSCALER, json!({"minReplicas": 0})), Ok(true));
    }
}
