//! The project's performance promises, as ratios of times taken alternately in one run: they don't depend on the
//! machine or its load.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run should say so"
)]

use std::time::{Duration, Instant};

use plimsoll_bench::{check, cluster, parse, policies, policies_with_needs, stream};

/// Medians of both, taken alternately: a slow period affects both.
fn paired(runs: usize, mut one: impl FnMut(), mut other: impl FnMut()) -> (Duration, Duration) {
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..runs {
        times.0.push(timed(&mut one));
        times.1.push(timed(&mut other));
    }
    (median(times.0), median(times.1))
}

/// Keeps the work from being optimised away.
fn done<T>(result: T) {
    std::hint::black_box(&result);
}

fn timed(work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn row(what: &str, (one, other): (Duration, Duration), promised: &str) {
    println!(
        "{what:<62} {:>9.1} ms {:>9.1} ms  {:>6.2} ({promised})",
        one.as_secs_f64() * 1e3,
        other.as_secs_f64() * 1e3,
        other.as_secs_f64() / one.as_secs_f64()
    );
}

fn main() {
    println!("{:<62} {:>12} {:>12}  ratio", "", "one", "other");
    let all = policies();

    let text = stream(10_000);
    println!("10,000 Deployments: {:.1} MB", text.len() as f64 / 1e6);
    let times = paired(5, || done(parse(&text)), || done(check(&all, &parse(&text))));
    row("parse : parse and evaluate", times, "at most 2");

    let (single, cross) = (policies_with_needs(false), policies_with_needs(true));
    for namespaces in [500, 1] {
        let (small, large) = (parse(&cluster(10_000, namespaces)), parse(&cluster(100_000, namespaces)));
        let times = paired(3, || done(check(&cross, &small)), || done(check(&cross, &large)));
        let title = format!("cross-object, {namespaces} namespaces: 10,000 : 100,000 objects");
        row(&title, times, "at most 12");
        let times = paired(3, || done(check(&single, &large)), || done(check(&cross, &large)));
        row(&format!("100,000 objects, {namespaces} namespaces: single-object : cross-object"), times, "at most 3");
    }
}
