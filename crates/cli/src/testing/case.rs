//! Whether policies report what a file expects.

use std::collections::BTreeMap;

use plimsoll::engine::evaluate::evaluate;
use plimsoll::policies;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::metadata::Metadata;
use plimsoll_fixtures::{Case, File};
use plimsoll_lint::problem::Problem;
use plimsoll_lint::source::Source;
use plimsoll_lint::words::did_you_mean;
use serde_json::Value;

use super::{Difference, Tested, TestedCase, line, lines_of};

/// Expected and found on a line, by policy.
#[derive(Default)]
struct OnLine {
    expected: Vec<String>,
    found: Vec<(&'static Metadata, String)>,
}

pub(super) fn test(file: &File, source: &Source, policies: &[Configured], problems: &mut Vec<Problem>) -> Tested {
    let mut cases = Vec::new();
    for (case, lines) in lines_of(file) {
        let asked = match of_case(case, policies) {
            Ok(asked) => asked,
            Err(message) => {
                problems.push(Problem::general(format!("{}:{}: {message}", source.name, case.line)));
                continue;
            }
        };
        let mut on_lines: BTreeMap<usize, OnLine> = BTreeMap::new();
        for marker in file.markers.iter().filter(|marker| lines.contains(&marker.line)) {
            on_lines.entry(marker.line).or_default().expected.push(marker.id.clone());
        }
        let inventory = case.objects();
        let mut errors = Vec::new();
        let pairs = case.checked.iter().flat_map(|checked| asked.iter().map(move |asked| (checked, asked.policy())));
        for (checked, policy) in pairs {
            let report = evaluate(std::slice::from_ref(policy), &case.review(&checked.object, &inventory));
            for finding in report.findings {
                let line = file.line_of(checked, &finding.path);
                on_lines.entry(line).or_default().found.push((finding.metadata, finding.message));
            }
            errors.extend(report.errors.into_iter().map(|error| format!("{}: {}", error.metadata.id, error.error)));
        }
        let mut differences: Vec<Difference> = fails(case, errors).into_iter().collect();
        let known = |id: &str| asked.iter().any(|asked| asked.policy().metadata.goes_by(id));
        differences.extend(on_lines.into_iter().filter_map(|(number, on_line)| {
            let (missing, surplus) = on_line.difference(&known)?;
            Some(Difference { line: number, text: line(source, number), missing, surplus })
        }));
        cases.push(TestedCase { name: case.name.clone(), line: case.line, differences, skipped: None });
    }
    Tested { name: source.name.clone(), cases }
}

impl OnLine {
    /// What is missing, and what is too much; `None` when all is as expected.
    fn difference(mut self, is_asked: &dyn Fn(&str) -> bool) -> Option<(Vec<String>, Vec<String>)> {
        let mut missing = Vec::new();
        for id in self.expected {
            match self.found.iter().position(|(found, _)| found.goes_by(&id)) {
                Some(position) => {
                    self.found.remove(position);
                }
                None if is_asked(&id) => missing.push(format!("{id}: expected, not found")),
                None => missing.push(format!("{id}: expected, but this policy does not check the case")),
            }
        }
        let surplus: Vec<String> =
            self.found.into_iter().map(|(policy, message)| format!("{}: {message}", policy.id)).collect();
        (!missing.is_empty() || !surplus.is_empty()).then_some((missing, surplus))
    }
}

/// What is wrong about a case that can be checked and shouldn't, or the other way round.
fn fails(case: &Case, errors: Vec<String>) -> Option<Difference> {
    let (missing, surplus) = match &case.fails {
        Some(why) if errors.is_empty() => (vec![format!("`fails`: {why}; but all could be checked")], Vec::new()),
        // Of what is incomplete, kinds without an object are unknown.
        None if case.complete && !errors.is_empty() => (Vec::new(), errors),
        _ => return None,
    };
    Some(Difference { line: 0, text: String::new(), missing, surplus })
}

/// A policy of the configuration, or one that a case sets itself.
enum Asked<'p> {
    Configured(&'p Configured),
    Own(Configured),
}

impl Asked<'_> {
    fn policy(&self) -> &Configured {
        match self {
            Asked::Configured(policy) => policy,
            Asked::Own(policy) => policy,
        }
    }
}

/// The policies that check a case, with its settings.
fn of_case<'p>(case: &Case, policies: &'p [Configured]) -> Result<Vec<Asked<'p>>, String> {
    let named = |id: &String| {
        if let Some(policy) = policies.iter().find(|policy| policy.metadata.goes_by(id)) {
            return Ok(Asked::Configured(policy));
        }
        let ids = policies::POLICIES.iter().map(|entry| entry.metadata.id);
        let entry = policies::find(id).ok_or_else(|| format!("there is no policy `{id}`{}", did_you_mean(id, ids)))?;
        (entry.configure)(&Value::Null).map(Asked::Own).map_err(|error| error.to_string())
    };
    let asked: Vec<Asked<'p>> = match case.policies.as_slice() {
        [] => policies.iter().map(Asked::Configured).collect(),
        ids => ids.iter().map(named).collect::<Result<_, String>>()?,
    };
    if case.settings.is_null() {
        return Ok(asked);
    }
    let [only] = asked.as_slice() else {
        let several = "the case has settings, which are those of one policy: name it in `policies`, or with --policy";
        return Err(several.to_owned());
    };
    let id = only.policy().metadata.id;
    let entry = policies::find(id).ok_or_else(|| format!("there is no policy `{id}`"))?;
    let own = (entry.configure)(&case.settings).map_err(|error| format!("settings of {id}: {error}"))?;
    Ok(vec![Asked::Own(own)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marker_with_an_old_id_expects_the_policy() {
        static METADATA: Metadata = Metadata { id: "new-name", renamed_from: &["old-name"], ..Metadata::DEFAULT };
        let on_line = |expected: &str| OnLine {
            expected: vec![expected.to_owned()],
            found: vec![(&METADATA, "it is wrong".to_owned())],
        };
        let is_asked = |id: &str| METADATA.goes_by(id);
        assert_eq!(on_line("old-name").difference(&is_asked), None);
        assert_eq!(on_line("new-name").difference(&is_asked), None);
        assert!(on_line("older-name").difference(&is_asked).is_some());
    }
}
