//! Exemptions in the settings file.

use std::collections::BTreeSet;

use plimsoll::policy::configured::Configured;

use super::{CheckOptions, Unused};

/// An entry of a policy's `exempt` setting: the number of the policies, the policy's id, the entry's position.
pub(super) type Entry = (usize, &'static str, usize);

/// The reason of an entry of a policy's `exempt` setting.
pub(super) fn reason(policies: &[Configured], id: &str, entry: usize) -> String {
    let policy = policies.iter().find(|policy| policy.metadata.id == id);
    let exemption = policy.and_then(|policy| policy.common.exempt.get(entry));
    exemption.map_or_else(String::new, |exemption| exemption.reason.as_str().to_owned())
}

/// An exemption, wherever it counts: an entry for all policies is there for each of them, and for each kind of files.
struct Known {
    text: String,
    reason: String,
    state: &'static str,
    used: bool,
    /// The policies, and the position in that of the first.
    policies: BTreeSet<&'static str>,
    entry: usize,
}

/// The entries that exempt nothing.
pub(super) fn unused(options: &CheckOptions<'_>, used: &BTreeSet<Entry>) -> Vec<Unused> {
    let mut all: Vec<Known> = Vec::new();
    for (number, policies) in options.policies.all().enumerate() {
        for policy in policies {
            let id = policy.metadata.id;
            for (entry, exemption) in policy.common.exempt.iter().enumerate() {
                let text = format!("{exemption:?}");
                let is_used = used.contains(&(number, id, entry));
                if let Some(known) = all.iter_mut().find(|known| known.text == text) {
                    known.used |= is_used;
                    known.policies.insert(id);
                    continue;
                }
                let state = if exemption.is_current(options.today) { "matches no finding" } else { "has expired" };
                let reason = exemption.reason.as_str().to_owned();
                all.push(Known { text, reason, state, used: is_used, policies: BTreeSet::from([id]), entry });
            }
        }
    }
    all.into_iter().filter(|known| !known.used).map(told).collect()
}

fn told(Known { reason, state, policies, entry, .. }: Known) -> Unused {
    let mut ids = policies.iter();
    let (policy, message) = match (ids.next(), ids.next()) {
        (Some(id), None) => (*id, format!("policies.{id}.settings.exempt[{entry}] ({reason}) {state}")),
        _ => ("", format!("exempt ({reason}) {state} of any policy")),
    };
    let message = if state == "has expired" { message.replace(" of any policy", "") } else { message };
    Unused { policy: policy.to_owned(), place: None, message }
}
