use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use wasmtime_provider::{EpochDeadlines, wasmtime};

use crate::HostError;

/// How long a guest may run by default, for its start and for each call: policy-server's two seconds.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(2);

const TICK: Duration = Duration::from_millis(50);

/// Compiles and runs modules: one per process, cheap to clone.
#[derive(Clone)]
pub struct Engine {
    wasmtime: wasmtime::Engine,
    deadlines: EpochDeadlines,
    // The ticking thread ends when the last clone drops this.
    _ticking: Arc<Sender<()>>,
}

/// The options of an [`Engine`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// How long a guest may take for its start and for each call: wall-clock time, enforced up to 100 ms late, host calls
    /// included.
    pub deadline: Duration,
    /// A directory that keeps compiled modules for later processes; created if missing.
    pub cache: Option<PathBuf>,
}

impl Default for EngineOptions {
    /// [`DEFAULT_DEADLINE`], no cache.
    fn default() -> Self {
        Self { deadline: DEFAULT_DEADLINE, cache: None }
    }
}

impl Engine {
    /// An engine with the default options.
    ///
    /// # Errors
    /// [`HostError::Engine`] when WebAssembly cannot be compiled on this machine or no thread can be started.
    pub fn new() -> Result<Self, HostError> {
        Self::with_options(&EngineOptions::default())
    }

    /// An engine with these options.
    ///
    /// # Errors
    /// As [`Engine::new`], and when the cache can't be used.
    pub fn with_options(options: &EngineOptions) -> Result<Self, HostError> {
        let failed = |error: wasmtime::Error| HostError::Engine(format!("{error:#}"));
        let mut config = wasmtime::Config::new();
        config.epoch_interruption(true);
        if let Some(directory) = &options.cache {
            let directory = std::path::absolute(directory).map_err(|error| HostError::Engine(error.to_string()))?;
            let mut cache = wasmtime::CacheConfig::new();
            cache.with_directory(directory);
            config.cache(Some(wasmtime::Cache::new(cache).map_err(failed)?));
        }
        let engine = wasmtime::Engine::new(&config).map_err(failed)?;
        let (ticking, ended) = channel::<()>();
        let weak = engine.weak();
        thread::Builder::new()
            .name("wasm-deadline".to_owned())
            .spawn(move || {
                while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    match weak.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => break,
                    }
                }
            })
            .map_err(|error| HostError::Engine(error.to_string()))?;
        // One more than the quotient: the first tick may come right after the call has started.
        let ticks = u64::try_from(options.deadline.as_millis().div_ceil(TICK.as_millis())).unwrap_or(u64::MAX / 2) + 1;
        let deadlines = EpochDeadlines { wapc_init: ticks, wapc_func: ticks };
        Ok(Self { wasmtime: engine, deadlines, _ticking: Arc::new(ticking) })
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.wasmtime
    }

    pub(crate) fn deadlines(&self) -> EpochDeadlines {
        self.deadlines
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("deadlines", &self.deadlines).finish_non_exhaustive()
    }
}
