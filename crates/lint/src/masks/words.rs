//! Looking for many words in a text at once.

use std::ops::Range;

use super::MASK;

/// Words in the order of their bytes.
#[derive(Default)]
pub(super) struct Words {
    words: Vec<String>,
    /// For each the longest of the others that it begins with.
    shorter: Vec<Option<usize>>,
    /// The bytes that words begin with.
    first: Vec<bool>,
}

impl Words {
    pub(super) fn new(mut words: Vec<String>) -> Words {
        words.retain(|word| !word.is_empty());
        words.sort_unstable();
        words.dedup();
        let mut shorter: Vec<Option<usize>> = Vec::with_capacity(words.len());
        for (position, word) in words.iter().enumerate() {
            // What a word begins with stands before it, and what is between them begins with it, too.
            let mut candidate = position.checked_sub(1);
            while let Some(at) = candidate.filter(|at| words.get(*at).is_some_and(|other| !word.starts_with(other))) {
                candidate = shorter.get(at).copied().flatten();
            }
            shorter.push(candidate);
        }
        let mut first = vec![false; 256];
        for byte in words.iter().filter_map(|word| word.as_bytes().first()) {
            if let Some(first) = first.get_mut(usize::from(*byte)) {
                *first = true;
            }
        }
        Words { words, shorter, first }
    }

    /// The length of the longest word that the text begins with.
    fn longest(&self, text: &[u8]) -> Option<usize> {
        let mut candidate = self.words.partition_point(|word| word.as_bytes() <= text).checked_sub(1);
        while let Some((at, word)) = candidate.and_then(|at| Some((at, self.words.get(at)?))) {
            if text.starts_with(word.as_bytes()) {
                return Some(word.len());
            }
            candidate = self.shorter.get(at).copied().flatten();
        }
        None
    }

    /// Where words stand, the longest at each place; they may overlap.
    pub(super) fn ranges(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        let bytes = text.as_bytes();
        let starts = bytes.iter().enumerate().filter(|(_, byte)| self.first.get(usize::from(**byte)) == Some(&true));
        starts.filter_map(|(at, _)| Some(at..at + self.longest(bytes.get(at..)?)?))
    }

    /// The text with a mask for each stretch of words; `None` when there are none in it.
    pub(super) fn masked(&self, text: &str) -> Option<String> {
        if self.words.is_empty() {
            return None;
        }
        let mut apart: Vec<Range<usize>> = Vec::new();
        for range in self.ranges(text) {
            match apart.last_mut().filter(|last| range.start < last.end) {
                Some(last) => last.end = last.end.max(range.end),
                None => apart.push(range),
            }
        }
        let (mut masked, mut at) = (String::new(), 0);
        for range in &apart {
            masked.push_str(text.get(at..range.start)?);
            masked.push_str(MASK);
            at = range.end;
        }
        (!apart.is_empty()).then(|| masked + text.get(at..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Words {
        Words::new(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn words_are_masked_as_one_after_the_other_would_be() {
        let known = words(&["ab", "abcd", "abce", "b", "cdé", "zz"]);
        for (text, masked) in [
            ("", None),
            ("xyz", None),
            ("ab", Some("***")),
            ("abc", Some("***c")),
            ("abcdé!", Some("***!")),
            ("abceb", Some("******")),
            ("xzzzz-b", Some("x***-***")),
            ("é", None),
        ] {
            assert_eq!(known.masked(text).as_deref(), masked, "{text}");
        }
        assert_eq!(words(&[]).masked("ab"), None);
    }

    #[test]
    fn the_longest_word_is_found_among_all() {
        // Every word over two letters of up to six, but those that end with a b.
        let all: Vec<String> = (1..=6)
            .flat_map(|length| {
                (0..1_u32 << length)
                    .map(move |bits| (0..length).map(|at| if bits >> at & 1 == 1 { 'b' } else { 'a' }).collect())
            })
            .filter(|word: &String| word.ends_with('a'))
            .collect();
        let known = Words::new(all.clone());
        for bits in 0..1_u32 << 9 {
            let text: String = (0..9).map(|at| if bits >> at & 1 == 1 { 'b' } else { 'a' }).collect();
            let expected = all.iter().filter(|word| text.starts_with(word.as_str())).map(String::len).max();
            assert_eq!(known.longest(text.as_bytes()), expected, "{text}");
        }
    }
}
