//! Charts, by `helm template`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_lint::source::Source;

use super::{Output, Rendering, problem, reason, shown};
use crate::input::Input;
use crate::patterns::absolute;
use crate::process::{self, Bounds};
use crate::project::Chart;

/// Renders each chart, as often as the configuration says.
pub(super) fn render(
    charts: &BTreeSet<PathBuf>,
    rendering: &Rendering,
    input: &mut Input,
    consumed: &mut BTreeSet<PathBuf>,
) {
    for entry in rendering.charts.iter().filter(|entry| !entry.path.join("Chart.yaml").is_file()) {
        input
            .problems
            .push(problem(&entry.path, "`charts` of the configuration names it, and it is no chart".to_owned()));
    }
    let is_within = |chart: &PathBuf, above: &Path| charts.contains(above) && chart.starts_with(above.join("charts"));
    let is_part = |chart: &PathBuf| chart.ancestors().skip(1).any(|above| is_within(chart, above));
    let charts: Vec<&PathBuf> = charts.iter().filter(|chart| !is_part(chart) && !is_library(chart)).collect();
    if charts.is_empty() {
        return;
    }
    if !is_there() {
        input.unrendered = true;
        let directories: Vec<String> = charts.iter().map(|chart| shown(chart)).collect();
        input.notes.push(format!("Not rendered, because helm is not on the PATH: {}.", directories.join(", ")));
        return;
    }
    for chart in charts {
        let own = rendering.charts.iter().filter(|entry| absolute(&entry.path) == absolute(chart));
        let own: Vec<&Chart> = own.collect();
        let plain = Chart::default();
        let is_configured = !own.is_empty() || !rendering.flags.is_plain();
        let settings = if own.is_empty() { vec![&plain] } else { own };
        let mut rendered = true;
        for entry in settings {
            match template(chart, entry, &rendering.flags) {
                Ok(text) => input.rendered.extend(outputs(chart, &text)),
                Err(message) => {
                    rendered = false;
                    input.unrendered = true;
                    let message = reason(&message);
                    // Nobody has said with which values it can be rendered.
                    if is_configured {
                        input.problems.push(problem(chart, format!("helm template: {message}")));
                    } else {
                        let directory = shown(chart);
                        let hint = "`charts` in the configuration gives it values";
                        input.notes.push(format!("{directory} is not rendered, {hint}; helm says: {message}"));
                    }
                }
            }
        }
        if rendered {
            // Custom resource definitions are installed as they are.
            consumed.insert(chart.join("templates"));
            consumed.insert(chart.join("charts"));
        }
    }
}

/// Whether the chart only has what others use.
pub(super) fn is_library(chart: &Path) -> bool {
    let text = std::fs::read_to_string(chart.join("Chart.yaml")).unwrap_or_default();
    text.lines()
        .any(|line| line.strip_prefix("type:").is_some_and(|kind| kind.trim_matches([' ', '"', '\'']) == "library"))
}

fn is_there() -> bool {
    process::run(Command::new("helm").args(["version", "--template", "{{.Version}}"]), Bounds::default()).is_ok()
}

fn template(chart: &Path, entry: &Chart, flags: &Chart) -> Result<Vec<u8>, String> {
    let release = flags.release_name.as_deref().or(entry.release_name.as_deref()).unwrap_or("release-name");
    let mut command = Command::new("helm");
    command.args(["template", "--skip-tests"]);
    if let Some(namespace) = flags.namespace.as_ref().or(entry.namespace.as_ref()) {
        command.arg(format!("--namespace={namespace}"));
    }
    // helm would fetch what is no file.
    for file in entry.values.iter().chain(&flags.values) {
        if !file.is_file() {
            return Err(format!("there is no file {}", file.display()));
        }
        command.arg("--values").arg(absolute(file));
    }
    for set in entry.set.iter().chain(&flags.set) {
        command.arg(format!("--set={set}"));
    }
    command.arg("--").arg(release).arg(absolute(chart));
    process::run(&mut command, Bounds::default())
}

/// The output, by the templates that wrote it.
fn outputs(chart: &Path, text: &[u8]) -> Vec<Output> {
    let text = String::from_utf8_lossy(text);
    let mut outputs: Vec<Output> = Vec::new();
    let mut documents: Vec<String> = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            documents.push(String::new());
        }
        if let Some(document) = documents.last_mut() {
            document.push_str(line);
        }
    }
    for document in documents.into_iter().filter(|document| !document.trim().is_empty()) {
        let template = document.lines().find_map(|line| line.strip_prefix("# Source: ")).unwrap_or_default().to_owned();
        if let Some(last) = outputs.last_mut().filter(|last| last.originals.contains_key(&template)) {
            last.source.text.extend_from_slice(document.as_bytes());
            continue;
        }
        // The first part is the chart's name.
        let inner = template.split_once('/').map_or("", |(_, inner)| inner);
        let path = chart.join(inner);
        let name = if inner.is_empty() { chart.join("Chart.yaml") } else { path.clone() };
        let name = format!("{} (rendered)", name.display());
        let source =
            Source { name, path: None, text: document.into_bytes(), named: false, pass_over: true, cut: false };
        outputs.push(Output { source, originals: BTreeMap::from([(template, path)]), manifests: false });
    }
    outputs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_split_by_template() {
        let text = "---\n# Source: shop/templates/a.yaml\na: 1\n---\n# Source: shop/templates/a.yaml\na: 2\n---\n\
            # Source: shop/charts/db/templates/b.yaml\nb: |\n  # Source: x/y.yaml\n";
        let outputs = outputs(Path::new("charts/shop"), text.as_bytes());
        let names: Vec<&str> = outputs.iter().map(|output| output.source.name.as_str()).collect();
        let wanted = ["charts/shop/templates/a.yaml (rendered)", "charts/shop/charts/db/templates/b.yaml (rendered)"];
        assert_eq!(names, wanted);
        let together: Vec<u8> = outputs.iter().flat_map(|output| output.source.text.clone()).collect();
        assert_eq!(String::from_utf8(together).unwrap(), text);
        let original = &outputs[0].originals["shop/templates/a.yaml"];
        assert_eq!(original, Path::new("charts/shop/templates/a.yaml"));
    }
}
