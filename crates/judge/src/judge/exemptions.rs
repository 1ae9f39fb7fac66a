//! Exemptions in the settings file.

use std::collections::BTreeSet;

use plimsoll::policy::configured::Configured;

use super::{Order, Unused};

/// The reason of an entry of a policy's `exempt` setting.
pub(super) fn reason(policies: &[Configured], id: &str, entry: usize) -> String {
    let policy = policies.iter().find(|policy| policy.meta.id == id);
    let exemption = policy.and_then(|policy| policy.common.exempt.get(entry));
    exemption.map_or_else(String::new, |exemption| exemption.reason.as_str().to_owned())
}

/// The entries that excused nothing.
pub(super) fn unused(order: &Order<'_>, used: &BTreeSet<(&'static str, usize)>) -> Vec<Unused> {
    let mut unused = Vec::new();
    for policy in order.policies {
        for (entry, exemption) in policy.common.exempt.iter().enumerate() {
            if used.contains(&(policy.meta.id, entry)) {
                continue;
            }
            let state = if exemption.is_current(order.today) { "excuses nothing" } else { "has expired" };
            let reason = exemption.reason.as_str();
            unused.push(Unused {
                policy: policy.meta.id.to_owned(),
                place: None,
                message: format!("policies.{}.settings.exempt[{entry}] ({reason}) {state}", policy.meta.id),
            });
        }
    }
    unused
}
