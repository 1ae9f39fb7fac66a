use crate::policies::networking::retry_rules::{ISTIO_RETRY_ON, MAX_PER_TRY, RetryRules};
use crate::policies::prelude::*;
use crate::settings::{PositiveDuration, Range, RetryCondition};

/// ## What it does
/// Reports a Flagger Canary whose service has no retries, retries too few or too many times, has no `perTryTimeout` or
/// too long a one, has a `timeout` that ends before all tries can run, or doesn't retry on one of the conditions in
/// `retryOn`. `5xx` covers `gateway-error`, `connect-failure` and `refused-stream`; the statuses 502, 503 and 504
/// together cover `gateway-error`.
///
/// ## Why
/// At every step of the analysis, a canary shifts traffic to pods that have just started and away from pods that are
/// about to stop. Some requests reach a pod that can't answer. Without retries the client sees the error and Flagger
/// counts it against the new version; with retries the proxy tries another pod.
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
/// Flagger writes `retries` into the routes of Istio and Contour; Canaries with another `provider`, or with the
/// `appProtocol` `tcp`, are ignored. A Canary without a provider is treated as one for Istio. Only idempotent requests
/// should be retried; that is why the fix is unsafe.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct CanaryWithoutRetries {
    /// The accepted number of retries, as `{min, max}`.
    pub attempts: Range<u32>,
    /// The maximum `perTryTimeout`, such as `5s`.
    pub max_per_try: PositiveDuration,
    /// The conditions on which requests must be retried.
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

/// Contour's default `retryOn`.
const CONTOUR_RETRY_ON: &str = "5xx";

impl Policy for CanaryWithoutRetries {
    const METADATA: Metadata = Metadata {
        id: "canary-without-retries",
        title: "Canaries retry requests that hit a starting or stopping pod",
        why: "every traffic shift causes client errors, which count against the new version",
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
