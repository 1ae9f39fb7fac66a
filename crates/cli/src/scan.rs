//! `plimsoll scan`: the objects that a cluster has, in the reports of `plimsoll check`.

use plimsoll_lint::problem::Problem;

use crate::args::Scan;
use crate::outcome::Outcome;
use crate::output;

pub(crate) fn run(args: &Scan, all: &crate::args::Args) -> anyhow::Result<Outcome> {
    args.reports.check()?;
    match scan(args, all) {
        Ok(outcome) => outcome,
        Err(problems) => {
            output::problems(&problems);
            Ok(Outcome::Failed)
        }
    }
}

#[cfg(not(feature = "cluster"))]
fn scan(_: &Scan, _: &crate::args::Args) -> Result<anyhow::Result<Outcome>, Vec<Problem>> {
    Err(vec![Problem::general("this plimsoll was built without its feature `cluster`")])
}

/// The outer error says why nothing can be checked.
#[cfg(feature = "cluster")]
fn scan(args: &Scan, all: &crate::args::Args) -> Result<anyhow::Result<Outcome>, Vec<Problem>> {
    use plimsoll::policy::fix::Applicability;
    use plimsoll::policy::metadata::Severity;
    use plimsoll_lint::check::{self, CheckOptions};
    use plimsoll_lint::masks::Masks;
    use plimsoll_lint::places::Places;
    use plimsoll_lint::policy_sets::PolicySets;

    use crate::check::problems;
    use crate::cluster::everything::{self, Everything};
    use crate::progress::Progress;
    use crate::report::{Repository, Run};
    use crate::selection;
    use crate::summary;
    use crate::today::today;

    let progress = Progress::start("Reading the cluster");
    let selected = selection::select_for(&args.selection, args.bar.least())?;
    let policies = &selected.configuration.policies;
    let read = everything::read(args.context.as_deref(), args.namespace.as_deref(), policies);
    let Everything { manifests, around, owned } = read.map_err(|reason| vec![Problem::general(reason)])?;
    progress.next(format!("Checking {}", output::count(manifests.objects.len(), "object", "objects")));
    let places = Places::new(&manifests);
    let options = CheckOptions {
        policies: PolicySets::one(policies),
        min_severity: args.bar.least().unwrap_or(Severity::Info),
        complete: false,
        around: Some(&around),
        namespace: None,
        today: today(),
        most: check::MOST,
        // The API server has dropped what it doesn't know.
        fields: None,
    };
    let mut report = check::check(&manifests, &places, &options);
    let confidential = std::mem::take(&mut report.confidential);
    // No file is there to be fixed.
    let suppressed = report.suppressed.iter_mut().map(|suppressed| &mut suppressed.located);
    for located in report.findings.iter_mut().chain(suppressed) {
        located.finding.new_object = None;
        if let Some(fix) = &mut located.finding.fix {
            fix.applicability = Applicability::DisplayOnly;
        }
    }
    let masks = Masks::new(&manifests, &confidential);
    let problems = problems(&manifests, &masks, &mut report, Some(&around));
    let fail_on = args.bar.fail_on(&selected.project);
    let outcome = args.bar.outcome(&problems, &report, fail_on);
    drop(progress);
    let run = Run {
        manifests: &manifests,
        places: &places,
        masks: &masks,
        report: &report,
        problems: &problems,
        around: Some(&around),
        profile: selected.configuration.profile,
        configured: selected.project.found.is_some() || args.selection.configuration.config.is_some(),
        fail_on,
        repository: &Repository::find(),
    };
    output::problems(&problems);
    let written = args.reports.write(&run, all.color);
    if args.reports.is_for_people() {
        summary::write_scan(&run, owned);
    } else if let Some(unsaid) = summary::left_out(run.report) {
        output::note(&unsaid);
    }
    Ok(written.map(|()| outcome))
}
