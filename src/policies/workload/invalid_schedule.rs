use crate::policies::prelude::*;
use crate::text::cron::Schedule;
use crate::text::time_zone::is_unknown;
use crate::text::{holds, is_template};

/// ## What it does
/// Reports CronJobs that don't run when they should, or at all:
///
/// - a `schedule` that the API server rejects: not five fields, a number out of its range (Sunday is 0, not 7), an unknown
///   descriptor such as `@reboot`;
/// - `TZ=` or `CRON_TZ=` in it, which Kubernetes rejects from 1.29 on and didn't support before;
/// - a date that never comes, such as 31 February;
/// - a step longer than its field: `*/90` minutes runs every hour, at minute 0;
/// - a `timeZone` that can't be one, such as `PST`, `UTC+2` or `europe/berlin`.
///
/// ## Why
/// A rejected CronJob stops the release that it is a part of. One that is accepted and never runs is worse: nobody misses a backup
/// or a certificate's renewal until it is needed.
///
/// ## What to write
/// ```yaml
/// spec:
///   schedule: "30 3 * * 1-5"
///   timeZone: Europe/Berlin
/// ```
/// Minute, hour, day of the month, month, day of the week, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, or
/// `@every 90m`. `L`, `W` and `#` are not supported, nor are seconds.
///
/// ## Limits
/// Of the names of time zones only the form and the area are checked, not the place. A schedule with `$` or `{` is taken for a
/// template and not read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct InvalidSchedule {}

impl Policy for InvalidSchedule {
    const METADATA: Metadata = Metadata {
        id: "invalid-schedule",
        title: "CronJobs have a schedule that runs",
        why: "the API server rejects the CronJob, or it never runs",
        help: "write five fields: minute, hour, day of the month, month, day of the week",
        category: Category::Workload,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: &[&kinds::CRON_JOB],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::CRON_SCHEDULE, sources::CRON_TIME_ZONES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let place = cx.spec().mapping()?.get("schedule");
        if let Some(schedule) = place.str()?.filter(|schedule| !is_template(schedule)) {
            check_schedule(schedule, place, cx, out);
        }
        let place = cx.spec().get("timeZone");
        if let Some(zone) = place.str()?.filter(|zone| !is_template(zone) && is_unknown(zone)) {
            let message = match zone {
                "" => "timeZone is empty".to_owned(),
                zone => text!["\"", zone, "\" is not the name of a time zone"],
            };
            let help = "use a name of the time zone database, such as Europe/Berlin or Etc/UTC";
            out.report(place, message).why("the API server rejects the CronJob").help(help);
        }
        Ok(())
    }
}

fn check_schedule(schedule: &str, place: Node<'_>, cx: &Context<'_>, out: &mut Findings) {
    let title = text!["schedule \"", schedule, "\": "];
    if holds(schedule, "TZ") {
        let rejected = cx.kubernetes().at_least(29);
        let (severity, why) = if rejected {
            (Severity::High, "the API server rejects the CronJob")
        } else {
            (Severity::Medium, "Kubernetes doesn't support it, and rejects it from 1.29 on")
        };
        out.report(place, text![title, "a time zone belongs in timeZone"])
            .severity(severity)
            .why(why)
            .help("remove the time zone from the schedule, and set timeZone");
        return;
    }
    let read = match Schedule::parse(schedule) {
        Ok(read) => read,
        Err(wrong) => {
            out.report(place, text![title, wrong]).why("the API server rejects the CronJob").help(help(&wrong));
            return;
        }
    };
    if read.never_runs() {
        out.report(place, text![title, "no such time ever comes"])
            .why("the CronJob never runs")
            .help("choose a day that every month has, such as 28");
        return;
    }
    if let Schedule::Times(times) = read
        && let Some((step, field)) = times.long_step
    {
        out.report(place, text![title, "a step of ", step.to_string(), " leaves only the first of the ", field])
            .severity(Severity::Medium)
            .why("the CronJob runs more often than the step says")
            .help("use a step that divides the field, or @every with a duration");
    }
}

/// What to do about what [`Schedule::parse`] finds wrong.
fn help(wrong: &str) -> &'static str {
    const HELP: &[(&str, &str)] = &[
        ("week 7 ", "write 0 for Sunday"),
        ("6 fields", "remove the seconds, which Kubernetes doesn't support"),
        ("ends before it begins", "write two ranges with a comma, such as 22-23,0-6"),
        ("descriptor", "write five fields, or @hourly, @daily, @weekly, @monthly, @yearly or @every with a duration"),
        ("is not a duration", "write hours, minutes and seconds, such as 36h or 1h30m"),
    ];
    HELP.iter().find(|(part, _)| holds(wrong, part)).map_or(InvalidSchedule::METADATA.help, |(_, help)| help)
}
