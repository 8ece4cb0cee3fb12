//! The bar that shows how far a long run has come.
use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use exlint_engine::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Who waits longer than this wants to know what for.
const PATIENCE: Duration = Duration::from_millis(500);

/// Does `work`; a bar is drawn on a terminal when it takes long.
pub fn watched<T>(quiet: bool, work: impl FnOnce(&Progress) -> T) -> T {
    let progress = Progress::default();
    if quiet || !io::stderr().is_terminal() {
        return work(&progress);
    }
    let (working, done) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(|| draw(&progress, done));
        let result = work(&progress);
        drop(working);
        result
    })
}

/// Draws until the other end of `done` is gone.
fn draw(progress: &Progress, done: Receiver<()>) {
    if done.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files") {
        bar.set_style(style);
    }
    while done.recv_timeout(PATIENCE / 10) == Err(RecvTimeoutError::Timeout) {
        let (files, analysed) = progress.read();
        bar.set_length(files as u64);
        bar.set_position(analysed as u64);
    }
    bar.finish_and_clear();
}
