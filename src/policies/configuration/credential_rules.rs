//! Finds literal credentials, in ConfigMaps and in environment variables alike.

use crate::settings::Glob;
use crate::text::base64::decode;
use crate::text::credential::{credential, has_private_key, is_literal};

/// Names that are suspected beyond the built-in ones, and names that are never suspected.
pub(crate) struct CredentialRules<'s> {
    /// More names of credentials.
    pub(crate) patterns: &'s [Glob],
    /// Names whose value may be anything.
    pub(crate) allow: &'s [Glob],
}

/// A literal credential. No message repeats its value.
pub(crate) struct Credential<'a> {
    /// What messages call it: `a credential`, `a GitHub token`.
    pub(crate) what: &'static str,
    /// Its name within a file of assignments.
    pub(crate) within: Option<&'a str>,
    /// The text that is secret, or contains the secret.
    pub(crate) text: &'a str,
}

impl CredentialRules<'_> {
    /// What messages call the value; `None` when it isn't a credential.
    pub(crate) fn report(&self, name: &str, value: &str) -> Option<&'static str> {
        if self.allows(name) {
            return None;
        }
        let is_chosen = || self.patterns.iter().any(|pattern| pattern.matches(name)) && is_literal(value);
        credential(name, value).or_else(|| is_chosen().then_some("a credential"))
    }

    /// Every credential in an entry of a ConfigMap. In a file of assignments, each assignment is checked; in YAML and JSON
    /// only values that aren't plain words.
    pub(crate) fn check_file<'a>(&self, name: &str, text: &'a str) -> Vec<Credential<'a>> {
        if self.allows(name) {
            return Vec::new();
        }
        let format = Format::of(name);
        if format == Format::Other {
            return self.report(name, text).into_iter().map(|what| Credential { what, within: None, text }).collect();
        }
        let mut found = Vec::new();
        if has_private_key(text) {
            found.push(Credential { what: "a private key", within: None, text });
        }
        if format == Format::Assignments {
            for (name, value) in text.lines().filter_map(|line| format.assignment(line)) {
                let what = self.report(name, value);
                found.extend(what.map(|what| Credential { what, within: Some(name), text: value }));
            }
            return found;
        }
        for part in text.split(['\n', ',', '{', '}']) {
            let Some((name, value)) = format.assignment(part) else {
                found.extend(self.report("", part).map(|what| Credential { what, within: None, text: part }));
                continue;
            };
            // The login of a registry.
            let is_login = name == "auth" && decode(value).is_some_and(|login| login.contains(':'));
            let is_word = value.bytes().all(|byte| byte.is_ascii_alphabetic());
            let what = if is_login { Some("a registry login") } else { self.report(name, value).filter(|_| !is_word) };
            found.extend(what.map(|what| Credential { what, within: Some(name), text: value }));
        }
        found
    }

    fn allows(&self, name: &str) -> bool {
        self.allow.iter().any(|pattern| pattern.matches(name))
    }
}

/// How a file writes names and values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// `name=value` or `name: value`, one a line.
    Assignments,
    /// YAML or JSON. There `password: string` may be anything.
    Structured,
    /// Any other.
    Other,
}

impl Format {
    fn of(name: &str) -> Format {
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[".properties", ".env", ".ini", ".cnf", ".conf", ".cfg", ".toml"])
            || name.starts_with(".env.")
            || name.contains(".env.")
        {
            return Format::Assignments;
        }
        if ends(&[".yaml", ".yml", ".json", ".dockerconfigjson"]) { Format::Structured } else { Format::Other }
    }

    /// The name and the value in a part of such a file.
    fn assignment(self, part: &str) -> Option<(&str, &str)> {
        let part = part.trim_ascii();
        if part.starts_with(['#', '!', ';']) || part.starts_with("//") {
            return None;
        }
        let (name, value) = match self {
            Format::Structured => part.strip_prefix("- ").unwrap_or(part).split_once(':')?,
            _ => part.split_once(['=', ':'])?,
        };
        let (name, value) = (unquoted(name.trim_ascii()), unquoted(value.trim_ascii()));
        Some((name.strip_prefix("export ").unwrap_or(name), value))
    }
}

fn unquoted(text: &str) -> &str {
    let inner = ['"', '\''].iter().find_map(|&quote| text.strip_prefix(quote)?.strip_suffix(quote));
    inner.unwrap_or(text)
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
        for name in ["db.ini", "my.cnf", "app.conf", "app.toml", ".env.production"] {
            assert_eq!(
                checked(name, "[client]\npassword = \"hunter2\"\n"),
                [(Some("password".to_owned()), "a credential")]
            );
        }
        assert_eq!(checked(".env", "DB_PASSWORD=hunter2"), [(Some("DB_PASSWORD".to_owned()), "a credential")]);
        assert_eq!(checked("run.sh", "password=hunter2\nexit\n"), []);
        assert_eq!(checked("demo.env", text), []);
    }

    #[test]
    fn plain_words_are_not_credentials_in_yaml_and_json() {
        let yaml = "spring:\n  datasource:\n    username: shop\n    password: hunter2\n    # password: old1\n\
            schema:\n  password: {type: string}\n  token: opaque\nlabels:\n  password: Passwort\n";
        let found = [(Some("password".to_owned()), "a credential")];
        assert_eq!(checked("application.yml", yaml), found);
        assert_eq!(checked("config.json", "{\"db\":{\"user\":\"shop\",\"password\":\"hunter2\"},\"n\":1}"), found);
        assert_eq!(checked("config.yaml", "password: ${DB_PASSWORD}\ntoken: {{ .Values.token }}\n"), []);
        let login = "{\"auths\":{\"ghcr.io\":{\"auth\":\"c2hvcDpodW50ZXIy\"}}}";
        assert_eq!(checked(".dockerconfigjson", login), [(Some("auth".to_owned()), "a registry login")]);
        let list = "tokens:\n  - glpat-Zk3vQ9sLx7Wm2Rt8Yb4N\n";
        assert_eq!(checked("config.yaml", list), [(None, "a GitLab token")]);
    }
}
