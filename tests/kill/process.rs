//! Child processes: start, kill, freeze and thaw them, and read what they print.

use super::child::{ORDERS, Orders};
use super::said::{Line, Said};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longest wait for a child: longer than anything here takes on the busiest machine. A child that hangs then fails the test.
const PATIENCE: Duration = Duration::from_secs(40);

pub struct Process {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Process {
    pub fn start(orders: &Orders) -> Self {
        Self::spawn(Command::new(std::env::current_exe().unwrap()), orders)
    }

    /// Starts a child whose files may not grow beyond this many blocks of 512 bytes. Writing more is an error, as on a full disk.
    pub fn start_limited(orders: &Orders, blocks: u32) -> Self {
        let mut command = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\"");
        command.arg("-c").arg(script).arg(std::env::current_exe().unwrap());
        Self::spawn(command, orders)
    }

    fn spawn(mut command: Command, orders: &Orders) -> Self {
        let command = command.env(ORDERS, serde_json::to_string(orders).unwrap());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            stdout.lines().map_while(Result::ok).for_each(|line| sender.send(line).unwrap_or(()))
        });
        Self { stdin: child.stdin.take().unwrap(), child, lines }
    }

    /// Returns the child's next line.
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap_or_else(|error| {
            // The last number in `stat` is the exit code, if the child has ended.
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
            panic!("the child says nothing: {error}; {stat:?}")
        })
    }

    /// Waits for this line. Returns what the child printed about debits before it.
    pub fn wait_for(&self, wanted: &str) -> Vec<Line> {
        let before = std::iter::from_fn(|| Some(self.line()).filter(|line| line != wanted));
        before.filter_map(|line| Line::of(&line)).collect()
    }

    /// Returns all that the child prints about debits until it ends.
    pub fn finish_lines(mut self) -> Vec<Line> {
        let lines: Vec<_> = std::iter::from_fn(|| Some(self.line()).filter(|line| line != "end")).collect();
        assert!(self.child.wait().unwrap().success());
        lines.iter().filter_map(|line| Line::of(line)).collect()
    }

    /// Returns the results of the child's calls until it ends.
    pub fn finish(self) -> Vec<Said> {
        let lines = self.finish_lines().into_iter();
        let said = lines.map(|line| match line {
            Line::Said(said) => said,
            Line::Listed(_) | Line::Begun(_) | Line::Listing => panic!("no shop"),
        });
        said.collect()
    }

    /// Returns what the child has printed about debits since the last read, until it prints nothing for this long.
    pub fn said_until_silent(&self, silence: Duration) -> Vec<Line> {
        let lines = std::iter::from_fn(|| self.lines.recv_timeout(silence).ok());
        lines.filter_map(|line| Line::of(&line)).collect()
    }

    /// Kills the child with SIGKILL. Returns all that it has printed about debits.
    pub fn killed(mut self) -> Vec<Line> {
        self.kill();
        self.lines.iter().filter_map(|line| Line::of(&line)).collect()
    }

    pub fn go(&mut self) {
        self.stdin.write_all(b"go\n").unwrap();
    }

    /// Kills the child with SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Freezes the child, and returns when it no longer runs.
    pub fn freeze(&self) {
        assert!(self.freeze_if_running(), "the child has ended");
    }

    /// Freezes the child if it still runs; returns `false` if it has ended.
    pub fn freeze_if_running(&self) -> bool {
        self.signal("STOP");
        let stat = format!("/proc/{}/stat", self.child.id());
        let begun = std::time::Instant::now();
        loop {
            let state = std::fs::read_to_string(&stat).unwrap();
            if state.contains(") T ") {
                return true;
            }
            if state.contains(") Z ") {
                return false;
            }
            assert!(begun.elapsed() < PATIENCE, "the child does not stop");
            std::thread::yield_now();
        }
    }

    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").arg("-c").arg(script).status().unwrap().success());
    }
}
