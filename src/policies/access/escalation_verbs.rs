use crate::kube::rbac::{Rule, Word};
use crate::policies::access::power_rules::{CERTIFICATES, ESCALATIONS, OwnRules};
use crate::policies::prelude::*;

/// ## What it does
/// Reports rules of Roles and ClusterRoles that lead to more rights than they show:
///
/// - `escalate` and `bind` on roles, `impersonate` on users, groups and ServiceAccounts;
/// - tokens of ServiceAccounts (`serviceaccounts/token`), approval of certificates, admission webhooks, `nodes/proxy`;
/// - commands in pods: `pods/exec`, `pods/attach` and `pods/ephemeralcontainers`, with severity `medium`, and `low` in one
///   namespace; `pods/portforward`, with
///   severity `low`;
/// - creating pods, workloads and PersistentVolumes, and `deletecollection`, with severity `info`.
///
/// Rules with `resourceNames` are not reported, nor are resources that are in no namespace where a Role names them, or a
/// ClusterRole that only RoleBindings among the files grant: nothing is granted there. The same goes for the approval of
/// certificates in a role that names its signers, if none of them signs certificates of clients. What `*` contains is
/// reported by `wildcard-access`, but `*/exec` is `pods/exec`. ClusterRoles that a controller collects from others (`aggregationRule`) are edited there, and
/// those that the API server makes itself are not reported.
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
        let approves_clients = approves_clients(&role.rules);
        for rule in &role.rules {
            for power in ESCALATIONS {
                let grant = power.granted_by(rule, role.reach.kind()).filter(|grant| grant.is_literal);
                let Some(grant) = grant.filter(|_| approves_clients || !power.approves()) else { continue };
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

/// False when the rules name the signers for which they allow approvals, and none of them signs certificates of clients. The
/// API server asks for both.
fn approves_clients(rules: &[Rule<'_>]) -> bool {
    let mut is_limited = false;
    for rule in rules.iter().filter(|rule| rule.covers_group(CERTIFICATES) && rule.resource("signers").is_some()) {
        if rule.verb("approve").is_none() {
            continue;
        }
        let is_client = |name: &Word<'_>| matches!(name.text, "kubernetes.io/*" | CLIENT_SIGNER | KUBELET_SIGNER);
        if rule.names.is_empty() || rule.names.iter().any(is_client) {
            return true;
        }
        is_limited = true;
    }
    !is_limited
}

/// Signs certificates of any user.
const CLIENT_SIGNER: &str = "kubernetes.io/kube-apiserver-client";

/// Signs certificates of nodes.
const KUBELET_SIGNER: &str = "kubernetes.io/kube-apiserver-client-kubelet";
