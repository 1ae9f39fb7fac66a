//! From flags and the configuration file to policies.

use plimsoll::engine::config::{Choice, Configuration};
use plimsoll::policy::metadata::Severity;
use plimsoll_lint::problem::Problem;

use crate::args::Selection;
use crate::config_file::ConfigFile;

/// Configures the policies.
pub(crate) fn select(args: &Selection) -> Result<Configuration, Vec<Problem>> {
    select_for(args, None)
}

/// Configures the policies to report findings of this severity or more, unless the configuration says otherwise.
pub(crate) fn select_for(args: &Selection, min_severity: Option<Severity>) -> Result<Configuration, Vec<Problem>> {
    let file = match &args.config {
        Some(path) => ConfigFile::read(path)?,
        None => ConfigFile::default(),
    };
    let choice = Choice { profile: args.profile.map(|profile| profile.0), only: &args.policies, min_severity };
    Configuration::read(file.value(), choice).map_err(|error| file.problems(&error))
}
