//! The memory of one thread's trees, as tree-sitter's allocator.
//!
//! While a parse runs on a thread ([`Guard::during`]), all that tree-sitter allocates there comes from the arena, and all
//! that it frees there came from it, because the parser is made in that time and nothing older is touched. At every
//! other time and for everyone else who uses tree-sitter in this process, the functions are the C library's, as they
//! were before. Neither the tree nor the parser is ever freed outside of that time: [`crate::Parsed`] forgets them.
use std::{
    alloc::{Layout, handle_alloc_error},
    cell::{Cell, RefCell},
    ffi::c_void,
    marker::PhantomData,
    ptr,
    sync::Once,
};

use bumpalo::Bump;
use tree_sitter::Allocator;

/// So much stays with a thread when its last tree is dropped, in bytes: trees of all but the largest files fit.
pub(crate) const KEPT: usize = 16 << 20;

/// What stands before each block: its size, and nothing to keep the alignment that C promises.
const HEADER: usize = 16;

/// Blocks are multiples of this, in bytes.
const STEP: usize = 16;

/// So many sizes of blocks, by steps, are kept for the next of that size; arrays that outgrow them are seldom.
const SIZES: usize = 128;

struct Arena {
    /// Whether a parse runs.
    runs: Cell<bool>,
    /// How many trees there are, and parses.
    alive: Cell<usize>,
    /// The last block of each size that was freed; each holds the address of the one before.
    freed: [Cell<*mut u8>; SIZES],
    bump: RefCell<Bump>,
}

thread_local! {
    static ARENA: Arena = Arena {
        runs: Cell::new(false),
        alive: Cell::new(0),
        freed: [const { Cell::new(ptr::null_mut()) }; SIZES],
        bump: RefCell::new(Bump::new()),
    };
}

/// Keeps the arena as it is, for one parse and its tree.
pub(crate) struct Guard {
    _stays_on_its_thread: PhantomData<*const ()>,
}

impl Guard {
    pub fn new() -> Self {
        static INSTALLED: Once = Once::new();
        // SAFETY: the four functions belong together. What was allocated before, and what is allocated while no parse
        // of ours runs, is the C library's, to which they hand on all that is asked of them at such a time.
        INSTALLED.call_once(|| unsafe {
            tree_sitter::set_allocator(Some(Allocator {
                malloc,
                calloc,
                realloc,
                free,
            }))
        });
        ARENA.with(|it| it.alive.set(it.alive.get() + 1));
        Self {
            _stays_on_its_thread: PhantomData,
        }
    }

    /// Runs a parse, which allocates from the arena.
    pub fn during<R>(&self, parse: impl FnOnce() -> R) -> R {
        let outer = ARENA.with(|it| it.runs.replace(true));
        let end = parse();
        ARENA.with(|it| it.runs.set(outer));
        end
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A thread that ends gives up its arena first.
        let _ = ARENA.try_with(|it| {
            it.alive.set(it.alive.get() - 1);
            if it.alive.get() == 0 {
                it.empty();
            }
        });
    }
}

/// How many bytes the arena of this thread takes.
pub(crate) fn bytes() -> usize {
    ARENA.with(|it| it.bump.borrow().allocated_bytes())
}

impl Arena {
    fn empty(&self) {
        for freed in &self.freed {
            freed.set(ptr::null_mut());
        }
        let mut bump = self.bump.borrow_mut();
        bump.reset();
        if bump.allocated_bytes() > KEPT {
            *bump = Bump::new();
        }
    }

    /// At least `bytes` bytes and room for an address, aligned as C wants.
    #[inline]
    fn allocate(&self, bytes: usize) -> *mut u8 {
        let block = (bytes.max(1) + HEADER).next_multiple_of(STEP);
        if let Some(freed) = self.freed.get(block / STEP)
            && !freed.get().is_null()
        {
            let place = freed.get();
            // SAFETY: a block that was freed is ours, and holds an address.
            freed.set(unsafe { place.cast::<*mut u8>().read() });
            return place;
        }
        let Ok(layout) = Layout::from_size_align(block, STEP) else {
            handle_alloc_error(Layout::new::<usize>());
        };
        let start = self.bump.borrow().alloc_layout(layout).as_ptr();
        // SAFETY: the block is larger than its header, and aligned for it.
        unsafe {
            start.cast::<usize>().write(block);
            start.add(HEADER)
        }
    }

    /// # Safety
    /// `place` comes from [`Self::allocate`] of this arena, since it was emptied.
    #[inline]
    unsafe fn free(&self, place: *mut u8) {
        // SAFETY: the header stands before what was allocated.
        let block = unsafe { block_of(place) };
        if let Some(freed) = self.freed.get(block / STEP) {
            // SAFETY: the block is ours, not in use, and holds at least an address.
            unsafe { place.cast::<*mut u8>().write(freed.get()) };
            freed.set(place);
        }
    }

    /// # Safety
    /// As for [`Self::free`].
    unsafe fn reallocate(&self, place: *mut u8, bytes: usize) -> *mut u8 {
        // SAFETY: the header stands before what was allocated.
        let held = unsafe { block_of(place) } - HEADER;
        if bytes <= held {
            return place;
        }
        // Arrays grow by themselves to the double; what is large is copied seldom then.
        let new = self.allocate(bytes);
        // SAFETY: the new block is larger than the old one, and another.
        unsafe {
            ptr::copy_nonoverlapping(place, new, held);
            self.free(place);
        }
        new
    }
}

/// The size of the block of which `place` is the part behind the header.
///
/// # Safety
/// `place` comes from [`Arena::allocate`].
#[inline]
unsafe fn block_of(place: *mut u8) -> usize {
    // SAFETY: that is where the size was written.
    unsafe { place.sub(HEADER).cast::<usize>().read() }
}

/// The arena if a parse runs on this thread, otherwise the C library.
#[inline]
fn either<R>(ours: impl FnOnce(&Arena) -> R, theirs: impl FnOnce() -> R) -> R {
    ARENA.with(|arena| match arena.runs.get() {
        true => ours(arena),
        false => theirs(),
    })
}

unsafe extern "C" fn malloc(bytes: usize) -> *mut c_void {
    // SAFETY: any size may be asked of the C library.
    either(
        |it| it.allocate(bytes).cast(),
        || unsafe { libc::malloc(bytes) },
    )
}

unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let zeroed = |arena: &Arena| {
        let bytes = count.saturating_mul(size);
        let place = arena.allocate(bytes);
        // SAFETY: so many bytes were allocated.
        unsafe { ptr::write_bytes(place, 0, bytes) };
        place.cast()
    };
    // SAFETY: any size may be asked of the C library.
    either(zeroed, || unsafe { libc::calloc(count, size) })
}

unsafe extern "C" fn realloc(place: *mut c_void, bytes: usize) -> *mut c_void {
    let ours = |arena: &Arena| match place.is_null() {
        true => arena.allocate(bytes).cast(),
        // SAFETY: while a parse runs, all there is to reallocate comes from the arena.
        false => unsafe { arena.reallocate(place.cast(), bytes).cast() },
    };
    // SAFETY: while none runs, all there is to reallocate comes from the C library.
    either(ours, || unsafe { libc::realloc(place, bytes) })
}

unsafe extern "C" fn free(place: *mut c_void) {
    let ours = |arena: &Arena| {
        if !place.is_null() {
            // SAFETY: while a parse runs, all there is to free comes from the arena.
            unsafe { arena.free(place.cast()) }
        }
    };
    // SAFETY: while none runs, all there is to free comes from the C library.
    either(ours, || unsafe { libc::free(place) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_apart_and_used_again() {
        let _guard = Guard::new();
        ARENA.with(|arena| {
            let places: Vec<(*mut u8, usize)> = (0..3_000)
                .map(|bytes| (arena.allocate(bytes), bytes))
                .collect();
            for &(place, bytes) in &places {
                assert_eq!(place.addr() % STEP, 0);
                // SAFETY: so many bytes were allocated.
                unsafe { ptr::write_bytes(place, bytes as u8, bytes) };
            }
            for &(place, bytes) in &places {
                // SAFETY: they were written above.
                let written = unsafe { std::slice::from_raw_parts(place, bytes) };
                assert!(written.iter().all(|it| *it == bytes as u8));
            }
            // SAFETY: they were allocated above, and are freed once.
            unsafe {
                arena.free(places[40].0);
                arena.free(places[41].0);
            }
            assert_eq!(arena.allocate(45), places[41].0);
            assert_eq!(arena.allocate(48), places[40].0);
        });
    }

    #[test]
    fn what_grows_keeps_what_it_holds() {
        let _guard = Guard::new();
        ARENA.with(|arena| {
            let mut place = arena.allocate(3);
            // SAFETY: every access is to bytes that were allocated and written.
            unsafe {
                ptr::write_bytes(place, 7, 3);
                for bytes in [10, 100, 1_000, 10_000, 1_000_000] {
                    place = arena.reallocate(place, bytes);
                    assert_eq!(std::slice::from_raw_parts(place, 3), [7, 7, 7]);
                    ptr::write_bytes(place, 7, bytes);
                }
            }
        });
    }
}
