//! From flags and the settings file to policies.

use plimsoll::engine::select::{self, SelectionError};
use plimsoll::policies::POLICIES;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::metadata::Profile;
use plimsoll_lint::problem::Problem;
use plimsoll_lint::words::did_you_mean;

use crate::args::Selection;
use crate::settings_file::SettingsFile;

/// The policies that are to check, and the profile that they come from.
pub(crate) struct Selected {
    pub(crate) profile: Profile,
    pub(crate) policies: Vec<Configured>,
}

/// Configures the policies.
pub(crate) fn select(args: &Selection) -> Result<Selected, Vec<Problem>> {
    let file = match &args.settings {
        Some(path) => SettingsFile::read(path)?,
        None => SettingsFile::default(),
    };
    let profile = args.profile.map(|profile| profile.0).or(file.profile).unwrap_or(Profile::Production);
    match select::select(profile, &args.policies, &file.choices) {
        Ok(policies) => Ok(Selected { profile, policies }),
        Err(errors) => Err(errors.iter().flat_map(|error| explain(error, &file)).collect()),
    }
}

fn explain(error: &SelectionError, file: &SettingsFile) -> Vec<Problem> {
    match error {
        SelectionError::Unknown(id) => vec![Problem::general(unknown_policy(id))],
        SelectionError::Settings { id, error } => {
            let place = |problem: &plimsoll::settings::Problem| file.setting_problem(id, problem);
            error.problems.iter().map(place).collect()
        }
    }
}

/// Says that there is no such policy, and which one may have been meant.
pub(crate) fn unknown_policy(id: &str) -> String {
    let hint = did_you_mean(id, POLICIES.iter().map(|entry| entry.metadata.id));
    format!("there is no policy `{id}`{hint}; `plimsoll list` shows them all")
}
