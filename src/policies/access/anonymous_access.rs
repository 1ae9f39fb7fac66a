use crate::kube::rbac::{ACCOUNTS, RoleRef, Rule, Who, Word, is_bootstrap, rules, subjects};
use crate::lookup::access::{collected, role_of};
use crate::policies::access::power_rules::everybody;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports bindings that grant a role to subjects that nobody was chosen for: `system:anonymous` and `system:unauthenticated`,
/// which need no credentials at all, with severity `critical`; `system:authenticated` and `system:serviceaccounts` with severity
/// `high`. If it is `view` in one namespace, or is among the files and only reads what isn't secret, the severity is `low`, and
/// `medium` without credentials; `info` and `low` for objects that its rules name.
///
/// Not reported are the bindings that the API server and kubeadm make for discovery (see `allowedRoles`), and roles among the
/// files for nothing but the URLs that are public anyway (`/healthz`, `/livez`, `/readyz`, `/version` and the keys of
/// ServiceAccounts), or PodSecurityPolicies, which Kubernetes 1.25 has removed.
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
        let mut known = None;
        for subject in subjects(cx.object())? {
            let Some(people) = everybody(&subject) else { continue };
            let amount = match known {
                Some(known) => known,
                None => *known.insert(amount(cx, &role)?),
            };
            let anybody = !matches!(subject.who, Who::Group("system:authenticated" | ACCOUNTS));
            let severity = match (amount, anybody) {
                (Amount::Public, _) => return Ok(()),
                (Amount::Named, false) => Severity::Info,
                (Amount::Named, true) | (Amount::Reading, false) => Severity::Low,
                (Amount::Reading, true) => Severity::Medium,
                (Amount::More, false) => Severity::High,
                (Amount::More, true) => Severity::Critical,
            };
            let message = text![role.title(), " is granted to ", subject.title(), ": ", people];
            out.report(subject.node, message).severity(severity);
        }
        Ok(())
    }
}

/// How much a role allows.
#[derive(Clone, Copy)]
enum Amount {
    /// Only what the API server shows to everybody.
    Public,
    /// Only to read named objects that aren't secret.
    Named,
    /// Only to read what isn't secret.
    Reading,
    /// More, or it isn't known.
    More,
}

/// How much the checked binding's role allows.
fn amount(cx: &Context<'_>, role: &RoleRef<'_>) -> Result<Amount, InventoryError> {
    if role.is_cluster_role("view") {
        return Ok(if *cx.kind() == kinds::ROLE_BINDING { Amount::Reading } else { Amount::More });
    }
    let Some(binding) = cx.checked().filter(|_| cx.knows_optional()) else { return Ok(Amount::More) };
    let Some(role) = role_of(cx, &binding)? else { return Ok(Amount::More) };
    let mut amount = Amount::Public;
    for part in collected(cx, role)? {
        for rule in rules(cx.node(&part)).map_err(|malformed| part.unreadable(&malformed))? {
            // Nothing uses them any more.
            let is_legacy = |resource: &Word<'_>| resource.text == "podsecuritypolicies";
            if cx.kubernetes().at_least(25) && !rule.resources.is_empty() && rule.resources.iter().all(is_legacy) {
                continue;
            }
            let reads = rule.verbs.iter().all(|verb| matches!(verb.text, "get" | "list" | "watch"));
            let everything = rule.resources.find("*").is_some() || has_every_url(&rule);
            let secrets = rule.covers_group("") && rule.resource("secrets").is_some();
            if !reads || everything || secrets {
                return Ok(Amount::More);
            }
            amount = match (amount, rule.resources.is_empty(), rule.names.is_empty()) {
                (known, true, _) if rule.urls.iter().all(|url| is_public(url.text)) => known,
                (Amount::Public | Amount::Named, false, false) => Amount::Named,
                _ => Amount::Reading,
            };
        }
    }
    Ok(amount)
}

fn has_every_url(rule: &Rule<'_>) -> bool {
    rule.urls.find("*").or_else(|| rule.urls.find("/*")).is_some()
}

/// True for a URL that the API server shows to everybody by default: its health, its version, and the keys by which
/// tokens of ServiceAccounts are checked.
fn is_public(url: &str) -> bool {
    const PUBLIC: [&str; 4] = ["/healthz", "/livez", "/readyz", "/version"];
    let url = url.strip_suffix('/').unwrap_or(url);
    PUBLIC.contains(&url) || matches!(url, "/.well-known/openid-configuration" | "/openid/v1/jwks")
}
