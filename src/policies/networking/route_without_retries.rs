use crate::policies::networking::retry_rules::{ISTIO_RETRY_ON, MAX_PER_TRY, RetryRules};
use crate::policies::prelude::*;
use crate::settings::{PositiveDuration, Range, RetryCondition};

/// ## What it does
/// Reports every HTTP route of an Istio VirtualService that has no retries, retries too few or too many times, has no
/// `perTryTimeout` or too long a one, has a `timeout` that ends before all tries can run (the first one and each
/// retry), or doesn't retry on one of the conditions in `retryOn`. `5xx` covers `gateway-error`, `connect-failure` and
/// `refused-stream`; the statuses 502, 503 and 504 together cover `gateway-error`. No retries at all have severity low: Istio
/// then retries twice, though not after every error.
///
/// Routes that redirect, respond directly or delegate to another VirtualService have nothing to retry. `tcp` and `tls`
/// routes are ignored. VirtualServices that Flagger generates for a Canary are left to `canary-without-retries`.
///
/// ## Why
/// At every rollout, node drain and scale-down, some requests reach a pod that is just starting or about to stop. Istio
/// retries such a request twice by default, but not after a 502 or 504, and never when a pod accepts the request and
/// doesn't answer: without a `perTryTimeout` it waits until the caller gives up. With both set, the proxy tries another
/// pod and the caller notices nothing.
///
/// ## What to write
/// ```yaml
/// http:
///   - name: primary
///     route:
///       - destination: {host: checkout}
///     timeout: 20s
///     retries:
///       attempts: 3
///       perTryTimeout: 5s
///       retryOn: gateway-error,connect-failure,refused-stream
/// ```
///
/// ## Limits
/// Only idempotent requests should be retried after a gateway error; that is why the fix is unsafe. On routes whose
/// requests must not be repeated, set `attempts: 0`: that is only noted, with severity `info`. Exempt routes for
/// long-lived streams. Mesh-wide defaults (`defaultHttpRetryPolicy`) are not visible.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RouteWithoutRetries {
    /// The accepted number of retries, as `{min, max}`.
    pub attempts: Range<u32>,
    /// The maximum `perTryTimeout`, such as `5s`.
    pub max_per_try: PositiveDuration,
    /// The conditions on which requests must be retried.
    pub retry_on: Vec<RetryCondition>,
}

impl Default for RouteWithoutRetries {
    fn default() -> RouteWithoutRetries {
        RouteWithoutRetries {
            attempts: Range::new(1, 10),
            max_per_try: MAX_PER_TRY,
            retry_on: RetryCondition::defaults(),
        }
    }
}

impl Policy for RouteWithoutRetries {
    const METADATA: Metadata = Metadata {
        id: "route-without-retries",
        title: "HTTP routes retry requests that hit a starting or stopping pod",
        why: "clients see errors at every rollout and node drain",
        help: "set retries with attempts, perTryTimeout and retryOn",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::VIRTUAL_SERVICE],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::ISTIO_RETRIES, sources::ENVOY_RETRIES, sources::ZERO_DOWNTIME],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // Flagger would overwrite a change; it belongs in the Canary.
        if is_made_by_flagger(cx.object())? {
            return Ok(());
        }
        let rules =
            RetryRules { attempts: self.attempts, max_per_try: self.max_per_try.get(), retry_on: &self.retry_on };
        for (index, route) in cx.spec().mapping()?.get("http").items()?.enumerate() {
            if !forwards(route.mapping()?)? {
                continue;
            }
            let title = match route.get("name").str()?.filter(|name| !name.is_empty()) {
                Some(name) => text!["HTTP route \"", name, "\""],
                None => text!["HTTP route ", &(index + 1).to_string()],
            };
            rules.report(route, &title, ISTIO_RETRY_ON, out)?;
        }
        Ok(())
    }
}

/// True when the route forwards requests, so that one can fail.
fn forwards(route: Node<'_>) -> Result<bool, Malformed> {
    let answers = route.get("redirect").exists() || route.get("directResponse").exists();
    Ok(!answers && route.get("route").items()?.len() > 0)
}

fn is_made_by_flagger(object: Node<'_>) -> Result<bool, Malformed> {
    for owner in object.get("metadata").mapping()?.get("ownerReferences").items()? {
        let (api_version, kind) = (owner.get("apiVersion").str()?, owner.get("kind").str()?);
        if kinds::CANARY.is(api_version.unwrap_or_default(), kind.unwrap_or_default()) {
            return Ok(true);
        }
    }
    Ok(false)
}
