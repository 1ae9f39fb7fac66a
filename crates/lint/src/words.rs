//! Words that were meant.

/// `, did you mean …?` when one of the words is close.
pub fn did_you_mean<'w>(wrong: &str, words: impl Iterator<Item = &'w str>) -> String {
    nearest(wrong, words, 1).first().map_or_else(String::new, |word| format!(", did you mean `{word}`?"))
}

/// The words that are close, the closest first; at most so many.
pub fn nearest<'w>(wrong: &str, words: impl Iterator<Item = &'w str>, most: usize) -> Vec<&'w str> {
    let wrong = wrong.to_ascii_lowercase().replace('_', "-");
    let mut close: Vec<(f64, &str)> = words
        .map(|word| (strsim::jaro_winkler(&wrong, &word.to_ascii_lowercase()), word))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    close.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    close.into_iter().take(most).map(|(_, word)| word).collect()
}
