//! Finds literal credentials, in ConfigMaps and in environment variables alike.

use crate::settings::Glob;
use crate::text::credential::{credential_in, has_private_key, is_credential_name, is_literal, may_be_secret};

/// Names that are suspected beyond the built-in ones, and names that are never suspected.
pub(super) struct CredentialRules<'s> {
    /// More names that stand for credentials.
    pub(super) patterns: &'s [Glob],
    /// Names whose value may be anything.
    pub(super) allow: &'s [Glob],
}

/// A literal credential. Its value never leaves here.
pub(super) struct Credential<'a> {
    /// What messages call it: `a credential`, `a GitHub token`.
    pub(super) what: &'static str,
    /// Its name within a file of assignments.
    pub(super) within: Option<&'a str>,
}

impl CredentialRules<'_> {
    /// What messages call the value; `None` when it isn't a credential.
    pub(super) fn report(&self, name: &str, value: &str) -> Option<&'static str> {
        if self.allows(name) {
            return None;
        }
        if let Some(shape) = credential_in(value) {
            return Some(shape);
        }
        let chosen = self.patterns.iter().any(|pattern| pattern.matches(name)) && is_literal(value);
        (chosen || is_credential_name(name) && may_be_secret(name, value)).then_some("a credential")
    }

    /// Every credential in an entry of a ConfigMap. In a file of assignments, each assignment is checked.
    pub(super) fn check_file<'a>(&self, name: &str, text: &'a str) -> Vec<Credential<'a>> {
        if !text.trim_ascii().contains('\n') || !is_file_of_assignments(name) || self.allows(name) {
            return self.report(name, text).into_iter().map(|what| Credential { what, within: None }).collect();
        }
        let mut found = Vec::new();
        if has_private_key(text) {
            found.push(Credential { what: "a private key", within: None });
        }
        for (name, value) in text.lines().filter_map(assignment) {
            if let Some(what) = self.report(name, value) {
                found.push(Credential { what, within: Some(name) });
            }
        }
        found
    }

    fn allows(&self, name: &str) -> bool {
        self.allow.iter().any(|pattern| pattern.matches(name))
    }
}

/// True for `application.properties`, `.env` and the like. In other files `password: string` may be anything.
fn is_file_of_assignments(name: &str) -> bool {
    name.ends_with(".properties") || name.ends_with(".env")
}

/// The name and the value on a line of such a file.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_ascii();
    if line.starts_with(['#', '!']) {
        return None;
    }
    let (name, value) = line.split_once(['=', ':'])?;
    let name = name.trim_ascii();
    let value = value.trim_ascii();
    let unquoted = ['"', '\''].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote));
    Some((name.strip_prefix("export ").unwrap_or(name), unquoted.unwrap_or(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(name: &str, text: &str) -> Vec<(Option<String>, &'static str)> {
        let rules = CredentialRules { patterns: &[Glob::new("*.pin")], allow: &[Glob::new("demo.*")] };
        rules.check_file(name, text).into_iter().map(|found| (found.within.map(str::to_owned), found.what)).collect()
    }

    #[test]
    fn each_assignment_is_checked() {
        let text = "# password=hunter2\n\
            db.password = hunter2\n\
            db.url=postgres://shop:hunter2@db/shop\n\
            export API_TOKEN=\"s3cr3t\"\n\
            card.pin: 1234\n\
            demo.password=hunter2\n\
            other.password=${DB_PASSWORD}\n\
            nothing\n";
        let expected = [
            ("db.password", "a credential"),
            ("db.url", "a URL with a password"),
            ("API_TOKEN", "a credential"),
            ("card.pin", "a credential"),
        ];
        let expected: Vec<_> = expected.iter().map(|&(name, what)| (Some(name.to_owned()), what)).collect();
        for name in ["application.properties", ".env"] {
            assert_eq!(checked(name, text), expected);
        }
        assert_eq!(checked("run.sh", "password=hunter2\nexit\n"), []);
        assert_eq!(checked("demo.env", text), []);
    }
}
