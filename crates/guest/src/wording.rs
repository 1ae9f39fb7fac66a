//! What a person reads: the message of a refusal, and warnings.

use plimsoll::engine::evaluate::Unchecked;
use plimsoll::policy::finding::Finding;

/// Longer warnings may be cut by the API server, in the middle of a word.
const WARNING_CHARACTERS: usize = 120;

/// All findings in one message: the count first, then, policy by policy, why it matters and each finding in a line.
pub(crate) fn refusal(findings: &[&Finding], errors: &[&Unchecked]) -> String {
    let total = findings.len() + errors.len();
    let mut message = total.to_string();
    message.push_str(if total == 1 { " finding" } else { " findings" });
    let mut heading = ("", "");
    for finding in findings {
        let own = (finding.metadata.id, finding.why());
        if own != heading {
            heading = own;
            push(&mut message, &["\n[", finding.metadata.id, "] ", finding.why(), ":"]);
        }
        let place = if finding.path.is_root() { "/" } else { finding.path.as_str() };
        push(&mut message, &["\n- ", &finding.message, " (at ", place, "); ", finding.help()]);
    }
    for unchecked in errors {
        push(&mut message, &["\n[", unchecked.metadata.id, "] cannot be checked: ", &unchecked.error.to_string()]);
    }
    message
}

fn push(message: &mut String, parts: &[&str]) {
    for part in parts {
        message.push_str(part);
    }
}

/// A finding in the length of a warning: what is wrong first, then as much of what to do as fits.
pub(crate) fn warning(finding: &Finding) -> String {
    shortened(&["[", finding.metadata.id, "] ", &finding.message, "; ", finding.help()].concat())
}

/// An object that could not be checked, in the length of a warning.
pub(crate) fn warning_of_error(unchecked: &Unchecked) -> String {
    shortened(&["[", unchecked.metadata.id, "] cannot be checked: ", &unchecked.error.to_string()].concat())
}

fn shortened(text: &str) -> String {
    let mut ends = text.char_indices().map(|(at, _)| at);
    // The last character that still leaves room for the ellipsis, if the text needs one.
    let cut = ends.by_ref().nth(WARNING_CHARACTERS - 1);
    match (cut, ends.next()) {
        (Some(cut), Some(_)) => [text.get(..cut).unwrap_or(text), "…"].concat(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_warning_has_at_most_120_characters() {
        let fits = "ä".repeat(120);
        assert_eq!(shortened(&fits), fits);
        let cut = shortened(&"ä".repeat(121));
        assert_eq!(cut.chars().count(), 120);
        assert!(cut.ends_with("ä…"));
    }
}
