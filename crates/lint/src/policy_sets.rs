//! Which policies check which file.

use plimsoll::policy::configured::Configured;

/// The policies of all files; a few may have others than the rest.
#[derive(Clone, Copy)]
pub struct PolicySets<'p> {
    base: &'p [Configured],
    others: &'p [Vec<Configured>],
    of_file: &'p [usize],
}

impl<'p> PolicySets<'p> {
    /// The same policies for all files.
    pub fn one(base: &'p [Configured]) -> PolicySets<'p> {
        PolicySets { base, others: &[], of_file: &[] }
    }

    /// `base` for all files but those with a number other than 0 in `of_file`: one more than a position in `others`.
    pub fn by_file(base: &'p [Configured], others: &'p [Vec<Configured>], of_file: &'p [usize]) -> PolicySets<'p> {
        PolicySets { base, others, of_file }
    }

    /// The number of the file's policies; a file that is new has those of most.
    pub(crate) fn number(&self, file: usize) -> usize {
        self.of_file.get(file).copied().filter(|number| *number <= self.others.len()).unwrap_or_default()
    }

    /// The policies of the file.
    pub fn of_file(&self, file: usize) -> &'p [Configured] {
        let other = self.number(file).checked_sub(1).and_then(|position| self.others.get(position));
        other.map_or(self.base, Vec::as_slice)
    }

    /// All of them, by their numbers.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'p [Configured]> + use<'p> {
        std::iter::once(self.base).chain(self.others.iter().map(Vec::as_slice))
    }
}
