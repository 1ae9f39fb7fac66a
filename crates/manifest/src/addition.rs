//! Objects as further documents of a file.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::change::Change;
use crate::document::{Document, parse, read_one};
use crate::limits::Limits;
use crate::order::in_order;
use crate::refused::AddRefused;
use crate::render::Manner;
use crate::split;
use crate::tree::Style;

/// The object as the text of a YAML document, which ends with a line break and has no line `---`. It is indented as
/// `like` is, a document of the file `text`, and has its line ends.
///
/// # Errors
/// When `like` is a template, so that what it needs is not known, or when the text would not say what the object says.
pub fn render(object: &Value, text: &str, like: &Document) -> Result<String, AddRefused> {
    let original = text.get(like.range.clone()).unwrap_or_default();
    if original.contains("{{") && is_template(&like.value) {
        return Err(AddRefused::Template);
    }
    let manner = Manner { json: false, ..Change::new(original, &like.tree).manner() };
    let rendered = object.as_object().map(|fields| document(fields, &manner)).ok_or(AddRefused::WouldChange)?;
    match parse(&rendered, &Limits::default()) {
        Ok(read) if read.value == *object => Ok(rendered),
        _ => Err(AddRefused::WouldChange),
    }
}

/// The file `text` with further documents behind its own, each as [`render`] makes them. All else stays as it is.
///
/// # Errors
/// When `like`, the document that needs them, is JSON, or when the file's own documents would change.
pub fn add(text: &str, like: &Document, documents: &[String]) -> Result<String, AddRefused> {
    if like.tree.node(0).is_some_and(|root| root.style.is_flow()) {
        return Err(AddRefused::Json);
    }
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut new = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        new.push_str(line_end);
    }
    let mut open = text.lines().rev().find(|line| !line.trim().is_empty()).is_some_and(|line| line.trim_end() == "---");
    for document in documents {
        if !std::mem::take(&mut open) {
            new.push_str("---");
            new.push_str(line_end);
        }
        new.push_str(document);
    }
    let (before, after) = (split::documents(text.as_bytes()), split::documents(new.as_bytes()));
    let kept = after.get(..before.len()).unwrap_or_default();
    let starts = |ranges: &[Range<usize>]| ranges.iter().map(|range| range.start).collect::<Vec<_>>();
    let same = after.len() == before.len() + documents.len() && starts(&before) == starts(kept);
    // Only the last one has got a neighbour.
    let (last, kept) = (last_of(text, &before), last_of(&new, kept));
    let Some((last, kept)) = last.zip(kept).filter(|_| same) else { return Err(AddRefused::WouldChange) };
    // Readers don't agree on what a text after `|` says that the file ends in without a line break.
    let nodes = (0..).map_while(|number| last.tree.node(number));
    let in_the_open = !text.ends_with('\n') && nodes.last().is_some_and(|node| node.style == Style::BlockScalar);
    if last.value == kept.value && !in_the_open { Ok(new) } else { Err(AddRefused::WouldChange) }
}

/// The last of the documents; `None` when it can't be read.
fn last_of(text: &str, ranges: &[Range<usize>]) -> Option<Document> {
    let limits = Limits { document_bytes: usize::MAX, ..Limits::default() };
    read_one(text.as_bytes(), 0, ranges.last()?.clone(), &limits).ok()?.0
}

/// True when something that an API server would read holds `{{`. In comments, annotations and data, and in what programs
/// are given, that may be meant.
fn is_template(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(is_template),
        Value::Object(fields) => fields.iter().any(|(key, value)| {
            let free = matches!(key.as_str(), "annotations" | "data" | "stringData" | "command" | "args" | "env");
            key.contains("{{") || !free && is_template(value)
        }),
        _ => false,
    }
}

fn document(fields: &Map<String, Value>, manner: &Manner) -> String {
    let lines = in_order(fields).into_iter().map(|(key, value)| manner.field(key, value, 0) + manner.line_end);
    lines.collect()
}
