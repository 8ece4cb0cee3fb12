//! Services outside: what happens when they do not answer.
use crate::Entry;

mod bang_io_in_server;
mod http_without_timeout;
mod retries;
mod retry_without_backoff;
mod unbounded_retry;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<bang_io_in_server::BangIoInServer>(),
        Entry::of::<http_without_timeout::HttpWithoutTimeout>(),
        Entry::of::<retry_without_backoff::RetryWithoutBackoff>(),
        Entry::of::<unbounded_retry::UnboundedRetry>(),
    ]
}
