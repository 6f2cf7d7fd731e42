//! Time that a thread has run.

use std::hint::black_box;

/// The system counts in steps of some milliseconds.
const LEAST_SECONDS: f64 = 0.1;

/// The shortest of several measurements.
pub(crate) struct Best(f64);

impl Default for Best {
    fn default() -> Self {
        Self(f64::MAX)
    }
}

impl Best {
    pub(crate) fn measure<T>(&mut self, mut examine: impl FnMut() -> T) {
        let (start, mut times) = (thread_seconds(), 0.0);
        loop {
            black_box(examine());
            times += 1.0;
            let ran = thread_seconds() - start;
            if ran >= LEAST_SECONDS {
                return self.take(ran / times);
            }
        }
    }

    pub(crate) fn take(&mut self, seconds: f64) {
        self.0 = self.0.min(seconds);
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.0
    }

    /// Megabytes per second.
    pub(crate) fn rate(&self, bytes: usize) -> f64 {
        bytes as f64 / 1e6 / self.0
    }
}

/// Seconds this thread has run, so that a busy machine does not change the figures; where the
/// system does not say, seconds since 1970.
pub(crate) fn thread_seconds() -> f64 {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ran = schedule
        .split(' ')
        .next()
        .and_then(|nanos| nanos.parse::<f64>().ok());
    ran.map_or_else(
        || {
            let now = std::time::SystemTime::now();
            let since = now.duration_since(std::time::UNIX_EPOCH);
            since.unwrap_or_default().as_secs_f64()
        },
        |nanos| nanos / 1e9,
    )
}
