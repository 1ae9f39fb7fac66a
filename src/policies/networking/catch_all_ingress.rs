use crate::kube::ingress::{class, has_own_balancer};
use crate::kube::owner::is_controlled;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Ingresses that get requests for names that nobody has routed: a rule without a host, `*` as a host, and a
/// default backend without any rule. Hosts such as `*.example.com` are noted with severity `info`, unless `allowHosts`
/// lists them.
///
/// Ingresses that get a load balancer or proxy of their own are ignored: those of the classes `gce` and `tailscale`, of AWS's
/// controller without a group, and of Cilium in the mode `dedicated`. If no class is named, which may mean the same, the
/// severity is `low`.
///
/// ## Why
/// A shared controller serves many teams. One Ingress without a host gets every request for a name that no other Ingress
/// has: a colleague's new host before its Ingress is there, a domain that was just removed, and everything that
/// scanners try. Paths without a host can also shadow those of other Ingresses.
///
/// ## What to write
/// ```yaml
/// apiVersion: networking.k8s.io/v1
/// kind: Ingress
/// metadata:
///   name: web
/// spec:
///   rules:
///     - host: shop.example.com
///       http:
///         paths:
///           - path: /
///             pathType: Prefix
///             backend:
///               service:
///                 name: web
///                 port: {name: http}
/// ```
/// For a page that is shown for unknown names, configure the controller's default backend, once for the cluster.
///
/// ## Limits
/// A default backend beside rules with hosts is not reported: controllers use it for these hosts. Listeners and routes of
/// the Gateway API are not checked: a Gateway's owner decides who may attach which names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct CatchAllIngress {
    /// Wildcard hosts that are accepted, such as `*.shop.example.com`.
    pub allow_hosts: Vec<String>,
}

impl Policy for CatchAllIngress {
    const METADATA: Metadata = Metadata {
        id: "catch-all-ingress",
        title: "Ingresses name their hosts",
        why: "it gets requests that are meant for others on the same controller",
        help: "set the host that clients use",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::INGRESS],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::INGRESS_HOSTS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if is_controlled(cx.object()) || has_own_balancer(cx.object())? {
            return Ok(());
        }
        let usual = Self::METADATA.severity;
        let severity = if class(cx.object())?.is_some() { usual } else { Severity::Low };
        let spec = cx.spec().mapping()?;
        let (mut rules, mut reported) = (0, false);
        for rule in spec.get("rules").items()? {
            rules += 1;
            let place = rule.mapping()?.get("host");
            let host = place.str()?.unwrap_or_default();
            if self.allow_hosts.iter().any(|allowed| allowed == host) {
                continue;
            }
            // One finding is enough: several rules without a host are one rule.
            if matches!(host, "" | "*") {
                if !reported {
                    let what = if host.is_empty() { "has no host" } else { "has the host *" };
                    let message = text!["a rule ", what, ": it gets requests for every name that no Ingress routes"];
                    out.report(place, message).severity(severity);
                }
                reported = true;
            } else if host.starts_with("*.") {
                let message = text!["host \"", host, "\" gets requests for every name below it that no Ingress routes"];
                out.report(place, message).severity(Severity::Info).help("list the hosts that clients use");
            }
        }
        let fallback = [spec.get("defaultBackend"), spec.get("backend")].into_iter().find(|backend| backend.exists());
        if let Some(fallback) = fallback.filter(|_| rules == 0) {
            let message = "a default backend without rules gets requests for every name that no Ingress routes";
            out.report(fallback, message).severity(severity).help("add a rule with the host that clients use");
        }
        Ok(())
    }
}
