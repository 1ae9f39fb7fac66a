//! `plimsoll doctor`: what stands in the way before policies are applied to a cluster.

#[cfg(feature = "cluster")]
mod diagnosis;
#[cfg(feature = "cluster")]
mod objects;
#[cfg(feature = "cluster")]
mod permissions;
#[cfg(feature = "cluster")]
mod pretty;

use plimsoll::policy::common::OnViolation;
use plimsoll_lint::problem::Problem;
use plimsoll_lint::unknown_field::ONLY_FILES;

use crate::args::Doctor;
use crate::outcome::Outcome;
use crate::output;
use crate::selection;

pub(crate) fn run(args: &Doctor) -> anyhow::Result<Outcome> {
    let mut selected = match selection::select(&args.selection) {
        Ok(selected) => selected.configuration,
        Err(problems) => {
            output::problems(&problems);
            return Ok(Outcome::Failed);
        }
    };
    // Those are in no cluster.
    selected.policies.retain(|policy| ONLY_FILES.iter().all(|only| only.metadata.id != policy.metadata.id));
    // The question is what happens if they deny.
    for policy in &mut selected.policies {
        policy.common.on_violation = policy.common.on_violation.filter(|on| *on == OnViolation::Deny);
    }
    match diagnose(args, &selected) {
        Ok(outcome) => outcome,
        Err(reason) => {
            output::problems(&[Problem::general(reason)]);
            Ok(Outcome::Failed)
        }
    }
}

#[cfg(not(feature = "cluster"))]
fn diagnose(_: &Doctor, _: &plimsoll::engine::config::Configuration) -> Result<anyhow::Result<Outcome>, String> {
    Err("this plimsoll was built without its feature `cluster`".to_owned())
}

/// The outer error says why the cluster can't be asked.
#[cfg(feature = "cluster")]
fn diagnose(
    args: &Doctor,
    selected: &plimsoll::engine::config::Configuration,
) -> Result<anyhow::Result<Outcome>, String> {
    use std::io::Write;

    use crate::args::Format;
    use crate::cluster::{config, wait_for};
    use crate::visible;

    if args.rbac {
        let print = || -> anyhow::Result<Outcome> {
            let mut out = output::results();
            out.write_all(permissions::manifests(&args.service_account, &selected.policies)?.as_bytes())?;
            out.flush()?;
            Ok(Outcome::Clean)
        };
        return Ok(print());
    }

    let diagnosis = wait_for(async {
        let (title, config) = config::find(args.context.as_deref()).await?;
        let asked = diagnosis::ask(args, selected, &title, config).await;
        asked.map_err(|reason| format!("the cluster of {title} cannot be asked: {reason}"))
    })?;
    let mut out = output::results();
    let written = match args.format {
        Format::Pretty => pretty::write(&diagnosis, &mut out),
        Format::Json => visible::json(&mut out, &diagnosis),
    };
    let written = output::unless_closed(written.and_then(|()| out.flush()));
    Ok(written.map(|()| diagnosis.outcome()).map_err(anyhow::Error::from))
}
