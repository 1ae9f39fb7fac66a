use crate::kube::rbac::{RoleRef, Who, is_bootstrap, rules, subjects};
use crate::lookup::access::{collected, role_of};
use crate::policies::access::power_rules::{READ_SECRETS, everybody};
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports bindings that grant a role to subjects that nobody was chosen for: `system:anonymous` and `system:unauthenticated`,
/// which need no credentials at all, with severity `critical`; `system:authenticated` and `system:serviceaccounts` with severity
/// `high`. If the role is among the files and only reads what isn't secret, the severity is `low`.
///
/// Not reported are the bindings that the API server and kubeadm make for discovery: see `allowedRoles`.
///
/// ## Why
/// The API server is often reachable from everywhere, and `system:authenticated` is whoever has credentials of any kind: in some
/// clouds everybody with an account there. `system:serviceaccounts` is every pod of the cluster, also one that somebody just
/// broke into.
///
/// ## What to write
/// ```yaml
/// subjects:
///   - kind: Group
///     apiGroup: rbac.authorization.k8s.io
///     name: shop-developers
/// ```
/// Name a group, a user or a ServiceAccount.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct AnonymousAccess {
    /// Names of roles that everybody may have, with `*` and `?` as wildcards. By default those for discovery.
    pub allowed_roles: Vec<Glob>,
}

impl Default for AnonymousAccess {
    fn default() -> AnonymousAccess {
        let allowed = [
            "system:basic-user",
            "system:discovery",
            "system:public-info-viewer",
            "system:service-account-issuer-discovery",
            "kubeadm:bootstrap-signer-clusterinfo",
        ];
        AnonymousAccess { allowed_roles: allowed.iter().map(|role| Glob::new(*role)).collect() }
    }
}

impl Policy for AnonymousAccess {
    const METADATA: Metadata = Metadata {
        id: "anonymous-access",
        title: "Roles are granted to chosen subjects",
        why: "people and pods that nobody thought of have these rights",
        help: "name a group, a user or a ServiceAccount",
        category: Category::Access,
        severity: Severity::Critical,
        profile: Profile::Starter,
        targets: &[&kinds::CLUSTER_ROLE_BINDING, &kinds::ROLE_BINDING],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::RBAC_PRACTICES, sources::DISCOVERY_ROLES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(role) = RoleRef::of(cx.object())?.filter(|_| !is_bootstrap(cx.object())) else { return Ok(()) };
        if self.allowed_roles.iter().any(|allowed| allowed.matches(role.name)) {
            return Ok(());
        }
        let mut harmless = None;
        for subject in subjects(cx.object())? {
            let Some(people) = everybody(&subject) else { continue };
            let is_harmless = match harmless {
                Some(known) => known,
                None => *harmless.insert(only_reads(cx)?),
            };
            let anybody = matches!(subject.who, Who::User(_) | Who::Group("system:unauthenticated"));
            let severity = match (is_harmless, anybody) {
                (true, _) => Severity::Low,
                (false, true) => Severity::Critical,
                (false, false) => Severity::High,
            };
            let message = text![role.title(), " is granted to ", subject.title(), ": ", people];
            out.report(subject.node, message).severity(severity);
        }
        Ok(())
    }
}

/// True when the checked binding's role is known and only reads what isn't secret.
fn only_reads(cx: &Context<'_>) -> Result<bool, InventoryError> {
    let Some(binding) = cx.checked().filter(|_| cx.knows_optional()) else { return Ok(false) };
    let Some(role) = role_of(cx, &binding)? else { return Ok(false) };
    for part in collected(cx, role)? {
        for rule in rules(cx.node(&part)).map_err(|malformed| part.unreadable(&malformed))? {
            let reads = rule.verbs.iter().all(|verb| matches!(verb.text, "get" | "list" | "watch"));
            let everything = rule.resources.find("*").is_some() || rule.urls.find("*").is_some();
            if !reads || everything || READ_SECRETS.granted_by(&rule, part.kind).is_some() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
