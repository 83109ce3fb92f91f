//! Random options, and what they mean for the judgement.

use super::dice::Dice;
use super::source::Source;
use std::time::Duration;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) args: Vec<String>,
    pub(crate) no_overwrite: bool,
    /// Whether ETags are what is compared.
    pub(crate) is_md5: bool,
    /// Whether the guards on the source hold.
    pub(crate) guards_hold: bool,
    pub(crate) retries: u32,
    pub(crate) stall: Duration,
    pub(crate) timeout: Option<Duration>,
}

impl Options {
    pub(crate) fn of(dice: &mut Dice, source: &Source) -> Self {
        let mut options = Self {
            args: Vec::new(),
            no_overwrite: dice.percent(20),
            is_md5: false,
            guards_hold: true,
            retries: u32::try_from(dice.number(0..4)).unwrap_or(0),
            stall: dice.among(&[300, 500, 800].map(Duration::from_millis)),
            timeout: dice.percent(7).then(|| dice.millis(20..1500)),
        };
        let algorithm = dice.among(&[
            "SHA256",
            "SHA256",
            "SHA256",
            "CRC64NVME",
            "CRC32C",
            "CRC32",
            "SHA1",
            "MD5",
            "NONE",
        ]);
        options.add("--checksum-algorithm", algorithm);
        options.is_md5 = algorithm == "MD5";
        if dice.percent(40) {
            options.add("--workers", dice.among(&["1", "2", "3"]));
        }
        if dice.percent(10) {
            options.add("--payload-signing", dice.among(&["always", "never"]));
        }
        if dice.percent(10) {
            options.add("--metadata", "a=b");
        }
        if dice.percent(8) {
            options.add("--tag", "k=v");
        }
        if dice.percent(10) && source.size() < 1 << 20 {
            options.add("--limit-rate", dice.among(&["1MiB", "4MiB"]));
        }
        if options.no_overwrite {
            options.args.push("--no-overwrite".to_owned());
        }
        if source.is_many() {
            if dice.percent(15) {
                options.args.push("--fail-fast".to_owned());
            }
        } else {
            options.guards(dice, source);
        }
        options
    }

    /// Room enough for a run without faults, however busy the machine is.
    pub(crate) fn be_patient(&mut self) {
        self.stall = Duration::from_secs(20);
        self.timeout = None;
    }

    /// All of them, as they are typed.
    pub(crate) fn typed(&self) -> Vec<String> {
        let millis = |time: Duration| format!("{}ms", time.as_millis());
        let mut all = self.args.clone();
        all.extend(["--retries".to_owned(), self.retries.to_string()]);
        // What fails for ever is not waited for; a short time still takes the way of a long one.
        all.extend(["--retry-for".to_owned(), "200ms".to_owned()]);
        all.extend(["--stall-timeout".to_owned(), millis(self.stall)]);
        if let Some(timeout) = self.timeout {
            all.extend(["--timeout".to_owned(), millis(timeout)]);
        }
        all
    }

    fn guards(&mut self, dice: &mut Dice, source: &Source) {
        let size = source.size();
        if dice.percent(10) {
            let least = size / 2 + usize::try_from(dice.number(0..size as u64 + 2)).unwrap_or(0);
            self.add("--min-size", &least.to_string());
            self.guards_hold &= size >= least;
        }
        // Both would have to agree.
        else if dice.percent(6) {
            let exact = size + usize::from(dice.percent(30));
            self.add("--size", &exact.to_string());
            self.guards_hold &= size == exact;
        }
        if size == 0 && source.is_anonymous() {
            if dice.percent(50) {
                self.args.push("--allow-empty".to_owned());
            } else {
                self.guards_hold = false;
            }
        }
    }

    fn add(&mut self, name: &str, value: &str) {
        self.args.extend([name.to_owned(), value.to_owned()]);
    }
}
