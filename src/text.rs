//! Reading strings: commands, scripts, durations, credentials.

/// Concatenates strings: `text!["container ", name, " has no preStop hook"]`. Formatting machinery would add kilobytes
/// to every module; this only allocates.
macro_rules! text {
    ($($part:expr),+ $(,)?) => {
        [$(AsRef::<str>::as_ref(&$part)),+].concat()
    };
}
pub(crate) use text;

pub mod base64;
pub mod credential;
pub mod credential_argument;
pub mod cron;
pub mod duration;
pub mod elapsed;
pub mod flaw;
pub mod probe_client;
pub mod script;
pub mod shell;
pub mod table;
pub mod time_zone;

/// The text before and after the first `part`. The standard library's search, which is fast in long texts, would add 4
/// kB to every module.
pub fn split_around<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let at = text.as_bytes().windows(part.len()).position(|window| window == part.as_bytes())?;
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}

/// True when `part` is somewhere in the text.
pub fn holds(text: &str, part: &str) -> bool {
    split_around(text, part).is_some()
}

/// True when the text has what a tool replaces, such as Flux, envsubst or Helm: `${NAME}`, `{{ .Values.name }}`.
pub fn is_template(text: &str) -> bool {
    text.contains(['$', '{'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_around_agrees_with_the_standard_library() {
        for text in ["", "a", "://", "a://b", "a://b://c", ":/", "ä://ö"] {
            assert_eq!(split_around(text, "://"), text.split_once("://"), "{text}");
            assert_eq!(holds(text, "://"), text.contains("://"), "{text}");
        }
    }
}
