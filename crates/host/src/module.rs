use std::sync::Arc;

use wasmtime_provider::{WasmtimeEngineProviderBuilder, WasmtimeEngineProviderPre, wasmtime};

use crate::{Callbacks, Config, Engine, HostError, Instance, METADATA_SECTION, ModuleMetadata, custom_section};

/// A compiled policy: shared between threads, cheap to clone and to start.
#[derive(Clone)]
pub struct Module {
    engine: Engine,
    pre: WasmtimeEngineProviderPre,
    metadata: Option<Arc<[u8]>>,
}

impl Module {
    /// Compiles a binary module. This is the slow part: a few hundred milliseconds for a large policy.
    ///
    /// # Errors
    /// [`HostError::Compile`] when the bytes are not a module, or no Kubewarden host can link it.
    pub fn compile(engine: &Engine, wasm: &[u8]) -> Result<Self, HostError> {
        let module = wasmtime::Module::from_binary(engine.wasmtime(), wasm)
            .map_err(|error| HostError::Compile(format!("{error:#}")))?;
        let pre = WasmtimeEngineProviderBuilder::new()
            .engine(engine.wasmtime().clone())
            .module(module)
            .build_pre()
            .map_err(|error| HostError::Compile(error.to_string()))?;
        let metadata = custom_section(wasm, METADATA_SECTION)?.map(Arc::from);
        Ok(Self { engine: engine.clone(), pre, metadata })
    }

    /// The module's metadata, `None` if it was never annotated.
    ///
    /// # Errors
    /// [`HostError::Metadata`] when Kubewarden can't read the section.
    pub fn metadata(&self) -> Result<Option<ModuleMetadata>, HostError> {
        self.metadata.as_deref().map(ModuleMetadata::from_section).transpose()
    }

    /// Starts the guest with its own memory, as policy-server does for every request.
    ///
    /// # Errors
    /// [`HostError::Init`] or [`HostError::InitDeadline`] when the guest fails to start.
    pub fn instantiate(&self, config: Config, callbacks: Arc<dyn Callbacks>) -> Result<Instance, HostError> {
        Instance::start(self.clone(), config, callbacks)
    }

    pub(crate) fn start(&self, callback: Box<wapc::HostCallback>) -> Result<wapc::WapcHost, HostError> {
        let provider =
            self.pre.rehydrate(Some(self.engine.deadlines())).map_err(|error| HostError::Init(error.to_string()))?;
        wapc::WapcHost::new(Box::new(provider), Some(callback)).map_err(HostError::from_init)
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("engine", &self.engine).finish_non_exhaustive()
    }
}
