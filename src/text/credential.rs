//! Recognizes credentials by their name, or by the format of their value. A false alarm costs more than a missed secret, so
//! everything here errs on the harmless side.

/// Endings of names of credentials, word by word.
const ENDINGS: &[&str] = &[
    "access key secret",
    "access token",
    "accesstoken",
    "account key",
    "api key",
    "api keys",
    "apikey",
    "apikeys",
    "auth token",
    "authorization",
    "authtoken",
    "client secret",
    "clientsecret",
    "cookie key",
    "credential",
    "credentials",
    "creds",
    "encryption key",
    "encryption keys",
    "erlang cookie",
    "hmac key",
    "jwt key",
    "master key",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "private key",
    "private keys",
    "privatekey",
    "secret",
    "secret access key",
    "secret key",
    "secret keys",
    "secretkey",
    "session key",
    "shared access key",
    "signing key",
    "ssh key",
    "stripe key",
    "token",
];

/// Endings that look like the above, but mean the name of an object, a marker in a text or a switch.
const HARMLESS_ENDINGS: &[&str] = &[
    "allow credentials",
    "bos token",
    "ca secret",
    "cert secret",
    "certificate secret",
    "cls token",
    "continuation token",
    "csrf token",
    "eos token",
    "existing secret",
    "firebase api key",
    "ingress secret",
    "k8s secret",
    "kube secret",
    "kubernetes secret",
    "mask token",
    "next token",
    "pad token",
    "page token",
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
const SUFFIXES: &[&str] = &["passphrase", "passwd", "password"];

/// Words before `pass` or `pwd` that make it a password. Alone, `PWD` is a directory and `pass` a verb.
const HOLDERS: &[&str] = &[
    "admin",
    "amqp",
    "api",
    "app",
    "auth",
    "cassandra",
    "consul",
    "couchdb",
    "database",
    "db",
    "docker",
    "elastic",
    "email",
    "es",
    "ftp",
    "git",
    "github",
    "gitlab",
    "grafana",
    "influx",
    "jenkins",
    "kafka",
    "keycloak",
    "ldap",
    "mail",
    "mariadb",
    "minio",
    "mongo",
    "mongodb",
    "mq",
    "mssql",
    "mysql",
    "neo4j",
    "nexus",
    "oracle",
    "pg",
    "postgres",
    "rabbitmq",
    "redis",
    "registry",
    "root",
    "s3",
    "service",
    "sftp",
    "smtp",
    "sonar",
    "sql",
    "svc",
    "user",
    "vault",
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
    "application-default",
    "auto",
    "aws",
    "azure",
    "basic",
    "bearer",
    "cookie",
    "default",
    "default-credentials",
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
    "instance-profile",
    "jwt",
    "kubernetes",
    "managed-identity",
    "n/a",
    "never",
    "next",
    "nil",
    "no",
    "none",
    "null",
    "oauth",
    "off",
    "oidc",
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
    "workload-identity",
    "yes",
];

/// Where `nsswitch.conf` lets `passwd` be looked up.
const NAME_SERVICES: &[&str] = &["compat", "db", "files", "ldap", "nis", "sss", "systemd", "winbind"];

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

/// Words of placeholders that a real value may contain by chance: they count at its beginning or end.
const SAMPLES: &[&str] = &["dummy", "example", "fake"];

/// Parts of values that are substituted.
const REFERENCES: &[&str] = &["$(", "${", "#{", "%{", "{{", "<%", "://"];

/// Beginnings of values that point to the secret, or are encrypted.
const POINTERS: &[&str] = &[
    "@/",
    "@microsoft.",
    "alias/",
    "arn:",
    "database/",
    "enc(",
    "enc[",
    "env:",
    "file:",
    "kv/",
    "op:",
    "pk_live_",
    "pk_test_",
    "projects/",
    "ref+",
    "secret/",
    "secretref:",
    "secrets/",
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
    token("AIza", 35, GOOGLE),
    token("ya29.", 50, "a Google access token"),
    token("GOCSPX-", 28, "a Google client secret"),
    token("npm_", 36, "an npm token"),
    token("pypi-AgE", 50, "a PyPI token"),
    token("SG.", 60, "a SendGrid key"),
    token("dop_v1_", 64, "a DigitalOcean token"),
    token("dckr_pat_", 27, "a Docker Hub token"),
    token("hf_", 34, "a Hugging Face token"),
    token("hvs.", 24, "a Vault token"),
    token("sk-ant-", 40, "an Anthropic key"),
    token("sk-proj-", 40, OPENAI),
    token("sk-svcacct-", 40, OPENAI),
    token("sk-", 48, OPENAI),
    token("glsa_", 40, "a Grafana token"),
    token("glc_", 60, "a Grafana token"),
    token("shpat_", 32, SHOPIFY),
    token("shpca_", 32, SHOPIFY),
    token("shppa_", 32, SHOPIFY),
    token("shpss_", 32, SHOPIFY),
    token("whsec_", 32, "a Stripe webhook secret"),
    token("ATATT3xFf", 100, "an Atlassian token"),
    token("dp.pt.", 40, "a Doppler token"),
    token("dp.st.", 40, "a Doppler token"),
    token("AGE-SECRET-KEY-1", 50, PRIVATE_KEY),
];

const AWS: &str = "an AWS access key";
const GOOGLE: &str = "a Google API key";
const OPENAI: &str = "an OpenAI key";
const SHOPIFY: &str = "a Shopify token";
const GITHUB: &str = "a GitHub token";
const GITLAB: &str = "a GitLab token";
const SLACK: &str = "a Slack token";
const STRIPE: &str = "a Stripe key";
const PRIVATE_KEY: &str = "a private key";
/// A database that lets root in without a password.
pub const EMPTY_PASSWORD: &str = "an empty root password";
/// A database that lets everybody in without a password.
pub const NO_PASSWORD: &str = "a login without a password";
const URL: &str = "a URL with a password";
const CONNECTION: &str = "a connection string with a password";

/// Beginnings of base64-encoded PEM blocks with private keys.
const ENCODED_KEYS: &[&str] = &[
    "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS",
    "LS0tLS1CRUdJTiBSU0EgUFJJVkFURS",
    "LS0tLS1CRUdJTiBFQyBQUklWQVRFIE",
    "LS0tLS1CRUdJTiBPUEVOU1NIIFBSSV",
    "LS0tLS1CRUdJTiBFTkNSWVBURUQgUFJJVk",
    "LS0tLS1CRUdJTiBEU0EgUFJJVkFURSBLRV",
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

/// The values of a switch that is on.
const ON: &[&str] = &["1", "true", "yes"];

/// What messages call the value of `name`, if it is a credential: by its format, or by the name.
pub fn credential(name: &str, value: &str) -> Option<&'static str> {
    let words = name_words(name);
    // Some keys are meant to be public: browsers get them.
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    let is_public = has("public") || has("publishable");
    if let Some(shape) = credential_in(value) {
        return (shape != GOOGLE || !is_public && !has("firebase")).then_some(shape);
    }
    let is_database = words.first().is_some_and(|first| matches!(first.as_str(), "mysql" | "mariadb"));
    let is = |wanted: &[&str]| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(value.trim_ascii()));
    if is_database && (end_in(&words, "empty password") || end_in(&words, "empty root password")) {
        return is(ON).then_some(EMPTY_PASSWORD);
    }
    // Of Redis, PostgreSQL and others in Bitnami's images, and of the official image of PostgreSQL.
    let is_all = |wanted: &str| words.len() == wanted.split(' ').count() && end_in(&words, wanted);
    if is_all("allow empty password") && is(ON) || is_all("postgres host auth method") && is(&["trust"]) {
        return Some(NO_PASSWORD);
    }
    let is_named = is_credential_name(name) && !is_public && may_be_secret(name, value);
    let is_likely = || may_be_password_name(&words) && may_be_secret(name, value) && looks_like_password(value);
    (is_named || is_likely()).then_some("a credential")
}

/// The words of a name, without numbers and qualifiers at its end.
fn name_words(name: &str) -> Vec<String> {
    let mut words = words_of(name);
    while let Some(mut last) = words.pop() {
        let letters = last.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        last.truncate(letters);
        if !last.is_empty() && (words.is_empty() || !QUALIFIERS.contains(&last.as_str())) {
            words.push(last);
            break;
        }
    }
    words
}

/// True for the name of a credential: `DB_PASSWORD`, `clientSecret`, `github-token`. Names that merely relate to one are
/// not: `TOKEN_URL`, `PASSWORD_FILE`, `secretName`.
fn is_credential_name(name: &str) -> bool {
    let words = name_words(name);
    let Some((last, before)) = words.split_last() else { return false };
    let is_holder = |word: &str| HOLDERS.contains(&word);
    // `RABBITMQ_DEFAULT_PASS`
    let holder = before.iter().rev().find(|word| !QUALIFIERS.contains(&word.as_str()));
    let named = ENDINGS.iter().any(|ending| end_in(&words, ending))
        || SUFFIXES.iter().any(|suffix| last.ends_with(suffix))
        || is_short_password(last) && holder.is_some_and(|holder| is_holder(holder))
        || ["pass", "pwd"].iter().any(|short| last.strip_suffix(short).is_some_and(is_holder));
    named && !HARMLESS_ENDINGS.iter().any(|ending| end_in(&words, ending))
}

fn is_short_password(word: &str) -> bool {
    matches!(word, "pass" | "pw" | "pwd")
}

/// True for a name that may stand for a password, or for a directory or a verb: `PWD`, `proxy_pass`.
fn may_be_password_name(words: &[String]) -> bool {
    words.last().is_some_and(|last| is_short_password(last))
}

/// True for a value that hardly occurs by accident: wherever else it stands, it is the same credential.
pub fn is_distinctive(value: &str) -> bool {
    let value = value.trim_ascii();
    let has = |fits: fn(&u8) -> bool| value.bytes().any(|byte| fits(&byte));
    let is_long = value.len() >= 16 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    !has(u8::is_ascii_whitespace) && (is_long || looks_like_password(value))
}

/// True for a value of letters mixed with digits or signs.
fn looks_like_password(value: &str) -> bool {
    let value = value.trim_ascii();
    let has = |fits: fn(&u8) -> bool| value.bytes().any(|byte| fits(&byte));
    let is_sign = |byte: &u8| b"!#$%&*+=?@^~".contains(byte);
    value.len() >= 6
        && has(u8::is_ascii_alphabetic)
        && (has(u8::is_ascii_digit) || has(is_sign))
        && !value.contains('/')
}

/// True when the value of `name` may be a secret itself: not a switch, a number, a path or prose, nor anything that
/// [`is_literal`] excludes.
fn may_be_secret(name: &str, value: &str) -> bool {
    let value = value.trim_ascii();
    // The scheme of an Authorization header.
    let schemes = ["Basic ", "Bearer ", "Token "];
    let value = schemes.iter().find_map(|scheme| value.strip_prefix(scheme)).unwrap_or(value);
    let words = name_words(name);
    let ends = |endings: &[&str]| endings.iter().any(|ending| end_in(&words, ending));
    let is_password = words.last().is_some_and(|last| SUFFIXES.iter().any(|suffix| last.ends_with(suffix)));
    let is_pin = is_password && value.len() >= 6 && value.bytes().all(|byte| byte.is_ascii_digit());
    let names_object = ends(&["credential", "credentials", "creds", "secret"]) && is_object_name(value);
    is_literal(value)
        && value.len() >= 3
        && value.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !value.bytes().any(|byte| byte.is_ascii_whitespace())
        && !WORDS_OF_SETTINGS.iter().any(|word| word.eq_ignore_ascii_case(value))
        && (is_pin || !is_number(value))
        && !is_path(value)
        && !is_name(value)
        && !names_object
        && !is_algorithm(value)
        && !(words_of(name) == ["passwd"] && NAME_SERVICES.contains(&value))
        && words_of(name) != words_of(value)
}

/// True for what may be the name of a Secret: lower-case words with dashes.
fn is_object_name(value: &str) -> bool {
    value.contains('-') && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// True for the name of a signature algorithm: `RS256`, `HS512`.
fn is_algorithm(value: &str) -> bool {
    matches!(value.as_bytes(), [b'A'..=b'Z', b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'])
}

/// True for a literal value: not empty, not a reference such as `$(DB_PASSWORD)` or `vault:db/app`, and not a placeholder
/// such as `<password>` or `changeme`.
pub fn is_literal(value: &str) -> bool {
    let value = value.trim_ascii();
    let lower = value.to_ascii_lowercase();
    let wrapped = |open: &str, close: &str| value.starts_with(open) && value.ends_with(close);
    let brackets = [("<", ">"), ("[", "]"), ("%", "%"), ("@", "@"), ("__", "__")];
    let first = value.bytes().next();
    let is_sample = |sample: &&str| {
        let rest = lower.strip_prefix(*sample).or_else(|| lower.strip_suffix(*sample));
        rest.is_some_and(|rest| rest.len() <= 4 || !rest.bytes().any(|byte| byte.is_ascii_digit()))
    };
    !value.is_empty()
        && !is_variable(value)
        && !SAMPLES.iter().any(is_sample)
        && !value.bytes().all(|byte| Some(byte) == first)
        && !brackets.iter().any(|(open, close)| wrapped(open, close))
        && !REFERENCES.iter().any(|sign| value.contains(sign))
        && !POINTERS.iter().any(|start| lower.starts_with(start))
        && !PLACEHOLDERS.iter().any(|word| lower.contains(word))
        && !lower.starts_with("your")
}

/// True for the reference to a variable: `$DB_PASSWORD`. A password may start with the same sign: `$unset99`.
fn is_variable(value: &str) -> bool {
    let Some(name) = value.strip_prefix('$') else { return false };
    let all = |fits: fn(u8) -> bool| name.bytes().all(|byte| fits(byte) || byte == b'_');
    all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) || all(|byte| byte.is_ascii_lowercase())
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
    // Of a secret store or a repository. Base64 has capitals.
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/-_.".contains(&byte);
    let relative = value.contains('/') && value.bytes().all(plain);
    rooted || drive || relative || EXTENSIONS.iter().any(|extension| value.ends_with(extension))
}

/// True for the name of a Secret, a header or a field: `db-credentials`, `X-Auth-Token`, `access_token`.
fn is_name(value: &str) -> bool {
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    let Some((_, last)) = value.rsplit_once(['-', '_', '.']) else { return false };
    plain && NAMING.iter().any(|word| word.eq_ignore_ascii_case(last))
}

/// The kind of credential that the text contains, recognized by its format alone: `a private key`, `a GitHub token`.
fn credential_in(text: &str) -> Option<&'static str> {
    if has_private_key(text) {
        return Some(PRIVATE_KEY);
    }
    let words = text.split(|c: char| c.is_ascii_whitespace() || "\"'`<>".contains(c));
    let found = words.filter(|word| word.len() > 8).find_map(|word| token_in(word).or_else(|| password_in(word)));
    // A connection string may contain spaces. A longer text, or one of several lines, is a script.
    let is_single = text.len() < 1_000 && !text.trim_ascii().contains('\n');
    let has_password = || has_password_field(text) || has_password_word(text);
    found.or_else(|| (is_single && has_password()).then_some(CONNECTION))
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
                let exact = match token.prefix {
                    "AKIA" | "ASIA" => {
                        rest.len() == token.rest && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                    }
                    // Words with dashes may begin like this.
                    "sk-" => rest.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                    _ => true,
                };
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
    let lower = text.to_ascii_lowercase();
    different.len() >= 8 && !PLACEHOLDERS.iter().chain(SAMPLES).any(|word| lower.contains(word))
}

/// The kind of password in the word: in a URL or in a connection string.
fn password_in(word: &str) -> Option<&'static str> {
    // As MySQL's driver for Go takes it: `shop:hunter2@tcp(db:3306)/shop`, also without the protocol.
    let pair = ["@tcp(", "@("].into_iter().find_map(|host| word.split_once(host));
    if let Some((pair, _)) = pair
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
    let is_one_of = |text: &str, words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    let sample = is_one_of(user, &["user", "username"]) && is_one_of(password, &["pass", "passwd", "password", "pwd"]);
    // What a program fills in.
    let format = password.starts_with('%') && password.len() == 2 || password.starts_with('{');
    !sample && !format && is_literal(password)
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

/// True for the connection string of a PostgreSQL client: `host=db user=shop password=…`.
fn has_password_word(text: &str) -> bool {
    let fields = || text.split_ascii_whitespace().filter_map(|field| field.split_once('='));
    let is_connection = fields().any(|(key, _)| matches!(key, "host" | "user" | "dbname"));
    is_connection && fields().any(|(key, value)| key == "password" && may_be_secret(key, value.trim_matches('\'')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_together() {
        for (name, value, expected) in [
            // Names.
            ("PASS", "hunter2!", true),
            ("DBPASS", "hunter", true),
            ("DB_PW", "hunter2", true),
            ("PASSWORDS", "hunter2", true),
            ("API_KEYS", "5f2b61c0e7d94a83", true),
            ("JWT_KEY", "5f2b61c0e7d94a83", true),
            ("HMAC_KEY", "5f2b61c0e7d94a83", true),
            ("SSH_KEY", "5f2b61c0e7d94a83", true),
            ("STRIPE_KEY", "5f2b61c0e7d94a83", true),
            ("AUTHORIZATION", "Bearer 5f2b61c0e7d94a83", true),
            ("DB_CREDS", "shop/Hunter2", true),
            ("pwd", "hunter2!", true),
            ("GRAFANA_PASS", "hunter", true),
            ("APP_PWD", "hunter2", true),
            ("RABBITMQ_DEFAULT_PASS", "password", true),
            ("DEFAULT_PASS", "first", false),
            ("passwd", "files", false),
            ("passwd", "sss", false),
            ("passwd", "hunter2", true),
            ("MYSQL_ALLOW_EMPTY_PASSWORD", "1", true),
            ("MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "yes", true),
            ("MYSQL_ALLOW_EMPTY_PASSWORD", "no", false),
            ("ALLOW_EMPTY_PASSWORD", "yes", true),
            ("ALLOW_EMPTY_PASSWORD", "no", false),
            ("POSTGRES_HOST_AUTH_METHOD", "trust", true),
            ("POSTGRES_HOST_AUTH_METHOD", "scram-sha-256", false),
            ("PWD", "/srv/app", false),
            ("OLDPWD", "/srv/app1", false),
            ("PASS", "first", false),
            ("proxy_pass", "http://backend:8080", false),
            ("proxy_pass", "backend", false),
            ("BYPASS", "hunter2!", false),
            ("SSH_KEY", "/etc/ssh/id_ed25519", false),
            ("API_KEY_PATH", "5f2b61c0e7d94a83", false),
            ("TOKEN_URL", "5f2b61c0e7d94a83", false),
            ("PASSWORD_FILE", "hunter2", false),
            ("SECRET_NAME", "hunter2", false),
            ("PUBLIC_KEY", "5f2b61c0e7d94a83", false),
            // Values.
            ("DB_PASSWORD", "$unset99", true),
            ("DB_PASSWORD", "@dminPass1", true),
            ("DB_PASSWORD", "12345678", true),
            ("DB_PASSWORD", "Tr0ub4dor-example-77", true),
            ("DB_PASSWORD", "12", false),
            ("API_TOKEN", "12345678", false),
            ("DB_PASSWORD", "$DB_PASSWORD", false),
            ("DB_PASSWORD", "$db_password", false),
            ("DB_PASSWORD", "@DB_PASSWORD@", false),
            ("DB_PASSWORD", "example", false),
            ("DB_PASSWORD", "example-password", false),
            ("DB_PASSWORD", "dummy123", false),
            // Objects, paths, algorithms and public keys.
            ("VAULT_SECRET", "kv/data/web", false),
            ("DB_SECRET", "web-db", false),
            ("DB_PASSWORD", "web-db", true),
            ("SIGNING_KEY", "RS256", false),
            ("NEXT_PUBLIC_API_KEY", "5f2b61c0e7d94a83", false),
            ("STRIPE_API_KEY", "pk_live_5f2b61c0e7d94a83", false),
            ("FIREBASE_API_KEY", "AIzaSyA8Kd02mZq7Rt5VbX1cLw9YpHs3JfGn6uT", false),
            ("MAPS", "AIzaSyA8Kd02mZq7Rt5VbX1cLw9YpHs3JfGn6uT", true),
            ("PAGE_TOKEN", "next", false),
            ("CREDENTIALS", "managed-identity", false),
            // Whatever the name is.
            ("DATA_SOURCE_NAME", "root:hunter2@(db:3306)/", true),
            ("DATA_SOURCE_NAME", "root:$(PASSWORD)@(db:3306)/", false),
            ("DATA_SOURCE_NAME", "exporter@(db:3306)/", false),
            ("DB", "postgres://shop:pa$$w0rd@db/shop", true),
            ("DB", "host=db user=shop password=hunter2", true),
            ("DB", "host=db user=shop password=$DB_PASSWORD", false),
            ("DB", "postgres://%s:%s@%s/%s", false),
            ("DB", "mysql://USER:PASSWORD@HOST/DB", false),
            ("DB", "postgres://shop:{password}@db/shop", false),
        ] {
            assert_eq!(credential(name, value).is_some(), expected, "{name}: {value}");
        }
    }

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
            ("AIza", 35, GOOGLE),
            ("sk-", 48, OPENAI),
            ("glsa_", 41, "a Grafana token"),
            ("shpat_", 32, SHOPIFY),
            ("whsec_", 32, "a Stripe webhook secret"),
            ("ATATT3xFf", 120, "an Atlassian token"),
            ("dp.pt.", 43, "a Doppler token"),
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
        for start in [
            "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t",
            "LS0tLS1CRUdJTiBFTkNSWVBURUQgUFJJVkFURSBLRVk",
            "LS0tLS1CRUdJTiBEU0EgUFJJVkFURSBLRVk",
        ] {
            assert!(has_private_key(&[start, &body].concat()), "{start}");
        }
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
