//! The retries of an HTTP route, as Istio's VirtualService and Flagger's Canary write them.

use crate::json::node::{Malformed, Node};
use crate::text::duration::Duration;

/// A route's `retries`, and its `timeout`.
pub struct Retries<'a> {
    /// The place of `retries`.
    pub node: Node<'a>,
    /// The place of `timeout`.
    pub timeout_node: Node<'a>,
    /// The number of retries; 0 when absent.
    pub attempts: i64,
    /// The timeout of one try.
    pub per_try: Allowance<'a>,
    /// The timeout of all tries together.
    pub timeout: Allowance<'a>,
    /// The conditions for a retry, separated by commas; `None` for the proxy's default.
    pub retry_on: Option<&'a str>,
}

/// A time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance<'a> {
    /// None: absent, or 0.
    Open,
    /// A positive duration.
    Within(Duration),
    /// Not a duration, or a negative one.
    Unreadable(&'a str),
}

impl<'a> Allowance<'a> {
    fn read(node: Node<'a>) -> Result<Allowance<'a>, Malformed> {
        let Some(text) = node.str()?.filter(|text| !text.is_empty()) else { return Ok(Allowance::Open) };
        Ok(match Duration::parse(text) {
            Some(Duration::ZERO) => Allowance::Open,
            Some(duration) if duration > Duration::ZERO => Allowance::Within(duration),
            _ => Allowance::Unreadable(text),
        })
    }
}

impl<'a> Retries<'a> {
    /// A route's retries; `None` when absent or empty.
    ///
    /// # Errors
    /// When a field has the wrong type.
    pub fn of(route: Node<'a>) -> Result<Option<Retries<'a>>, Malformed> {
        let node = route.get("retries").mapping()?;
        if node.entries()?.next().is_none() {
            return Ok(None);
        }
        let timeout_node = route.get("timeout");
        Ok(Some(Retries {
            node,
            timeout_node,
            attempts: node.get("attempts").int()?.unwrap_or_default(),
            per_try: Allowance::read(node.get("perTryTimeout"))?,
            timeout: Allowance::read(timeout_node)?,
            retry_on: node.get("retryOn").str()?.filter(|conditions| !conditions.is_empty()),
        }))
    }

    /// The timeout of all tries of a route together.
    ///
    /// # Errors
    /// When it isn't a string.
    pub fn timeout_of(route: Node<'a>) -> Result<Allowance<'a>, Malformed> {
        Allowance::read(route.get("timeout"))
    }
}

/// True when the comma-separated list `retry_on` covers `condition`.
pub fn covers(retry_on: &str, condition: &str) -> bool {
    let has = |wanted: &str| retry_on.split(',').any(|listed| listed.trim() == wanted);
    let gateway = ["502", "503", "504"];
    match condition {
        _ if has(condition) => true,
        // Envoy's `5xx` covers every such status, and requests without a response.
        "gateway-error" => has("5xx") || gateway.into_iter().all(has),
        "connect-failure" | "refused-stream" | "reset" => has("5xx"),
        status if gateway.contains(&status) => has("5xx") || has("gateway-error"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn reads_written_fields() {
        let route = json!({"timeout": "15s", "retries": {"attempts": 3, "perTryTimeout": "0s", "retryOn": ""}});
        let arena = PathArena::new();
        let retries = Retries::of(Node::root(&route, &arena)).unwrap().unwrap();
        assert_eq!((retries.attempts, retries.per_try, retries.retry_on), (3, Allowance::Open, None));
        assert_eq!(retries.timeout, Allowance::Within(Duration::from_seconds(15)));
        for none in [json!({}), json!({"retries": null}), json!({"retries": {}})] {
            assert!(Retries::of(Node::root(&none, &arena)).unwrap().is_none(), "{none}");
        }
    }

    #[test]
    fn timeout_is_open_positive_or_unreadable() {
        let arena = PathArena::new();
        for (text, bound) in [
            ("500ms", Allowance::Within(Duration::parse("500ms").unwrap())),
            ("0", Allowance::Open),
            ("5", Allowance::Unreadable("5")),
            ("-5s", Allowance::Unreadable("-5s")),
        ] {
            let route = json!({"timeout": text});
            assert_eq!(Retries::timeout_of(Node::root(&route, &arena)), Ok(bound), "{text}");
        }
    }

    #[test]
    fn broad_condition_covers_narrow_ones() {
        for (retry_on, condition, expected) in [
            ("gateway-error,connect-failure", "connect-failure", true),
            ("gateway-error, connect-failure", "connect-failure", true),
            ("gateway-error", "connect-failure", false),
            ("5xx", "gateway-error", true),
            ("5xx", "refused-stream", true),
            ("5xx", "retriable-4xx", false),
            ("502,503,504", "gateway-error", true),
            ("503", "gateway-error", false),
            ("gateway-error", "503", true),
            ("", "gateway-error", false),
        ] {
            assert_eq!(covers(retry_on, condition), expected, "{condition} under {retry_on}");
        }
    }
}
