//! The Services that a DestinationRule applies to.

use crate::json::node::{Malformed, Node};

/// The host that a DestinationRule applies to, read as a Service's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host<'a> {
    /// The Service's name; may start with `*`.
    pub service: &'a str,
    /// The Service's namespace; `None` means the rule's own.
    pub namespace: Option<&'a str>,
}

impl Host<'_> {
    /// True for the Service of that name and namespace, when the rule lives in `own`.
    pub fn is(&self, service: &str, namespace: &str, own: &str) -> bool {
        let fits = match self.service.strip_prefix('*') {
            Some(rest) => service.ends_with(rest),
            None => self.service == service,
        };
        // `*` alone matches every host.
        fits && (self.service == "*" && self.namespace.is_none() || self.namespace.unwrap_or(own) == namespace)
    }
}

/// The host of a DestinationRule: `web`, `web.shop` or `web.shop.svc.cluster.local`.
///
/// # Errors
/// When it isn't a string.
pub fn host(rule: Node<'_>) -> Result<Option<Host<'_>>, Malformed> {
    let Some(host) = rule.get("spec").get("host").str()? else { return Ok(None) };
    let (service, rest) = match host.split_once('.') {
        Some((service, rest)) => (service, Some(rest)),
        None => (host, None),
    };
    let namespace = rest.map(|rest| rest.split_once('.').map_or(rest, |(namespace, _)| namespace));
    Ok(Some(Host { service, namespace }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn host_is_a_short_or_full_service_name() {
        let is = |written: &str, service: &str| {
            let object = json!({"spec": {"host": written}});
            host(Node::root(&object, &PathArena::new())).unwrap().unwrap().is(service, "shop", "shop")
        };
        for (written, expected) in [
            ("web", true),
            ("web.shop", true),
            ("web.shop.svc.cluster.local", true),
            ("*.shop.svc.cluster.local", true),
            ("*", true),
            ("web.billing.svc.cluster.local", false),
            ("*.billing.svc.cluster.local", false),
            ("api", false),
        ] {
            assert_eq!(is(written, "web"), expected, "{written}");
        }
    }
}
