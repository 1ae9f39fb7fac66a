//! HorizontalPodAutoscalers and KEDA ScaledObjects.

use crate::json::node::{Malformed, Node};
use crate::kube::kinds::{self, Kind};

/// A HorizontalPodAutoscaler, or a KEDA ScaledObject.
#[derive(Clone, Copy)]
pub struct Autoscaler<'a> {
    object: Node<'a>,
    kind: &'static Kind,
}

impl<'a> Autoscaler<'a> {
    /// The autoscaler that an object of `kind` is; `None` for other kinds.
    pub fn of(object: Node<'a>, kind: &'static Kind) -> Option<Autoscaler<'a>> {
        let is_scaler = *kind == kinds::HORIZONTAL_POD_AUTOSCALER || *kind == kinds::SCALED_OBJECT;
        is_scaler.then_some(Autoscaler { object, kind })
    }

    /// The whole object.
    pub fn object(&self) -> Node<'a> {
        self.object
    }

    /// Its kind.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// True for a KEDA ScaledObject.
    pub fn is_scaled_object(&self) -> bool {
        *self.kind == kinds::SCALED_OBJECT
    }

    /// How messages name it: `HorizontalPodAutoscaler "web"`.
    pub fn title(&self) -> String {
        let name = self.object.get("metadata").get("name").str().ok().flatten().unwrap_or_default();
        [self.kind.name, " \"", name, "\""].concat()
    }

    /// The place of its target.
    pub fn target_node(&self) -> Node<'a> {
        self.object.get("spec").get("scaleTargetRef")
    }

    /// The kind and name of its target; `None` for kinds that are unknown here.
    ///
    /// # Errors
    /// If fields of the reference have the wrong type.
    pub fn target(&self) -> Result<Option<(&'static Kind, &'a str)>, Malformed> {
        let target = self.target_node().mapping()?;
        let Some(name) = target.get("name").str()? else { return Ok(None) };
        let api_version = target.get("apiVersion").str()?;
        let kind = target.get("kind").str()?;
        // KEDA defaults to a Deployment; a HorizontalPodAutoscaler must name the kind.
        let kind = if self.is_scaled_object() { kind.or(Some("Deployment")) } else { kind };
        let known = kinds::KINDS.iter().find(|known| match (api_version, kind) {
            (_, None) => false,
            (Some(api_version), Some(kind)) => known.is(api_version, kind),
            (None, Some(kind)) => known.name == kind && known.template.is_some(),
        });
        Ok(known.map(|&kind| (kind, name)))
    }

    /// The name of the field with the minimum number of pods.
    pub fn min_field(&self) -> &'static str {
        if self.is_scaled_object() { "minReplicaCount" } else { "minReplicas" }
    }

    /// The place of the minimum number of pods.
    pub fn min_node(&self) -> Node<'a> {
        self.object.get("spec").get(self.min_field())
    }

    /// The minimum number of pods while there is work: defaults to 1, and a minimum of 0 counts as 1, since it scales to
    /// zero only while idle.
    ///
    /// # Errors
    /// If it isn't a whole number.
    pub fn min_pods(&self) -> Result<i64, Malformed> {
        Ok(self.min_node().int()?.unwrap_or(1).max(1))
    }

    /// The name of the field with the maximum number of pods.
    pub fn max_field(&self) -> &'static str {
        if self.is_scaled_object() { "maxReplicaCount" } else { "maxReplicas" }
    }

    /// True when it scales to zero while idle: its minimum, which is 0 by default in KEDA, or KEDA's `idleReplicaCount` is 0.
    ///
    /// # Errors
    /// If one of them isn't a whole number.
    pub fn scales_to_zero(&self) -> Result<bool, Malformed> {
        if !self.is_scaled_object() {
            return Ok(self.min_node().int()? == Some(0));
        }
        let idle = self.object.get("spec").get("idleReplicaCount").int()?;
        Ok(idle.unwrap_or(self.min_node().int()?.unwrap_or(0)) == 0)
    }

    /// The number of pods at which KEDA is paused; `None` while it scales.
    ///
    /// # Errors
    /// If the annotation isn't a string.
    pub fn paused_pods(&self) -> Result<Option<i64>, Malformed> {
        if !self.is_scaled_object() {
            return Ok(None);
        }
        let annotation = self.object.get("metadata").get("annotations").entry("autoscaling.keda.sh/paused-replicas");
        Ok(annotation.str()?.and_then(|text| text.parse().ok()).filter(|pods| *pods >= 0))
    }

    /// The place of the maximum number of pods.
    pub fn max_node(&self) -> Node<'a> {
        self.object.get("spec").get(self.max_field())
    }

    /// The maximum number of pods; `None` when a HorizontalPodAutoscaler has none, which the API server rejects.
    ///
    /// # Errors
    /// If it isn't a whole number.
    pub fn max_pods(&self) -> Result<Option<i64>, Malformed> {
        let default = if self.is_scaled_object() { Some(100) } else { None };
        Ok(self.max_node().int()?.or(default))
    }

    /// True for a HorizontalPodAutoscaler that KEDA created for a ScaledObject.
    pub fn is_made_by_keda(&self) -> bool {
        !self.is_scaled_object() && self.made_for().is_some()
    }

    /// The name of the ScaledObject that KEDA created this HorizontalPodAutoscaler for. Objects exported from a cluster may
    /// have lost their owner reference; then the label or the name shows it.
    fn made_for(&self) -> Option<&'a str> {
        let metadata = self.object.get("metadata");
        let mut owners = metadata.get("ownerReferences").items().ok()?;
        if let Some(owner) = owners.find(|owner| owner.get("kind").str() == Ok(Some(kinds::SCALED_OBJECT.name))) {
            return owner.get("name").str().ok()?;
        }
        let label = metadata.get("labels").entry("scaledobject.keda.sh/name").str().ok().flatten();
        label.or_else(|| metadata.get("name").str().ok()??.strip_prefix(MADE_NAME))
    }

    /// True when the HorizontalPodAutoscaler `made` is the one that KEDA creates, or takes over, for this ScaledObject.
    pub fn makes(&self, made: &Autoscaler<'_>) -> bool {
        let name = |autoscaler: &Autoscaler<'a>| autoscaler.object.get("metadata").get("name").str().ok().flatten();
        let configured = self.object.get("spec").dig(&["advanced", "horizontalPodAutoscalerConfig", "name"]);
        let configured = configured.str().ok().flatten().filter(|name| !name.is_empty());
        let made_name = made.object.get("metadata").get("name").str().ok().flatten();
        made.made_for().is_some_and(|made_for| name(self) == Some(made_for))
            || configured.is_some() && configured == made_name
    }
}

/// The name prefix of HorizontalPodAutoscalers that KEDA creates.
const MADE_NAME: &str = "keda-hpa-";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    fn target(kind: &'static Kind, reference: Value) -> Option<(&'static str, String)> {
        let object = json!({"spec": {"scaleTargetRef": reference}});
        let arena = PathArena::new();
        let autoscaler = Autoscaler::of(Node::root(&object, &arena), kind).unwrap();
        autoscaler.target().unwrap().map(|(kind, name)| (kind.plural, name.to_owned()))
    }

    #[test]
    fn reads_the_target() {
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
    fn scaling_to_zero_counts_as_one_pod() {
        let arena = PathArena::new();
        let min = |kind, spec: Value| {
            let object = json!({ "spec": spec });
            Autoscaler::of(Node::root(&object, &arena), kind).unwrap().min_pods()
        };
        assert_eq!(min(&kinds::SCALED_OBJECT, json!({"minReplicaCount": 0})), Ok(1));
        assert_eq!(min(&kinds::SCALED_OBJECT, json!({"minReplicaCount": 3})), Ok(3));
        assert_eq!(min(&kinds::HORIZONTAL_POD_AUTOSCALER, json!({})), Ok(1));
        assert_eq!(min(&kinds::HORIZONTAL_POD_AUTOSCALER, json!({"minReplicas": 3})), Ok(3));
        let to_zero = |kind, spec: Value| {
            let object = json!({ "spec": spec });
            Autoscaler::of(Node::root(&object, &arena), kind).unwrap().scales_to_zero()
        };
        assert_eq!(to_zero(&kinds::SCALED_OBJECT, json!({})), Ok(true));
        assert_eq!(to_zero(&kinds::SCALED_OBJECT, json!({"minReplicaCount": 1})), Ok(false));
        assert_eq!(to_zero(&kinds::SCALED_OBJECT, json!({"minReplicaCount": 1, "idleReplicaCount": 0})), Ok(true));
        assert_eq!(to_zero(&kinds::HORIZONTAL_POD_AUTOSCALER, json!({})), Ok(false));
        assert_eq!(to_zero(&kinds::HORIZONTAL_POD_AUTOSCALER, json!({"minReplicas": 0})), Ok(true));
    }

    #[test]
    fn recognizes_autoscalers_created_by_keda() {
        fn autoscaler<'a>(object: &'a Value, kind: &'static Kind, arena: &'a PathArena) -> Autoscaler<'a> {
            Autoscaler::of(Node::root(object, arena), kind).unwrap()
        }
        let arena = PathArena::new();
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
            let made = autoscaler(&made, &kinds::HORIZONTAL_POD_AUTOSCALER, &arena);
            let by = autoscaler(&plain, &kinds::SCALED_OBJECT, &arena);
            assert_eq!((made.is_made_by_keda(), by.makes(&made)), (by_keda, by_web), "{}", made.title());
        }
        let made = autoscaler(&plain, &kinds::HORIZONTAL_POD_AUTOSCALER, &arena);
        assert!(autoscaler(&configured, &kinds::SCALED_OBJECT, &arena).makes(&made));
        let other = named("cart");
        assert!(!autoscaler(&other, &kinds::SCALED_OBJECT, &arena).makes(&made));
    }
}
