use std::time::Duration;

/// When to give up. Where the machine tells it, only the time counts that this thread has worked: a machine that is
/// busy with something else leaves no file out.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(Duration);

impl Deadline {
    /// `None` when it is never.
    pub(crate) fn after(limit: Duration) -> Option<Deadline> {
        time_worked().checked_add(limit).map(Deadline)
    }

    /// Only the thread that set it knows.
    pub(crate) fn has_passed(self) -> bool {
        time_worked() > self.0
    }
}

/// By this thread, since some time.
#[cfg(any(target_os = "linux", target_os = "macos", target_os = "freebsd"))]
fn time_worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "freebsd")))]
fn time_worked() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn waiting_is_no_work() {
        let deadline = Deadline::after(Duration::from_millis(20)).expect("it comes");
        thread::sleep(Duration::from_millis(60));
        assert!(!deadline.has_passed() || !cfg!(target_os = "linux"));
        while !deadline.has_passed() {
            thread::yield_now();
        }
    }
}
