//! Extracts first sentences and lists of values from the API's documentation.

/// The longest documentation of a field, in bytes; a longer first sentence is cut.
const LONGEST: usize = 200;

/// The words before a list of all values.
const ANNOUNCED: &[&str] = &[
    "one of",
    "must be",
    "can be",
    "accepted values are",
    "accepted values:",
    "allowed values are",
    "possible values are",
    "supported values are",
    "supported values:",
    "valid values are",
    "valid effects are",
    "valid operators are",
    "valid options are",
    "can be one of",
    "must be one of",
];

/// The first sentences.
pub(crate) fn beginning(description: &str) -> String {
    let text = description.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut end = 0;
    for sentence in sentences(&text) {
        // A URL is useless in a tooltip.
        if sentence.contains("More info:")
            || sentence.contains("More info ")
            || (end > 0 && end + sentence.len() > LONGEST)
        {
            break;
        }
        end += sentence.len();
    }
    let kept = text.get(..end).unwrap_or_default().trim_end();
    if kept.len() <= LONGEST {
        return kept.to_owned();
    }
    let cut = kept.get(..kept.floor_char_boundary(LONGEST)).unwrap_or_default();
    [cut.rsplit_once(' ').map_or(cut, |(words, _)| words).trim_end_matches([',', ';', ':']), " …"].concat()
}

/// The sentences of a text of single spaces, each with the space after it.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .match_indices(". ")
            .map(|(at, _)| at + 2)
            .find(|end| ends_sentence(rest.get(..*end).unwrap_or_default(), rest.get(*end..).unwrap_or_default()))
            .unwrap_or(rest.len());
        let (sentence, after) = rest.split_at(end);
        rest = after;
        Some(sentence)
    })
}

fn ends_sentence(before: &str, after: &str) -> bool {
    let abbreviation = ["e.g. ", "i.e. ", "etc. ", "Ex. ", "vs. "].iter().any(|short| before.ends_with(short));
    !abbreviation && !after.starts_with(|c: char| c.is_ascii_lowercase())
}

/// All values that the text lists: names with a capital letter, or in quotes. Empty without a list.
pub(crate) fn values(description: &str) -> Vec<String> {
    let text = description.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = text.to_ascii_lowercase();
    ANNOUNCED
        .iter()
        .flat_map(|phrase| lower.match_indices(phrase))
        // "Exactly one of" is followed by fields.
        .filter(|(at, _)| {
            !["exactly ", "only "].iter().any(|word| lower.get(..*at).is_some_and(|before| before.ends_with(word)))
        })
        .map(|(at, phrase)| list(text.get(at + phrase.len()..).unwrap_or_default()))
        .find(|values| values.len() > 1)
        .unwrap_or_default()
}

/// The list at the beginning of a text: `A, B and C`, or `- "A": …; - "B": …`.
fn list(text: &str) -> Vec<String> {
    let mut rest = text.trim_start_matches([':', ' ']);
    let mut found = Vec::new();
    if rest.starts_with("- ") {
        for item in rest.split("- ").skip(1) {
            let Some((value, after)) = value(item) else { break };
            if !after.starts_with([':', ' ']) && !after.is_empty() {
                break;
            }
            found.push(value.to_owned());
        }
        return found;
    }
    while let Some((named, after)) = value(rest) {
        found.push(named.to_owned());
        let mut next = after.trim_start();
        if let Some(inner) = next.strip_prefix('(') {
            next = inner.split_once(')').map_or("", |(_, after)| after).trim_start();
        }
        // A full stop in the middle of a list: "Exists, DoesNotExist. Gt, and Lt."
        let goes_on = |rest: &str| value(rest.trim_start()).is_some_and(|(_, after)| after.starts_with(','));
        let separator = next.strip_prefix(',').or_else(|| next.strip_prefix('.').filter(|rest| goes_on(rest)));
        next = separator.unwrap_or(next).trim_start();
        let word = next.strip_prefix("or ").or_else(|| next.strip_prefix("and "));
        if next.starts_with("must be set") {
            // These were fields.
            return Vec::new();
        }
        if separator.is_none() && word.is_none() {
            break;
        }
        rest = word.unwrap_or(next);
    }
    found
}

/// The value at the beginning of a text, and the rest.
fn value(text: &str) -> Option<(&str, &str)> {
    let quoted = text.strip_prefix(['"', '\'', '`']);
    let inner = quoted.unwrap_or(text).trim_start_matches(['"', '\'', '`']);
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
    let (value, after) = inner.split_at(end);
    let named = value.starts_with(|c: char| c.is_ascii_uppercase());
    if value.is_empty() || !(named || quoted.is_some()) {
        return None;
    }
    match quoted {
        // The quotes contain something other than a name.
        Some(_) if !after.starts_with(['"', '\'', '`']) => None,
        Some(_) => Some((value, after.trim_start_matches(['"', '\'', '`']))),
        None => Some((value, after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_sentences_are_kept() {
        assert_eq!(beginning("What it is.  More info: https://example.com"), "What it is.");
        assert_eq!(beginning("Some, e.g. these. And more. "), "Some, e.g. these. And more.");
        let long = beginning(&"word ".repeat(100));
        assert!(long.ends_with("word …") && long.len() < LONGEST + 8, "{long}");
        assert_eq!(beginning(&format!("Short. {} end.", "Word ".repeat(60))), "Short.");
    }

    #[test]
    fn listed_values_are_found() {
        for (text, wanted) in [
            ("Image pull policy. One of Always, Never, IfNotPresent. Defaults to Always.", "Always Never IfNotPresent"),
            ("Type. Can be \"Recreate\" or \"RollingUpdate\".", "Recreate RollingUpdate"),
            ("Must be UDP, TCP, or SCTP. Defaults to \"TCP\".", "UDP TCP SCTP"),
            ("Valid options are Retain (the default, as it is), Delete (no), and Recycle.", "Retain Delete Recycle"),
            ("Valid values are: - \"Allow\" (default): allows it; - \"Forbid\": doesn't", "Allow Forbid"),
            ("Valid operators are In, NotIn, Exists. Gt, and Lt.", "In NotIn Exists Gt Lt"),
            ("Exactly one of NodeName, NodeSelector must be set.", ""),
            ("One of `name` or `selector` must be set.", ""),
            ("Must be a DNS_LABEL and unique.", ""),
            ("The name can be Anything you like.", ""),
            ("Must be \"kubernetes.io/x\" or \"y\".", ""),
        ] {
            assert_eq!(values(text).join(" "), wanted, "{text}");
        }
    }
}
