//! Catches panics: a bug of ours in one place must not take the run down, nor write to the terminal.
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// What a panic said.
#[derive(Debug)]
pub(crate) struct Panic {
    pub(crate) message: String,
    /// The Rust file, and the line in it.
    pub(crate) place: Option<(String, u32)>,
}

impl std::fmt::Display for Panic {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.write_str(&self.message)?;
        match &self.place {
            Some((file, line)) => write!(out, " ({file}:{line})"),
            None => Ok(()),
        }
    }
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

/// Does `work`; a panic comes back as a value. What `work` was changing is to be thrown away then.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    static HOOK: Once = Once::new();
    HOOK.call_once(install_hook);
    let before = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    result.map_err(|payload| Panic {
        message: message(payload),
        place: PLACE.take(),
    })
}

/// Panics under guard only leave their place; all others are reported as before.
fn install_hook() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if GUARDED.get() {
            PLACE.set(
                info.location()
                    .map(|place| (place.file().to_owned(), place.line())),
            );
        } else {
            usual(info);
        }
    }));
}

fn message(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload
            .downcast_ref::<&str>()
            .copied()
            .unwrap_or("panic")
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_value() {
        let panic = guarded(|| panic!("no {}", "luck")).expect_err("it panics");
        assert_eq!(panic.message, "no luck");
        assert!(panic.place.is_some_and(|(file, _)| file == file!()));
        assert_eq!(guarded(|| 1).expect("it does not panic"), 1);
    }
}
