//! Waiting for states, never for time.

use std::time::{Duration, Instant};

/// How long a state may take to come. The machine may be busy with more than this.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Asks until there is an answer.
///
/// # Errors
/// When asking fails, or nothing came in time: the error says what was waited for.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        anyhow::ensure!(Instant::now() < end, "waited {} seconds until {what}", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(100));
    }
}
