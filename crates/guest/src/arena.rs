//! A module's memory: taken from one end, and taken back as a whole when the next call begins.
//!
//! A guest answers one request and keeps nothing of it. So nothing has to be freed piece by piece, and what remains of an
//! allocator is a number that grows. The general one of the standard library is 6 kB in every module, and a good part of
//! each call.

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::{memory_grow, memory_size};
use std::cell::Cell;
use std::ptr::null_mut;

const PAGE: usize = 65_536;

/// Where the next allocation may begin, and where the memory that the module has ends. Both are 0 before the first one.
struct Arena {
    next: Cell<usize>,
    end: Cell<usize>,
}

#[allow(unsafe_code, reason = "a module is one thread")]
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena { next: Cell::new(0), end: Cell::new(0) };

/// Takes back all that earlier calls have used.
///
/// # Safety
/// Nothing that lives on the heap may be used any more: neither by the caller nor from a static.
#[allow(unsafe_code, reason = "what is still in use would be overwritten")]
pub(crate) unsafe fn clear() {
    ARENA.next.set(heap_base());
}

/// The end of the static data, as the linker names it.
#[allow(unsafe_code, reason = "the declaration is; only the address is taken")]
fn heap_base() -> usize {
    unsafe extern "C" {
        static __heap_base: u8;
    }
    &raw const __heap_base as usize
}

impl Arena {
    /// Makes the memory up to `end` usable; false when there is no more.
    fn reach(&self, end: usize) -> bool {
        if end <= self.end.get() {
            return true;
        }
        let size = memory_size(0) * PAGE;
        if end > size && memory_grow(0, (end - size).div_ceil(PAGE)) == usize::MAX {
            return false;
        }
        self.end.set(memory_size(0) * PAGE);
        true
    }
}

// SAFETY: what is given out lies between the static data and the end of memory, and is given out once between two calls of
// `clear`, but for a last piece that its owner has given back.
#[allow(unsafe_code, reason = "allocators are")]
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let next = self.next.get().max(heap_base());
        // Alignments are powers of two.
        let mask = layout.align() - 1;
        let start = next.wrapping_add(mask) & !mask;
        match start.checked_add(layout.size()) {
            Some(end) if self.reach(end) => {
                self.next.set(end);
                start as *mut u8
            }
            _ => null_mut(),
        }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if pointer as usize + layout.size() == self.next.get() {
            self.next.set(pointer as usize);
        }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let start = pointer as usize;
        if start + layout.size() == self.next.get() {
            // The last piece grows or shrinks where it is, as texts do that are being put together.
            return match start.checked_add(size) {
                Some(end) if self.reach(end) => {
                    self.next.set(end);
                    pointer
                }
                _ => null_mut(),
            };
        }
        if size <= layout.size() {
            return pointer;
        }
        // SAFETY: the alignment is that of an existing layout, and the caller keeps `size` within bounds.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both pieces have at least the old size, and the new one was in nobody's use.
            unsafe { pointer.copy_to_nonoverlapping(new, layout.size()) };
        }
        new
    }
}
