//! Guesses the field that an unknown field was meant to be.

use crate::table::{Table, Type};

/// How many mappings deep to search for a misplaced field.
const DEEPEST: usize = 5;

/// Names that so many mappings have that only the nearest may be meant.
const COMMON: &[&str] = &[
    "annotations",
    "apiVersion",
    "enabled",
    "host",
    "key",
    "kind",
    "labels",
    "mode",
    "name",
    "namespace",
    "operator",
    "path",
    "port",
    "secretName",
    "selector",
    "type",
    "value",
];

/// A longer name is like no other, and expensive to compare.
const LONGEST: usize = 60;

/// What is shorter is the beginning of too much.
const SHORTEST: usize = 6;

/// With more places than this, the guess is too uncertain.
const MOST_PLACES: usize = 3;

/// The fields of all objects.
const OF_OBJECTS: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];

/// The intended field.
pub(crate) enum Meant<'t> {
    /// Another field of the same mapping.
    Here {
        /// The field.
        name: &'t str,
        /// Whether no other comes into question.
        alone: bool,
    },
    /// The same field of an enclosing mapping: the length of the path to it.
    Around(usize),
    /// The same field of mappings below an enclosing one: the length of the path, and the fields from there.
    Below(Vec<(usize, String)>),
}

/// The best guess. `around` are the types of the enclosing mappings, innermost last, each with the length of the path
/// to it; `is_there` says whether the mapping at that length has a field.
pub(crate) fn meant<'t>(
    table: &'t Table,
    name: &str,
    around: &[(usize, usize)],
    is_there: impl Fn(usize, &str) -> bool,
) -> Option<Meant<'t>> {
    let ((here, depth), outer) = around.split_last()?;
    let (other, distance, alone) = closest(table, *here, name);
    if distance == 0 {
        return Some(Meant::Here { name: other, alone: true });
    }
    let has = |number: usize| table.field(number, name).is_some();
    // What every object has is not said of one far away.
    let is_near = |root: usize| root > 0 || *depth <= 2 || !OF_OBJECTS.contains(&name);
    if let Some((_, depth)) = outer.iter().rev().find(|(number, _)| has(*number)).filter(|(_, depth)| is_near(*depth)) {
        return Some(Meant::Around(*depth));
    }
    // One letter in four may be wrong.
    if is_close(distance, name) {
        return Some(Meant::Here { name: other, alone });
    }
    // Nearest first: below, beside, then further away. Beside, only what is there: of alternatives, such as the sources of a
    // volume, another one isn't meant.
    let is_common = COMMON.contains(&name);
    let below_here = |deepest| (*here, *depth, deepest, false);
    let mut starts = vec![below_here(1)];
    let mut outwards = outer.iter().rev().map(|(number, depth)| (*number, *depth));
    starts.extend(outwards.next().map(|(number, depth)| (number, depth, 1, true)));
    if !is_common {
        starts.push(below_here(DEEPEST));
        starts.extend(outer.last().map(|(number, depth)| (*number, *depth, 2, true)));
        starts.extend(outwards.map(|(number, depth)| (number, depth, 1, true)));
    }
    let below = starts.into_iter().find_map(|(number, depth, deepest, beside)| {
        let mut places = below(table, number, name, deepest);
        let start = |place: &str| place.split(['.', '[']).next().unwrap_or_default().to_owned();
        places.retain(|place| !beside || is_there(depth, &start(place)));
        // Nobody writes debug containers into a file.
        if places.len() > 1 {
            places.retain(|place| !place.ends_with("ephemeralContainers[]"));
        }
        (1..=MOST_PLACES)
            .contains(&places.len())
            .then(|| Meant::Below(places.into_iter().map(|place| (depth, place)).collect()))
    });
    below.or_else(|| Some(Meant::Here { name: longer(table, *here, name)?, alone: false }))
}

/// The only field of a type that begins with a name, which is a part of it: `storageClass` for `storageClassName`.
fn longer<'t>(table: &'t Table, number: usize, name: &str) -> Option<&'t str> {
    let mut longer = table.fields(number).map(|(known, _)| known).filter(|known| known.starts_with(name));
    let first = longer.next().filter(|_| name.len() >= SHORTEST)?;
    longer.next().is_none().then_some(first)
}

/// Whether so many wrong letters are a slip.
fn is_close(distance: usize, name: &str) -> bool {
    distance <= name.len().div_ceil(4).min(3)
}

/// Whether a name may be a slip for the other.
pub(crate) fn is_like(name: &str, other: &str) -> bool {
    nearest(name, std::iter::once(other)).is_some()
}

/// The word that was meant, if one is close.
pub(crate) fn nearest<'w>(wrong: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    if wrong.len() > LONGEST {
        return None;
    }
    let lower = wrong.to_ascii_lowercase();
    let distances = words.map(|word| (strsim::osa_distance(&lower, &word.to_ascii_lowercase()), word));
    distances
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| is_close(*distance, wrong))
        .map(|(_, word)| word)
}

/// The field of a type that is most similar to `name`, how many letters differ (0 if only the case or a separator does), and
/// whether no other is similar.
fn closest<'t>(table: &'t Table, number: usize, name: &str) -> (&'t str, usize, bool) {
    let mut best = ("", usize::MAX, true);
    if name.len() > LONGEST {
        return best;
    }
    let lower = name.to_ascii_lowercase().replace(['_', '-'], "");
    for (known, _) in table.fields(number) {
        let distance = strsim::osa_distance(&lower, &known.to_ascii_lowercase());
        let is_other = is_close(distance, name);
        if distance < best.1 {
            let alone = !is_close(best.1, name);
            best = (known, distance, alone);
        } else if is_other {
            best.2 = false;
        }
    }
    best
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
