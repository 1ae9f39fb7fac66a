use crate::policies::networking::retry_rules::{ISTIO_RETRY_ON, MAX_PER_TRY, RetryRules};
use crate::policies::prelude::*;
use crate::settings::{PositiveDuration, Range, RetryCondition};

/// ## What it does
/// Reports every HTTP route of an Istio VirtualService that has no retries, tries too seldom or too often, lets one try
/// take too long (or as long as it likes), has a timeout that is over before its tries are, or does not try again on one
/// of the conditions in `retryOn`. `5xx` covers `gateway-error`, `connect-failure` and `refused-stream`; the statuses 502,
/// 503 and 504 together cover `gateway-error`.
///
/// Routes that redirect, answer by themselves or delegate to another VirtualService have nothing to try again. Nor are
/// `tcp` and `tls` routes looked at. What Flagger writes for a Canary is the affair of `canary-without-retries`.
///
/// ## Why
/// At every rollout, node drain and scale-down some requests meet a pod that is just starting or about to stop. Istio by
/// itself tries such a request twice more, but not after a 502 or 504, and never when a pod takes the request and doesn't
/// answer: without a time for each try it waits until the caller gives up. With retries that say both, the proxy asks
/// another pod and the caller notices nothing.
///
/// ## What to write
/// ```yaml
/// http:
///   - name: primary
///     route:
///       - destination: {host: checkout}
///     timeout: 15s
///     retries:
///       attempts: 3
///       perTryTimeout: 5s
///       retryOn: gateway-error,connect-failure,refused-stream
/// ```
///
/// ## Limits
/// Only requests that may arrive twice should be tried again after a gateway error: that is why the fix is not a safe one.
/// A route of requests that must not be repeated, or of streams that last, is best exempted. Defaults for the whole mesh
/// (`defaultHttpRetryPolicy`) can't be seen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct RouteWithoutRetries {
    /// How often a request is tried again, as `{min, max}`.
    pub attempts: Range<u32>,
    /// The longest that one try may take, such as `5s`.
    pub max_per_try: PositiveDuration,
    /// The conditions on which a request has to be tried again.
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
        title: "HTTP routes retry requests that met a starting or stopping pod",
        why: "clients see the errors of every rollout and node drain",
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
        // Flagger would write its own again: the Canary is where to change it.
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

/// True when the route sends requests to somebody who may fail to answer.
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
