//! Reports of what was found.

pub(crate) mod excerpt;
pub(crate) mod json;
pub(crate) mod model;
pub(crate) mod pretty;

use plimsoll_lint::check::LintReport;
use plimsoll_lint::cluster_snapshot::ClusterSnapshot;
use plimsoll_lint::manifests::Manifests;
use plimsoll_lint::masks::Masks;
use plimsoll_lint::places::Places;
use plimsoll_lint::problem::Problem;

/// What there is to report.
pub(crate) struct Run<'r> {
    pub(crate) manifests: &'r Manifests,
    pub(crate) places: &'r Places<'r>,
    /// What nothing may show.
    pub(crate) masks: &'r Masks<'r>,
    pub(crate) report: &'r LintReport,
    pub(crate) problems: &'r [Problem],
    pub(crate) around: Option<&'r ClusterSnapshot>,
}
