//! The guest's side of waPC: how a host passes a call and reads the answer, and how the guest calls back.
//!
//! The published guest crate keeps its handlers in a lazily initialized, locked hash table, which adds 7 kB to every
//! module for three entries that never change. This file replaces it.

#[allow(unsafe_code, reason = "the functions that every waPC host offers")]
mod host {
    #[link(wasm_import_module = "wapc")]
    unsafe extern "C" {
        pub(super) fn __guest_request(operation: *mut u8, payload: *mut u8);
        pub(super) fn __guest_response(answer: *const u8, length: usize);
        pub(super) fn __guest_error(message: *const u8, length: usize);
    }

    #[cfg(any(feature = "inventory", feature = "get-resource"))]
    #[link(wasm_import_module = "wapc")]
    unsafe extern "C" {
        pub(super) fn __host_call(
            binding: *const u8,
            binding_length: usize,
            namespace: *const u8,
            namespace_length: usize,
            operation: *const u8,
            operation_length: usize,
            payload: *const u8,
            payload_length: usize,
        ) -> usize;
        pub(super) fn __host_response_len() -> usize;
        pub(super) fn __host_response(answer: *mut u8);
        pub(super) fn __host_error_len() -> usize;
        pub(super) fn __host_error(message: *mut u8);
    }
}

/// Answers the host's current call: `__guest_call` of the waPC protocol, whose result this returns.
#[allow(unsafe_code, reason = "the host reads and writes the guest's memory")]
pub fn serve(operation_length: usize, payload_length: usize, configure: crate::Configure<'_>) -> i32 {
    // SAFETY: nothing outlives a call. Each returns only numbers, and the modules have no statics that allocate.
    unsafe { crate::arena::clear() };
    let mut operation = vec![0; operation_length];
    let mut payload = vec![0; payload_length];
    // SAFETY: both buffers have the lengths that the host announced.
    unsafe { host::__guest_request(operation.as_mut_ptr(), payload.as_mut_ptr()) };
    let answer = match operation.as_slice() {
        b"validate" => crate::validate(&payload, configure),
        b"validate_settings" => crate::validate_settings(&payload, configure),
        b"protocol_version" => crate::PROTOCOL_VERSION.to_vec(),
        _ => {
            let message = b"unknown operation";
            // SAFETY: the host copies the bytes before it returns.
            unsafe { host::__guest_error(message.as_ptr(), message.len()) };
            return 0;
        }
    };
    // SAFETY: the host copies the bytes before it returns.
    unsafe { host::__guest_response(answer.as_ptr(), answer.len()) };
    1
}

/// Makes a host call of the namespace `kubernetes`.
///
/// # Errors
/// The host's message when it denies the call or fails.
#[cfg(any(feature = "inventory", feature = "get-resource"))]
#[allow(unsafe_code, reason = "the host reads and writes the guest's memory")]
pub(crate) fn ask_kubernetes(operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
    const BINDING: &str = "kubewarden";
    const NAMESPACE: &str = "kubernetes";
    // SAFETY: the host only reads, within the lengths given.
    let answered = unsafe {
        host::__host_call(
            BINDING.as_ptr(),
            BINDING.len(),
            NAMESPACE.as_ptr(),
            NAMESPACE.len(),
            operation.as_ptr(),
            operation.len(),
            payload.as_ptr(),
            payload.len(),
        )
    };
    if answered == 1 {
        // SAFETY: the host writes as many bytes as it announces.
        unsafe {
            let mut answer = vec![0; host::__host_response_len()];
            host::__host_response(answer.as_mut_ptr());
            Ok(answer)
        }
    } else {
        // SAFETY: the host writes as many bytes as it announces.
        let message = unsafe {
            let mut message = vec![0; host::__host_error_len()];
            host::__host_error(message.as_mut_ptr());
            message
        };
        Err(String::from_utf8_lossy(&message).into_owned())
    }
}
