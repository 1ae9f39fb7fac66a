//! Guests in WebAssembly text, as small as the protocol allows. They recognize operations by the length of their name
//! (`validate` 8, `validate_settings` 17, `protocol_version` 16).

/// Metadata that declares listing and getting ConfigMaps.
pub(crate) const METADATA: &str = r#"{"protocolVersion":"v1","rules":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"],"operations":["CREATE"]}],"mutating":false,"contextAwareResources":[{"apiVersion":"v1","kind":"ConfigMap"}],"hostCapabilities":["kubernetes/get_resource","kubernetes/list_resources_all","kubernetes/list_resources_by_namespace"],"contextAware":true}"#;

/// Returns the payload as the error of the call, to show what the guest saw.
pub(crate) fn echo() -> Vec<u8> {
    guest(
        "",
        "(call $request (i32.const 1024) (i32.const 65536)) (call $error (i32.const 65536) (local.get $len)) (i32.const 0)",
        "",
    )
}

/// Always answers the same.
pub(crate) fn constant(answer: &str) -> Vec<u8> {
    let respond = format!("(call $respond (i32.const 2048) (i32.const {})) (i32.const 1)", answer.len());
    guest(&data(2048, answer), &respond, "")
}

/// Claims success without an answer.
pub(crate) fn silent() -> Vec<u8> {
    guest("", "(i32.const 1)", "")
}

/// Traps in every call.
pub(crate) fn trapping() -> Vec<u8> {
    guest("", "unreachable", "")
}

/// Counts its calls in its memory, and runs forever in `validate_settings`.
pub(crate) fn counting() -> Vec<u8> {
    let answer = r#"{"accepted":true,"message":"0"}"#;
    let digit = 2048 + answer.len() - 3;
    let body = format!(
        "(i32.store8 (i32.const {digit}) (i32.add (i32.load8_u (i32.const {digit})) (i32.const 1)))
         (if (i32.eq (local.get $op) (i32.const 17)) (then (loop $forever (br $forever))))
         (call $respond (i32.const 2048) (i32.const {})) (i32.const 1)",
        answer.len()
    );
    guest(&data(2048, answer), &body, "")
}

/// Runs forever while starting.
pub(crate) fn never_starting() -> Vec<u8> {
    guest("", "(i32.const 1)", "(loop $forever (br $forever))")
}

/// Traps while starting.
pub(crate) fn failing_to_start() -> Vec<u8> {
    guest("", "(i32.const 1)", "unreachable")
}

/// Makes one host call and returns its answer, or its error.
pub(crate) fn calling(binding: &str, namespace: &str, operation: &str, payload: &str) -> Vec<u8> {
    let datas = [data(2048, binding), data(2304, namespace), data(2560, operation), data(4096, payload)].concat();
    let body = format!(
        "(if (result i32)
           (call $host_call (i32.const 2048) (i32.const {}) (i32.const 2304) (i32.const {})
                            (i32.const 2560) (i32.const {}) (i32.const 4096) (i32.const {}))
           (then (call $host_response (i32.const 65536))
                 (call $respond (i32.const 65536) (call $host_response_len)) (i32.const 1))
           (else (call $host_error (i32.const 65536))
                 (call $error (i32.const 65536) (call $host_error_len)) (i32.const 0)))",
        binding.len(),
        namespace.len(),
        operation.len(),
        payload.len()
    );
    guest(&datas, &body, "")
}

fn data(at: usize, text: &str) -> String {
    format!("(data (i32.const {at}) \"{}\")", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn guest(datas: &str, call: &str, init: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
          (import "wapc" "__guest_request" (func $request (param i32 i32)))
          (import "wapc" "__guest_response" (func $respond (param i32 i32)))
          (import "wapc" "__guest_error" (func $error (param i32 i32)))
          (import "wapc" "__host_call" (func $host_call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
          (import "wapc" "__host_response" (func $host_response (param i32)))
          (import "wapc" "__host_response_len" (func $host_response_len (result i32)))
          (import "wapc" "__host_error" (func $host_error (param i32)))
          (import "wapc" "__host_error_len" (func $host_error_len (result i32)))
          (memory (export "memory") 4)
          {datas}
          (func (export "wapc_init") {init})
          (func (export "__guest_call") (param $op i32) (param $len i32) (result i32) {call})
          (@custom "io.kubewarden.metadata" "{}")
          (@custom "io.kubewarden.metadata" "a second section")
        )"#,
        escaped(METADATA)
    );
    wat::parse_str(text).expect("the guest's text is WebAssembly")
}
