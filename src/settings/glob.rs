//! Patterns with `*` and `?`.

use serde::Deserialize;

/// A pattern that must match a whole text: `*` matches any characters or none, `?` exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "catalogue", schemars(inline))]
pub struct Glob(String);

impl Glob {
    /// A pattern.
    pub fn new(pattern: impl Into<String>) -> Glob {
        Glob(pattern.into())
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        let mut pattern = self.0.chars();
        let mut rest = text.chars();
        // Where to resume when the last star has to match one more character.
        let mut retry = None;
        loop {
            let mut after = pattern.clone();
            let mut remaining = rest.clone();
            match (after.next(), remaining.next()) {
                (None, None) => return true,
                (Some('*'), _) => {
                    retry = Some((after.clone(), rest.clone()));
                    pattern = after;
                    continue;
                }
                (Some(expected), Some(found)) if expected == '?' || expected == found => {
                    pattern = after;
                    rest = remaining;
                    continue;
                }
                _ => {}
            }
            let Some((after_star, mut swallowed)) = retry.take() else { return false };
            if swallowed.next().is_none() {
                return false;
            }
            pattern = after_star.clone();
            rest = swallowed.clone();
            retry = Some((after_star, swallowed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn matches_whole_texts_only() {
        for (pattern, text, expected) in [
            ("web", "web", true),
            ("web", "web2", false),
            ("web*", "web2", true),
            ("*", "", true),
            ("a*b*c", "axxbyybzc", true),
            ("a*b*c", "axxbyybz", false),
            ("?eb", "web", true),
            ("?eb", "eb", false),
            ("*-canary", "web-canary", true),
            ("*.io/*:1.?", "ghcr.io/x/y:1.2", true),
            ("", "", true),
            ("", "a", false),
            ("ü?", "üß", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} against {text}");
        }
    }
}
