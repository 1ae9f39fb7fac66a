use crate::kube::resources::{Resources, title};
use crate::policies::prelude::*;
use crate::settings::{Amount, Glob, ResourceName, ServiceClassLabel, SettingsError};

/// ## What it does
/// Reports requests and limits of app containers, native sidecars and init containers that are less than the `min` or more
/// than the `max` of an entry of `ranges`. An entry holds for all workloads, or for those of some kinds, namespaces and
/// one service class. Without settings, nothing is reported.
///
/// A limit without a request is also the request, because the API copies it. What is missing isn't reported: see
/// `missing-requests`, `missing-memory-limit` and `missing-cpu-limit`.
///
/// ## Why
/// One container that requests half a node finds no place, or takes it from many others, and a limit of a few megabytes is
/// usually a typing error. A LimitRange in the namespace rejects such pods, but only when their controller creates them:
/// the Deployment is accepted, and no pod comes.
///
/// ## What to write
/// ```yaml
/// policies:
///   resource-range:
///     ranges:
///       - {resource: memory, of: limits, max: 8Gi}
///       - {resource: cpu, of: requests, min: 10m, max: 4, namespaces: ["team-*"], kinds: [Deployment]}
/// ```
///
/// ## Limits
/// Resources of a pod as a whole (`spec.resources`) aren't compared. A manifest without a namespace is checked only by
/// entries without `namespaces`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ResourceRange {
    /// The ranges, each for one resource, and for requests or limits.
    pub ranges: Vec<AmountRange>,
    /// The label, on the workload or its pods, whose value is the service class: `core` or `nonCore`.
    pub service_class_label: ServiceClassLabel,
}

/// What a request or limit may be.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub struct AmountRange {
    /// The resource, such as `cpu` or `memory`.
    pub resource: ResourceName,
    /// Whether it is about `requests` or `limits`.
    pub of: Half,
    /// The least amount to accept.
    #[serde(default)]
    pub min: Option<Amount>,
    /// The largest amount to accept.
    #[serde(default)]
    pub max: Option<Amount>,
    /// The kinds of workloads that it holds for. If empty, all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// The namespaces that it holds for, as patterns with `*` and `?`. If empty, all.
    #[serde(default)]
    pub namespaces: Vec<Glob>,
    /// The service class that it holds for. If unset, both.
    #[serde(default)]
    pub class: Option<Class>,
}

/// A half of `resources`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Half {
    /// What the scheduler reserves.
    Requests,
    /// What a container may use.
    Limits,
}

/// A service class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Class {
    /// What must be available and fast at all times.
    Core,
    /// What may be slower or away for a while.
    NonCore,
}

impl Policy for ResourceRange {
    const METADATA: Metadata = Metadata {
        id: "resource-range",
        title: "Requests and limits are within the ranges of the settings",
        why: "the amount is more or less than this platform has for one container",
        help: "choose an amount within the range",
        category: Category::Resources,
        severity: Severity::Medium,
        profile: Profile::Off,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::CONTAINER_RESOURCES, sources::LIMIT_RANGES],
        ..Metadata::DEFAULT
    };

    fn validate(&self) -> Result<(), SettingsError> {
        for range in &self.ranges {
            if let (Some(min), Some(max)) = (&range.min, &range.max)
                && min.get() > max.get()
            {
                return Err(SettingsError::new("ranges", "should have no min that is more than its max"));
            }
            if range.min.is_none() && range.max.is_none() {
                return Err(SettingsError::new("ranges", "should have a min or a max in each entry"));
            }
        }
        Ok(())
    }

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for range in &self.ranges {
            if !self.is_for(range, cx)? {
                continue;
            }
            for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
                range.check(container, out)?;
            }
        }
        Ok(())
    }
}

impl ResourceRange {
    fn is_for(&self, range: &AmountRange, cx: &Context<'_>) -> Result<bool, Malformed> {
        let namespace = |namespace| range.namespaces.iter().any(|allowed| allowed.matches(namespace));
        let fits = (range.kinds.is_empty() || range.kinds.iter().any(|kind| kind == cx.kind().name))
            && (range.namespaces.is_empty() || cx.stated_namespace().is_some_and(namespace));
        let Some(class) = range.class.filter(|_| fits) else { return Ok(fits) };
        let own = self.service_class_label.own_class(cx)?;
        Ok(own.is_some_and(|own| own.choose(Class::Core, Class::NonCore) == class))
    }
}

impl AmountRange {
    fn check(&self, container: &Container<'_>, out: &mut Findings) -> Result<(), Malformed> {
        let resource = self.resource.as_str();
        let resources = Resources::of_container(container)?;
        let limit = resources.limit_node(resource);
        let (amount, node, half) = match self.of {
            Half::Requests => {
                let written = resources.request_node(resource);
                let node = if written.exists() { written } else { limit };
                (resources.request(resource)?, node, " request of ")
            }
            Half::Limits => (resources.limit(resource)?, limit, " limit of "),
        };
        let Some(amount) = amount else { return Ok(()) };
        let (bound, relation) = match (&self.min, &self.max) {
            (Some(min), _) if amount < min.get() => (min, ", less than "),
            (_, Some(max)) if amount > max.get() => (max, ", more than "),
            _ => return Ok(()),
        };
        let value = node.value();
        let text =
            value.and_then(Value::as_str).map_or_else(|| value.map(Value::to_string), |text| Some(text.to_owned()));
        let resource = title(resource);
        let article = if resource.starts_with(['a', 'e', 'i', 'o']) { " has an " } else { " has a " };
        let has = text![article, resource, half, text.unwrap_or_default()];
        out.report(node, text![container.title(), has, relation, bound.as_str()]).container(container);
        Ok(())
    }
}
