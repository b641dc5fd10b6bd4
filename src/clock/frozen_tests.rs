//! Test with several processes that share one file of used timestamps. The processes are stopped or killed at random moments, while their
//! clocks step by hours.

use super::{PageSource, Used};
use crate::clock::lanes::Lanes;
use crate::clock::now_ms;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use std::{env, fs};

const TEST: &str = "clock::used::frozen::processes_that_are_stopped_and_killed_use_no_value_twice";
/// Name of a file in the working directory. A test process that finds this file runs as a child process.
const MARK: &str = "child";
const CHILDREN: usize = 4;
const HOUR: u64 = 3_600_000;

/// Runs as a child process: takes timestamps while the clock steps by hours, until the file `end` exists. Then writes the timestamps to a
/// file.
fn child() {
    let folder = env::current_dir().unwrap();
    let used = Used::shared(PageSource { parts: vec!["key".into()], folder: Some(folder.clone()), brief: false });
    let mut taken = String::new();
    for step in 0u64.. {
        let now = now_ms() + step % 3 * HOUR;
        if let Ok(stamp) = used.page(|page| page.take(now, || Lanes::ALL.into())) {
            writeln!(taken, "{stamp}").unwrap();
        }
        if step % 512 == 0 && folder.join("end").exists() {
            break;
        }
    }
    fs::write(folder.join(format!("{}.taken", std::process::id())), taken).unwrap();
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
}

#[test]
fn processes_that_are_stopped_and_killed_use_no_value_twice() {
    if fs::exists(MARK).unwrap() {
        return child();
    }
    let folder = env::temp_dir().join(format!("eko-frozen-{:016x}", fastrand::u64(..)));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(MARK), "").unwrap();
    let start = || {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", TEST]).current_dir(&folder).stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    let mut children: Vec<Child> = (0..CHILDREN).map(|_| start()).collect();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        let at = fastrand::usize(..CHILDREN);
        signal(&children[at], Signal::STOP);
        std::thread::sleep(Duration::from_millis(fastrand::u64(1..120)));
        if fastrand::u8(..8) == 0 {
            children[at].kill().unwrap();
            children[at].wait().unwrap();
            children[at] = start();
        } else {
            signal(&children[at], Signal::CONT);
        }
    }
    fs::write(folder.join("end"), "").unwrap();
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    let mut seen = HashSet::new();
    let mut again = 0;
    for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|extension| extension == "taken") {
            let text = fs::read_to_string(entry).unwrap();
            again += text.lines().filter(|line| !seen.insert(line.parse::<u64>().unwrap())).count();
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    // The required number of timestamps is small, because a busy machine takes only a few.
    assert!(seen.len() > 100, "{}", seen.len());
    assert_eq!(again, 0, "some of {} timestamps were used twice", seen.len());
}
