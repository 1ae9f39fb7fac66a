//! The graph as a picture: workloads on the right, what targets them to their left.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use plimsoll::analysis::graph::{Facts, Graph, Relation, Vertex};

use crate::report::Run;
use crate::visible::{self, markup};

/// More objects than this make no picture.
const OBJECTS: usize = 2000;
/// More boxes than this are no picture that anybody reads.
const BOXES: usize = 150;
const WIDTH: usize = 270;
const GAP: usize = 70;
const HEIGHT: usize = 40;
const ROW: usize = 52;
/// How much of a name fits.
const LETTERS: usize = 34;

/// The picture as SVG, or what to say instead of one; `None` when nothing targets anything.
pub(super) fn picture(run: &Run<'_>) -> Option<String> {
    let objects = &run.manifests.objects;
    if objects.len() > OBJECTS {
        return Some(format!(
            "<p>Left out: there are {} objects. <code>plimsoll graph</code> lists them.</p>",
            objects.len()
        ));
    }
    let graph = Graph::of(&objects.iter().map(|object| Arc::clone(&object.value)).collect::<Vec<_>>());
    if graph.edges.is_empty() {
        return None;
    }
    let boxes = boxes(&graph);
    if boxes.len() > BOXES {
        return Some(format!(
            "<p>Left out: it has {} objects. <code>plimsoll graph</code> lists them.</p>",
            boxes.len()
        ));
    }
    let rows = boxes.values().map(|at| at.row + 1).max().unwrap_or(1);
    let (width, height) = (3 * WIDTH + 2 * GAP + 2, rows * ROW);
    // Writing to a string never fails.
    let mut svg = format!(
        "<svg viewBox=\"-1 -1 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"What targets what\">\n"
    );
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (boxes.get(&edge.from), boxes.get(&edge.to)) else { continue };
        let (x, y) = (from.x() + WIDTH, from.y() + HEIGHT / 2);
        let (end, level) = (to.x(), to.y() + HEIGHT / 2);
        let class = match edge.relation {
            Relation::Scales => "scales",
            Relation::Budgets => "budgets",
            Relation::Routes => "routes",
            Relation::Isolates => "isolates",
            Relation::Authorizes => "authorizes",
        };
        let middle = x + end.saturating_sub(x) / 2;
        let _ = writeln!(svg, "<path class=\"{class}\" d=\"M{x} {y}C{middle} {y} {middle} {level} {end} {level}\"/>");
    }
    for (node, at) in &boxes {
        let Some(vertex) = graph.nodes.get(*node) else { continue };
        let (x, y) = (at.x(), at.y());
        let full = visible::name(&format!("{} {}/{}", vertex.kind, vertex.namespace, vertex.name)).into_owned();
        let _ = writeln!(
            svg,
            "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/>",
            markup(&full)
        );
        let _ = writeln!(svg, "<text class=\"kind\" x=\"{}\" y=\"{}\">{}</text>", x + 10, y + 15, vertex.kind);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\">{}</text></g>",
            x + 10,
            y + 32,
            markup(&short(&visible::name(&vertex.name)))
        );
    }
    svg.push_str("</svg>");
    Some(svg)
}

fn short(name: &str) -> String {
    match name.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// Where a box is.
#[derive(Clone, Copy)]
struct Place {
    column: usize,
    row: usize,
}

impl Place {
    fn x(self) -> usize {
        self.column * (WIDTH + GAP)
    }

    fn y(self) -> usize {
        self.row * ROW
    }
}

/// The boxes of all objects that target another or are targeted: beside each workload what targets it, and left of that what
/// leads there.
fn boxes(graph: &Graph) -> BTreeMap<usize, Place> {
    let mut boxes = BTreeMap::new();
    let mut row = 0;
    let sources = |to: usize| graph.edges.iter().filter(move |edge| edge.to == to).map(|edge| edge.from);
    let is_workload = |(_, vertex): &(usize, &Vertex)| matches!(vertex.facts, Facts::Workload { .. });
    for (workload, _) in graph.nodes.iter().enumerate().filter(is_workload) {
        if sources(workload).next().is_none() {
            continue;
        }
        let first = row;
        for source in sources(workload) {
            if boxes.contains_key(&source) {
                continue;
            }
            let own = row;
            boxes.insert(source, Place { column: 1, row: own });
            for far in sources(source) {
                if boxes.contains_key(&far) {
                    continue;
                }
                boxes.insert(far, Place { column: 0, row });
                row += 1;
            }
            row = row.max(own + 1);
        }
        row = row.max(first + 1);
        boxes.insert(workload, Place { column: 2, row: first + (row - first - 1) / 2 });
    }
    boxes
}
