//! The host's clock.

use plimsoll::settings::Date;

/// Today, in UTC.
///
/// Modules are built for `wasm32-unknown-unknown`, whose standard library has no clock; that of `wasm32-wasip1` would
/// add 25 kB of files, environment and standard error, which no policy uses. Every waPC host of Kubewarden offers
/// WASI's clock anyway.
#[cfg(target_family = "wasm")]
#[allow(unsafe_code, reason = "the only function of the host that the waPC crate doesn't wrap")]
pub fn today() -> Date {
    const REALTIME: u32 = 0;
    const SECOND: u64 = 1_000_000_000;

    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        fn clock_time_get(clock: u32, precision: u64, time: *mut u64) -> u16;
    }

    let mut time = 0;
    // SAFETY: `time` is writable for the eight bytes that the host writes, and outlives the call.
    let failed = unsafe { clock_time_get(REALTIME, SECOND, &raw mut time) } != 0;
    // Without a clock, treat every exemption that expires as expired: checking too much is better than exempting
    // indefinitely.
    if failed { Date::LAST } else { Date::from_days_since_1970(time / SECOND / 86_400) }
}

/// Today, in UTC.
#[cfg(not(target_family = "wasm"))]
pub fn today() -> Date {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Date::from_days_since_1970(since_1970.as_secs() / 86_400)
}
