use crate::policies::access::power_rules::{ESCALATIONS, OwnRules};
use crate::policies::prelude::*;

/// ## What it does
/// Reports rules of Roles and ClusterRoles that lead to more rights than they show:
///
/// - `escalate` and `bind` on roles, `impersonate` on users, groups and ServiceAccounts;
/// - tokens of ServiceAccounts (`serviceaccounts/token`), approval of certificates, admission webhooks, `nodes/proxy`;
/// - commands in pods: `pods/exec` and `pods/attach`, with severity `medium`, and `low` in one namespace; `pods/portforward`, with
///   severity `low`;
/// - creating pods and workloads, and `deletecollection`, with severity `info`.
///
/// Rules with `resourceNames` are not reported, nor are resources that are in no namespace where a Role names them: it grants
/// nothing there. What a wildcard contains is reported by `wildcard-access`. ClusterRoles that a controller collects from
/// others (`aggregationRule`) are edited there, and those that the API server makes itself are not reported.
///
/// ## Why
/// The API server stops an account from granting rights that it doesn't have. These are the ways around it: with any of them,
/// one compromised account becomes the administrator of the namespace or of the cluster.
///
/// ## What to write
/// ```yaml
/// rules:
///   - apiGroups: [rbac.authorization.k8s.io]
///     resources: [clusterroles]
///     resourceNames: [tenant]
///     verbs: [bind]
/// ```
/// Name the objects that the program needs it for, and take `nodes/metrics` or `nodes/stats` in place of `nodes/proxy`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct EscalationVerbs {}

impl Policy for EscalationVerbs {
    const METADATA: Metadata = Metadata {
        id: "escalation-verbs",
        title: "Roles don't lead to more rights than they show",
        why: "one compromised account becomes an administrator",
        help: "remove the verb or the resource, or name the objects in resourceNames",
        category: Category::Access,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: &[&kinds::ROLE, &kinds::CLUSTER_ROLE],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::RBAC_PRACTICES, sources::RBAC],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let role = OwnRules::of(cx)?;
        for rule in &role.rules {
            for power in ESCALATIONS {
                let Some(grant) = power.granted_by(rule, cx.kind()).filter(|grant| grant.is_literal) else { continue };
                let resource = match grant.place.str()? {
                    Some(word) => text!["\"", word, "\""],
                    None => "it".to_owned(),
                };
                let message = text!["with ", resource, ", its subjects may ", power.does];
                let finding = out.report(grant.place, message).severity(power.severity_of(role.reach)).help(power.help);
                role.relate(cx, finding);
            }
        }
        Ok(())
    }
}
