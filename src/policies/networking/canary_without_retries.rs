use crate::policies::networking::retry_rules::{ISTIO_RETRY_ON, MAX_PER_TRY, RetryRules};
use crate::policies::prelude::*;
use crate::settings::{PositiveDuration, Range, RetryCondition};

/// ## What it does
/// Reports a Flagger Canary whose service has no retries, tries too seldom or too often, lets one try take too long (or
/// as long as it likes), has a timeout that is over before its tries are, or does not try again on one of the conditions
/// in `retryOn`. `5xx` covers `gateway-error`, `connect-failure` and `refused-stream`; the statuses 502, 503 and 504
/// together cover `gateway-error`.
///
/// ## Why
/// A canary shifts traffic to pods that have just started and away from pods that are about to stop, at every step of the
/// analysis. Some requests meet a pod that can't answer. Without retries the client sees the error, and Flagger counts it
/// against the new version; with them the proxy asks another pod.
///
/// ## What to write
/// ```yaml
/// service:
///   timeout: 15s
///   retries:
///     attempts: 3
///     perTryTimeout: 5s
///     retryOn: gateway-error,connect-failure,refused-stream
/// ```
///
/// ## Limits
/// Flagger writes `retries` into the routes of Istio and Contour; a Canary whose `provider` is another one is left alone,
/// and so is one whose `appProtocol` is `tcp`. A Canary that names no provider is taken for one of Istio. Only requests
/// that may arrive twice should be tried again: that is why the fix is not a safe one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct CanaryWithoutRetries {
    /// How often a request is tried again, as `{min, max}`.
    pub attempts: Range<u32>,
    /// The longest that one try may take, such as `5s`.
    pub max_per_try: PositiveDuration,
    /// The conditions on which a request has to be tried again.
    pub retry_on: Vec<RetryCondition>,
}

impl Default for CanaryWithoutRetries {
    fn default() -> CanaryWithoutRetries {
        CanaryWithoutRetries {
            attempts: Range::new(1, 10),
            max_per_try: MAX_PER_TRY,
            retry_on: RetryCondition::defaults(),
        }
    }
}

/// What Contour does when `retryOn` is not written.
const CONTOUR_RETRY_ON: &str = "5xx";

impl Policy for CanaryWithoutRetries {
    const METADATA: Metadata = Metadata {
        id: "canary-without-retries",
        title: "Canaries retry requests that met a starting or stopping pod",
        why: "every shift of traffic shows clients errors, which count against the new version",
        help: "set spec.service.retries with attempts, perTryTimeout and retryOn",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::CANARY],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::ZERO_DOWNTIME, sources::ENVOY_RETRIES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        let default_retry_on = match spec.get("provider").str()? {
            None | Some("" | "istio") => ISTIO_RETRY_ON,
            Some("contour") => CONTOUR_RETRY_ON,
            Some(_) => return Ok(()),
        };
        let service = spec.get("service").mapping()?;
        if service.get("appProtocol").str()?.is_some_and(|protocol| protocol.eq_ignore_ascii_case("tcp")) {
            return Ok(());
        }
        let rules =
            RetryRules { attempts: self.attempts, max_per_try: self.max_per_try.get(), retry_on: &self.retry_on };
        rules.report(service, "the canary's service", default_retry_on, out)
    }
}
