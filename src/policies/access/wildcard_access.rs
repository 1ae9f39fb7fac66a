use crate::kube::rbac::{Rule, is_builtin_group};
use crate::policies::access::power_rules::{ESCALATIONS, OwnRules, Power, READ_SECRETS, spelt};
use crate::policies::prelude::*;

/// ## What it does
/// Reports rules of Roles and ClusterRoles with `*` among their verbs, resources, API groups or `nonResourceURLs`, once per
/// rule. The severity is `high` if the wildcard contains Secrets, or what leads to more rights: `escalate`, `bind`,
/// `impersonate`, tokens, webhooks, `nodes/proxy`, and `medium` for all `nonResourceURLs`. Otherwise it is `low` for all resources
/// of an API group, and `info` for all verbs on named resources.
///
/// Not reported are rules about API groups of custom resources and metrics only (see `customGroups`): an operator may do
/// everything with its own resources. Nor are rules that `secret-access` or `escalation-verbs` reports, ClusterRoles that a
/// controller collects from others (`aggregationRule`), which are edited there, and those that the API server makes itself.
///
/// ## Why
/// A wildcard grants what nobody thought of, and what doesn't exist yet: the next version's resources and subresources, and
/// verbs such as `escalate` and `impersonate`, which turn a harmless account into an administrator.
///
/// ## What to write
/// ```yaml
/// rules:
///   - apiGroups: [apps]
///     resources: [deployments]
///     verbs: [get, list, watch, patch]
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct WildcardAccess {
    /// Whether rules about API groups of custom resources and metrics are checked, too.
    pub custom_groups: bool,
}

impl Policy for WildcardAccess {
    const METADATA: Metadata = Metadata {
        id: "wildcard-access",
        title: "Rules name their verbs and resources",
        why: "a wildcard grants what nobody thought of, and what the next version brings",
        help: "list the verbs, resources and API groups that are used",
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
            if let Some(url) = rule.urls.find("*").or_else(|| rule.urls.find("/*")) {
                let message = text!["the rule allows ", spelt(&rule.verbs, "every verb"), " on every nonResourceURL"];
                let help = "list the URLs that are used, such as /metrics";
                role.relate(cx, out.report(url.node, message).severity(Severity::Medium).help(help));
            }
            self.check_rule(rule, &role, cx, out);
        }
        Ok(())
    }
}

impl WildcardAccess {
    fn check_rule(&self, rule: &Rule<'_>, role: &OwnRules<'_>, cx: &Context<'_>, out: &mut Findings) {
        let wildcards = [rule.resources.find("*"), rule.verbs.find("*"), rule.groups.find("*")];
        let Some(place) = wildcards.iter().flatten().next().filter(|_| !rule.resources.is_empty()) else { return };
        let is_builtin = rule.groups.iter().any(|group| is_builtin_group(group.text));
        if !is_builtin && !self.custom_groups {
            return;
        }
        let mut worst: Option<&Power> = None;
        let mut is_reported = false;
        for power in [&READ_SECRETS].into_iter().chain(ESCALATIONS) {
            let Some(grant) = power.granted_by(rule, role.reach.kind()) else { continue };
            let severity = power.severity_of(role.reach);
            if grant.is_literal {
                is_reported |= severity > Severity::Info;
            } else if power.severity == Severity::High
                && worst.is_none_or(|worst| worst.severity_of(role.reach) < severity)
            {
                worst = Some(power);
            }
        }
        // What such a rule grants is reported where it is named.
        if worst.is_none() && is_reported {
            return;
        }
        let verbs = spelt(&rule.verbs, "every verb");
        let resources = spelt(&rule.resources, "every resource");
        let groups = match spelt(&rule.groups, "every API group").as_str() {
            "\"\"" => "the core API group".to_owned(),
            groups => groups.to_owned(),
        };
        let message = text!["the rule allows ", verbs, " on ", resources, " of ", groups];
        let (message, severity) = match worst {
            Some(power) if wildcards.iter().all(Option::is_some) => {
                let scope = role.reach.scope();
                (text![message, ": its subjects may do everything", scope], power.severity_of(role.reach))
            }
            Some(power) => (text![message, ": its subjects may ", power.does], power.severity_of(role.reach)),
            None if rule.resources.find("*").is_some() => (message, Severity::Low),
            None => (message, Severity::Info),
        };
        role.relate(cx, out.report(place.node, message).severity(severity));
    }
}
