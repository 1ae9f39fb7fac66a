//! Shared by the policies about labels and annotations.

use crate::kube::owner::is_controlled;
use crate::policies::prelude::*;
use crate::settings::Keys;

/// The metadata that a person writes: the object's, and its pod template's. Both are absent for objects that a controller
/// created: they get theirs from their owner's template. A Pod is its own template.
pub(super) struct Written<'a> {
    /// The object's metadata.
    pub object: Option<Node<'a>>,
    /// Its pod template's metadata, if it has a template.
    pub template: Option<Node<'a>>,
}

impl<'a> Written<'a> {
    /// The metadata of the checked object.
    pub(super) fn of(cx: &Context<'a>) -> Written<'a> {
        let object = cx.object();
        if is_controlled(object) {
            return Written { object: None, template: None };
        }
        let template = cx.kind().template.map(|route| object.dig(route)).filter(|template| template.exists());
        Written { object: Some(object.get("metadata")), template: template.map(|template| template.get("metadata")) }
    }
}

/// The wanted keys that `fields`, labels or annotations, doesn't have. An empty value counts as missing.
///
/// # Errors
/// When a value isn't a string.
pub(super) fn missing<'k>(fields: Node<'_>, wanted: &[&'k Keys]) -> Result<Vec<&'k Keys>, Malformed> {
    let mut missing = Vec::new();
    for &keys in wanted {
        if found(fields, keys)?.is_none() {
            missing.push(keys);
        }
    }
    Ok(missing)
}

/// The first of the keys that `fields` has, and its value.
///
/// # Errors
/// When a value isn't a string.
pub(super) fn found<'k, 'a>(fields: Node<'a>, keys: &'k Keys) -> Result<Option<(&'k str, &'a str)>, Malformed> {
    for key in keys.iter() {
        let value = fields.mapping()?.entry(key).str()?;
        if let Some(value) = value.filter(|value| !value.trim_ascii().is_empty()) {
            return Ok(Some((key, value)));
        }
    }
    Ok(None)
}

/// The message for missing keys: `the object is missing the labels app (or k8s-app) and
/// version`. `noun` is `label` or
/// `annotation`.
pub(super) fn missing_message(holder: &str, noun: &str, keys: &[&Keys]) -> String {
    let several = if keys.len() > 1 { "s " } else { " " };
    let titles: Vec<String> = keys.iter().map(|keys| keys.title()).collect();
    text![holder, " is missing the ", noun, several, titles.join(" and ")]
}

/// The help for missing keys: to add the first key of each, at `place`.
pub(super) fn add_help(noun: &str, keys: &[&Keys], place: &str) -> String {
    let several = if keys.len() > 1 { "s " } else { " " };
    let first: Vec<&str> = keys.iter().filter_map(|keys| keys.iter().next()).collect();
    text!["add the ", noun, several, first.join(" and "), place]
}

/// How many missing keys one finding reports.
pub(super) fn at_once(cx: &Context<'_>) -> usize {
    if cx.reports_separately() { 1 } else { usize::MAX }
}
