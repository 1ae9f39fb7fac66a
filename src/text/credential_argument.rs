//! Credentials in commands: in options, in variables before a program, in headers.

use crate::text::credential::credential;
use crate::text::shell::program;

/// Options with a password as their value, by program. With a sign at its end the value is part of the word: `-phunter2`.
const OPTIONS: &[(&[&str], &[&str])] = &[
    (&["mysql", "mysqladmin", "mysqldump", "mariadb", "mariadb-admin", "mariadb-dump"], &["-p+"]),
    (&["mongo", "mongosh", "mongodump", "mongorestore"], &["-p"]),
    (&["redis-cli", "valkey-cli"], &["-a", "--pass"]),
    (&["curl"], &["-u", "-u+", "--user", "--proxy-user", "-U"]),
    (&["wget"], &["--http-password", "--ftp-password"]),
    (&["sshpass"], &["-p", "-p+"]),
    (&["ldapsearch", "ldapwhoami", "ldapmodify", "ldapadd"], &["-w"]),
];

/// What ends a command in a script.
const OPERATORS: [char; 5] = [';', '&', '|', '(', ')'];

/// The secret texts in the words of a command, each of which may be a script.
pub fn in_command<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut found = in_words(words);
    for word in words.iter().filter(|word| word.bytes().any(|byte| byte.is_ascii_whitespace())) {
        found.extend(in_script(word));
    }
    found
}

/// The secret texts in a script.
pub fn in_script(script: &str) -> Vec<&str> {
    script.lines().flat_map(|line| in_words(&words_of(line))).collect()
}

fn in_words<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut options: &[&str] = &[];
    let mut rest = words.iter().copied().peekable();
    while let Some(word) = rest.next() {
        if word.starts_with(OPERATORS) {
            options = &[];
        }
        if let Some((_, known)) = OPTIONS.iter().find(|(programs, _)| programs.contains(&program(word))) {
            options = known;
        }
        found.extend(in_word(word));
        if !word.starts_with('-') {
            continue;
        }
        let next = rest.peek().copied().filter(|next| !next.starts_with('-'));
        let name = word.trim_start_matches('-');
        found.extend(next.filter(|next| options.contains(&word) || credential(name, next).is_some()));
        let joined = options.iter().filter_map(|option| option.strip_suffix('+'));
        let joined = joined.filter_map(|option| word.strip_prefix(option)).find(|value| !value.is_empty());
        found.extend(joined.filter(|_| !word.starts_with("--")));
    }
    found
}

/// `--password=hunter2`, `PGPASSWORD=hunter2`, `Authorization: Bearer …`, and what is known by its format.
fn in_word(word: &str) -> Option<&str> {
    if credential("", word).is_some() {
        return Some(word);
    }
    let (name, value) = word.trim_start_matches('-').split_once(['=', ':'])?;
    let value = unquoted(value.trim_ascii());
    if credential(name, value).is_some() { Some(value) } else { in_word(value) }
}

/// The words of a line, without the quotes around them. What is between quotes is one word.
fn words_of(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut quote = None;
    for (at, character) in line.char_indices() {
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None if character.is_ascii_whitespace() || OPERATORS.contains(&character) => {
                words.extend(line.get(start..at));
                start = at + character.len_utf8();
                words.extend(line.get(at..start).filter(|_| OPERATORS.contains(&character)));
            }
            None => {}
        }
    }
    words.extend(line.get(start..));
    words.into_iter().map(unquoted).filter(|word| !word.is_empty()).collect()
}

fn unquoted(text: &str) -> &str {
    let inner = ['"', '\''].iter().find_map(|&quote| text.strip_prefix(quote)?.strip_suffix(quote));
    inner.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_commands() {
        for (command, secrets) in [
            (&["--db-password=tr0ub4dor", "--port=80"][..], &["tr0ub4dor"][..]),
            (&["--db-password", "tr0ub4dor", "--token-file", "/run/t0k3n"], &["tr0ub4dor"]),
            (&["sh", "-c", "PGPASSWORD='tr0ub4dor' psql -h db"], &["tr0ub4dor"]),
            (&["sh", "-c", "mysqladmin ping -uroot -ptr0ub4dor && mkdir -p/tmp"], &["tr0ub4dor"]),
            (&["mysql", "-p", "shop"], &[]),
            (&["redis-cli", "-a", "letmein", "ping"], &["letmein"]),
            (
                &["curl", "-u", "shop:letmein", "-H", "Authorization: Bearer 5f2b61c0e7"],
                &["Bearer 5f2b61c0e7", "shop:letmein"],
            ),
            (&["curl", "--header=Authorization: Bearer 5f2b61c0e7"], &["Bearer 5f2b61c0e7"]),
            (&["app", "--db", "postgres://shop:letmein@db/shop"], &["postgres://shop:letmein@db/shop"]),
            (&["app", "--token", "$(TOKEN)", "-p8080", "--user", "shop"], &[]),
        ] {
            let mut found = in_command(command);
            found.sort_unstable();
            found.dedup();
            assert_eq!(found, secrets, "{command:?}");
        }
    }
}
