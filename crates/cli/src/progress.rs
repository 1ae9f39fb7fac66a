//! What takes long is said on standard error, when that is a terminal.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What takes no longer than this needs no words.
const SILENCE: Duration = Duration::from_millis(700);
const BEAT: Duration = Duration::from_millis(200);

/// A line that says what is going on, until this is dropped.
pub(crate) struct Progress(Option<(Sender<String>, JoinHandle<()>)>);

impl Progress {
    /// Begins with this.
    pub(crate) fn start(what: &str) -> Progress {
        let is_dumb = env::var("TERM").is_ok_and(|terminal| terminal == "dumb");
        if !io::stderr().is_terminal() || is_dumb {
            return Progress(None);
        }
        let (send, received) = mpsc::channel();
        let mut what = what.to_owned();
        let thread = thread::spawn(move || {
            let start = Instant::now();
            let mut shown = false;
            loop {
                match received.recv_timeout(if shown { BEAT } else { SILENCE.saturating_sub(start.elapsed()) }) {
                    Ok(next) => what = next,
                    Err(RecvTimeoutError::Timeout) => {
                        shown = true;
                        // When nobody sees it, nobody misses it.
                        let _ = write!(io::stderr(), "\r\x1b[K{what} … {} s", start.elapsed().as_secs());
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
            if shown {
                let _ = write!(io::stderr(), "\r\x1b[K");
            }
        });
        Progress(Some((send, thread)))
    }

    /// Goes on with this.
    pub(crate) fn next(&self, what: String) {
        if let Some((send, _)) = &self.0 {
            // The thread ends only after this.
            let _ = send.send(what);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((send, thread)) = self.0.take() {
            drop(send);
            // A thread that has panicked has said so.
            let _ = thread.join();
        }
    }
}
