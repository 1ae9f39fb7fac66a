//! Exemptions in the settings file.

use std::collections::BTreeSet;

use plimsoll::policy::configured::Configured;

use super::{CheckOptions, Unused};

/// The reason of an entry of a policy's `exempt` setting.
pub(super) fn reason(policies: &[Configured], id: &str, entry: usize) -> String {
    let policy = policies.iter().find(|policy| policy.metadata.id == id);
    let exemption = policy.and_then(|policy| policy.common.exempt.get(entry));
    exemption.map_or_else(String::new, |exemption| exemption.reason.as_str().to_owned())
}

/// The entries that exempt nothing.
pub(super) fn unused(options: &CheckOptions<'_>, used: &BTreeSet<(&'static str, usize)>) -> Vec<Unused> {
    let mut unused = Vec::new();
    for policy in options.policies {
        for (entry, exemption) in policy.common.exempt.iter().enumerate() {
            if used.contains(&(policy.metadata.id, entry)) {
                continue;
            }
            let state = if exemption.is_current(options.today) { "matches no finding" } else { "has expired" };
            let reason = exemption.reason.as_str();
            unused.push(Unused {
                policy: policy.metadata.id.to_owned(),
                place: None,
                message: format!("policies.{}.settings.exempt[{entry}] ({reason}) {state}", policy.metadata.id),
            });
        }
    }
    unused
}
