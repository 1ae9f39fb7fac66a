//! Colours and hyperlinks.

use std::env;
use std::io::IsTerminal;

use plimsoll::policy::metadata::Severity;

/// What a terminal can show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) coloured: bool,
    pub(crate) linked: bool,
}

/// Colours of the palette of 256, the same whatever the terminal's theme: text and what it stands on.
type Badge = (u8, u8);

const ADDED: Badge = (231, 22);

fn badge(severity: Severity) -> Badge {
    match severity {
        Severity::Critical => (231, 90),
        Severity::High => (231, 124),
        Severity::Medium => (16, 214),
        Severity::Low => (231, 25),
        Severity::Info => (231, 240),
    }
}

impl Style {
    /// A severity by its name. It brings its background along: no text colour can be read on every theme.
    pub(crate) fn severity(self, severity: Severity) -> String {
        self.on(badge(severity), severity.name())
    }

    /// The sign of a line that is added.
    pub(crate) fn plus(self) -> String {
        self.on(ADDED, "+")
    }

    fn on(self, (text, ground): Badge, words: &str) -> String {
        if !self.coloured {
            return words.to_owned();
        }
        format!("\x1b[1m\x1b[38;5;{text}m\x1b[48;5;{ground}m{words}\x1b[0m")
    }

    pub(crate) fn bold(self, words: &str) -> String {
        if self.coloured { format!("\x1b[1m{words}\x1b[0m") } else { words.to_owned() }
    }

    /// The words as a link, where the terminal has such.
    pub(crate) fn link(self, url: &str, words: &str) -> String {
        if self.linked { format!("\x1b]8;;{url}\x1b\\{words}\x1b]8;;\x1b\\") } else { words.to_owned() }
    }
}

/// Whether standard output is a terminal that is known to have hyperlinks. `FORCE_HYPERLINK` decides otherwise.
pub(crate) fn has_links() -> bool {
    if let Some(forced) = env::var_os("FORCE_HYPERLINK") {
        return forced != "0";
    }
    let is = |name: &str, known: &[&str]| env::var(name).is_ok_and(|value| known.contains(&value.as_str()));
    let has = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let vte = env::var("VTE_VERSION").ok().and_then(|version| version.parse::<u32>().ok());
    std::io::stdout().is_terminal()
        && !is("TERM", &["dumb"])
        && (is("TERM_PROGRAM", &["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio"])
            || is("TERM", &["xterm-kitty", "xterm-ghostty", "foot", "foot-extra", "alacritty"])
            || has("WT_SESSION")
            || has("KONSOLE_VERSION")
            || vte.is_some_and(|version| version >= 5000))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The relative luminance of a colour of the palette, as WCAG has it.
    fn luminance(colour: u8) -> f64 {
        let steps = [0.0, 95.0, 135.0, 175.0, 215.0, 255.0];
        let [red, green, blue] = match colour {
            16..=231 => [(colour - 16) / 36, (colour - 16) / 6 % 6, (colour - 16) % 6].map(|at| steps[usize::from(at)]),
            232.. => [f64::from(8 + 10 * (colour - 232)); 3],
            _ => panic!("{colour} is the theme's"),
        };
        let linear = |part: f64| {
            let part: f64 = part / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    #[test]
    fn badges_can_be_read_and_told_apart() {
        let badges: Vec<Badge> = Severity::ALL.into_iter().map(badge).chain([ADDED]).collect();
        for (text, ground) in &badges {
            let (one, other) = (luminance(*text), luminance(*ground));
            let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
            assert!(contrast >= 4.5, "{text} on {ground}: {contrast}");
        }
        assert_eq!(badges.iter().map(|(_, ground)| ground).collect::<BTreeSet<_>>().len(), badges.len());
    }

    #[test]
    fn nothing_is_added_without_a_terminal() {
        let style = Style { coloured: false, linked: false };
        assert_eq!(style.link("u", &style.severity(Severity::High)), "high");
    }
}
