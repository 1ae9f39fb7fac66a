//! What the README shows of the command is what it says: docs/check.svg and the text below it. `BLESS=1` makes both anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]

use std::path::{Path, PathBuf};
use std::process::Command;

const PICTURE: &str = "docs/check.svg";
const BEGIN: &str = "<!-- output of `plimsoll check` -->\n\n```text\n";
const END: &str = "```\n\n<!-- end of output -->";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Three of the example's findings, each of another sort.
fn output(color: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.current_dir(repository());
    for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_HYPERLINK"] {
        command.env_remove(name);
    }
    command.args(["check", "examples/web-service.yaml", "--color", color]);
    for policy in ["capacity-drop-on-rollout", "autoscaler-without-requests", "drain-deadlock"] {
        command.args(["--policy", policy]);
    }
    String::from_utf8(command.output().unwrap().stdout).unwrap().trim_end().to_owned() + "\n"
}

fn compare(name: &str, new: &str) {
    let path = repository().join(name);
    let old = std::fs::read_to_string(&path).unwrap();
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::write(path, new).unwrap();
    } else {
        assert!(
            old == new,
            "{name} shows another output: BLESS=1 cargo nextest run --package plimsoll-cli --test picture"
        );
    }
}

#[test]
fn the_picture_is_the_output() {
    let text = format!("$ plimsoll check examples/web-service.yaml\n\n{}", output("always"));
    let svg = anstyle_svg::Term::new().render_svg(&text);
    compare(PICTURE, &svg);
}

#[test]
fn the_readme_has_the_output_as_text() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let (head, rest) = readme.split_once(BEGIN).unwrap_or_else(|| panic!("README.md lacks {BEGIN:?}"));
    let (_, tail) = rest.split_once(END).unwrap_or_else(|| panic!("README.md lacks {END:?}"));
    compare("README.md", &format!("{head}{BEGIN}{}{END}{tail}", output("never")));
}
