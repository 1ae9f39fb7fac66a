//! Values by name.

use std::collections::BTreeMap;

/// Values by name, found in logarithmic time. Each type of map has four kilobytes of code of its own: here the index is one for
/// all types, and only a list is of theirs.
pub struct Table<T> {
    index: BTreeMap<String, usize>,
    values: Vec<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { index: BTreeMap::new(), values: Vec::new() }
    }
}

impl<T> Table<T> {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.values.get(find(&self.index, name)?)
    }

    /// True without any name.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// True when the name has a value.
    pub fn contains(&self, name: &str) -> bool {
        find(&self.index, name).is_some()
    }

    /// Gives a name its value, and returns false if it had one, which stays.
    pub fn insert(&mut self, name: &str, value: T) -> bool {
        let is_new = number(&mut self.index, name) == self.values.len();
        if is_new {
            self.values.push(value);
        }
        is_new
    }

    /// Changes the value of a name, which is `first` if it had none.
    pub fn update(&mut self, name: &str, first: T, change: impl FnOnce(&mut T)) {
        self.insert(name, first);
        if let Some(value) = find(&self.index, name).and_then(|number| self.values.get_mut(number)) {
            change(value);
        }
    }
}

fn find(index: &BTreeMap<String, usize>, name: &str) -> Option<usize> {
    index.get(name).copied()
}

/// The number of a name: its own, or the next one.
fn number(index: &mut BTreeMap<String, usize>, name: &str) -> usize {
    if let Some(known) = find(index, name) {
        return known;
    }
    let next = index.len();
    index.insert(name.to_owned(), next);
    next
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn the_first_value_stays_until_it_is_changed() {
        let mut table = Table::default();
        assert!(table.insert("a", 1) && table.insert("b", 2));
        assert!(!table.insert("a", 3));
        assert_eq!((table.get("a"), table.get("b"), table.get("c")), (Some(&1), Some(&2), None));
        table.update("a", 0, |value| *value += 10);
        table.update("c", 5, |value| *value += 10);
        assert_eq!((table.get("a"), table.get("c")), (Some(&11), Some(&15)));
        assert!(table.contains("c") && !table.contains("d"));
    }
}
