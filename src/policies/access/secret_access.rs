use crate::policies::access::power_rules::{OwnRules, READ_SECRETS};
use crate::policies::prelude::*;

/// ## What it does
/// Reports rules of Roles and ClusterRoles that allow `get`, `list` or `watch` on `secrets` without `resourceNames`. `list` and
/// `watch` return the whole contents, not just the names. In a Role, and in a ClusterRole that only RoleBindings among the
/// files grant, the finding has severity `medium`.
///
/// Rules that contain Secrets by `resources: ["*"]` are reported by `wildcard-access`. Not reported are ClusterRoles that a
/// controller collects from others (`aggregationRule`), which are edited there, and those that the API server makes itself.
///
/// ## Why
/// A namespace's Secrets are the passwords of its databases, the keys of its certificates and the tokens of its accounts. Who
/// may read all of them in the cluster, may act as nearly anybody.
///
/// ## What to write
/// ```yaml
/// rules:
///   - apiGroups: [""]
///     resources: [secrets]
///     resourceNames: [checkout-db]
///     verbs: [get]
/// ```
/// A pod that mounts a Secret, or takes a variable from it, needs no rule at all.
///
/// ## Limits
/// Ingress controllers, certificate managers and the like read Secrets by their nature: exempt their roles with the reason, and
/// bind the role in the namespaces that they serve, where they can be told to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SecretAccess {}

impl Policy for SecretAccess {
    const METADATA: Metadata = Metadata {
        id: "secret-access",
        title: "Roles name the Secrets that they read",
        why: "its subjects read passwords, keys and tokens that aren't theirs",
        help: "name the Secrets in resourceNames, or mount them",
        category: Category::Access,
        severity: Severity::High,
        profile: Profile::Production,
        targets: &[&kinds::ROLE, &kinds::CLUSTER_ROLE],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::RBAC_PRACTICES, sources::SECRET_PRACTICES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let role = OwnRules::of(cx)?;
        for rule in &role.rules {
            let Some(grant) = READ_SECRETS.granted_by(rule, cx.kind()).filter(|grant| grant.is_literal) else {
                continue;
            };
            let mut verbs = Vec::new();
            for verb in ["get", "list", "watch"] {
                verbs.extend(rule.verb(verb).map(|_| verb));
            }
            let message = text!["the rule allows ", verbs.join(", "), " on every Secret", role.reach.scope()];
            let severity = READ_SECRETS.severity_of(role.reach);
            role.relate(cx, out.report(grant.place, message).severity(severity));
        }
        Ok(())
    }
}
