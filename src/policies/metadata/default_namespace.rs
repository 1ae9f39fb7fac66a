use crate::kube::network_policy::pod_selector;
use crate::kube::object::DEFAULT_NAMESPACE;
use crate::kube::owner::is_controlled;
use crate::policies::prelude::*;
use crate::policy::context::Operation;
use crate::settings::Glob;

/// ## What it does
/// Reports namespaced objects in the namespace `default`. Objects that Kubernetes itself keeps there (such as the
/// Service `kubernetes`) and objects that a controller created from another one are ignored, and so are ResourceQuotas,
/// LimitRanges and NetworkPolicies for all pods, which serve to lock the namespace down.
///
/// A manifest without a namespace isn't reported: it goes wherever `kubectl -n`, a kustomization or a chart's release
/// puts it. At admission the request says where it went.
///
/// ## Why
/// Quotas, network policies, roles and Pod Security levels apply per namespace. `default` collects everything for which
/// nobody chose one: forgotten experiments, charts of several teams, objects of a `kubectl apply` in the wrong context.
/// They share names, limits and permissions, a default-deny policy there breaks whatever was there first, and the
/// namespace can't be deleted to clean up.
///
/// ## What to write
/// ```yaml
/// metadata:
///   name: checkout
///   namespace: shop
/// ```
///
/// ## Limits
/// An object can't be moved, only recreated. An UPDATE is therefore never denied; the background audit reports what is
/// already in `default`. At admission, only workloads, Services and routes to them, autoscalers and disruption budgets
/// are checked: controllers create the other kinds, too, and Secrets never have to be sent to the policy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DefaultNamespace {
    /// Objects that may be there, as `Kind/name`; `*` and `?` are wildcards.
    pub allow: Vec<Glob>,
}

/// The objects that Kubernetes itself keeps in the namespace, by kind and name.
const OF_KUBERNETES: [(&str, &str); 3] =
    [("Service", "kubernetes"), ("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")];

impl Policy for DefaultNamespace {
    const METADATA: Metadata = Metadata {
        id: "default-namespace",
        title: "Nothing is deployed to the default namespace",
        why: "quotas, roles and network policies can't tell it apart from everything else in there",
        help: "set metadata.namespace to a namespace for the application",
        category: Category::Metadata,
        severity: Severity::Medium,
        profile: Profile::Strict,
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
            &kinds::SECRET,
            &kinds::SERVICE_ACCOUNT,
            &kinds::PERSISTENT_VOLUME_CLAIM,
            &kinds::NETWORK_POLICY,
            &kinds::DESTINATION_RULE,
            &kinds::EXTERNAL_SECRET,
            &kinds::SEALED_SECRET,
            &kinds::CERTIFICATE,
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
        let in_default = cx.stated_namespace() == Some(DEFAULT_NAMESPACE);
        if !in_default || cx.operation() == Operation::Update || is_controlled(cx.object()) {
            return Ok(());
        }
        // A policy for every pod keeps others out.
        if *cx.kind() == kinds::NETWORK_POLICY && pod_selector(cx.object())?.is_empty() {
            return Ok(());
        }
        let (kind, name) = (cx.kind().name, cx.name()?);
        let title = text![kind, "/", name];
        if OF_KUBERNETES.contains(&(kind, name)) || self.allow.iter().any(|allowed| allowed.matches(&title)) {
            return Ok(());
        }
        out.report(cx.object().get("metadata").get("namespace"), "the object is in the default namespace");
        Ok(())
    }
}
