//! Builds the Wasm modules, optimises them and adds their metadata.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use plimsoll_kubewarden::Shipped;
use sha2::{Digest, Sha256};

use crate::optimise::{self, Optimiser};
use crate::render::metadata::HostCall;
use crate::render::{self, metadata, module};
use crate::wasm;
use crate::workspace::{Workspace, output, read_bytes, succeed, write};

/// What to build.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Build what ships: smaller, and slower to build
    #[arg(long)]
    pub(crate) release: bool,
    /// Build only the module of this policy, or `suite`; may be given several times
    #[arg(long = "policy", value_name = "ID")]
    pub(crate) policies: Vec<String>,
}

/// `wasm32-wasip1` would add files, environment and standard error to every module: 25 kB that no policy uses.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    build(workspace, args).map(drop)
}

/// Where the finished modules of a profile are.
pub(crate) fn folder(workspace: &Workspace, release: bool) -> PathBuf {
    workspace.target().join("policies").join(profile(release))
}

fn profile(release: bool) -> &'static str {
    if release { "policy" } else { "policy-dev" }
}

/// Builds modules and returns the finished files, in the order of the policies.
pub(crate) fn build(workspace: &Workspace, args: &Args) -> Result<Vec<(Shipped, PathBuf)>> {
    let selected = select(&args.policies)?;

    let start = Instant::now();
    let flags = rust_flags(workspace)?;
    // One call of cargo builds all its packages with the same features, so there is one call for each set of host
    // calls.
    for calls in [&[][..], &[HostCall::List], &[HostCall::Get], &[HostCall::Get, HostCall::List]] {
        let packages = selected
            .iter()
            .map(|shipped| shipped.metadata())
            .filter(|metadata| metadata::host_calls(metadata) == calls)
            .flat_map(|metadata| ["--package".to_owned(), module::package(metadata.id)]);
        let packages: Vec<String> = packages.collect();
        if packages.is_empty() {
            continue;
        }
        eprintln!(
            "[modules] cargo builds {} with {} host calls ({})",
            packages.len() / 2,
            calls.len(),
            profile(args.release)
        );
        let mut cargo = workspace.cargo();
        cargo.args(["build", "--target", TARGET, "--profile", profile(args.release)]).args(packages);
        succeed(cargo.env("CARGO_ENCODED_RUSTFLAGS", &flags))?;
    }
    eprintln!("[modules] built in {}", seconds(start.elapsed()));

    let finisher = Finisher { workspace, release: args.release, optimiser_version: optimise::version(workspace) };
    // Each thread starts an optimiser of its own when it first needs it.
    let paths = in_parallel(&selected, || None, |optimiser, shipped| finisher.finish(*shipped, optimiser))?;
    eprintln!(
        "[modules] {} modules in {}, {}",
        paths.len(),
        folder(workspace, args.release).display(),
        seconds(start.elapsed())
    );
    Ok(selected.into_iter().zip(paths).collect())
}

fn select(ids: &[String]) -> Result<Vec<Shipped>> {
    if ids.is_empty() {
        return Ok(Shipped::all().collect());
    }
    ids.iter().map(|id| Shipped::named(id).with_context(|| format!("unknown policy {id}"))).collect()
}

/// Flags that keep the paths of this machine out of the modules: builds are reproducible.
fn rust_flags(workspace: &Workspace) -> Result<String> {
    let mut remapped = vec![(workspace.root().to_owned(), "plimsoll".to_owned())];
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).context("no home folder")?;
    let registries = std::fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    remapped.extend(registries.map(|registry| (registry.path(), "registry".to_owned())));

    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]).current_dir(workspace.root()))?;
    let version = output(Command::new("rustc").arg("-vV").current_dir(workspace.root()))?;
    let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or_default();
    // The name that the standard library has for its own files if its source is not installed.
    remapped.push((Path::new(sysroot.trim()).join("lib/rustlib/src/rust"), format!("/rustc/{commit}")));

    let flags = remapped.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    Ok(flags.collect::<Vec<_>>().join("\x1f"))
}

struct Finisher<'w> {
    workspace: &'w Workspace,
    release: bool,
    optimiser_version: String,
}

impl Finisher<'_> {
    /// Turns what cargo built into the finished module, unless the cache has it.
    fn finish(&self, shipped: Shipped, optimiser: &mut Option<Optimiser>) -> Result<PathBuf> {
        let start = Instant::now();
        let id = shipped.metadata().id;
        let file = format!("{}.wasm", module::package(id).replace('-', "_"));
        let built = self.workspace.target().join(TARGET).join(profile(self.release)).join(file);
        let mut bytes = read_bytes(&built)?;
        let section = metadata::section(shipped, &render::usage(shipped)?)?;

        let folder = folder(self.workspace, self.release);
        let finished = folder.join(format!("{id}.wasm"));
        let key_file = folder.join(format!("{id}.key"));
        let key = self.key(&bytes, &section);
        if finished.exists() && std::fs::read_to_string(&key_file).is_ok_and(|known| known == key) {
            return Ok(finished);
        }

        let before = bytes.len();
        if self.release {
            let optimised = folder.join(format!("{id}.optimised"));
            std::fs::create_dir_all(&folder)?;
            let running = match optimiser {
                Some(running) => running,
                None => optimiser.insert(Optimiser::start(self.workspace)?),
            };
            running.optimise(&built, &optimised)?;
            bytes = read_bytes(&optimised)?;
            std::fs::remove_file(&optimised)?;
        }
        let code = bytes.len();
        wasm::append_custom_section(&mut bytes, metadata::SECTION, &section);
        write(&finished, &bytes)?;
        write(&key_file, key)?;
        let optimised = if self.release { format!("{code} optimised, ") } else { String::new() };
        let whole = bytes.len();
        eprintln!(
            "[modules] {id}: {before} bytes built, {optimised}{whole} with metadata, {}",
            seconds(start.elapsed())
        );
        Ok(finished)
    }

    /// A digest of everything that the finished module depends on.
    fn key(&self, built: &[u8], section: &[u8]) -> String {
        let mut hash = Sha256::new();
        for part in [built, section, self.optimiser_version.as_bytes()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hex(&hash.finalize())
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f32())
}

/// Does `work` for every item on as many threads as there are cores, each with a tool of its own; stops at the first
/// error.
fn in_parallel<T: Sync, R: Send, Tool>(
    items: &[T],
    tool: impl Fn() -> Tool + Sync,
    work: impl Fn(&mut Tool, &T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let worker = || {
        let mut tool = tool();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return };
            let result = work(&mut tool, item);
            if result.is_err() {
                next.store(items.len(), Ordering::Relaxed);
            }
            match done.lock() {
                Ok(mut done) => done.push((index, result)),
                Err(_) => return,
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from).min(items.len()) {
            scope.spawn(worker);
        }
    });
    let Ok(mut done) = done.into_inner() else { bail!("a worker died") };
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::{hex, in_parallel, select};

    #[test]
    fn parallel_work_keeps_the_order() {
        let items: Vec<usize> = (0..100).collect();
        let doubled = in_parallel(&items, || (), |(), item| Ok(item * 2)).unwrap();
        assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        let refuse_one = |(): &mut (), item: &usize| if *item == 50 { anyhow::bail!("fifty") } else { Ok(()) };
        assert!(in_parallel(&items, || (), refuse_one).is_err());
    }

    #[test]
    fn modules_are_selected_by_id() {
        assert_eq!(select(&[]).unwrap().len(), plimsoll::policies::POLICIES.len() + 1);
        assert_eq!(select(&["suite".to_owned()]).unwrap().len(), 1);
        assert!(select(&["no-such-policy".to_owned()]).is_err());
        assert_eq!(select(&["missing-prestop".to_owned()]).unwrap().len(), 1);
    }

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
