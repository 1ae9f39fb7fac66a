//! The texts that people read: denial messages and warnings.

use plimsoll::engine::evaluate::Unchecked;
use plimsoll::policy::finding::Finding;
use plimsoll::policy::metadata::Severity;

/// Longer warnings may be cut by the API server, in the middle of a word.
const WARNING_CHARACTERS: usize = 120;

/// How many findings a denial shows in full: kubectl prints it as one paragraph.
const IN_FULL: usize = 5;

/// All findings in one message: the count, the worst findings grouped by reason, and how to see the rest.
pub(crate) fn denial(findings: &[&Finding], errors: &[&Unchecked]) -> String {
    let total = findings.len() + errors.len();
    let mut message = total.to_string();
    message.push_str(if total == 1 { " finding" } else { " findings" });
    for unchecked in errors.iter().take(IN_FULL) {
        push(&mut message, &["\n[", unchecked.metadata.id, "] cannot be checked: ", &unchecked.error.to_string()]);
    }
    // No sort: it would add 3 kB to every module.
    let of = |severity| findings.iter().filter(move |finding| finding.severity == severity);
    let worst_first = Severity::ALL.into_iter().rev().flat_map(of);
    let mut heading = ("", "");
    for finding in worst_first.take(IN_FULL.saturating_sub(errors.len())) {
        let own = (finding.metadata.id, finding.why());
        if own != heading {
            heading = own;
            push(&mut message, &["\n[", finding.metadata.id, "] ", finding.why(), ":"]);
        }
        let place = if finding.path.is_root() { "/" } else { finding.path.as_str() };
        push(&mut message, &["\n- ", &finding.message, " (at ", place, "); ", finding.help()]);
    }
    if total > IN_FULL {
        push(
            &mut message,
            &["\nand ", &(total - IN_FULL).to_string(), " more: `plimsoll check` on the manifest shows all"],
        );
    }
    message
}

fn push(message: &mut String, parts: &[&str]) {
    for part in parts {
        message.push_str(part);
    }
}

/// A finding cut to the length of a warning: what is wrong first, then as much of what to do as fits.
pub(crate) fn warning(finding: &Finding) -> String {
    shortened(&["[", finding.metadata.id, "] ", &finding.message, "; ", finding.help()].concat())
}

/// An object that could not be checked, cut to the length of a warning.
pub(crate) fn warning_of_error(unchecked: &Unchecked) -> String {
    shortened(&["[", unchecked.metadata.id, "] cannot be checked: ", &unchecked.error.to_string()].concat())
}

fn shortened(text: &str) -> String {
    if text.chars().nth(WARNING_CHARACTERS).is_none() {
        return text.to_owned();
    }
    // Room for a space and the ellipsis.
    let cut = text.char_indices().nth(WARNING_CHARACTERS - 2).map_or(text.len(), |(at, _)| at);
    let (fits, rest) = text.split_at_checked(cut).unwrap_or((text, ""));
    let whole = if rest.starts_with(' ') { fits } else { fits.rsplit_once(' ').map_or(fits, |(whole, _)| whole) };
    [whole.trim_end_matches([';', ',', ':']), " …"].concat()
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_warning_has_at_most_120_characters() {
        let fits = "ä".repeat(120);
        assert_eq!(shortened(&fits), fits);
        let words = ["schön"; 30].join(" ");
        let cut = shortened(&words);
        assert!(cut.chars().count() <= 120, "{cut}");
        assert!(cut.ends_with("schön …"), "{cut}");
    }
}
