use crate::kube::rbac::RoleRef;
use crate::kube::service_account::AccountName;
use crate::kube::volume::volumes;
use crate::lookup::access::bindings_of_account;
use crate::policies::access::power_rules::granted;
use crate::policies::prelude::*;

/// ## What it does
/// Reports pods whose ServiceAccount may read every Secret, run commands in every pod, or do what leads to more rights: by a
/// RoleBinding or ClusterRoleBinding, and the rules of its role. There is one finding for each such binding.
///
/// Not reported are pods that get no token: with `automountServiceAccountToken: false`, among files also that of the account, and
/// without a token of their own.
///
/// ## Why
/// Whoever breaks into a container has its account's rights. The roles say what is granted, but not that it is granted to the
/// program that reads untrusted input.
///
/// ## What to write
/// ```yaml
/// rules:
///   - apiGroups: [""]
///     resources: [secrets]
///     resourceNames: [checkout-db]
///     verbs: [get]
/// ```
/// Let the role name what the program uses. A part that needs more, such as a job that creates namespaces, gets an account of its
/// own.
///
/// ## Limits
/// In a cluster, only the RoleBindings of the pod's namespace are looked up. Among files, roles that were not given are unknown;
/// of Kubernetes' own `cluster-admin`, `admin`, `edit` and `view` count. Of groups, `system:serviceaccounts` counts, and that of the
/// pod's namespace.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct PowerfulWorkload {}

impl Policy for PowerfulWorkload {
    const METADATA: Metadata = Metadata {
        id: "powerful-workload",
        title: "Workloads have few rights in the API",
        why: "whoever breaks into a container has its account's rights",
        help: "narrow the role, or let a part that needs it run as an account of its own",
        category: Category::Access,
        severity: Severity::Medium,
        profile: Profile::Strict,
        targets: POD_KINDS,
        needs: &[&kinds::ROLE_BINDING, &kinds::ROLE, &kinds::CLUSTER_ROLE],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::RBAC_PRACTICES, sources::SERVICE_ACCOUNTS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let account = AccountName::of(pod)?;
        if !has_token(cx, pod, &account)? {
            return Ok(());
        }
        for binding in bindings_of_account(cx, account.name)? {
            let Some(rights) = granted(cx, &binding)? else { continue };
            let mut powers = rights.iter().filter(|right| right.severity >= Severity::Low).map(|right| right.does);
            let Some(first) = powers.next() else { continue };
            let more = match powers.next() {
                Some(second) if powers.next().is_some() => text![", ", second, " and more"],
                Some(second) => text![" and ", second],
                None => String::new(),
            };
            let root = cx.node(&binding);
            let place = root.get("metadata").get("namespace").str().ok().flatten();
            let scope = match (place, *binding.kind == kinds::ROLE_BINDING) {
                (Some(namespace), true) => text![" in namespace \"", namespace, "\""],
                (None, true) => " in the namespace".to_owned(),
                (_, false) => " in the cluster".to_owned(),
            };
            let role = RoleRef::of(root).map_err(|malformed| binding.unreadable(&malformed))?;
            let by = role.map_or_else(String::new, |role| text![", by ", role.title()]);
            let message = text![account.title(), " may ", first, more, scope, by];
            let related = Related::to(binding.kind, root.get("roleRef"), root, "grants it");
            out.report(account.node, message).related(related);
        }
        Ok(())
    }
}

/// True when the pod gets a token for the API. Its account may say that it doesn't, which is known among files.
fn has_token(cx: &Context<'_>, pod: &Pod<'_>, account: &AccountName<'_>) -> Result<bool, CheckError> {
    let mut automount = pod.spec().get("automountServiceAccountToken").bool()?;
    if automount.is_none() {
        let accounts = cx.list_optional(&kinds::SERVICE_ACCOUNT, Filter::Named(account.name))?;
        if let Some(found) = accounts.iter().find(|found| found.name() == account.name) {
            let node = cx.node(found).get("automountServiceAccountToken");
            automount = node.bool().map_err(|malformed| found.unreadable(&malformed))?;
        }
    }
    if automount != Some(false) {
        return Ok(true);
    }
    for volume in volumes(pod)? {
        for source in volume.source("projected")?.get("sources").items()? {
            let token = source.mapping()?.get("serviceAccountToken");
            // A token for another audience, such as a cloud's, is none for the API server.
            let audience = token.get("audience").str()?.unwrap_or_default();
            if token.exists() && (audience.is_empty() || audience.starts_with("https://kubernetes.default")) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
