//! What a cluster has besides the given objects.

use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll::inventory::Asked;
use serde_json::Value;

use crate::problem::Problem;

/// What a cluster has around the given objects, as far as the policies look at it.
#[derive(Default)]
pub struct ClusterSnapshot {
    /// The cluster, as a person knows it: `context "dev"`.
    pub title: String,
    /// Where objects go that name no namespace; `None` for `default`.
    pub namespace: Option<String>,
    /// Objects that are not among the given ones.
    pub objects: Vec<Arc<Value>>,
    /// Whether the given objects are all that can be changed: then nothing is said of them that belongs to one of `objects`.
    pub whole: bool,
    /// What was asked, and whether it was answered.
    pub asked: Vec<Asked>,
    /// The kinds that could not be read, with the reasons that [`Asked::answer`] gives.
    pub unread: BTreeSet<(&'static str, String)>,
    /// What the cluster answered that it should not.
    pub problems: Vec<Problem>,
}
