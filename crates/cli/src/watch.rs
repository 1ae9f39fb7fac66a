//! `plimsoll check --watch`: the same again whenever a file changes.
//!
//! The files are looked at, by their times and lengths, instead of asking the system to tell: that works on shares and in
//! containers, has no limit of directories, and doesn't mind how an editor replaces a file.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, Metadata};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, ensure};
use signal_hook::consts::SIGINT;
use signal_hook::flag;

use crate::args::{Args, Check};
use crate::check;
use crate::input::{self, Filter};
use crate::outcome::Outcome;
use crate::output;
use crate::project::{NAMES, Project};

/// How long to wait before the files are looked at again.
const PAUSE: Duration = Duration::from_millis(200);
/// For one part of looking, so many parts of waiting.
const REST: u32 = 10;
/// How long a file has to stay as it is: until then it may be half written.
const SETTLED: Duration = Duration::from_millis(50);
/// How often to wait for that. What never settles is checked all the same.
const PATIENCE: usize = 20;

/// Checks until somebody presses Ctrl-C, and answers what the last run did.
pub(crate) fn run(args: &Check, all: &Args) -> anyhow::Result<Outcome> {
    args.reports.check()?;
    ensure!(!args.input.paths.iter().any(|path| path.as_os_str() == "-"), "standard input can't be watched");
    let stop = stop()?;
    loop {
        let watched = Watched::new(args);
        let seen = watched.state();
        clear();
        let outcome = match check::run(args, all) {
            Err(error) if output::is_broken_pipe(&error) => return Ok(Outcome::Clean),
            Err(error) => {
                output::note_untrusted(&format!("error: {error:#}"));
                Outcome::Failed
            }
            Ok(outcome) => outcome,
        };
        if output::has_nobody() {
            return Ok(outcome);
        }
        output::note("Watching for changes; Ctrl-C ends it.");
        if !watched.wait(&seen, &stop) {
            return Ok(outcome);
        }
    }
}

/// Says when to stop. Whoever asks twice doesn't want to wait for the run to end.
fn stop() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    // In this order: the first time it only stops.
    flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&stop))
        .and_then(|_| flag::register(SIGINT, Arc::clone(&stop)))
        .context("Ctrl-C can't be waited for")?;
    Ok(stop)
}

/// Begins a new screen, on a terminal.
fn clear() {
    let is_dumb = env::var("TERM").is_ok_and(|terminal| terminal == "dumb");
    if io::stdout().is_terminal() && !is_dumb {
        // Whoever has gone will be noticed when results are written.
        let _ = io::stdout().write_all(b"\x1b[H\x1b[2J").and_then(|()| io::stdout().flush());
    }
}

/// What a run reads.
struct Watched<'a> {
    paths: &'a [PathBuf],
    filter: Arc<Filter>,
    /// Files and directories besides: configuration, baseline, schemas, values of charts.
    besides: Vec<PathBuf>,
    /// Where the run itself writes.
    own: Vec<PathBuf>,
}

type State = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

impl<'a> Watched<'a> {
    fn new(args: &'a Check) -> Watched<'a> {
        // When the configuration is broken, there is nothing to be left out.
        let project = Project::open(&args.selection.configuration).unwrap_or_default();
        let filter = Arc::new(project.filter(&args.input.files).unwrap_or_default());
        let here = env::current_dir().unwrap_or_default();
        let configurations = here.ancestors().flat_map(|directory| NAMES.map(|name| directory.join(name)));
        let besides = configurations
            .chain(args.selection.configuration.config.clone())
            .chain(args.baseline.clone())
            .chain(project.baseline)
            .chain(args.selection.schemas.iter().cloned())
            .chain(project.schemas)
            .chain(args.input.render.helm_values.iter().cloned())
            .chain(project.charts.into_iter().flat_map(|chart| chart.values));
        let mut own: Vec<PathBuf> = args.reports.files().filter_map(|file| file.canonicalize().ok()).collect();
        // Standard output and error may be files, too.
        own.extend(["/dev/stdout", "/dev/stderr"].iter().filter_map(|stream| fs::canonicalize(stream).ok()));
        Watched { paths: &args.input.paths, filter, besides: besides.collect(), own }
    }

    /// What there is, and since when.
    fn state(&self) -> State {
        let mut state = State::new();
        let here = [PathBuf::from(".")];
        let paths = if self.paths.is_empty() { &here } else { self.paths };
        for path in paths.iter().chain(&self.besides) {
            if !path.is_dir() {
                state.insert(path.clone(), fs::metadata(path).ok().and_then(|metadata| stamp(&metadata)));
                continue;
            }
            for entry in input::walker(path, &self.filter).build().flatten() {
                if is_read(entry.path()) {
                    let stamp = entry.metadata().ok().and_then(|metadata| stamp(&metadata));
                    state.insert(entry.into_path(), stamp);
                }
            }
        }
        state.retain(|path, _| !path.canonicalize().is_ok_and(|path| self.own.contains(&path)));
        state
    }

    /// Waits until something is different from what was seen, and settled; false when it is time to stop.
    fn wait(&self, seen: &State, stop: &AtomicBool) -> bool {
        let mut pause = PAUSE;
        loop {
            if !sleep(pause, stop) {
                return false;
            }
            let start = Instant::now();
            let mut now = self.state();
            pause = PAUSE.max(start.elapsed() * REST);
            if now == *seen {
                continue;
            }
            for _ in 0..PATIENCE {
                if !sleep(SETTLED, stop) {
                    return false;
                }
                let last = std::mem::replace(&mut now, self.state());
                if now == last {
                    break;
                }
            }
            return true;
        }
    }
}

/// Waits for some time; false when it is time to stop.
fn sleep(time: Duration, stop: &AtomicBool) -> bool {
    let end = Instant::now() + time;
    while !stop.load(Ordering::Relaxed) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        thread::sleep(left.min(SETTLED));
    }
    false
}

/// Whether a file below a directory may be read: manifests, and what charts are made of.
fn is_read(path: &Path) -> bool {
    input::is_manifest(path) || path.extension().is_some_and(|extension| extension == "tpl")
}

fn stamp(metadata: &Metadata) -> Option<(SystemTime, u64)> {
    Some((metadata.modified().ok()?, metadata.len()))
}
