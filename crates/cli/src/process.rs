//! Other programs, bounded in time and in what they may answer.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// What a program may take.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) time: Duration,
    pub(crate) bytes: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { time: Duration::from_secs(60), bytes: 256 << 20 }
    }
}

/// How much of an error message is kept.
const ERROR_BYTES: usize = 16 << 10;

/// Runs the program and returns its output. The error is what it wrote on standard error, or why it has no output.
pub(crate) fn run(command: &mut Command, bounds: Bounds) -> Result<Vec<u8>, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{name} cannot be run: {error}"))?;
    let deadline = Instant::now() + bounds.time;
    let result = wait(&mut child, bounds, deadline);
    if result.is_err() {
        // It may have ended by itself.
        let _ = child.kill();
    }
    let ended = child.wait().map_err(|error| format!("{name} cannot be waited for: {error}"))?;
    let (output, errors) = result.map_err(|reason| format!("{name} {reason}"))?;
    if ended.success() {
        return Ok(output);
    }
    let errors = String::from_utf8_lossy(&errors).trim().to_owned();
    Err(if errors.is_empty() { format!("{name} failed ({ended})") } else { errors })
}

fn wait(child: &mut Child, bounds: Bounds, deadline: Instant) -> Result<(Vec<u8>, Vec<u8>), String> {
    let output = child.stdout.take().map(|pipe| read(pipe, bounds.bytes));
    let errors = child.stderr.take().map(|pipe| read(pipe, ERROR_BYTES));
    let output = receive(output, deadline, bounds)?;
    if output.len() > bounds.bytes {
        return Err(format!("wrote more than {} MiB", bounds.bytes >> 20));
    }
    let errors = receive(errors, deadline, bounds)?;
    // Who has closed both pipes may still not end.
    while child.try_wait().map_err(|error| format!("cannot be waited for: {error}"))?.is_none() {
        if Instant::now() >= deadline {
            return Err(too_slow(bounds));
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok((output, errors))
}

/// Reads in a thread of its own, which ends when the pipe does: a grandchild may keep that open.
fn read(mut pipe: impl Read + Send + 'static, most: usize) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.by_ref().take(most as u64 + 1).read_to_end(&mut bytes);
        // Nobody may be waiting any more.
        let _ = sender.send(bytes);
        if read.is_ok() {
            // What is too long is drained, so that the program doesn't fail because of that.
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        }
    });
    receiver
}

fn receive(bytes: Option<Receiver<Vec<u8>>>, deadline: Instant, bounds: Bounds) -> Result<Vec<u8>, String> {
    let Some(bytes) = bytes else { return Ok(Vec::new()) };
    match bytes.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(bytes) => Ok(bytes),
        Err(RecvTimeoutError::Timeout) => Err(too_slow(bounds)),
        Err(RecvTimeoutError::Disconnected) => Err("has no output".to_owned()),
    }
}

fn too_slow(bounds: Bounds) -> String {
    format!("took more than {} seconds", bounds.time.as_secs())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, bounds: Bounds) -> Result<Vec<u8>, String> {
        run(Command::new("sh").args(["-c", script]), bounds)
    }

    #[test]
    fn output_and_errors() {
        assert_eq!(shell("echo a; echo b >&2", Bounds::default()), Ok(b"a\n".to_vec()));
        assert_eq!(shell("echo a; echo b >&2; exit 3", Bounds::default()), Err("b".to_owned()));
        assert_eq!(shell("exit 3", Bounds::default()), Err("sh failed (exit status: 3)".to_owned()));
        let missing = run(&mut Command::new("plimsoll-no-such-program"), Bounds::default()).unwrap_err();
        assert!(missing.starts_with("plimsoll-no-such-program cannot be run: "), "{missing}");
    }

    #[test]
    fn a_program_is_bounded() {
        let now = Bounds { time: Duration::ZERO, ..Bounds::default() };
        assert_eq!(shell("exec sleep 1000", now), Err("sh took more than 0 seconds".to_owned()));
        let few = Bounds { bytes: 10, ..Bounds::default() };
        assert_eq!(shell("exec yes", few), Err("sh wrote more than 0 MiB".to_owned()));
    }
}
