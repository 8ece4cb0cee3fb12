//! What happens when the command is told to end before it has.
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// From now on, a signal to end first removes what is not written to its end. The process then dies of that signal, as
/// whoever waits for it expects; a shell calls it 130.
pub fn clean_up_before_end() {
    // Without a thread, half a file may stay beside the one it was to replace.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            exlint_engine::abandon_files();
            let _ = emulate_default_handler(signal);
        }
    };
    let _ = thread::Builder::new().spawn(wait);
}
