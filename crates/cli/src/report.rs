//! Reports of what was found.

pub(crate) mod choice;
pub(crate) mod concise;
mod edits;
mod excerpt;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod html;
pub(crate) mod junit;
pub(crate) mod markdown;
mod paths;
mod policyreport;
pub(crate) mod pretty;
pub(crate) mod sarif;
pub(crate) mod style;

use std::borrow::Cow;

use plimsoll::policy::metadata::{Profile, Severity};
use plimsoll_lint::check::{LintReport, Located};
use plimsoll_lint::cluster_snapshot::ClusterSnapshot;
use plimsoll_lint::manifests::{Manifests, Object};
use plimsoll_lint::masks::Masks;
use plimsoll_lint::places::{Place, Places};
use plimsoll_lint::problem::Problem;
use plimsoll_lint::report::Reported;
pub(crate) use plimsoll_lint::report::{PROJECT, documentation, groups, score};

pub(crate) use self::paths::Repository;
use crate::visible;

/// What there is to report.
pub(crate) struct Run<'r> {
    pub(crate) manifests: &'r Manifests,
    pub(crate) places: &'r Places<'r>,
    /// What nothing may show.
    pub(crate) masks: &'r Masks<'r>,
    pub(crate) report: &'r LintReport,
    pub(crate) problems: &'r [Problem],
    pub(crate) around: Option<&'r ClusterSnapshot>,
    /// The set of policies.
    pub(crate) profile: Profile,
    /// Whether a configuration chose it.
    pub(crate) configured: bool,
    /// Findings at least this severe fail the run.
    pub(crate) fail_on: Severity,
    /// What the paths in reports for other programs start from.
    pub(crate) repository: &'r Repository,
}

impl<'r> Run<'r> {
    /// What programs read.
    fn reported(&self) -> Reported<'r> {
        let Run { manifests, report, problems, profile, .. } = *self;
        Reported { manifests, report, problems, profile }
    }

    fn object(&self, located: &Located) -> Option<&'r Object> {
        self.manifests.objects.get(located.object)
    }

    /// Kind, namespace and name of the object, harmless.
    fn title(&self, located: &Located) -> String {
        self.object(located).map(|object| visible::name(&object.title()).into_owned()).unwrap_or_default()
    }

    /// The file as the user knows it.
    fn file(&self, file: usize) -> &'r str {
        self.manifests.files.get(file).map_or("", |file| file.source.name.as_str())
    }

    /// `web.yaml:3:7`, harmless.
    fn location(&self, place: &Place) -> String {
        let start = place.span.start;
        format!("{}:{}:{}", visible::name(self.file(place.file)), start.line, start.column)
    }

    /// The file as a path below the repository's root, for programs that know nothing of the working directory.
    fn path(&self, file: usize) -> String {
        self.repository.path(self.file(file))
    }

    fn message<'l>(&self, located: &'l Located) -> Cow<'l, str> {
        visible::message(&located.finding.message)
    }

    fn fails(&self, located: &Located) -> bool {
        located.finding.severity >= self.fail_on
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_lint::report::model::CheckOutput;

    #[test]
    fn the_schema_is_current() {
        crate::schema::assert_current::<CheckOutput<'static>>("check-output.schema.json");
    }
}
