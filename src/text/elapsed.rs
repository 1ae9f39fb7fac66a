//! How long a script takes, given how long each of its commands takes.

use crate::text::script::{Command, Piece, at_top, block_end, commands};
use crate::text::shell::sleep_millis;
use crate::text::split_around;

/// A time that is known within bounds, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The shortest time.
    pub min: u64,
    /// The longest time; `None` when that is unknown.
    pub max: Option<u64>,
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span { min: 0, max: Some(0) };
    /// Any time.
    pub const UNKNOWN: Span = Span { min: 0, max: None };

    /// Exactly this many milliseconds.
    pub const fn exactly(millis: u64) -> Span {
        Span { min: millis, max: Some(millis) }
    }

    /// The time of both, one after the other.
    #[must_use]
    pub fn then(self, next: Span) -> Span {
        let max = self.max.zip(next.max).map(|(one, other)| one.saturating_add(other));
        Span { min: self.min.saturating_add(next.min), max }
    }

    /// The time of something that may not run at all.
    #[must_use]
    pub fn perhaps(self) -> Span {
        Span { min: 0, ..self }
    }

    /// The time of something that is stopped after `limit` milliseconds.
    #[must_use]
    pub fn limited(self, limit: Option<u64>) -> Span {
        let Some(limit) = limit else { return self };
        Span { min: self.min.min(limit), max: Some(self.max.map_or(limit, |max| max.min(limit))) }
    }

    fn times(self, count: u64) -> Span {
        Span { min: self.min.saturating_mul(count), max: self.max.map(|max| max.saturating_mul(count)) }
    }
}

/// How long a command takes. It is also given what the script has taken before it, and whether it certainly runs.
pub type OfCommand<'f> = dyn FnMut(&Command, Span, bool) -> Span + 'f;

/// The time that a script takes, computed from `of_command` for each of its commands. Background commands take none.
pub fn elapsed(pieces: &[Piece], of_command: &mut OfCommand<'_>) -> Span {
    Script { of_command }.sequence(pieces, Span::ZERO, true)
}

struct Script<'f, 'c> {
    of_command: &'f mut OfCommand<'c>,
}

/// Commands that end a loop or the script.
const LEAVING: &[&str] = &["break", "exit", "return"];

impl Script<'_, '_> {
    /// The time of some pieces, and of nothing else in the script.
    fn sequence(&mut self, pieces: &[Piece], before: Span, certain: bool) -> Span {
        let mut total = Span::ZERO;
        // What follows `||` runs only if the command before failed.
        let mut fallback = false;
        let mut index = 0;
        while let Some(piece) = pieces.get(index) {
            let end = block_end(pieces, index).unwrap_or(index);
            let in_background = is_in_background(pieces, end + 1);
            let so_far = before.then(total);
            let runs = certain && !fallback;
            let taken = match piece {
                Piece::Or => {
                    fallback = true;
                    index += 1;
                    continue;
                }
                Piece::Command(_) | Piece::Open | Piece::Keyword(_) if in_background => Span::ZERO,
                Piece::Command(command) => {
                    let taken = (self.of_command)(command, so_far, runs);
                    if runs && (command.is_exec() || command.program() == "exit") {
                        return total.then(taken);
                    }
                    taken
                }
                // A function's commands run where it is called; calls are not followed.
                Piece::Keyword("function") => {
                    let body = pieces.iter().skip(index).position(|piece| *piece == Piece::Keyword("{"));
                    let end = body.and_then(|body| block_end(pieces, index + body));
                    index = end.unwrap_or(pieces.len()) + 1;
                    total = total.then(Span::UNKNOWN);
                    continue;
                }
                Piece::Keyword(keyword) if end > index => self.block(keyword, pieces, index, end, so_far, runs),
                Piece::Open => self.sequence(pieces.get(index + 1..end).unwrap_or_default(), so_far, runs),
                _ => Span::ZERO,
            };
            let part_of_next = matches!(piece, Piece::Command(command) if command.substituted);
            total = total.then(if fallback { taken.perhaps() } else { taken });
            fallback &= part_of_next;
            index = end + 1;
        }
        total
    }

    /// The time of the block between `start` and `end`.
    fn block(&mut self, keyword: &str, pieces: &[Piece], start: usize, end: usize, before: Span, runs: bool) -> Span {
        let inside = pieces.get(start + 1..end).unwrap_or_default();
        match keyword {
            "{" => self.sequence(inside, before, runs),
            "if" => self.conditional(pieces, start, end, before),
            "while" | "until" | "for" | "select" => {
                let body = at_top(pieces, start, end).find(|(_, piece)| **piece == Piece::Keyword("do"));
                let (head, body) = match body {
                    Some((at, _)) => (pieces.get(start + 1..at), pieces.get(at + 1..end)),
                    None => (None, None),
                };
                let (head, body) = (head.unwrap_or_default(), body.unwrap_or_default());
                let once = self.sequence(body, before, false);
                let leaves = commands(body).any(|command| LEAVING.contains(&command.program()));
                if keyword == "for" {
                    match turns(head) {
                        Some(turns) if leaves => once.times(turns).perhaps(),
                        Some(turns) => once.times(turns),
                        None if once == Span::ZERO => once,
                        None => Span { max: None, ..if leaves { once.perhaps() } else { once } },
                    }
                } else {
                    let once = self.sequence(head, before, false).then(once);
                    match most_turns(head) {
                        Some(turns) if keyword == "while" => once.times(turns).perhaps(),
                        _ => Span::UNKNOWN,
                    }
                }
            }
            _ => self.sequence(inside, before, false).perhaps(),
        }
    }

    /// The time of an `if`: its conditions one after the other, and the longest of its branches.
    fn conditional(&mut self, pieces: &[Piece], start: usize, end: usize, before: Span) -> Span {
        let mut conditions = Span::ZERO;
        let mut longest = Span::ZERO;
        let mut from = start + 1;
        let mut is_condition = true;
        let marks = at_top(pieces, start, end).filter_map(|(at, piece)| match piece {
            Piece::Keyword("then" | "else") => Some((at, false)),
            Piece::Keyword("elif") => Some((at, true)),
            _ => None,
        });
        let marks: Vec<(usize, bool)> = marks.chain([(end, false)]).collect();
        for (at, next_is_condition) in marks {
            let taken = self.sequence(pieces.get(from..at).unwrap_or_default(), before, false);
            if is_condition {
                conditions = conditions.then(taken);
            } else {
                let max = longest.max.zip(taken.max).map(|(one, other)| one.max(other));
                longest = Span { min: 0, max };
            }
            (from, is_condition) = (at + 1, next_is_condition);
        }
        conditions.perhaps().then(longest)
    }
}

/// True when the list of commands at `index` ends in `&`.
fn is_in_background(pieces: &[Piece], mut index: usize) -> bool {
    while let Some(Piece::And | Piece::Or | Piece::Pipe) = pieces.get(index) {
        index += 1;
        while let Some(Piece::Keyword("!" | "time")) = pieces.get(index) {
            index += 1;
        }
        while pieces.get(index).is_some_and(|piece| matches!(piece, Piece::Command(command) if command.substituted)) {
            index += 1;
        }
        index = block_end(pieces, index).unwrap_or(index) + 1;
    }
    pieces.get(index) == Some(&Piece::Background)
}

/// How often the body of a `for` runs; `None` when the shell decides.
fn turns(head: &[Piece]) -> Option<u64> {
    let Some(Piece::Heading(words)) = head.last() else { return None };
    let items = match words.as_slice() {
        [arithmetic, text] if arithmetic == "((" => return text.split(';').nth(1).and_then(upper_bound),
        [_, keyword, items @ ..] if keyword == "in" => items,
        _ => return None,
    };
    // `$(seq 1 60)`
    if let ([item], [Piece::Command(command), _]) = (items, head)
        && item == "$"
        && command.program() == "seq"
    {
        let numbers: Option<Vec<u64>> = command.arguments().iter().map(|word| word.parse().ok()).collect();
        return match numbers?.as_slice() {
            [last] => Some(*last),
            [first, last] => Some((last + 1).saturating_sub(*first)),
            _ => None,
        };
    }
    let mut turns: u64 = 0;
    for item in items {
        let braces =
            item.strip_prefix('{').and_then(|item| item.strip_suffix('}')).and_then(|item| split_around(item, ".."));
        turns = turns.checked_add(match braces {
            Some((first, last)) => (last.parse::<u64>().ok()? + 1).saturating_sub(first.parse().ok()?),
            None if item.contains(['$', '*', '?']) => return None,
            None => 1,
        })?;
    }
    Some(turns)
}

/// The most that a loop with a counter can run, when it counts up from 0 or 1: `[ $i -lt 30 ]`.
fn most_turns(condition: &[Piece]) -> Option<u64> {
    if condition.contains(&Piece::Or) {
        return None;
    }
    commands(condition).find_map(|command| {
        match command.words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["[" | "[[" | "test", counter, comparison, bound, ..] if counter.starts_with('$') => {
                let bound: u64 = bound.parse().ok()?;
                match *comparison {
                    "-lt" | "-ne" | "!=" => Some(bound),
                    "-le" => Some(bound.saturating_add(1)),
                    _ => None,
                }
            }
            ["((", text] => upper_bound(text),
            _ => None,
        }
    })
}

/// The number of turns in `i<30` and `i <= 30`.
fn upper_bound(condition: &str) -> Option<u64> {
    let (_, bound) = condition.split_once('<')?;
    match bound.strip_prefix('=') {
        Some(bound) => Some(bound.trim().parse::<u64>().ok()?.saturating_add(1)),
        None => bound.trim().parse().ok(),
    }
}

/// The time of `sleep` with these arguments. It fails at once with an argument that it can't parse.
pub fn of_sleep(arguments: &[impl AsRef<str>]) -> Span {
    let arguments = || arguments.iter().map(AsRef::as_ref);
    if arguments().any(|argument| argument.contains('$') || matches!(argument, "infinity" | "inf")) {
        return Span::UNKNOWN;
    }
    sleep_millis(arguments()).map_or(Span::ZERO, Span::exactly)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::script::pieces;

    fn seconds(script: &str) -> (u64, Option<u64>) {
        let pieces = pieces(script).unwrap();
        let span = elapsed(&pieces, &mut |command, _, _| match command.program() {
            "sleep" => of_sleep(command.arguments()),
            "unknown" => Span::UNKNOWN,
            _ => Span::ZERO,
        });
        (span.min / 1_000, span.max.map(|max| max / 1_000))
    }

    #[test]
    fn sleeps_of_a_script_add_up() {
        for (script, min, max) in [
            ("sleep 5; true; sleep 10", 5 + 10, Some(15)),
            ("sleep 5 && sleep 10 | tee log", 15, Some(15)),
            ("true || sleep 5; sleep 1", 1, Some(6)),
            ("true || echo $(date) && sleep 1", 1, Some(1)),
            ("sleep 5 & sleep 1", 1, Some(1)),
            ("(sleep 5; sleep 6) & sleep 1", 1, Some(1)),
            ("sleep 5 | tee log & sleep 1", 1, Some(1)),
            ("sleep 5 && ! (sleep 6) & sleep 1", 1, Some(1)),
            ("{ sleep 5; sleep 6; } & sleep 1", 1, Some(1)),
            ("{ sleep 5; (sleep 6); }; sleep 1", 12, Some(12)),
            ("unknown; sleep 1", 1, None),
            ("sleep $N", 0, None),
            ("sleep 15ms; sleep; sleep 5 + 5", 0, Some(0)),
            ("echo $(sleep 2)", 2, Some(2)),
            ("sleep 1; exit 0; sleep 5", 1, Some(1)),
            ("exec sleep 1; sleep 5", 1, Some(1)),
            ("true || exit 1; sleep 5", 5, Some(5)),
            ("f() { sleep 5; }; sleep 1", 1, None),
            ("case $1 in a) sleep 5;; b) sleep 6;; esac", 0, Some(11)),
            ("", 0, Some(0)),
        ] {
            assert_eq!(seconds(script), (min, max), "{script}");
        }
    }

    #[test]
    fn longest_branch_of_a_condition_counts() {
        for (script, max) in [
            ("if a; then sleep 2; fi", Some(2)),
            ("if a; then sleep 2; else sleep 7; fi", Some(7)),
            ("if sleep 1; then sleep 2; elif sleep 4; then sleep 3; fi", Some(8)),
            ("if a; then if b; then sleep 2; else sleep 9; fi; fi", Some(9)),
            ("if a; then unknown; fi", None),
        ] {
            assert_eq!(seconds(script), (0, max), "{script}");
        }
    }

    #[test]
    fn counted_loops_multiply() {
        for (script, min, max) in [
            ("for i in 1 2 3; do sleep 2; done", 6, Some(6)),
            ("for i in {1..60}; do sleep 1; done; sleep 5", 65, Some(65)),
            ("for i in $(seq 30); do sleep 1; done", 30, Some(30)),
            ("for i in `seq 11 20`; do sleep 1; done", 10, Some(10)),
            ("for ((i=0; i<60; i++)); do sleep 1; done", 60, Some(60)),
            ("for i in 1 2 3; do a && break; sleep 2; done", 0, Some(6)),
            ("for i in $ITEMS; do sleep 2; done", 2, None),
            ("for f in *.txt; do true; done", 0, Some(0)),
            ("i=0; while [ $i -lt 30 ]; do sleep 1; i=$((i+1)); done", 0, Some(30)),
            ("while a && [ $i -le 9 ]; do sleep 1; done", 0, Some(10)),
            ("while a || [ $i -le 9 ]; do sleep 1; done", 0, None),
            ("until a; do sleep 1; done", 0, None),
            ("while true; do sleep 1; done & sleep 3", 3, Some(3)),
        ] {
            assert_eq!(seconds(script), (min, max), "{script}");
        }
    }

    #[test]
    fn commands_are_printed_when_they_run() {
        let pieces = pieces("sleep 2; stop; if a; then stop; fi || stop; unknown; stop").unwrap();
        let mut stops = Vec::new();
        elapsed(&pieces, &mut |command, before, certain| match command.program() {
            "sleep" => of_sleep(command.arguments()),
            "stop" => {
                stops.push((before.max, certain));
                Span::ZERO
            }
            "unknown" => Span::UNKNOWN,
            _ => Span::ZERO,
        });
        assert_eq!(stops, [(Some(2_000), true), (Some(2_000), false), (Some(2_000), false), (None, true)]);
    }
}
