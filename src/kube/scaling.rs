//! Autoscalers, and how many pods of a workload there are at least.

use crate::context::Context;
use crate::finding::Related;
use crate::inventory::{Found, InventoryError, Narrow};
use crate::kube::kinds::{self, Kind};
use crate::kube::node::{Malformed, Node};
use crate::kube::workload::{self, Workload};
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

    /// The place of what it scales.
    pub fn target_node(&self) -> Node<'a> {
        self.object.get("spec").get("scaleTargetRef")
    }

    /// The kind and name of what it scales; `None` when that is no kind that is known here.
    ///
    /// # Errors
    /// When the reference has fields of the wrong types.
    pub fn target(&self) -> Result<Option<(&'static Kind, &'a str)>, Malformed> {
        let target = self.target_node().mapping()?;
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

    /// The name of the field with the least number of pods.
    pub fn min_field(&self) -> &'static str {
        if self.is_scaled_object() { "minReplicaCount" } else { "minReplicas" }
    }

    /// The place of the least number of pods.
    pub fn min_node(&self) -> Node<'a> {
        self.object.get("spec").get(self.min_field())
    }

    /// The least number of pods that it keeps while there is work: absent means 1, and scaling to zero happens only when
    /// nobody asks for anything.
    ///
    /// # Errors
    /// When it is no whole number.
    pub fn min_pods(&self) -> Result<i64, Malformed> {
        Ok(self.min_node().int()?.unwrap_or(1).max(1))
    }

    /// The name of the field with the greatest number of pods.
    pub fn max_field(&self) -> &'static str {
        if self.is_scaled_object() { "maxReplicaCount" } else { "maxReplicas" }
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
        self.object.get("spec").get(self.max_field())
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

    /// The name of the ScaledObject that KEDA made this HorizontalPodAutoscaler for. What was exported from a cluster may
    /// have lost its owner; then its label tells, or its name.
    fn made_for(&self) -> Option<&'a str> {
        let metadata = self.object.get("metadata");
        let mut owners = metadata.get("ownerReferences").items().ok()?;
        if let Some(owner) = owners.find(|owner| owner.get("kind").str() == Ok(Some(kinds::SCALED_OBJECT.name))) {
            return owner.get("name").str().ok()?;
        }
        let label = metadata.get("labels").entry("scaledobject.keda.sh/name").str().ok().flatten();
        label.or_else(|| metadata.get("name").str().ok()??.strip_prefix(MADE_NAME))
    }

    /// True when the HorizontalPodAutoscaler `made` is the one that KEDA makes of this ScaledObject, or takes over for it.
    fn makes(&self, made: &Scaler<'_>) -> bool {
        let name = |scaler: &Scaler<'a>| scaler.object.get("metadata").get("name").str().ok().flatten();
        let configured = self.object.get("spec").dig(&["advanced", "horizontalPodAutoscalerConfig", "name"]);
        let configured = configured.str().ok().flatten().filter(|name| !name.is_empty());
        let made_name = made.object.get("metadata").get("name").str().ok().flatten();
        made.made_for().is_some_and(|made_for| name(self) == Some(made_for))
            || configured.is_some() && configured == made_name
    }
}

/// How the names of the HorizontalPodAutoscalers begin that KEDA makes.
const MADE_NAME: &str = "keda-hpa-";

/// The workload that the autoscaler scales, if it is one of [`workload::REPLICATED`] and is there.
///
/// # Errors
/// When it can't be had, or the reference to it has fields of the wrong types.
pub fn target_of(cx: &Context<'_>, scaler: &Scaler<'_>) -> Result<Option<Found>, CheckError> {
    match scaler.target()? {
        Some((kind, name)) => Ok(workload::named(cx, kind, name)?),
        None => Ok(None),
    }
}

/// The autoscalers in the judged object's namespace that scale the workload.
///
/// # Errors
/// When they can't be had; among files also when none of either kind was given.
pub fn scalers_of(cx: &Context<'_>, workload: &Workload<'_>) -> Result<Vec<Found>, CheckError> {
    scalers_of_target(cx, workload.kind(), workload.name())
}

/// The autoscalers in the judged object's namespace that scale the object of this kind and name: ScaledObjects first, then
/// the HorizontalPodAutoscalers that KEDA didn't make of them.
///
/// # Errors
/// When they can't be had; among files also when none of either kind was given.
pub fn scalers_of_target(cx: &Context<'_>, kind: &'static Kind, name: &str) -> Result<Vec<Found>, CheckError> {
    let narrow = || Narrow::Scaling(kind, name);
    let mut scalers = scaling(cx, (kind, name), cx.list_optional(&kinds::SCALED_OBJECT, narrow())?)?;
    let made = match cx.list(&kinds::HORIZONTAL_POD_AUTOSCALER, narrow()) {
        Ok(found) => scaling(cx, (kind, name), found)?,
        Err(InventoryError::NotGiven { .. }) if !scalers.is_empty() => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    // What KEDA made follows its ScaledObject, sooner or later.
    let is_copy = |made: &Found| {
        let Some(made) = Scaler::of(made.root(cx.trails()), made.kind) else { return false };
        let of = |scaler: &Found| Scaler::of(scaler.root(cx.trails()), scaler.kind).is_some_and(|of| of.makes(&made));
        scalers.iter().any(of)
    };
    let own: Vec<Found> = made.into_iter().filter(|made| !is_copy(made)).collect();
    scalers.extend(own);
    Ok(scalers)
}

fn scaling(cx: &Context<'_>, target: (&'static Kind, &str), found: Vec<Found>) -> Result<Vec<Found>, InventoryError> {
    let mut scaling = Vec::new();
    for found in found {
        let Some(scaler) = Scaler::of(found.root(cx.trails()), found.kind) else { continue };
        if scaler.target().map_err(|malformed| found.unreadable(&malformed))? == Some(target) {
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
            let message = [scaler.min_field(), ": ", &pods].concat();
            return Related::to(found.kind, scaler.min_node(), scaler.object(), message);
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

    #[test]
    fn knows_what_keda_makes() {
        fn scaler<'a>(object: &'a Value, kind: &'static Kind, trails: &'a Trails) -> Scaler<'a> {
            Scaler::of(Node::root(object, trails), kind).unwrap()
        }
        let trails = Trails::new();
        let plain = json!({"metadata": {"name": "web"}});
        let owner = json!([{"kind": "ScaledObject", "name": "web", "controller": true}]);
        let named = |name: &str| json!({"metadata": {"name": name}});
        let configured = json!({"metadata": {"name": "web-scaler"}, "spec": {
            "advanced": {"horizontalPodAutoscalerConfig": {"name": "web"}}}});
        for (made, by_keda, by_web) in [
            (plain.clone(), false, false),
            (json!({"metadata": {"name": "x", "ownerReferences": owner}}), true, true),
            (json!({"metadata": {"name": "x", "labels": {"scaledobject.keda.sh/name": "web"}}}), true, true),
            (named("keda-hpa-web"), true, true),
            (named("keda-hpa-cart"), true, false),
        ] {
            let made = scaler(&made, &kinds::HORIZONTAL_POD_AUTOSCALER, &trails);
            let by = scaler(&plain, &kinds::SCALED_OBJECT, &trails);
            assert_eq!((made.is_made_by_keda(), by.makes(&made)), (by_keda, by_web), "{}", made.title());
        }
        let made = scaler(&plain, &kinds::HORIZONTAL_POD_AUTOSCALER, &trails);
        assert!(scaler(&configured, &kinds::SCALED_OBJECT, &trails).makes(&made));
        let other = named("cart");
        assert!(!scaler(&other, &kinds::SCALED_OBJECT, &trails).makes(&made));
    }
}
