//! The definitions of custom resources that are given beside the manifests.

use std::borrow::Cow;

use plimsoll_fields::Table;
use plimsoll_lint::manifests::{self, Values};
use plimsoll_lint::problem::Problem;
use serde_json::Value;

use crate::args::Selection;
use crate::input::{self, Filter};
use crate::project::Project;

/// The fields of Kubernetes' kinds, and of the custom resources that flags and the configuration name files for.
pub(crate) fn table(selection: &Selection, project: &Project) -> Result<Cow<'static, Table>, Vec<Problem>> {
    let paths: Vec<_> = selection.schemas.iter().chain(&project.schemas).cloned().collect();
    let mut table = Cow::Borrowed(Table::kubernetes());
    if paths.is_empty() {
        return Ok(table);
    }
    let input = input::read(&paths, Filter::default());
    let read = manifests::read(input.sources, Values::Taken);
    let problems: Vec<Problem> = input.problems.into_iter().chain(read.problems).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let definitions: Vec<&Value> = read.objects.iter().map(|object| object.value.as_ref()).collect();
    table.to_mut().add_definitions(&definitions);
    Ok(table)
}
