use crate::kube::rbac::{CLUSTER_ADMIN, RoleRef, Subject, Who, is_bootstrap, subjects};
use crate::kube::service_account::DEFAULT;
use crate::policies::access::power_rules::granted;
use crate::policies::prelude::*;

/// ## What it does
/// Reports RoleBindings and ClusterRoleBindings to the ServiceAccount `default`, and to a group
/// `system:serviceaccounts:NAMESPACE`, which contains it. If the role is among the files and grants nothing that other policies
/// of this category report, the severity is `medium`. `cluster-admin` is reported by `cluster-admin-binding`.
///
/// ## Why
/// Every pod that names no account runs as `default`. What is granted to it for one pod, all others of the namespace have, too,
/// including those that somebody adds next year.
///
/// ## What to write
/// ```yaml
/// subjects:
///   - kind: ServiceAccount
///     name: reporter
///     namespace: shop
/// ```
/// Create an account for the program, and name it in the pod's `serviceAccountName`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DefaultAccountBinding {}

impl Policy for DefaultAccountBinding {
    const METADATA: Metadata = Metadata {
        id: "default-account-binding",
        title: "Roles are granted to dedicated ServiceAccounts",
        why: "every pod of the namespace that names no account has these rights",
        help: "create a ServiceAccount for the program that needs the role, and bind that",
        category: Category::Access,
        severity: Severity::High,
        profile: Profile::Production,
        targets: &[&kinds::ROLE_BINDING, &kinds::CLUSTER_ROLE_BINDING],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::SERVICE_ACCOUNT_PERMISSIONS, sources::SERVICE_ACCOUNTS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(role) = RoleRef::of(cx.object())?.filter(|_| !is_bootstrap(cx.object())) else { return Ok(()) };
        if role.is_cluster_role(CLUSTER_ADMIN) {
            return Ok(());
        }
        let mut severity = None;
        for subject in subjects(cx.object())? {
            let Some(of) = shared(&subject, role.name) else { continue };
            let severity = match severity {
                Some(known) => known,
                None => *severity.insert(severity_of(cx)?),
            };
            let message = text![role.title(), " is granted to ", subject.title(), ", ", of];
            out.report(subject.node, message).severity(severity);
        }
        Ok(())
    }
}

/// Whose rights a shared subject has; `None` for others.
fn shared(subject: &Subject<'_>, role: &str) -> Option<&'static str> {
    match subject.who {
        Who::Account(_, DEFAULT) => Some("which every pod without an account of its own runs as"),
        // Every namespace of OpenShift has this one.
        Who::Group(_) if role == "system:image-puller" => None,
        Who::Group(group) if group.starts_with("system:serviceaccounts:") => {
            Some("which is every pod of the namespace")
        }
        _ => None,
    }
}

fn severity_of(cx: &Context<'_>) -> Result<Severity, InventoryError> {
    let Some(binding) = cx.checked().filter(|_| cx.knows_optional()) else { return Ok(Severity::High) };
    let rights = granted(cx, &binding)?;
    let is_harmless = rights.is_some_and(|rights| rights.iter().all(|right| right.severity < Severity::Medium));
    Ok(if is_harmless { Severity::Medium } else { Severity::High })
}
