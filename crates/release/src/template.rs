//! Texts with places for `{{values}}`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

/// The values, by their names.
pub(crate) type Values = BTreeMap<String, String>;

/// Puts the values into a template.
///
/// # Errors
/// When it names a value that there isn't.
pub(crate) fn render(template: &str, values: &Values) -> Result<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").context("a place without an end")?;
        text += before;
        text += values.get(name).with_context(|| format!("no value for {{{{{name}}}}}"))?;
        rest = after;
    }
    Ok(text + rest)
}

#[cfg(test)]
mod tests {
    use super::{Values, render};

    #[test]
    fn values_replace_their_places() {
        let values = Values::from([("version".to_owned(), "1.2.3".to_owned())]);
        assert_eq!(render("v{{version}}, {{version}}.", &values).unwrap(), "v1.2.3, 1.2.3.");
        assert!(render("{{edition}}", &values).is_err());
        assert!(render("{{version", &values).is_err());
    }
}
