//! `plimsoll check --watch`: the same again whenever a file changes.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may fail that way")]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use common::{FAILING, FINE, ONE, Playground};

const WATCHING: &str = "Watching for changes";

/// A run that goes on, and the lines that it writes.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(playground: &Playground, args: &[&str]) -> Watching {
        let args = [&["check", "--watch"], ONE.as_slice(), args].concat();
        let mut command = playground.command(&args);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (send, lines) = mpsc::channel();
        pass_on(child.stdout.take().unwrap(), send.clone());
        pass_on(child.stderr.take().unwrap(), send);
        Watching { child, lines }
    }

    /// The lines of a run, sorted: the two streams have no order.
    fn run(&self) -> String {
        let mut run = Vec::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(120)).expect("the run ends");
            let is_last = line.starts_with(WATCHING);
            run.push(line);
            if is_last {
                run.sort();
                return run.join("\n");
            }
        }
    }

    /// The next run that says this.
    fn until(&self, wanted: &str) -> String {
        loop {
            let run = self.run();
            if run.contains(wanted) {
                return run;
            }
        }
    }

    fn interrupt(mut self) -> (Option<i32>, Vec<String>) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        (self.child.wait().unwrap().code(), self.lines.iter().collect())
    }
}

fn pass_on(from: impl Read + Send + 'static, to: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            if to.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
}

#[test]
fn what_changes_is_checked_again() {
    let playground = Playground::with(&[("m/web.yaml", FAILING)]);
    let watching = Watching::start(&playground, &["m"]);
    // Findings go to another stream than the line that ends a run.
    watching.until("1 finding");
    playground.write("m/web.yaml", FINE.as_bytes());
    watching.until("nothing found");
    // Half written, gone, and there again.
    playground.write("m/web.yaml", &FAILING.as_bytes()[..60]);
    watching.until("error: m/web.yaml");
    std::fs::remove_file(playground.path("m/web.yaml")).unwrap();
    watching.until("there is no Kubernetes object here");
    playground.write("m/new/web.yaml", FAILING.as_bytes());
    watching.until("1 finding");
    // What is configured counts, too.
    playground.write("plimsoll.yaml", b"exclude: [m/new]\n");
    watching.until("there is no Kubernetes object here");
    playground.write("plimsoll.yaml", b"failOn: high\n");
    watching.until("1 finding");
    playground.write("plimsoll.yaml", b"failOn: low\n");
    watching.until("1 finding");
    assert_eq!(watching.interrupt().0, Some(1));
}

#[test]
fn the_exit_status_is_that_of_the_last_run() {
    let playground = Playground::with(&[("web.yaml", FAILING)]);
    let watching = Watching::start(&playground, &["web.yaml"]);
    watching.run();
    playground.write("web.yaml", FINE.as_bytes());
    watching.until("nothing found");
    assert_eq!(watching.interrupt().0, Some(0));
}

/// Its own reports are no changes, and neither is what else it writes into the directory.
#[test]
fn what_it_writes_itself_starts_no_run() {
    let playground = Playground::with(&[("web.yaml", FAILING)]);
    let watching = Watching::start(&playground, &["--format", "json=out.json", "--format", "concise"]);
    watching.run();
    playground.write("web.yaml", FINE.as_bytes());
    watching.run();
    playground.write("web.yaml", FAILING.as_bytes());
    watching.run();
    let (code, lines) = watching.interrupt();
    assert_eq!(code, Some(1));
    assert!(!lines.iter().any(|line| line.starts_with(WATCHING)), "{lines:?}");
    assert!(playground.read("out.json").contains("missing-prestop"));
}

#[test]
fn standard_input_cannot_be_watched() {
    let ran = Playground::with(&[]).run_with(&["check", "--watch", "-"], FAILING.as_bytes());
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("standard input can't be watched"), "{}", ran.err);
}
