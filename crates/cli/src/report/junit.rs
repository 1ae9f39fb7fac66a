//! JUnit's XML, which CIs show as tests: a suite for each file, and a test for each finding and each object without one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use plimsoll_lint::check::Located;

use super::{Run, documentation};
use crate::visible::{self, markup};

#[derive(Default)]
struct Suite<'r> {
    cases: Vec<String>,
    failures: usize,
    skipped: usize,
    errors: usize,
    /// The objects of the file that have findings.
    found: BTreeSet<usize>,
    file: Option<&'r str>,
}

pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: BTreeMap<usize, Suite<'_>> = BTreeMap::new();
    for (number, file) in run.manifests.files.iter().enumerate() {
        suites.entry(number).or_default().file = Some(&file.source.name);
    }
    for located in &run.report.findings {
        let suite = suites.entry(located.place.file).or_default();
        suite.found.insert(located.object);
        let fails = run.fails(located);
        suite.failures += usize::from(fails);
        let severity = located.finding.severity.name();
        let text = text(run, located);
        let message = markup(&run.message(located));
        let result = match fails {
            true => format!("<failure type=\"{severity}\" message=\"{message}\">{}</failure>", markup(&text)),
            false => format!("<system-out>{}</system-out>", markup(&text)),
        };
        suite.cases.push(case(run, located, &result));
    }
    for suppressed in &run.report.suppressed {
        let suite = suites.entry(suppressed.located.place.file).or_default();
        suite.skipped += 1;
        let reason = markup(&format!("exempt: {}", visible::message(&suppressed.reason)));
        suite.cases.push(case(run, &suppressed.located, &format!("<skipped message=\"{reason}\"/>")));
    }
    for (position, object) in run.manifests.objects.iter().enumerate() {
        let suite = suites.entry(object.file).or_default();
        if !suite.found.contains(&position) {
            let title = markup(&visible::name(&object.title()));
            suite.cases.push(format!("<testcase classname=\"plimsoll\" name=\"{title}\"/>"));
        }
    }
    let general = suites.keys().next_back().map_or(0, |last| last + 1);
    for problem in run.problems {
        let named =
            |suite: &(&usize, &mut Suite<'_>)| suite.1.file == problem.file.as_deref() && problem.file.is_some();
        let number = suites.iter_mut().find(named).map_or(general, |(number, _)| *number);
        let suite = suites.entry(number).or_default();
        suite.errors += 1;
        let message = visible::message(&problem.to_string()).into_owned();
        let message = markup(&message);
        suite.cases.push(format!(
            "<testcase classname=\"plimsoll\" name=\"{message}\"><error message=\"{message}\">{message}</error></testcase>"
        ));
    }
    let sum = |of: fn(&Suite<'_>) -> usize| suites.values().map(of).sum::<usize>();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"plimsoll\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        sum(|suite| suite.cases.len()),
        sum(|suite| suite.failures),
        sum(|suite| suite.errors),
        sum(|suite| suite.skipped)
    )?;
    for suite in suites.values() {
        let name = markup(&visible::name(suite.file.unwrap_or("plimsoll")));
        let (tests, failures, errors, skipped) = (suite.cases.len(), suite.failures, suite.errors, suite.skipped);
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">"
        )?;
        for case in &suite.cases {
            writeln!(out, "    {case}")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn case(run: &Run<'_>, located: &Located, result: &str) -> String {
    format!(
        "<testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\">{result}</testcase>",
        located.finding.metadata.id,
        markup(&format!("{}: {}", run.title(located), run.message(located))),
        markup(&visible::name(&run.path(located.place.file))),
        located.place.span.start.line
    )
}

fn text(run: &Run<'_>, located: &Located) -> String {
    let finding = &located.finding;
    format!(
        "{}\n{}\nwhy: {}\nhelp: {}\n{}",
        run.location(&located.place),
        run.message(located),
        finding.why(),
        visible::message(finding.help()),
        documentation(finding.metadata.id)
    )
}
