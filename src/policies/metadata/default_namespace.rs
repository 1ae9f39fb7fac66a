use crate::kube::object::DEFAULT_NAMESPACE;
use crate::kube::owner::is_controlled;
use crate::policies::prelude::*;
use crate::policy::context::Operation;
use crate::settings::Glob;

/// ## What it does
/// Reports objects in the namespace `default`: workloads, Services and other routes to them, their autoscalers, disruption
/// budgets, ConfigMaps, ServiceAccounts and claims. What Kubernetes itself keeps there (the Service `kubernetes` and the
/// like) and what a controller made of something else is not reported, nor are NetworkPolicies, ResourceQuotas and
/// LimitRanges, which are how one keeps others out.
///
/// A file that names no namespace isn't reported: it goes wherever `kubectl -n`, a kustomization or a chart's release says.
/// In a cluster the request says where it went.
///
/// ## Why
/// A namespace is what quotas, network policies, roles and Pod Security levels are given to. `default` is where everything
/// lands for which nobody chose one: forgotten experiments, charts of several teams, objects of a `kubectl apply` in the
/// wrong context. They share names, limits and rights, a default-deny policy there breaks whoever came first, and the
/// namespace can never be deleted to clear it up.
///
/// ## What to write
/// ```yaml
/// metadata:
///   name: checkout
///   namespace: shop
/// ```
///
/// ## Limits
/// An object can't be moved, only made anew. In a cluster an UPDATE is therefore never refused; the background audit reports
/// what is in `default` already. ConfigMaps, ServiceAccounts and claims, which controllers make too, are checked in files
/// only. Secrets aren't checked at all, so that they need not be sent anywhere.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DefaultNamespace {
    /// The objects that may be there, as `Kind/name`; `*` stands for any characters, `?` for one.
    pub allow: Vec<Glob>,
}

/// What Kubernetes itself keeps in the namespace, by kind and name.
const OF_KUBERNETES: [(&str, &str); 3] =
    [("Service", "kubernetes"), ("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")];

impl Policy for DefaultNamespace {
    const METADATA: Metadata = Metadata {
        id: "default-namespace",
        title: "Nothing is deployed to the namespace default",
        why: "quotas, roles and network policies can't tell it from everything else that landed there",
        help: "set metadata.namespace to a namespace of the application's own",
        category: Category::Metadata,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[
            &kinds::POD,
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::JOB,
            &kinds::CRON_JOB,
            &kinds::ROLLOUT,
            &kinds::SERVICE,
            &kinds::INGRESS,
            &kinds::VIRTUAL_SERVICE,
            &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::SCALED_OBJECT,
            &kinds::POD_DISRUPTION_BUDGET,
            &kinds::CANARY,
            &kinds::CONFIG_MAP,
            &kinds::SERVICE_ACCOUNT,
            &kinds::PERSISTENT_VOLUME_CLAIM,
        ],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::NAMESPACES],
        ..Metadata::DEFAULT
    };

    const ADMISSION_TARGETS: &'static [&'static Kind] = &[
        &kinds::POD,
        &kinds::DEPLOYMENT,
        &kinds::REPLICA_SET,
        &kinds::STATEFUL_SET,
        &kinds::DAEMON_SET,
        &kinds::REPLICATION_CONTROLLER,
        &kinds::JOB,
        &kinds::CRON_JOB,
        &kinds::ROLLOUT,
        &kinds::SERVICE,
        &kinds::INGRESS,
        &kinds::VIRTUAL_SERVICE,
        &kinds::HORIZONTAL_POD_AUTOSCALER,
        &kinds::SCALED_OBJECT,
        &kinds::POD_DISRUPTION_BUDGET,
        &kinds::CANARY,
    ];

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let there = cx.stated_namespace() == Some(DEFAULT_NAMESPACE);
        if !there || cx.operation() == Operation::Update || is_controlled(cx.object()) {
            return Ok(());
        }
        let (kind, name) = (cx.kind().name, cx.name()?);
        let title = text![kind, "/", name];
        if OF_KUBERNETES.contains(&(kind, name)) || self.allow.iter().any(|allowed| allowed.matches(&title)) {
            return Ok(());
        }
        out.report(cx.object().get("metadata").get("namespace"), "the object is in the namespace default");
        Ok(())
    }
}
