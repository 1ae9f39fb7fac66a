//! Reads the findings from the text of a denial or a warning.

use plimsoll::policies::POLICIES;
use plimsoll::policy::metadata::Severity;

/// One violation.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// The policy that reports it, or the module if the text names none.
    pub policy: String,
    /// The severity of the policy, since a module doesn't give that of each finding.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do about it; empty if the text doesn't say.
    pub help: String,
}

impl Finding {
    fn new(policy: &str, message: &str, help: &str) -> Finding {
        let known = POLICIES.iter().find(|entry| entry.metadata.id == policy);
        let severity = known.map_or(Severity::High, |entry| entry.metadata.severity);
        Finding { policy: policy.to_owned(), severity, message: message.to_owned(), help: help.to_owned() }
    }
}

/// The findings of a denial: a count, then `[policy] why:` and a line for each finding of that policy. Any other text
/// becomes one finding of the module.
pub fn denials(denial: &str, module: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut policy = "";
    for line in denial.lines().skip(1) {
        if let Some((id, rest)) = bracketed(line) {
            policy = id;
            if !rest.ends_with(':') {
                // The policy could not check the object; `rest` says why.
                found.push(Finding::new(policy, rest, ""));
            }
        } else if let Some(text) = line.strip_prefix("- ") {
            found.push(split(policy, text));
        }
    }
    if found.is_empty() {
        found.push(Finding::new(module, denial, ""));
    }
    found
}

/// How many findings a denial counts without showing them: `and 3 more: …`.
pub fn unshown(denial: &str) -> usize {
    let last = denial.lines().last().and_then(|line| line.strip_prefix("and ")?.split_once(" more: "));
    last.and_then(|(count, _)| count.parse().ok()).unwrap_or(0)
}

/// The finding of a warning, `[policy] message; help`.
pub fn warning(text: &str, module: &str) -> Finding {
    let (policy, text) = bracketed(text).unwrap_or((module, text));
    let (message, help) = text.split_once("; ").unwrap_or((text, ""));
    Finding::new(policy, message, help)
}

fn bracketed(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('[')?.split_once("] ")
}

/// The text has the form `message (at place); help`.
fn split(policy: &str, text: &str) -> Finding {
    let parts = text.rsplit_once(" (at ").and_then(|(message, rest)| Some((message, rest.split_once("); ")?.1)));
    let (message, help) = parts.unwrap_or((text, ""));
    Finding::new(policy, message, help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_of_a_denial_are_parsed() {
        let denial = "3 findings\n[missing-prestop] requests fail:\n- container \"a\" has no hook (at spec.a); set \
                       one\n- container \"b\" (at the end) has none (at spec.b); set one\n[root-user] cannot be \
                       checked: spec is not a mapping";
        let found = denials(denial, "suite");
        let texts: Vec<_> = found
            .iter()
            .map(|finding| (finding.policy.as_str(), finding.message.as_str(), finding.help.as_str()))
            .collect();
        assert_eq!(
            texts,
            [
                ("missing-prestop", "container \"a\" has no hook", "set one"),
                ("missing-prestop", "container \"b\" (at the end) has none", "set one"),
                ("root-user", "cannot be checked: spec is not a mapping", ""),
            ]
        );
        let entry = POLICIES.iter().find(|entry| entry.metadata.id == "missing-prestop").unwrap();
        assert_eq!(found[0].severity, entry.metadata.severity);
        assert_eq!(unshown(denial), 0);
        assert_eq!(unshown(&format!("{denial}\nand 12 more: `plimsoll check` shows all")), 12);
    }

    #[test]
    fn unknown_text_is_one_finding_of_the_module() {
        assert_eq!(denials("the request is not JSON", "suite"), [Finding::new("suite", "the request is not JSON", "")]);
    }

    #[test]
    fn warning_is_parsed_with_its_policy() {
        assert_eq!(warning("[floating-tag] no tag; pin it", "suite"), Finding::new("floating-tag", "no tag", "pin it"));
        assert_eq!(warning("something else", "suite"), Finding::new("suite", "something else", ""));
    }
}
