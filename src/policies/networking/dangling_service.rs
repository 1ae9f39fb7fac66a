use crate::kube::owner::is_controlled;
use crate::kube::runtime_labels;
use crate::kube::service::Service;
use crate::lookup::service::without_pods;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports Services whose selector matches no pod and no pod template in their namespace, whatever the kind of
/// workload.
///
/// Not reported are Services without a selector, whose endpoints are managed elsewhere, `ExternalName` Services, and
/// Services owned by another object (an owner reference with `controller: true`), whose controller knows what it
/// selects. Labels that pods only get at run time count as matched: see `runtimeLabels`.
///
/// ## Why
/// A Service with a misspelled selector is accepted, gets a name and an address, and refuses every connection. Nothing
/// in its status shows that.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: Service
/// metadata:
///   name: web
/// spec:
///   selector:
///     app: web
///   ports:
///     - port: 80
/// ```
/// `spec.selector` must match `spec.template.metadata.labels`: a pod needs all of the selected labels. The Deployment's
/// own labels don't count.
///
/// ## Limits
/// The workload usually arrives after its Service: unless `onViolation` is set, a finding only warns on CREATE. In a
/// cluster, Deployments, StatefulSets and DaemonSets are looked up, and Pods if none of those matches: pods of Jobs,
/// Rollouts and custom controllers are found once they run. Among files that aren't declared complete, a Service is
/// checked if its namespace has a Deployment, StatefulSet or DaemonSet in the same directory, with severity `low`. It
/// is not checked if a custom resource in the namespace may create pods.
///
/// If a workload's labels change so that a Service no longer matches, the background audit reports the Service.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingService {
    /// Labels that pods get at run time, from controllers or leader election. Pod templates don't need them; `*` and `?`
    /// are wildcards.
    pub runtime_labels: Vec<Glob>,
}

impl Default for DanglingService {
    fn default() -> DanglingService {
        DanglingService { runtime_labels: runtime_labels::PATTERNS.iter().map(|label| Glob::new(*label)).collect() }
    }
}

impl Policy for DanglingService {
    const METADATA: Metadata = Metadata {
        id: "dangling-service",
        title: "Services select existing pods",
        why: "every connection to the Service is refused",
        help: "set spec.selector to the labels of the pod template",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::SERVICE],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::POD],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::SERVICES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let service = Service::read(cx.object())?;
        let place = service.selector_node();
        let Some(selector) = service.selector.filter(|_| !is_controlled(cx.object())) else { return Ok(()) };
        let selector = selector.without(|key| self.runtime_labels.iter().any(|label| label.matches(key)));
        // Labels that only running pods have can't be checked against templates.
        let Some(missing) = without_pods(cx, &selector)? else { return Ok(()) };
        let mut labels = Vec::new();
        for (key, values) in selector.required() {
            labels.push(text![key, "=", values.first().copied().unwrap_or_default()]);
        }
        let message = text!["selector ", labels.join(", "), " matches no pods", missing.scope()];
        out.report(place, message).severity(missing.severity(Self::METADATA.severity));
        Ok(())
    }
}
