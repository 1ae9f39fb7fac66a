//! Reports of what was found.

pub(crate) mod excerpt;
pub(crate) mod json;
pub(crate) mod model;
pub(crate) mod pretty;

use plimsoll_judge::judge::Judgement;
use plimsoll_judge::manifests::Manifests;
use plimsoll_judge::places::Places;
use plimsoll_judge::problem::Problem;
use plimsoll_judge::surroundings::Surroundings;

/// What there is to report.
pub(crate) struct Run<'r> {
    pub(crate) manifests: &'r Manifests,
    pub(crate) places: &'r Places<'r>,
    pub(crate) judgement: &'r Judgement,
    pub(crate) problems: &'r [Problem],
    pub(crate) around: Option<&'r Surroundings>,
}
