use crate::kube::rbac::{ACCOUNTS, CLUSTER_ADMIN, RoleRef, Who, is_bootstrap, subjects};
use crate::policies::access::power_rules::everybody;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports subjects that a ClusterRoleBinding or RoleBinding makes `cluster-admin`, unless `allowedSubjects` names them. In a
/// RoleBinding the role holds in one namespace only, and the finding has severity `medium`.
///
/// Not reported are the binding that the API server makes itself, and subjects that anybody is, such as
/// `system:authenticated`: `anonymous-access` reports those. A role of another name that allows as much is reported by
/// `wildcard-access`, where its rules are.
///
/// ## Why
/// `cluster-admin` may read every Secret, run anything on every node and change who may do what. Whoever takes over a pod with
/// such an account, or gets hold of its token, has the cluster. Most programs with it were given it to make an error go
/// away.
///
/// ## What to write
/// ```yaml
/// apiVersion: rbac.authorization.k8s.io/v1
/// kind: ClusterRoleBinding
/// metadata:
///   name: reporter
/// roleRef:
///   apiGroup: rbac.authorization.k8s.io
///   kind: ClusterRole
///   name: reporter
/// subjects:
///   - kind: ServiceAccount
///     name: reporter
///     namespace: shop
/// ```
/// Bind a role with the verbs and resources that the program uses. `kubectl auth can-i --list --as
/// system:serviceaccount:shop:reporter` shows what an account may do.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ClusterAdminBinding {
    /// Who may be cluster-admin: `Group/NAME`, `User/NAME` or `ServiceAccount/NAMESPACE/NAME`, with `*` and `?` as
    /// wildcards. By default the groups of Kubernetes' and of kubeadm's administrators.
    pub allowed_subjects: Vec<Glob>,
}

impl Default for ClusterAdminBinding {
    fn default() -> ClusterAdminBinding {
        let allowed = ["Group/system:masters", "Group/kubeadm:cluster-admins"];
        ClusterAdminBinding { allowed_subjects: allowed.iter().map(|subject| Glob::new(*subject)).collect() }
    }
}

impl Policy for ClusterAdminBinding {
    const METADATA: Metadata = Metadata {
        id: "cluster-admin-binding",
        title: "Nobody is cluster-admin who needn't be",
        why: "whoever gets hold of its credentials has the whole cluster",
        help: "bind a role with the verbs and resources that it uses",
        category: Category::Access,
        severity: Severity::Critical,
        profile: Profile::Starter,
        targets: &[&kinds::CLUSTER_ROLE_BINDING, &kinds::ROLE_BINDING],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::RBAC_PRACTICES, sources::USER_FACING_ROLES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let role = RoleRef::of(cx.object())?;
        if !role.is_some_and(|role| role.is_cluster_role(CLUSTER_ADMIN)) || is_bootstrap(cx.object()) {
            return Ok(());
        }
        let in_namespace = *cx.kind() == kinds::ROLE_BINDING;
        for subject in subjects(cx.object())? {
            let key = subject.who.key();
            if everybody(&subject).is_some() || self.allowed_subjects.iter().any(|allowed| allowed.matches(&key)) {
                continue;
            }
            let title = subject.title();
            let help = match subject.who {
                Who::Account(..) => Self::METADATA.help,
                Who::Group(group) if group.starts_with(ACCOUNTS) => Self::METADATA.help,
                _ => "bind a role with what they need, or list administrators in allowedSubjects",
            };
            if in_namespace {
                let message = text![title, " is cluster-admin in this namespace: it may do everything there"];
                let why = "whoever gets hold of its credentials has the namespace, its Secrets and its quota";
                out.report(subject.node, message).severity(Severity::Medium).why(why).help(help);
            } else {
                let message = text![title, " is cluster-admin: it may do everything in the cluster"];
                out.report(subject.node, message).help(help);
            }
        }
        Ok(())
    }
}
