//! Words that were meant.

/// `, did you mean …?` when one of the words is close.
pub fn did_you_mean<'w>(wrong: &str, words: impl Iterator<Item = &'w str>) -> String {
    let wrong = wrong.to_ascii_lowercase().replace('_', "-");
    let closest = words
        .map(|word| (strsim::jaro_winkler(&wrong, word), word))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    closest.map_or_else(String::new, |(_, word)| format!(", did you mean `{word}`?"))
}
