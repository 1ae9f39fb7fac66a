use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports every Namespace without a ResourceQuota and, if `require` lists it, without a LimitRange. A quota without
/// `spec.hard`, or a LimitRange without `spec.limits`, counts as missing. Kubernetes' own namespaces, and namespaces
/// that are being deleted, are ignored.
///
/// ## Why
/// A namespace without a quota can use up the whole cluster: one autoscaler without a sensible maximum or one Job that
/// starts pods in a loop, and everyone else's pods stay `Pending`. A quota confines the problem to the team that caused
/// it. A LimitRange gives containers default requests; without one, a quota on requests rejects pods that set none.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: ResourceQuota
/// metadata:
///   name: shop
///   namespace: shop
/// spec:
///   hard:
///     requests.cpu: "20"
///     requests.memory: 64Gi
///     pods: "100"
/// ```
/// The amounts are examples: start with the namespace's current usage plus headroom.
///
/// ## Limits
/// The quota can only be created after its namespace: unless `onViolation` is set, a missing one only warns when the
/// namespace is created. Whether the amounts make sense is not checked. The proposed quota only limits the number of
/// pods, to twice what the given workloads and autoscalers may run, at least 100: a quota on requests rejects pods that
/// set none.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingQuota {
    /// The kinds that every namespace needs: `ResourceQuota`, `LimitRange` or both.
    pub require: Vec<Bounds>,
    /// Names of namespaces that need none; `*` and `?` are wildcards.
    pub ignore: Vec<Glob>,
}

/// A kind that limits a namespace's resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub enum Bounds {
    /// core ResourceQuota: for the namespace as a whole
    ResourceQuota,
    /// core LimitRange: for each pod and container
    LimitRange,
}

impl Bounds {
    fn kind(self) -> &'static Kind {
        match self {
            Bounds::ResourceQuota => &kinds::RESOURCE_QUOTA,
            Bounds::LimitRange => &kinds::LIMIT_RANGE,
        }
    }

    /// A proposal for a namespace of at most so many pods. A quota on requests would reject pods that set none.
    fn example(self, namespace: &str, pods: i64) -> Value {
        let spec = match self {
            Bounds::ResourceQuota => json!({"hard": {"pods": pods.to_string()}}),
            Bounds::LimitRange => {
                json!({"limits": [{"type": "Container", "defaultRequest": {"cpu": "100m", "memory": "128Mi"}}]})
            }
        };
        json!({
            "apiVersion": "v1",
            "kind": self.kind().name,
            "metadata": {"name": namespace, "namespace": namespace},
            "spec": spec,
        })
    }
}

impl Default for MissingQuota {
    fn default() -> MissingQuota {
        MissingQuota {
            require: vec![Bounds::ResourceQuota],
            ignore: ["kube-system", "kube-public", "kube-node-lease", "default"].map(Glob::new).to_vec(),
        }
    }
}

impl Policy for MissingQuota {
    const METADATA: Metadata = Metadata {
        id: "missing-quota",
        title: "Namespaces have a quota",
        why: "one namespace can use up the whole cluster",
        help: "add a ResourceQuota to the namespace",
        category: Category::Resources,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: &[&kinds::NAMESPACE],
        needs: &[&kinds::RESOURCE_QUOTA, &kinds::LIMIT_RANGE],
        ephemeral: false,
        expects_later_object: true,
        fix: FixAvailability::NewObject,
        since: "0.1.0",
        sources: &[sources::RESOURCE_QUOTAS, sources::LIMIT_RANGES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let name = cx.name()?;
        let metadata = cx.object().get("metadata");
        if name.is_empty() || self.ignore.iter().any(|ignored| ignored.matches(name)) {
            return Ok(());
        }
        for wanted in [Bounds::ResourceQuota, Bounds::LimitRange] {
            if !self.require.contains(&wanted) {
                continue;
            }
            let kind = wanted.kind();
            let found = cx.list_inside(kind, Filter::All)?;
            let mut empty = None;
            let mut bounded = false;
            for found in &found {
                let spec = cx.node(found).get("spec");
                let any = match wanted {
                    Bounds::ResourceQuota => spec.get("hard").entries().map(|mut hard| hard.next().is_some()),
                    Bounds::LimitRange => spec.get("limits").items().map(|limits| limits.len() > 0),
                };
                if any.map_err(|malformed| found.unreadable(&malformed))? {
                    bounded = true;
                    break;
                }
                empty = Some(found.name());
            }
            if bounded {
                continue;
            }
            let message = match empty {
                None => text!["namespace \"", name, "\" has no ", kind.name],
                Some(empty) => text![kind.name, " \"", empty, "\" in namespace \"", name, "\" limits nothing"],
            };
            let finding = out.report(metadata.get("name"), message);
            let finding = finding.help(text!["add a ", kind.name, " to the namespace"]);
            if empty.is_none() {
                finding.new_object(wanted.example(name, pods_with_headroom(cx)?));
            }
        }
        Ok(())
    }
}

/// Twice the pods that the given workloads and autoscalers of the namespace may have, at least 100.
fn pods_with_headroom(cx: &Context<'_>) -> Result<i64, CheckError> {
    const COUNTS: [(&Kind, &str, i64); 6] = [
        (&kinds::HORIZONTAL_POD_AUTOSCALER, "maxReplicas", 0),
        (&kinds::SCALED_OBJECT, "maxReplicaCount", 100),
        (&kinds::DEPLOYMENT, "replicas", 1),
        (&kinds::STATEFUL_SET, "replicas", 1),
        (&kinds::ROLLOUT, "replicas", 1),
        (&kinds::JOB, "parallelism", 1),
    ];
    // The proposed object is only for files: at admission nothing is looked up for it.
    if !cx.is_batch() {
        return Ok(100);
    }
    let mut pods: i64 = 0;
    for (kind, field, default) in COUNTS {
        let found = match cx.list_inside(kind, Filter::All) {
            Err(InventoryError::NotGiven { .. }) => continue,
            answer => answer?,
        };
        for found in &found {
            let count = cx.node(found).get("spec").get(field).int().ok().flatten();
            pods = pods.saturating_add(count.unwrap_or(default));
        }
    }
    // In round numbers.
    let hundreds = pods.saturating_mul(2).saturating_add(99) / 100;
    Ok(hundreds.max(1).saturating_mul(100))
}
