//! How fast the processors ran meanwhile, and whether heat held them back, where the kernel tells.
//!
//! The highest frequency of all processors counts: that is where the work is, while the others rest. What a machine does not tell is
//! absent, never an error; virtual machines often tell a constant or nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two looks: seldom enough not to be felt.
const EVERY: Duration = Duration::from_millis(200);

/// The files in which a kernel tells.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// One per processor, in kHz.
    current: Vec<PathBuf>,
    /// All processors in one table, in MHz.
    table: Option<PathBuf>,
    /// One per processor, counted since the machine started.
    throttles: Vec<PathBuf>,
}

impl Account {
    /// What there is below `root`, which is `/` but in tests.
    pub fn of(root: &Path) -> Self {
        let processors = processors(&root.join("sys/devices/system/cpu"));
        let each = |file: &str| -> Vec<PathBuf> { processors.iter().map(|at| at.join(file)).filter(|path| path.is_file()).collect() };
        let current = each("cpufreq/scaling_cur_freq");
        let table = Some(root.join("proc/cpuinfo")).filter(|path| current.is_empty() && table(&text(path)).is_some());
        Self { current, table, throttles: each("thermal_throttle/core_throttle_count") }
    }

    /// The highest frequency right now, in MHz.
    pub fn megahertz(&self) -> Option<f64> {
        let of_files = self.current.iter().filter_map(|path| kilohertz(&text(path))).reduce(f64::max);
        of_files.or_else(|| table(&text(self.table.as_ref()?)))
    }

    /// How often heat has held a processor back so far.
    pub(super) fn throttled(&self) -> u64 {
        self.throttles.iter().filter_map(|path| text(path).trim().parse::<u64>().ok()).sum()
    }

    /// For people, after "processor frequency".
    pub fn told(&self) -> String {
        let Some(megahertz) = self.megahertz() else { return "not told by this machine".to_owned() };
        let source = if self.current.is_empty() { "/proc/cpuinfo" } else { "cpufreq" };
        let heat = if self.throttles.is_empty() { "throttling is not told" } else { "throttling is watched" };
        format!("{megahertz:.0} MHz now (by {source}; {heat})")
    }
}

/// A file that vanished or cannot be read tells nothing.
fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn processors(at: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(at) else { return Vec::new() };
    let is_processor = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("cpu"));
        name.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    entries.flatten().map(|entry| entry.path()).filter(is_processor).collect()
}

/// `scaling_cur_freq` in MHz.
fn kilohertz(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().map(|kilohertz| kilohertz / 1000.0).filter(|megahertz| *megahertz > 0.0)
}

/// The highest "cpu MHz" of a `/proc/cpuinfo`.
fn table(text: &str) -> Option<f64> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("cpu MHz")?.split_once(':'));
    lines.filter_map(|(_, number)| number.trim().parse::<f64>().ok()).filter(|megahertz| *megahertz > 0.0).reduce(f64::max)
}

/// Looks at the frequency until it is stopped.
#[derive(Debug)]
pub(super) struct Look {
    stop: Sender<()>,
    looking: JoinHandle<Vec<f64>>,
}

impl Look {
    /// `None` where the machine tells nothing.
    pub(super) fn begin(account: &Account) -> Option<Self> {
        account.megahertz()?;
        let account = account.clone();
        let (stop, stopped) = channel();
        let looking = std::thread::spawn(move || {
            let mut seen = Vec::new();
            loop {
                let ended = stopped.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout);
                seen.extend(account.megahertz());
                if ended {
                    return seen;
                }
            }
        });
        Some(Self { stop, looking })
    }

    /// The mean, in MHz.
    pub(super) fn end(self) -> Option<f64> {
        drop(self.stop);
        let seen = self.looking.join().ok()?;
        (!seen.is_empty()).then(|| seen.iter().sum::<f64>() / seen.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, Account) {
        let root = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let account = Account::of(root.path());
        (root, account)
    }

    #[test]
    fn the_busiest_processor_tells_the_frequency() {
        let (_root, account) = machine(&[
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "800000\n"),
            ("sys/devices/system/cpu/cpu11/cpufreq/scaling_cur_freq", "4200000\n"),
            ("sys/devices/system/cpu/cpufreq/scaling_cur_freq", "9900000\n"),
            ("proc/cpuinfo", "cpu MHz\t\t: 1.0\n"),
        ]);
        assert_eq!(account.megahertz(), Some(4200.0));
        assert!(account.told().contains("cpufreq"), "{}", account.told());
    }

    #[test]
    fn without_cpufreq_the_table_of_processors_tells() {
        let (_root, account) = machine(&[("proc/cpuinfo", "processor\t: 0\ncpu MHz\t\t: 2899.5\n\nprocessor\t: 1\ncpu MHz\t\t: 2900.0\n")]);
        assert_eq!(account.megahertz(), Some(2900.0));
        assert!(account.told().starts_with("2900 MHz now (by /proc/cpuinfo"), "{}", account.told());
    }

    #[test]
    fn a_machine_that_tells_nothing_is_no_error() {
        for files in [&[][..], &[("proc/cpuinfo", "CPU implementer\t: 0x41\n"), ("sys/devices/system/cpu/cpu0/online", "1")]] {
            let (_root, account) = machine(files);
            assert_eq!((account.megahertz(), account.throttled()), (None, 0));
            assert_eq!(account.told(), "not told by this machine");
            assert!(Look::begin(&account).is_none());
        }
    }

    #[test]
    fn throttling_is_counted_over_all_processors() {
        let (_root, account) = machine(&[
            ("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "3\n"),
            ("sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count", "4\n"),
        ]);
        assert_eq!(account.throttled(), 7);
    }

    #[test]
    fn a_run_however_short_is_looked_at_once() {
        let (_root, account) = machine(&[("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "3000000\n")]);
        assert_eq!(Look::begin(&account).and_then(Look::end), Some(3000.0));
    }
}
