//! Objects from which an operator, a controller or a tool creates other objects.

use serde_json::Value;

use crate::kube::kinds::{self, Kind};
use crate::kube::object;

/// A given object from which others are created that are not given.
pub struct Maker {
    /// The namespace that they are created in; `None` for any.
    namespace: Option<String>,
    /// Whether only ConfigMaps and Secrets are created.
    only_configuration: bool,
    /// The ConfigMaps and Secrets that are created for certain.
    generated: Vec<(&'static Kind, String)>,
}

/// Groups of custom resources that configure something, and create neither pods nor Services nor configuration.
const PASSIVE_GROUPS: &[&str] = &[
    "cert-manager.io",
    "extensions.istio.io",
    "networking.istio.io",
    "notification.toolkit.fluxcd.io",
    "security.istio.io",
    "source.toolkit.fluxcd.io",
    "telemetry.istio.io",
    "traefik.containo.us",
    "traefik.io",
];

/// The same, by kind.
const PASSIVE_KINDS: &[&str] = &[
    "AlertProvider",
    "AlertmanagerConfig",
    "AnalysisTemplate",
    "AppProject",
    "CiliumClusterwideNetworkPolicy",
    "CiliumNetworkPolicy",
    "ClusterAnalysisTemplate",
    "ClusterSecretStore",
    "ClusterTriggerAuthentication",
    "GlobalNetworkPolicy",
    "MetricTemplate",
    "NetworkPolicy",
    "PodMonitor",
    "Probe",
    "PrometheusRule",
    "ScrapeConfig",
    "SecretStore",
    "ServiceMonitor",
    "TriggerAuthentication",
];

const KUSTOMIZE: &str = "kustomize.config.k8s.io";

impl Maker {
    /// The object as a maker, if it may be one: a custom resource of an unknown kind, or a kustomization with
    /// generators.
    pub fn of(value: &Value) -> Option<Maker> {
        let kind = object::text(value, &["kind"])?;
        let (group, _) = object::text(value, &["apiVersion"])?.split_once('/')?;
        if group == KUSTOMIZE {
            return Maker::of_kustomization(value);
        }
        let is_custom = group.contains('.') && !group.ends_with(".k8s.io");
        // Knative creates a Deployment and Services from its own Service.
        let is_known = kinds::KINDS
            .iter()
            .any(|known| known.group == group && known.name == kind && **known != kinds::KNATIVE_SERVICE);
        if !is_custom || is_known || PASSIVE_GROUPS.contains(&group) || PASSIVE_KINDS.contains(&kind) {
            return None;
        }
        // Without a namespace it may be cluster-scoped, and create objects anywhere.
        let namespace = object::text(value, &["metadata", "namespace"]).map(str::to_owned);
        Some(Maker { namespace, only_configuration: false, generated: Vec::new() })
    }

    fn of_kustomization(value: &Value) -> Option<Maker> {
        let has = |field: &str| value.get(field).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        let remote = value.get("resources").and_then(Value::as_array).into_iter().flatten();
        let is_remote = |entry: &Value| {
            entry.as_str().is_some_and(|path| path.contains("://") || path.contains("?ref=") || path.contains(".com/"))
        };
        let anything = ["generators", "helmCharts", "helmChartInflationGenerator"].into_iter().any(has)
            || remote.into_iter().any(is_remote);
        let configuration = has("configMapGenerator") || has("secretGenerator");
        let names = |field: &str, kind: &'static Kind| {
            let entries = value.get(field).and_then(Value::as_array).into_iter().flatten();
            let names: Vec<_> =
                entries.filter_map(|entry| Some((kind, entry.get("name")?.as_str()?.to_owned()))).collect();
            names
        };
        let mut generated = names("configMapGenerator", &kinds::CONFIG_MAP);
        generated.extend(names("secretGenerator", &kinds::SECRET));
        (anything || configuration).then_some(Maker { namespace: None, only_configuration: !anything, generated })
    }

    /// True when the object of that kind and name is created in this namespace.
    pub fn generates(&self, kind: &Kind, namespace: &str, name: &str) -> bool {
        let is_its = |(of, named): &(&Kind, String)| *of == kind && named == name;
        self.makes(kind, namespace) && self.generated.iter().any(is_its)
    }

    /// True when objects of this kind may be created in this namespace.
    pub fn makes(&self, kind: &Kind, namespace: &str) -> bool {
        let of_kind = !self.only_configuration || *kind == kinds::CONFIG_MAP || *kind == kinds::SECRET;
        of_kind && self.namespace.as_deref().is_none_or(|own| own == namespace)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn makes(value: Value, kind: &Kind, namespace: &str) -> bool {
        Maker::of(&value).is_some_and(|maker| maker.makes(kind, namespace))
    }

    #[test]
    fn custom_resources_of_unknown_kinds_are_makers() {
        let object = |api_version: &str, kind: &str, namespace: Value| json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "namespace": namespace}});
        let vault = object("secrets.hashicorp.com/v1beta1", "VaultStaticSecret", json!("shop"));
        assert!(makes(vault.clone(), &kinds::SECRET, "shop"));
        assert!(!makes(vault, &kinds::SECRET, "bank"));
        assert!(makes(object("serving.knative.dev/v1", "Service", json!("shop")), &kinds::SERVICE, "shop"));
        let bundle = object("trust.cert-manager.io/v1alpha1", "Bundle", json!(null));
        assert!(makes(bundle, &kinds::CONFIG_MAP, "shop"));
        for (api_version, kind) in [
            ("apps/v1", "Deployment"),
            ("v1", "Service"),
            ("networking.k8s.io/v1", "Ingress"),
            ("gateway.networking.k8s.io/v1", "HTTPRoute"),
            ("monitoring.coreos.com/v1", "ServiceMonitor"),
            ("networking.istio.io/v1", "Gateway"),
            ("external-secrets.io/v1", "ExternalSecret"),
            ("argoproj.io/v1alpha1", "Rollout"),
        ] {
            assert!(!makes(object(api_version, kind, json!("shop")), &kinds::SECRET, "shop"), "{kind}");
        }
    }

    #[test]
    fn generators_of_a_kustomization_are_makers() {
        let kustomization = |fields: Value| {
            let mut object = fields;
            object["apiVersion"] = json!("kustomize.config.k8s.io/v1beta1");
            object["kind"] = json!("Kustomization");
            object
        };
        let generated = kustomization(json!({"secretGenerator": [{"name": "db"}]}));
        let maker = Maker::of(&generated).unwrap();
        assert!(maker.generates(&kinds::SECRET, "shop", "db") && !maker.generates(&kinds::SECRET, "shop", "api"));
        assert!(makes(generated.clone(), &kinds::CONFIG_MAP, "shop"));
        assert!(!makes(generated, &kinds::SERVICE, "shop"));
        let remote = kustomization(json!({"resources": ["web.yaml", "github.com/example/app//deploy?ref=v1"]}));
        assert!(makes(remote, &kinds::SERVICE, "shop"));
        let local = kustomization(json!({"resources": ["web.yaml"], "configMapGenerator": []}));
        assert!(!makes(local, &kinds::CONFIG_MAP, "shop"));
    }
}
