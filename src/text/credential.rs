//! Recognizes credentials by their name, or by the format of their value. A false alarm costs more than a missed secret, so
//! everything here errs on the harmless side.

/// Endings of names that stand for credentials, word by word.
const ENDINGS: &[&str] = &[
    "access key secret",
    "access token",
    "accesstoken",
    "account key",
    "api key",
    "apikey",
    "auth token",
    "authtoken",
    "client secret",
    "clientsecret",
    "credential",
    "credentials",
    "encryption key",
    "master key",
    "passphrase",
    "passwd",
    "password",
    "private key",
    "privatekey",
    "secret",
    "secret access key",
    "secret key",
    "secretkey",
    "shared access key",
    "signing key",
    "token",
];

/// Endings that look like the above, but stand for the name of an object, a marker in a text or a switch.
const HARMLESS_ENDINGS: &[&str] = &[
    "allow credentials",
    "bos token",
    "ca secret",
    "cert secret",
    "certificate secret",
    "cls token",
    "csrf token",
    "eos token",
    "existing secret",
    "ingress secret",
    "k8s secret",
    "kube secret",
    "kubernetes secret",
    "mask token",
    "pad token",
    "public token",
    "pull credentials",
    "pull secret",
    "sep token",
    "ssl secret",
    "stop token",
    "tls secret",
    "unk token",
    "xsrf token",
];

/// Endings of single words: `PGPASSWORD`.
const SUFFIXES: &[&str] = &["password", "passwd", "passphrase"];

/// Words before `pass` or `pwd` that make it a password. Alone, `PWD` is a directory and `pass` a verb.
const HOLDERS: &[&str] = &[
    "admin", "amqp", "auth", "database", "db", "email", "ftp", "ldap", "mail", "mongo", "mongodb", "mysql", "pg",
    "postgres", "rabbitmq", "redis", "root", "sftp", "smtp", "user",
];

/// Words that may follow a credential's name: `DB_PASSWORD_PROD`, `SECRET_KEY_BASE`.
const QUALIFIERS: &[&str] = &[
    "base",
    "current",
    "default",
    "dev",
    "new",
    "old",
    "plain",
    "previous",
    "primary",
    "prod",
    "production",
    "secondary",
    "staging",
    "test",
    "txt",
    "value",
];

/// Values under a credential's name that aren't secret: switches, and names of authentication methods.
const WORDS_OF_SETTINGS: &[&str] = &[
    "always",
    "auto",
    "aws",
    "azure",
    "basic",
    "bearer",
    "cookie",
    "default",
    "disable",
    "disabled",
    "empty",
    "enable",
    "enabled",
    "env",
    "false",
    "file",
    "gcp",
    "header",
    "iam",
    "include",
    "jwt",
    "kubernetes",
    "n/a",
    "never",
    "nil",
    "no",
    "none",
    "null",
    "oauth",
    "oidc",
    "off",
    "omit",
    "on",
    "opaque",
    "optional",
    "query",
    "required",
    "same-origin",
    "string",
    "tbd",
    "todo",
    "true",
    "undefined",
    "unset",
    "vault",
    "yes",
];

/// Parts of values that are placeholders.
const PLACEHOLDERS: &[&str] = &[
    "...",
    "change-me",
    "change-this",
    "change_me",
    "change_this",
    "changeit",
    "changeme",
    "changethis",
    "dummy",
    "example",
    "fake",
    "fill-in",
    "fill-me",
    "fill_in",
    "fill_me",
    "fillme",
    "fixme",
    "insert-",
    "insert_",
    "not-used",
    "not_used",
    "notused",
    "placeholder",
    "redacted",
    "replace-",
    "replace_",
    "replaceme",
    "unused",
    "xxxx",
    "your-",
    "your_",
];

/// Parts of values that are substituted.
const REFERENCES: &[&str] = &["$(", "${", "#{", "%{", "{{", "<%", "://"];

/// Beginnings of values that point to the secret, or are encrypted.
const POINTERS: &[&str] = &[
    "$",
    "@",
    "alias/",
    "arn:",
    "enc(",
    "enc[",
    "env:",
    "file:",
    "op:",
    "projects/",
    "ref+",
    "secret/",
    "secretref:",
    "secretsmanager:",
    "sha256:",
    "ssm:",
    "vault:",
    "{cipher}",
];

/// File name extensions.
const EXTENSIONS: &[&str] =
    &[".crt", ".jks", ".json", ".key", ".p12", ".pem", ".pfx", ".properties", ".txt", ".yaml", ".yml"];

/// Endings, after a dash or the like, of the names of Secrets, their keys, headers and fields.
const NAMING: &[&str] = &[
    "cert",
    "certs",
    "credential",
    "credentials",
    "creds",
    "key",
    "keys",
    "password",
    "passwords",
    "secret",
    "secrets",
    "tls",
    "token",
    "tokens",
];

/// A kind of token that is recognized by its prefix.
struct Token {
    prefix: &'static str,
    /// How many characters follow at least.
    rest: usize,
    title: &'static str,
}

const fn token(prefix: &'static str, rest: usize, title: &'static str) -> Token {
    Token { prefix, rest, title }
}

const TOKENS: &[Token] = &[
    token("AKIA", 16, AWS),
    token("ASIA", 16, AWS),
    token("ghp_", 36, GITHUB),
    token("gho_", 36, GITHUB),
    token("ghu_", 36, GITHUB),
    token("ghs_", 36, GITHUB),
    token("ghr_", 36, GITHUB),
    token("github_pat_", 50, GITHUB),
    token("glpat-", 20, GITLAB),
    token("gldt-", 20, GITLAB),
    token("glrt-", 20, GITLAB),
    token("glptt-", 20, GITLAB),
    token("xoxa-", 20, SLACK),
    token("xoxb-", 20, SLACK),
    token("xoxp-", 20, SLACK),
    token("xapp-", 20, SLACK),
    token("sk_live_", 20, STRIPE),
    token("sk_test_", 20, STRIPE),
    token("rk_live_", 20, STRIPE),
    token("rk_test_", 20, STRIPE),
    token("GOCSPX-", 28, "a Google client secret"),
    token("npm_", 36, "an npm token"),
    token("pypi-AgE", 50, "a PyPI token"),
    token("SG.", 60, "a SendGrid key"),
    token("dop_v1_", 64, "a DigitalOcean token"),
    token("dckr_pat_", 27, "a Docker Hub token"),
    token("hf_", 34, "a Hugging Face token"),
    token("hvs.", 24, "a Vault token"),
    token("sk-ant-", 40, "an Anthropic key"),
    token("sk-proj-", 40, "an OpenAI key"),
    token("AGE-SECRET-KEY-1", 50, PRIVATE_KEY),
];

const AWS: &str = "an AWS access key";
const GITHUB: &str = "a GitHub token";
const GITLAB: &str = "a GitLab token";
const SLACK: &str = "a Slack token";
const STRIPE: &str = "a Stripe key";
const PRIVATE_KEY: &str = "a private key";
const URL: &str = "a URL with a password";
const CONNECTION: &str = "a connection string with a password";

/// Beginnings of base64-encoded PEM blocks with private keys.
const ENCODED_KEYS: &[&str] = &[
    "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS",
    "LS0tLS1CRUdJTiBSU0EgUFJJVkFURS",
    "LS0tLS1CRUdJTiBFQyBQUklWQVRFIE",
    "LS0tLS1CRUdJTiBPUEVOU1NIIFBSSV",
];

/// The words of a name in lower case: those of `db_password`, `db-password`, `db.password`, `dbPassword` and
/// `DBPassword` are the same.
fn words_of(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut characters = name.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(char::is_ascii_lowercase);
        let starts = character.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || before.is_ascii_uppercase() && next_is_lower);
        // Everything beyond ASCII counts as a letter: Unicode's tables would bloat every module.
        let is_part = character.is_ascii_alphanumeric() || !character.is_ascii();
        if (starts || !is_part) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if is_part {
            word.push(character.to_ascii_lowercase());
        }
        before = character;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// True when the words end in those of `ending`.
fn end_in(words: &[String], ending: &str) -> bool {
    let mut words = words.iter().rev();
    ending.rsplit(' ').all(|word| words.next().is_some_and(|other| other == word))
}

/// True for the name of a credential: `DB_PASSWORD`, `clientSecret`, `github-token`. Names that merely relate to one are
/// not: `TOKEN_URL`, `PASSWORD_FILE`, `secretName`.
pub fn is_credential_name(name: &str) -> bool {
    let mut words = words_of(name);
    while let Some(mut last) = words.pop() {
        let letters = last.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        last.truncate(letters);
        if !last.is_empty() && (words.is_empty() || !QUALIFIERS.contains(&last.as_str())) {
            words.push(last);
            break;
        }
    }
    let Some((last, before)) = words.split_last() else { return false };
    let holder = || before.last().is_some_and(|holder| HOLDERS.contains(&holder.as_str()));
    let named = ENDINGS.iter().any(|ending| end_in(&words, ending))
        || SUFFIXES.iter().any(|suffix| last.ends_with(suffix))
        || matches!(last.as_str(), "pass" | "pwd") && holder();
    named && !HARMLESS_ENDINGS.iter().any(|ending| end_in(&words, ending))
}

/// True when the value of `name` may be a secret itself: not a switch, a number, a path or prose, nor anything that
/// [`is_literal`] excludes.
pub fn may_be_secret(name: &str, value: &str) -> bool {
    let value = value.trim_ascii();
    is_literal(value)
        && value.len() >= 3
        && value.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !value.bytes().any(|byte| byte.is_ascii_whitespace())
        && !WORDS_OF_SETTINGS.iter().any(|word| word.eq_ignore_ascii_case(value))
        && !is_number(value)
        && !is_path(value)
        && !is_name(value)
        && words_of(name) != words_of(value)
}

/// True for a literal value: not empty, not a reference such as `$(DB_PASSWORD)` or `vault:db/app`, and not a placeholder
/// such as `<password>` or `changeme`.
pub fn is_literal(value: &str) -> bool {
    let value = value.trim_ascii();
    let lower = value.to_ascii_lowercase();
    let wrapped = |open: &str, close: &str| value.starts_with(open) && value.ends_with(close);
    let brackets = [("<", ">"), ("[", "]"), ("%", "%"), ("__", "__")];
    let first = value.bytes().next();
    !value.is_empty()
        && !value.bytes().all(|byte| Some(byte) == first)
        && !brackets.iter().any(|(open, close)| wrapped(open, close))
        && !REFERENCES.iter().any(|sign| value.contains(sign))
        && !POINTERS.iter().any(|start| lower.starts_with(start))
        && !PLACEHOLDERS.iter().any(|word| lower.contains(word))
        && !lower.starts_with("your")
}

/// True for numbers, amounts, durations and dates.
fn is_number(value: &str) -> bool {
    let digits = |byte: u8| byte.is_ascii_digit() || b"+-.,:_%".contains(&byte);
    let unit = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    value.len() - unit.len() <= 2 && unit.bytes().all(digits)
}

/// True for the path or name of a file.
fn is_path(value: &str) -> bool {
    let rooted = ["/", "./", "../", "~/"].iter().any(|start| value.starts_with(start));
    let drive = matches!(value.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    rooted || drive || EXTENSIONS.iter().any(|extension| value.ends_with(extension))
}

/// True for the name of a Secret, a header or a field: `db-credentials`, `X-Auth-Token`, `access_token`.
fn is_name(value: &str) -> bool {
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    let Some((_, last)) = value.rsplit_once(['-', '_', '.']) else { return false };
    plain && NAMING.iter().any(|word| word.eq_ignore_ascii_case(last))
}

/// The kind of credential that the text contains, recognized by its format alone: `a private key`, `a GitHub token`.
pub fn credential_in(text: &str) -> Option<&'static str> {
    if has_private_key(text) {
        return Some(PRIVATE_KEY);
    }
    let words = text.split(|c: char| c.is_ascii_whitespace() || "\"'`<>".contains(c));
    let found = words.filter(|word| word.len() > 8).find_map(|word| token_in(word).or_else(|| password_in(word)));
    // A connection string may contain spaces. A longer text, or one of several lines, is a script.
    let is_single = text.len() < 1_000 && !text.trim_ascii().contains('\n');
    found.or_else(|| (is_single && has_password_field(text)).then_some(CONNECTION))
}

/// True when the text contains a PEM private key, plain or base64-encoded.
pub fn has_private_key(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        rest = after;
        let Some((label, body)) = after.split_once("-----") else { break };
        let Some((key, _)) = body.split_once("-----END ") else { continue };
        // The shortest key has this many characters. Programs that look for keys have less between the two markers.
        let whole = key.len() >= 60 && !key.contains(['$', '{', '<', '*']) && !key.contains("...");
        if whole && label.len() < 30 && label.contains("PRIVATE KEY") {
            return true;
        }
    }
    ENCODED_KEYS.iter().any(|start| text.split_once(start).is_some_and(|(_, rest)| rest.len() >= 80))
}

/// The kind of token in the word.
fn token_in(word: &str) -> Option<&'static str> {
    if let Some((_, path)) = word.split_once("hooks.slack.com/services/T")
        && path.split('/').count() == 3
        && is_random(path)
    {
        return Some("a Slack webhook");
    }
    word.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).find_map(|part| {
        if is_web_token(part) {
            return Some("a JSON Web Token");
        }
        let fits = |token: &&Token| {
            part.strip_prefix(token.prefix).is_some_and(|rest| {
                let exact = token.title != AWS
                    || rest.len() == token.rest && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
                rest.len() >= token.rest && exact && is_random(rest)
            })
        };
        TOKENS.iter().find(fits).map(|token| token.title)
    })
}

/// True for three base64 parts, the first two of which are JSON objects.
fn is_web_token(part: &str) -> bool {
    let mut parts = part.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(claims), Some(signature), None) => {
            header.starts_with("eyJ") && claims.starts_with("eyJ") && signature.len() >= 20 && is_random(signature)
        }
        _ => false,
    }
}

/// True unless the text is plainly a placeholder.
fn is_random(text: &str) -> bool {
    let mut different: Vec<u8> = Vec::new();
    for byte in text.bytes() {
        if !different.contains(&byte) {
            different.push(byte);
        }
    }
    different.len() >= 8 && !PLACEHOLDERS.iter().any(|word| text.to_ascii_lowercase().contains(word))
}

/// The kind of password in the word: in a URL or in a connection string.
fn password_in(word: &str) -> Option<&'static str> {
    if let Some((pair, _)) = word.split_once("@tcp(")
        && is_login(pair)
    {
        return Some(CONNECTION);
    }
    if !word.contains("://") {
        return None;
    }
    let in_url = word.split([',', '|', ';', '{', '}', '(', ')', '\\']).any(|part| {
        let Some((scheme, rest)) = part.split_once("://") else { return false };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let login = authority.rsplit_once('@').filter(|(_, host)| !host.is_empty());
        scheme.ends_with(|c: char| c.is_ascii_alphanumeric()) && login.is_some_and(|(login, _)| is_login(login))
    });
    if in_url {
        return Some(URL);
    }
    has_password_field(word).then_some(URL)
}

/// True for `user:password`, or `:password`.
fn is_login(login: &str) -> bool {
    let Some((user, password)) = login.split_once(':') else { return false };
    let sample = matches!(user, "user" | "username") && matches!(password, "pass" | "password" | "passwd" | "pwd");
    !sample && !password.contains('$') && is_literal(password)
}

/// True when the text has several fields, as a connection string or a URL's query does, and one of them is a password.
fn has_password_field(text: &str) -> bool {
    let fields = || text.split([';', '?', '&']).filter_map(|field| field.split_once('='));
    let secret = |(key, value): (&str, &str)| {
        let key = key.trim_ascii();
        let named =
            ["password", "pwd", "AccountKey", "SharedAccessKey"].iter().any(|name| name.eq_ignore_ascii_case(key));
        named && may_be_secret(key, value)
    };
    let separated = text.contains("://") || text.contains(';');
    separated && fields().any(secret) && (text.contains("://") || fields().count() >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_in_every_spelling() {
        for name in
            ["db_password", "DB_PASSWORD", "db-password", "db.password", "dbPassword", "DBPassword", "Db Password"]
        {
            assert_eq!(words_of(name), ["db", "password"], "{name}");
        }
        assert_eq!(words_of("PGPASSWORD"), ["pgpassword"]);
        assert_eq!(words_of("--"), [""; 0]);
        assert_eq!(words_of("é_Ü"), ["é", "Ü"]);
    }

    #[test]
    fn names_of_credentials() {
        for name in [
            "PASSWORD",
            "POSTGRES_PASSWORD",
            "PGPASSWORD",
            "db-passwd",
            "DB_PASS",
            "MYSQL_PWD",
            "clientSecret",
            "CLIENT_SECRET",
            "JWT_SECRET",
            "SECRET_KEY",
            "SECRET_KEY_BASE",
            "AWS_SECRET_ACCESS_KEY",
            "STRIPE_API_KEY",
            "apiKey",
            "OPENAI_APIKEY",
            "GITHUB_TOKEN",
            "GITHUB_TOKEN_2",
            "token2",
            "DB_PASSWORD_PROD",
            "private_key",
            "spring.datasource.password",
            "credentials",
            "SSH_PASSPHRASE",
            "password.txt",
        ] {
            assert!(is_credential_name(name), "{name}");
        }
    }

    #[test]
    fn names_of_no_credentials() {
        for name in [
            "",
            "_",
            "42",
            "DB_PASSWORD_FILE",
            "TOKEN_PATH",
            "TOKEN_URL",
            "TLS_SECRET_NAME",
            "secretName",
            "TLS_SECRET",
            "IMAGE_PULL_SECRET",
            "PASSWORD_MIN_LENGTH",
            "PASSWORD_POLICY",
            "TOKEN_TTL",
            "MAX_TOKENS",
            "TOKENIZER",
            "EOS_TOKEN",
            "SECRETS_BACKEND",
            "PWD",
            "OLDPWD",
            "BYPASS",
            "proxy_pass",
            "COMPASS",
            "PRIMARY_KEY",
            "PUBLIC_KEY",
            "SORT_KEY",
            "AWS_ACCESS_KEY_ID",
            "ALLOW_CREDENTIALS",
            "SECRETARY",
            "passwordless",
            "ca.crt",
            "test",
        ] {
            assert!(!is_credential_name(name), "{name}");
        }
    }

    #[test]
    fn values_that_may_be_secret() {
        for value in ["hunter2", "password", "root", "S3cr3t!", "c2VjcmV0Cg==", "tr0ub4dor&3", "my-secret-pw", "é§x1"]
        {
            assert!(may_be_secret("DB_PASSWORD", value), "{value}");
        }
    }

    #[test]
    fn values_that_are_not_secret() {
        for value in [
            "",
            " \n",
            "x",
            "***",
            "xxxxxxxx",
            "true",
            "Yes",
            "none",
            "required",
            "12",
            "3.5",
            "30m",
            "512Mi",
            "2026-01-01",
            "/var/run/secrets/token",
            "./token",
            r"C:\keys\id",
            "service-account.json",
            "tls.key",
            "$(DB_PASSWORD)",
            "${DB_PASSWORD}",
            "$DB_PASSWORD",
            "{{ .Values.password }}",
            "<password>",
            "%PASSWORD%",
            "__PASSWORD__",
            "changeme",
            "CHANGE_ME_NOW",
            "your-password-here",
            "yourpassword",
            "REPLACE_WITH_PASSWORD",
            "vault:secret/data/db#password",
            "arn:aws:secretsmanager:eu-west-1:1:secret:db",
            "op://prod/db/password",
            "https://auth.example.com/token",
            "ENC[AES256_GCM,data:abc]",
            "db-credentials",
            "shop/db-secret",
            "X-Auth-Token",
            "access_token",
            "Enter your password",
            "db_password",
            "DB-Password",
        ] {
            assert!(!may_be_secret("DB_PASSWORD", value), "{value}");
        }
    }

    /// Forty random characters.
    const NOISE: &str = "a8Kd02mZq7Rt5VbX1cLw9YpHs3JfGn6uTeQi4WoE";

    fn with_noise(prefix: &str, length: usize) -> String {
        [prefix, &NOISE.repeat(3)[..length]].concat()
    }

    #[test]
    fn tokens_are_recognized_by_format() {
        for (prefix, length, title) in [
            ("ghp_", 36, GITHUB),
            ("github_pat_", 82, GITHUB),
            ("glpat-", 20, GITLAB),
            ("xoxb-", 40, SLACK),
            ("sk_live_", 24, STRIPE),
            ("npm_", 36, "an npm token"),
            ("hvs.", 90, "a Vault token"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzaG9wIn0.", 43, "a JSON Web Token"),
            ("https://hooks.slack.com/services/T0A1B2C3D/B0A1B2C3D/", 24, "a Slack webhook"),
        ] {
            let token = with_noise(prefix, length);
            for text in
                [token.clone(), ["export TOKEN=", &token, "\n"].concat(), ["{\"token\":\"", &token, "\"}"].concat()]
            {
                assert_eq!(credential_in(&text), Some(title), "{prefix}");
            }
        }
        assert_eq!(credential_in(&["AKIA", "Q3EGUR7PLXW2MZ4K"].concat()), Some(AWS));
        assert_eq!(credential_in(&["https://", &with_noise("ghp_", 36), "@github.com/a/b"].concat()), Some(GITHUB));
    }

    #[test]
    fn similar_texts_are_not_tokens() {
        for text in [
            "AKIAIOSFODNN7EXAMPLE",
            "AKIAQ3EGUR7PLXW2MZ4KT",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "glpat-your-token-goes-here-please",
            "sk_live_000000000000000000000000",
            "npm_config_registry",
            "eyJhbGciOiJIUzI1NiJ9..abcdefghijklmnopqrstuvwxyz",
            "eyJhbGciOiJIUzI1NiJ9",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "https://hooks.slack.com/services/T000/B000/XXXXXXXX",
        ] {
            assert_eq!(credential_in(text), None, "{text}");
        }
    }

    #[test]
    fn only_complete_private_keys_count() {
        let key =
            |label: &str, body: &str| ["-----BEGIN ", label, "-----\n", body, "\n-----END ", label, "-----\n"].concat();
        let body = NOISE.repeat(2);
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
            assert!(has_private_key(&key(label, &body)), "{label}");
        }
        assert!(has_private_key(&[key("CERTIFICATE", &body), key("PRIVATE KEY", &body)].concat()));
        assert!(has_private_key(&["LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t", &body].concat()));
        for harmless in [
            key("CERTIFICATE", &body),
            key("PUBLIC KEY", &body),
            key("PRIVATE KEY", "${TLS_PRIVATE_KEY_OF_THE_SHOP_THAT_IS_PUT_IN_WHEN_IT_IS_DEPLOYED}"),
            key("PRIVATE KEY", "..."),
            "sed '/-----BEGIN PRIVATE KEY-----/,/-----END PRIVATE KEY-----/p'".to_owned(),
            "-----BEGIN PRIVATE KEY-----".to_owned(),
            "-----BEGIN ".to_owned(),
        ] {
            assert!(!has_private_key(&harmless), "{harmless}");
        }
    }

    #[test]
    fn passwords_in_urls_and_connection_strings() {
        for (text, title) in [
            ("postgres://shop:hunter2@db:5432/shop", URL),
            ("redis://:12345@redis:6379", URL),
            ("jdbc:postgresql://db/shop?user=shop&password=hunter2", URL),
            ("see amqp://a:b1@q, or http://none", URL),
            ("mongodb://shop:p%40ss@m1:27017,m2:27017/shop", URL),
            ("url = \"https://bot:hunter2@git.internal/x\"\n", URL),
            ("shop:hunter2@tcp(mysql:3306)/shop", CONNECTION),
            ("Server=db;User Id=sa;Password=hunter2;", CONNECTION),
            ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=aGVsbG8K==", CONNECTION),
        ] {
            assert_eq!(credential_in(text), Some(title), "{text}");
        }
        for text in [
            "postgres://shop@db/shop",
            "postgres://shop:$(DB_PASSWORD)@db/shop",
            "postgres://shop:${DB_PASSWORD}@db/shop",
            "postgres://shop:$DB_PASSWORD@db/shop",
            "postgres://shop:{{ .Values.password }}@db/shop",
            "postgres://shop:<password>@db/shop",
            "postgres://user:password@localhost/db",
            "postgres://shop:@db/shop",
            "https://host:8080/@scope/package",
            "https://registry:5000",
            "http://[::1]:80/x",
            "mailto:a@example.com",
            "git@github.com:a/b.git",
            "https://auth/login?password=true",
            "Server=db;User Id=sa;Password=$(DB_PASSWORD);",
            "if a=1; then password=hunter2\nfi",
            "password=hunter2",
            "password;hunter2",
            "://:a@b",
            "@tcp(mysql)",
        ] {
            assert_eq!(credential_in(text), None, "{text}");
        }
    }
}
