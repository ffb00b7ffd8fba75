//! A line on the terminal while work takes longer than a second: what is read, and for how long.

use std::io::{self, IsTerminal, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::source::Files;
use crate::words::{grouped, several};

/// How long work may take before a line is worth it, and how often it is written anew.
const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(250);
const TICKS_A_SECOND: u64 = 4;

/// Goes back to the beginning of the line and empties it.
const EMPTY: &str = "\r\x1b[K";

/// Of plans and states, which no file of the source tells.
static BYTES: AtomicU64 = AtomicU64::new(0);
/// True while AWS is asked, which has a line of its own.
static LENT: AtomicBool = AtomicBool::new(false);

/// Counts what is read from a plan.
pub struct Counted<R>(pub R);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(buffer)?;
        BYTES.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Leaves the line to others, or takes it back.
#[cfg(feature = "live")]
pub fn lend(to_others: bool) {
    LENT.store(to_others, Ordering::Relaxed);
}

/// Does the work, with a line on standard error if that is a terminal and the work takes more than a second.
pub fn during<T>(wanted: bool, files: &Files, work: impl FnOnce() -> T) -> T {
    let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
    if !wanted || dumb || !io::stderr().is_terminal() {
        return work();
    }
    let done = Done::default();
    std::thread::scope(|scope| {
        scope.spawn(|| tell(&done, files));
        // Also where the work panics: the line must not outlive it.
        let _end = End(&done);
        work()
    })
}

#[derive(Default)]
struct Done {
    flag: Mutex<bool>,
    bell: Condvar,
}

impl Done {
    /// Waits; true if the work is done.
    fn within(&self, time: Duration) -> bool {
        let flag = self.flag.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.bell.wait_timeout_while(flag, time, |done| !*done);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

struct End<'a>(&'a Done);

impl Drop for End<'_> {
    fn drop(&mut self) {
        *self.0.flag.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.bell.notify_all();
    }
}

fn tell(done: &Done, files: &Files) {
    if done.within(PATIENCE) {
        return;
    }
    let mut ticks = TICKS_A_SECOND;
    loop {
        if !LENT.load(Ordering::Relaxed) {
            let line = line(files.count(), BYTES.load(Ordering::Relaxed), ticks / TICKS_A_SECOND);
            let _ = write!(io::stderr().lock(), "{EMPTY}{line}");
        }
        if done.within(TICK) {
            let _ = write!(io::stderr().lock(), "{EMPTY}");
            return;
        }
        ticks += 1;
    }
}

fn line(files: u64, bytes: u64, seconds: u64) -> String {
    let mut facts = Vec::new();
    if files > 0 {
        facts.push(format!("{} read", several(files, "file")));
    }
    if bytes >= 1 << 20 {
        facts.push(format!("{} MiB of JSON read", grouped(bytes >> 20)));
    }
    if facts.is_empty() {
        facts.push("reading".to_owned());
    }
    format!("{} · {seconds} s", facts.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_read_and_for_how_long() {
        assert_eq!(line(0, 0, 1), "reading · 1 s");
        assert_eq!(line(1500, 3 << 20, 12), "1500 files read · 3 MiB of JSON read · 12 s");
    }

    #[test]
    fn what_is_read_is_counted() {
        let before = BYTES.load(Ordering::Relaxed);
        let mut text = String::new();
        Counted(&b"abc"[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        assert!(BYTES.load(Ordering::Relaxed) >= before + 3);
    }
}
