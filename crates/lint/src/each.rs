//! Doing the same with each of many things: side by side where the feature `parallel` is on.

/// What `work` makes of each item and its position, in the order of the items.
#[cfg(feature = "parallel")]
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    use rayon::prelude::*;
    items.par_iter().enumerate().map(|(position, item)| work(position, item)).collect()
}

/// What `work` makes of each item and its position, in the order of the items.
#[cfg(not(feature = "parallel"))]
pub(crate) fn map<T, R>(items: &[T], work: impl Fn(usize, &T) -> R) -> Vec<R> {
    items.iter().enumerate().map(|(position, item)| work(position, item)).collect()
}
