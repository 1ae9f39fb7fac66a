//! Guesses the field that an unknown field was meant to be.

use crate::schema::table::{Table, Type};

/// How many mappings deep to search for a misplaced field.
const DEEPEST: usize = 3;

/// With more places than this, the guess is too uncertain.
const MOST_PLACES: usize = 3;

/// The intended field.
pub(crate) enum Meant<'t> {
    /// Another field of the same mapping.
    Here(&'t str),
    /// The same field of an enclosing mapping: the length of the path to it.
    Around(usize),
    /// The same field of mappings below an enclosing one: the length of the path, and the fields from there.
    Below(Vec<(usize, String)>),
}

/// The best guess. `around` are the types of the enclosing mappings, innermost last, each with the length of the path
/// to it.
pub(crate) fn meant<'t>(table: &'t Table, name: &str, around: &[(usize, usize)]) -> Option<Meant<'t>> {
    let ((here, depth), outer) = around.split_last()?;
    let (other, distance) = closest(table, *here, name);
    if distance == 0 {
        return Some(Meant::Here(other));
    }
    let has = |number: usize| table.field(number, name).is_some();
    if let Some((_, depth)) = outer.iter().rev().find(|(number, _)| has(*number)) {
        return Some(Meant::Around(*depth));
    }
    // One letter in four may be wrong.
    if distance <= name.len().div_ceil(4).min(3) {
        return Some(Meant::Here(other));
    }
    let (parent, rest) = outer.split_last().map_or((None, outer), |(parent, rest)| (Some(parent), rest));
    // Nearest first: below, beside, then further away.
    let below_here = |deepest| Some((*here, *depth, deepest));
    let beside = |deepest| parent.map(|(number, depth)| (*number, *depth, deepest));
    let starts = [below_here(1), beside(1), below_here(DEEPEST), beside(2)];
    let further = rest.iter().rev().map(|(number, depth)| (*number, *depth, 1));
    starts.into_iter().flatten().chain(further).find_map(|(number, depth, deepest)| {
        let places = below(table, number, name, deepest);
        (1..=MOST_PLACES)
            .contains(&places.len())
            .then(|| Meant::Below(places.into_iter().map(|place| (depth, place)).collect()))
    })
}

/// The field of a type that is most similar to `name`, and how many letters differ; 0 if only the case does.
fn closest<'t>(table: &'t Table, number: usize, name: &str) -> (&'t str, usize) {
    // A very long name is like no field, and expensive to compare.
    if name.len() > 60 {
        return ("", usize::MAX);
    }
    let lower = name.to_ascii_lowercase().replace(['_', '-'], "");
    table
        .fields(number)
        .map(|(known, _)| (known, strsim::osa_distance(&lower, &known.to_ascii_lowercase())))
        .min_by_key(|(_, distance)| *distance)
        .unwrap_or(("", usize::MAX))
}

/// The nearest places below a type with this field, as in `template.spec.containers[]`.
fn below(table: &Table, number: usize, name: &str, deepest: usize) -> Vec<String> {
    let mut seen = vec![number];
    let mut level = vec![(number, String::new())];
    for _ in 0..deepest {
        let mut next = Vec::new();
        for (number, way) in &level {
            for (field, of) in table.fields(*number) {
                // A type of several fields is searched once, for the first of them.
                let Some(inner) = of.fields().filter(|inner| !seen.contains(inner)) else { continue };
                seen.push(inner);
                let dot = if way.is_empty() { "" } else { "." };
                let elements = if matches!(of, Type::List(_)) { "[]" } else { "" };
                next.push((inner, format!("{way}{dot}{field}{elements}")));
            }
        }
        let found: Vec<String> = next
            .iter()
            .filter(|(number, _)| table.field(*number, name).is_some())
            .map(|(_, way)| way.clone())
            .collect();
        if !found.is_empty() {
            return found;
        }
        level = next;
    }
    Vec::new()
}
