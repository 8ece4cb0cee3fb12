//! The table that `--timing` prints.
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Duration;

use exlint_engine::{Outcome, Phase};

/// Prints time and bytes per phase, summed over all threads, and time and findings per rule, to standard error.
pub fn print(outcome: &Outcome, elapsed: Duration) {
    // Nobody reads standard error when it is closed.
    let _ = io::stderr().write_all(table(outcome, elapsed).as_bytes());
}

fn table(outcome: &Outcome, elapsed: Duration) -> String {
    let mut table = format!(
        "{:<14} {:>12} {:>14} {:>10}\n",
        "phase", "time", "bytes", "MB/s"
    );
    for phase in Phase::ALL {
        let time = outcome.timing.of(phase);
        let _ = write!(table, "{:<14} {:>12}", phase.name(), milliseconds(time));
        if reads_every_byte(phase) && outcome.timing.bytes > 0 {
            let speed = outcome.timing.bytes as f64 / 1e6 / time.as_secs_f64().max(1e-9);
            let _ = write!(table, " {:>14} {speed:>10.1}", outcome.timing.bytes);
        }
        table.push('\n');
    }
    let all: Duration = Phase::ALL
        .iter()
        .map(|phase| outcome.timing.of(*phase))
        .sum();
    let _ = writeln!(
        table,
        "{:<14} {:>12} {:>14}",
        "all threads",
        milliseconds(all),
        outcome.all_bytes
    );
    let _ = writeln!(table, "{:<14} {:>12}", "elapsed", milliseconds(elapsed));
    if !outcome.timing.rules.is_empty() {
        let _ = writeln!(table, "\n{:<40} {:>12} {:>10}", "rule", "time", "findings");
    }
    for rule in &outcome.timing.rules {
        let _ = writeln!(
            table,
            "{:<40} {:>12} {:>10}",
            rule.name,
            milliseconds(rule.time),
            rule.findings
        );
    }
    table
}

fn reads_every_byte(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::Read | Phase::Parse | Phase::Lower | Phase::Facts | Phase::FileRules
    )
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
