//! One page with everything, which opens from a file and asks no network.

mod graph;

use std::fmt::Write as _;
use std::io::{self, Write};

use plimsoll::policy::fix::Applicability;
use plimsoll::policy::metadata::Severity;
use plimsoll_lint::check::Located;

use super::edits::Edits;
use super::excerpt::Excerpt;
use super::groups::{Group, all, counts, spelt, worst_first};
use super::{Run, documentation, score};
use crate::output::count;
use crate::summary;
use crate::visible::{self, markup};

/// How many findings the page has; a browser gets slow with more.
const FINDINGS: usize = 3000;
/// How many objects the table of scores has.
const OBJECTS: usize = 500;
/// The columns of an excerpt.
const COLUMNS: usize = 160;

pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let groups = worst_first(run.report);
    let mut page = Page { run, html: String::new() };
    page.head(&groups);
    page.scores(&groups);
    page.graph();
    page.findings(&groups);
    page.rest();
    out.write_all(page.html.as_bytes())
}

struct Page<'a, 'r> {
    run: &'a Run<'r>,
    html: String,
}

/// Text of others as HTML.
fn text(words: &str) -> String {
    markup(&visible::message(words))
}

impl Page<'_, '_> {
    fn add(&mut self, html: &str) {
        self.html.push_str(html);
        self.html.push('\n');
    }

    fn head(&mut self, groups: &[Group<'_>]) {
        let all = all(self.run.report);
        // No network is asked, whatever a name may look like.
        self.add("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">");
        self.add("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">");
        self.add(
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Plimsoll report</title>",
        );
        self.add(&format!("<style>\n{}</style>\n</head>\n<body>", include_str!("html/report.css")));
        self.add("<header>\n<div>\n<h1>Plimsoll report</h1>");
        let checked = count(self.run.manifests.objects.len(), "object", "objects");
        let files = count(self.run.manifests.checked_files(), "file", "files");
        let found = count(all.iter().sum(), "finding", "findings");
        let profile = self.run.profile.name();
        self.add(&format!(
            "<p>{found} in {checked} of {files}, by the policies of profile {profile}.</p>\n<ul class=\"counts\">"
        ));
        for (severity, number) in Severity::ALL.iter().rev().zip(all) {
            let name = severity.name();
            self.add(&format!("<li><b class=\"badge {name}\">{name}</b> {number}</li>"));
        }
        self.add("</ul>\n</div>");
        if let Some(score) = score::of_all(self.run.manifests, groups) {
            self.add(&format!(
                "<div class=\"score {}\" role=\"img\" aria-label=\"Score {score} of 100\"><b>{score}</b><span>of 100</span></div>",
                grade(score)
            ));
        }
        self.add("</header>\n<main>");
        if !self.run.problems.is_empty() {
            self.add("<section>\n<h2>Could not be read</h2>\n<ul>");
            for problem in self.run.problems {
                self.add(&format!("<li>{}</li>", text(&problem.to_string())));
            }
            self.add("</ul>\n</section>");
        }
    }

    fn scores(&mut self, groups: &[Group<'_>]) {
        let categories = score::by_category(self.run.manifests, groups);
        if categories.is_empty() {
            return;
        }
        self.add("<section class=\"columns\">\n<div>\n<h2>Score by category</h2>\n<table class=\"bars\">");
        for (category, score) in categories {
            let name = category.name();
            self.add(&format!(
                "<tr><th scope=\"row\"><button data-set-category=\"{name}\">{name}</button></th>{}</tr>",
                bar(score)
            ));
        }
        self.add("</table>\n</div>\n<div>\n<h2>Score by workload</h2>\n<table class=\"bars\">");
        for group in groups.iter().take(OBJECTS) {
            let Some(first) = group.findings.first() else { continue };
            let title = markup(&self.run.title(first));
            let score = score::of(group.findings.iter().copied());
            self.add(&format!(
                "<tr><th scope=\"row\"><a href=\"#object-{}\">{title}</a></th>{}</tr>",
                group.object,
                bar(score)
            ));
        }
        let more = groups.len().saturating_sub(OBJECTS);
        if more > 0 {
            self.add(&format!("<tr><td colspan=\"3\">… {more} more</td></tr>"));
        }
        let clean = self.run.manifests.objects.len() - groups.len();
        if clean > 0 {
            let objects = count(clean, "more object has", "more objects have");
            self.add(&format!("<tr><td colspan=\"3\">{objects} no finding.</td></tr>"));
        }
        self.add("</table>\n</div>");
        self.add("<p class=\"note\">An object starts with 100 points and loses 40 for a critical finding, 15 for a high, 5 for a medium and 2 for a low one. The score of a category counts its findings alone; it is the mean of all objects that policies check, like the score of the whole.</p>\n</section>");
    }

    fn graph(&mut self) {
        let Some(picture) = graph::picture(self.run) else { return };
        self.add(&format!("<section>\n<h2>What targets what</h2>\n<div class=\"graph\">{picture}</div>\n</section>"));
    }

    fn findings(&mut self, groups: &[Group<'_>]) {
        if groups.is_empty() {
            return;
        }
        self.add("<section>\n<h2>Findings</h2>\n<form class=\"filters\">");
        for severity in Severity::ALL.iter().rev() {
            let name = severity.name();
            self.add(&format!(
                "<label><input type=\"checkbox\" name=\"severity\" value=\"{name}\" checked> {name}</label>"
            ));
        }
        self.add("<label>Category <select name=\"category\"><option value=\"\">all</option>");
        for (category, _) in score::by_category(self.run.manifests, groups) {
            self.add(&format!("<option>{}</option>", category.name()));
        }
        self.add("</select></label>\n<label><input type=\"checkbox\" name=\"fixable\"> with a fix</label>");
        self.add("<label>Search <input type=\"search\" name=\"words\"></label> <output></output>\n</form>");
        let mut room = FINDINGS;
        for group in groups {
            if room == 0 {
                break;
            }
            self.object(group, &mut room);
        }
        let unshown = self.run.report.findings.len().saturating_sub(FINDINGS);
        if unshown > 0 {
            let more = count(unshown, "more finding is", "more findings are");
            self.add(&format!("<p class=\"note\">{more} not on this page; <code>--format json</code> has them.</p>"));
        }
        if let Some(unsaid) = summary::left_out(self.run.report) {
            self.add(&format!("<p class=\"note\">{unsaid}</p>"));
        }
        self.add("</section>");
    }

    fn object(&mut self, group: &Group<'_>, room: &mut usize) {
        let Some(first) = group.findings.first() else { return };
        let title = markup(&self.run.title(first));
        let counts = spelt(&counts(group.findings.iter().copied()));
        self.add(&format!("<details class=\"object\" id=\"object-{}\" open>", group.object));
        self.add(&format!("<summary><b>{title}</b> <span>{counts}</span></summary>"));
        let edits = Edits::of(self.run, group.object);
        let mut findings = group.findings.clone();
        findings.sort_by_key(|located| std::cmp::Reverse(located.finding.severity));
        for located in findings.iter().take(*room) {
            self.finding(located, edits.as_ref());
        }
        *room = room.saturating_sub(findings.len());
        self.add("</details>");
    }

    fn finding(&mut self, located: &Located, edits: Option<&Edits<'_>>) {
        let finding = &located.finding;
        let (severity, id) = (finding.severity.name(), finding.metadata.id);
        let added = edits.and_then(|edits| edits.added_lines(located));
        let how = finding.fix.as_ref().map(|fix| match fix.applicability {
            Applicability::Safe => "plimsoll fix",
            Applicability::Unsafe => "plimsoll fix --unsafe",
            Applicability::DisplayOnly => "by hand",
        });
        let how = how.or_else(|| finding.new_object.as_ref().map(|_| "plimsoll fix --new-objects"));
        let fixable = how.is_some_and(|how| how != "by hand");
        self.add(&format!(
            "<article data-severity=\"{severity}\" data-category=\"{}\" data-fixable=\"{fixable}\">",
            finding.metadata.category.name()
        ));
        self.add(&format!(
            "<h3><b class=\"badge {severity}\">{severity}</b> {} <a href=\"{}\" rel=\"noreferrer\">{id}</a></h3>",
            text(&finding.message),
            documentation(id)
        ));
        let mut excerpt = markup(&self.run.location(&located.place));
        if finding.confidential.is_none()
            && let Some(line) = Excerpt::of(self.run, [&located.place], COLUMNS)
        {
            // Writing to a string never fails.
            let _ = write!(excerpt, "\n  {}\n  <i>{}</i>", markup(line.text.trim_end()), line.carets());
        }
        for line in added.iter().flatten() {
            let _ = write!(excerpt, "\n<ins>+ {}</ins>", markup(&visible::message(line)));
        }
        self.add(&format!("<pre>{excerpt}</pre>\n<dl>"));
        for (related, place) in finding.related.iter().zip(&located.related) {
            let at = place.as_ref().map(|place| format!(" at {}", self.run.location(place))).unwrap_or_default();
            let what = format!("{} {}{at}: {}", related.kind, related.name, related.message);
            self.add(&format!("<dt>See</dt><dd>{}</dd>", text(&what)));
        }
        self.add(&format!("<dt>Why</dt><dd>{}</dd>", text(finding.why())));
        self.add(&format!("<dt>Help</dt><dd>{}</dd>", text(finding.help())));
        if let Some(how) = how {
            let title = finding.fix.as_ref().map(|fix| format!(": {}", text(&fix.title))).unwrap_or_default();
            self.add(&format!("<dt>Fix</dt><dd><code>{how}</code>{title}</dd>"));
        }
        self.add(&format!("</dl>\n<small>Fingerprint {}</small>\n</article>", located.fingerprint));
    }

    fn rest(&mut self) {
        if !self.run.report.suppressed.is_empty() {
            self.add("<section>\n<h2>Exempt</h2>\n<ul>");
            for suppressed in self.run.report.suppressed.iter().take(FINDINGS) {
                let title = markup(&self.run.title(&suppressed.located));
                let (said, reason) = (text(&suppressed.located.finding.message), text(&suppressed.reason));
                self.add(&format!("<li><b>{title}</b>: {said} <i>({reason})</i></li>"));
            }
            self.add("</ul>\n</section>");
        }
        if !self.run.report.skipped.is_empty() {
            self.add(
                "<section>\n<h2>Skipped</h2>\n<p>These policies need objects of kinds that were not given.</p>\n<ul>",
            );
            for skipped in &self.run.report.skipped {
                let policies: Vec<&str> = skipped.policies.iter().copied().collect();
                let reason = skipped.reason.as_deref().map(|reason| format!(": {}", text(reason))).unwrap_or_default();
                self.add(&format!("<li><b>{}</b>: {}{reason}</li>", skipped.needs, policies.join(", ")));
            }
            self.add("</ul>\n</section>");
        }
        self.add(&format!("</main>\n<footer>Plimsoll {}</footer>", env!("CARGO_PKG_VERSION")));
        self.add(&format!("<script>\n{}</script>\n</body>\n</html>", include_str!("html/report.js")));
    }
}

/// A score as a number and a bar.
fn bar(score: u32) -> String {
    format!(
        "<td class=\"number\">{score}</td><td><meter min=\"0\" low=\"60\" high=\"90\" optimum=\"100\" max=\"100\" value=\"{score}\">{score}</meter></td>"
    )
}

fn grade(score: u32) -> &'static str {
    match score {
        90.. => "good",
        60.. => "fair",
        _ => "poor",
    }
}
