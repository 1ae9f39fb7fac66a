//! Checks retries, of a Canary and of a VirtualService's routes alike.

use serde_json::Map;

use crate::kube::retries::{Allowance, Retries, covers};
use crate::policies::prelude::*;
use crate::settings::{PositiveDuration, Range, RetryCondition};
use crate::text::duration::Duration;

/// The default maximum of `perTryTimeout`.
pub(super) const MAX_PER_TRY: PositiveDuration = PositiveDuration::from_seconds::<5>();

/// Istio's default `retryOn`, for routes with retries.
pub(super) const ISTIO_RETRY_ON: &str = "connect-failure,refused-stream,unavailable,cancelled,503";

/// The number of retries that the fix sets, if the range allows it.
const ATTEMPTS: u32 = 3;

/// The requirements for retries.
pub(super) struct RetryRules<'s> {
    /// The accepted number of retries.
    pub(super) attempts: Range<u32>,
    /// The maximum `perTryTimeout`.
    pub(super) max_per_try: Duration,
    /// The conditions that must be covered.
    pub(super) retry_on: &'s [RetryCondition],
}

impl RetryRules<'_> {
    /// Checks the `retries` and `timeout` of a route that messages call `title`. `default_retry_on` is the proxy's
    /// default for `retryOn`.
    pub(super) fn report(
        &self,
        route: Node<'_>,
        title: &str,
        default_retry_on: &str,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        if let Allowance::Unreadable(text) = Retries::timeout_of(route)? {
            let message = text![title, ": timeout \"", text, "\" is not a valid duration"];
            out.report(route.get("timeout"), message).help("set timeout to a duration such as 15s");
        }
        let Some(retries) = Retries::of(route)? else {
            let value = self.retries(Retries::timeout_of(route)?);
            // Then Istio retries twice, though not after every error.
            out.report(route.get("retries"), text![title, " sets no retries"])
                .severity(Severity::Low)
                .unsafe_fix("add retries", vec![Edit::set(route.get("retries"), Value::Object(value))]);
            return Ok(());
        };
        let attempts = retries.node.get("attempts");
        if retries.attempts == 0 && attempts.exists() && self.attempts.min() > Some(0) {
            // Somebody decided that these requests must not be repeated: nothing else matters then.
            let message = text![title, " disables retries: attempts is 0"];
            out.report(attempts, message)
                .severity(Severity::Info)
                .help("set attempts, unless requests must not be repeated");
            return Ok(());
        }
        self.check_attempts(&retries, title, out);
        self.check_per_try(&retries, title, out);
        self.check_conditions(&retries, title, default_retry_on, out);
        Ok(())
    }

    fn check_attempts(&self, retries: &Retries<'_>, title: &str, out: &mut Findings) {
        let attempts = u32::try_from(retries.attempts.max(0)).unwrap_or(u32::MAX);
        let Some(bound) = self.attempts.broken_by(attempts) else { return };
        let place = retries.node.get("attempts");
        let message = if place.exists() {
            text![title, " sets attempts to ", retries.attempts.to_string(), ", ", bound.title()]
        } else {
            text![title, " sets no attempts, so requests are never retried"]
        };
        let finding = out.report(place, message);
        set(finding, place, "attempts", json!(self.attempts.clamp(attempts)));
    }

    fn check_per_try(&self, retries: &Retries<'_>, title: &str, out: &mut Findings) {
        let max = self.max_per_try;
        let violation = match (retries.per_try, retries.timeout) {
            (Allowance::Unreadable(text), _) => text![": perTryTimeout \"", text, "\" is not a valid duration"],
            (Allowance::Open, Allowance::Within(timeout)) if timeout <= max => return,
            (Allowance::Open, Allowance::Within(timeout)) => {
                let timeout = timeout.to_string();
                text![" has no perTryTimeout, so one try may use up the whole timeout of ", timeout]
            }
            (Allowance::Open, _) => {
                " has no perTryTimeout, so a request that gets no answer is never retried".to_owned()
            }
            (Allowance::Within(per_try), _) if per_try > max => {
                text![" has a perTryTimeout of ", per_try.to_string(), ", more than ", max.to_string()]
            }
            (Allowance::Within(per_try), Allowance::Within(timeout))
                if per_try.times(tries(retries.attempts)) > timeout =>
            {
                text![
                    " has a timeout of ",
                    timeout.to_string(),
                    ", too short for ",
                    tries(retries.attempts).to_string(),
                    " tries of ",
                    per_try.to_string(),
                ]
            }
            _ => return,
        };
        let place = retries.node.get("perTryTimeout");
        let finding = out.report(place, text![title, violation]);
        let attempts = u32::try_from(retries.attempts.max(0)).unwrap_or(u32::MAX);
        match self.per_try(self.attempts.clamp(attempts), retries.timeout) {
            Some(per_try) => set(finding, place, "perTryTimeout", json!(per_try.to_string())),
            None => {
                finding.help("raise timeout, or lower attempts");
            }
        }
    }

    fn check_conditions(&self, retries: &Retries<'_>, title: &str, default_retry_on: &str, out: &mut Findings) {
        let retry_on = retries.retry_on.unwrap_or(default_retry_on);
        let missing: Vec<&str> =
            self.retry_on.iter().map(RetryCondition::as_str).filter(|condition| !covers(retry_on, condition)).collect();
        if missing.is_empty() {
            return;
        }
        let place = retries.node.get("retryOn");
        let finding = out.report(place, text![title, " does not retry on ", missing.join(", ")]);
        set(finding, place, "retryOn", json!([retry_on, &missing.join(",")].join(",")));
    }

    /// Retries that meet all requirements under the given timeout.
    fn retries(&self, timeout: Allowance<'_>) -> Map<String, Value> {
        let attempts = self.attempts.clamp(ATTEMPTS);
        let mut retries = Map::new();
        retries.insert("attempts".to_owned(), json!(attempts));
        if let Some(per_try) = self.per_try(attempts, timeout) {
            retries.insert("perTryTimeout".to_owned(), json!(per_try.to_string()));
        }
        if !self.retry_on.is_empty() {
            let conditions: Vec<&str> = self.retry_on.iter().map(RetryCondition::as_str).collect();
            retries.insert("retryOn".to_owned(), json!(conditions.join(",")));
        }
        retries
    }

    /// The longest acceptable `perTryTimeout`; `None` when the timeout leaves less than a millisecond per try.
    fn per_try(&self, attempts: u32, timeout: Allowance<'_>) -> Option<Duration> {
        let per_try = match timeout {
            Allowance::Within(timeout) => timeout.split(tries(i64::from(attempts)))?.min(self.max_per_try),
            Allowance::Open | Allowance::Unreadable(_) => self.max_per_try,
        };
        (per_try > Duration::ZERO).then_some(per_try)
    }
}

/// The number of tries: the first one, and each retry.
fn tries(attempts: i64) -> i64 {
    attempts.max(0).saturating_add(1)
}

/// Offers to set the field `name` at `place`.
fn set(finding: FindingBuilder<'_>, place: Node<'_>, name: &str, value: Value) {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let order = text!["set retries.", name, " to ", text];
    finding.unsafe_fix(order, vec![Edit::set(place, value)]);
}
