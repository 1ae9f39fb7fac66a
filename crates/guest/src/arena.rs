//! A module's memory: a bump allocator that is reset when the next call begins.
//!
//! A guest answers one request and keeps nothing of it, so nothing has to be freed piece by piece. The standard
//! library's allocator would add 6 kB to every module and take a good part of each call.

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::{memory_grow, memory_size};
use std::cell::Cell;
use std::ptr::null_mut;

const PAGE: usize = 65_536;

/// Where the next allocation may begin, and where the module's memory ends. Both are 0 before the first one.
struct Arena {
    next: Cell<usize>,
    end: Cell<usize>,
}

#[allow(unsafe_code, reason = "a module is one thread")]
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena { next: Cell::new(0), end: Cell::new(0) };

/// Frees everything that earlier calls allocated.
///
/// # Safety
/// Nothing on the heap may be used afterwards, neither by the caller nor from a static.
#[allow(unsafe_code, reason = "memory that is still in use would be overwritten")]
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
    /// Makes the memory up to `end` usable; false if the module can't have more.
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

// SAFETY: every allocation lies between the static data and the end of memory. Between two calls of `clear` memory is
// handed out once, except for a last piece that its owner has freed.
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
            // The last piece grows or shrinks in place, as a string does while it is being built.
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
            // SAFETY: both pieces have at least the old size, and the new one is unused.
            unsafe { pointer.copy_to_nonoverlapping(new, layout.size()) };
        }
        new
    }
}
