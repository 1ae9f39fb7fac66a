//! Reports of what was found.

pub(crate) mod excerpt;
pub(crate) mod json;
pub(crate) mod model;
pub(crate) mod pretty;

use crate::judge::Judgement;
use crate::manifests::Manifests;
use crate::places::Places;
use crate::problem::Problem;

/// What there is to report.
pub(crate) struct Run<'r> {
    pub(crate) manifests: &'r Manifests,
    pub(crate) places: &'r Places<'r>,
    pub(crate) judgement: &'r Judgement,
    pub(crate) problems: &'r [Problem],
}
