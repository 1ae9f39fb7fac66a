use crate::kube::object;
use crate::kube::rbac::{RoleRef, Who, subjects};
use crate::kube::service_account::DEFAULT;
use crate::lookup::reference::{Target, target_in};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports RoleBindings and ClusterRoleBindings whose role doesn't exist, and ServiceAccounts among their subjects that don't.
/// Roles that every cluster has (`cluster-admin`, `admin`, `edit`, `view`, `system:…`, and the Role
/// `extension-apiserver-authentication-reader` of API servers), users, groups and the account `default` always exist. So do,
/// among files, the accounts of `kube-system`, which the cluster makes for its components.
///
/// Among files a missing account that a workload runs as is reported there, by `missing-service-account`. Files rarely have all
/// ClusterRoles: a missing one is only reported if the input is declared complete. Any other missing object has severity `low`
/// then, and is only reported if its namespace has others of its kind in the same directory.
///
/// ## Why
/// The API server accepts both. Without the role or with the wrong name the program gets "forbidden" at run time; and whoever
/// may create an account of that name gets the role with it.
///
/// ## What to write
/// ```yaml
/// roleRef:
///   apiGroup: rbac.authorization.k8s.io
///   kind: Role
///   name: reporter
/// subjects:
///   - kind: ServiceAccount
///     name: reporter
///     namespace: shop
/// ```
/// A Role is one of the binding's namespace. An account is named with its namespace.
///
/// ## Limits
/// The role or account may still arrive: unless `onViolation` is set, a finding only warns on CREATE. A role can't be changed in a
/// binding: delete the binding and create it again.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingBinding {
    /// Names of roles and accounts that something else creates, such as an operator. `*` and `?` are wildcards.
    pub external: Vec<Glob>,
}

impl Policy for DanglingBinding {
    const METADATA: Metadata = Metadata {
        id: "dangling-binding",
        title: "Bindings name roles and accounts that exist",
        why: "the program is forbidden what it needs, or whoever creates the account gets the role",
        help: "create it, or correct its name or namespace",
        category: Category::Access,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::ROLE_BINDING, &kinds::CLUSTER_ROLE_BINDING],
        needs: &[&kinds::ROLE, &kinds::CLUSTER_ROLE, &kinds::SERVICE_ACCOUNT],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::RBAC, sources::RBAC_PRACTICES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut unknown = None;
        if let Some(role) = RoleRef::of(cx.object())?.filter(|role| !self.is_known(role)) {
            let namespace = cx.namespace();
            match target_in(cx, role.kind, namespace, role.name) {
                Ok(Target::Missing(missing)) => {
                    let message = text![role.title(), " ", missing.verdict()];
                    out.report(role.node, message).severity(missing.severity(Self::METADATA.severity));
                }
                // Most ClusterRoles are somebody else's: that one isn't among the files says nothing of the binding.
                Err(InventoryError::NotGiven { .. }) if *role.kind == kinds::CLUSTER_ROLE => {}
                Err(error @ InventoryError::NotGiven { .. }) => unknown = Some(error),
                answer => {
                    answer?;
                }
            }
        }
        for subject in subjects(cx.object())? {
            let Who::Account(namespace, name) = subject.who else { continue };
            if name == DEFAULT || self.external.iter().any(|known| known.matches(name)) {
                continue;
            }
            let namespace = namespace.unwrap_or(object::DEFAULT_NAMESPACE);
            if cx.is_batch() && namespace == "kube-system" {
                continue;
            }
            match target_in(cx, &kinds::SERVICE_ACCOUNT, namespace, name) {
                Ok(Target::Missing(missing)) => {
                    if !runs_pods(cx, namespace, name)? {
                        let message = text![subject.title(), " ", missing.verdict()];
                        let severity = missing.severity(Self::METADATA.severity);
                        out.report(subject.node.get("name"), message).severity(severity);
                    }
                }
                Err(error @ InventoryError::NotGiven { .. }) => unknown = unknown.or(Some(error)),
                answer => {
                    answer?;
                }
            }
        }
        unknown.map_or(Ok(()), |error| Err(error.into()))
    }
}

impl DanglingBinding {
    /// True for a role that needn't be looked up.
    fn is_known(&self, role: &RoleRef<'_>) -> bool {
        role.is_builtin() || self.external.iter().any(|known| known.matches(role.name))
    }
}

/// True when a given workload runs as the account, where its absence is reported.
fn runs_pods(cx: &Context<'_>, namespace: &str, name: &str) -> Result<bool, InventoryError> {
    for kind in POD_KINDS.iter().filter(|kind| kind.template.is_some()) {
        let found = cx.list_optional_everywhere(kind, Filter::RunningAs(name))?;
        if found.iter().any(|found| object::namespace(&found.object) == namespace) {
            return Ok(true);
        }
    }
    Ok(false)
}
