use super::*;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// Temporary folder of a test. It is removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("eko-stamps-{:016x}", fastrand::u64(..)));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    fn used(&self, brief: bool) -> Used {
        Used::shared(PageSource { parts: vec!["a developer key".into()], folder: Some(self.0.clone()), brief })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn take(used: &Used) -> u64 {
    used.take(now_ms(), None).unwrap().millis()
}

/// Checks two mappings of one file in this process, which behave like mappings in two processes.
#[test]
fn two_mappings_share_one_page() {
    let (folder, now) = (Folder::new(), now_ms());
    let first = folder.used(false);
    // The first timestamp of a new file is more than two seconds ahead of the clock, because another process may have signed a moment ago.
    assert!((now + 2_000..=now_ms() + 2_000).contains(&first.page(ClockPage::last)));
    let second = folder.used(false);
    assert_eq!((first.why_alone(), folder.files().len()), (None, 1));
    let (name, bytes) =
        (folder.files()[0].file_name().unwrap().to_owned(), fs::metadata(&folder.files()[0]).unwrap().len());
    assert!(name.to_string_lossy().starts_with("eko-eps-stamps2-") && bytes == 4_096, "{name:?} {bytes}");
    let mut seen = HashSet::new();
    for _ in 0..500 {
        assert!(seen.insert(take(&first)) && seen.insert(take(&second)));
    }
    assert!(seen.iter().all(|stamp| *stamp > now + 2_000 && *stamp < now + 10_000));
    assert_eq!(first.page(ClockPage::last), *seen.iter().max().unwrap());
    second.page(|page| page.refused_ms.store(7, Ordering::Relaxed));
    assert_eq!(first.page(|page| page.refused_ms.load(Ordering::Relaxed)), 7);
    // The file keeps the used timestamps after the last `Used` of the file is dropped.
    let last = first.page(ClockPage::last);
    drop((first, second));
    assert_eq!(folder.used(false).page(ClockPage::last), last);
}

#[test]
fn a_file_that_was_removed_is_made_again_above_what_was_used() {
    for brief in [false, true] {
        let folder = Folder::new();
        let (first, second) = (folder.used(brief), folder.used(brief));
        for _ in 0..9_000 {
            take(&first);
        }
        let last = take(&first);
        fs::remove_file(&folder.files()[0]).unwrap();
        // Each `Used` checks after a second whether its file still exists.
        let later = now_ms() + 1_000;
        let next = [&first, &second, &first].map(|used| used.take(later, None).unwrap().millis());
        assert!(next[0] > last && next[1] > next[0] && next[2] > next[1], "{last} {next:?}");
        assert_eq!(folder.files().len(), 1);
        // A third `Used` shares the new file.
        let third = folder.used(brief);
        assert!(take(&third) > next[2]);
    }
}

#[cfg(unix)]
#[test]
fn rejects_a_clock_file_that_is_not_the_users_own() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new();
    drop(folder.used(false));
    let path = folder.files().remove(0);
    let whole = fs::read(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let target = folder.0.join("target");
    type Harm<'a> = (&'a str, &'a dyn Fn(&Path));
    let harms: [Harm<'_>; 5] = [
        ("a link", &|path| {
            fs::copy(path, &target).unwrap();
            fs::remove_file(path).unwrap();
            symlink(&target, path).unwrap();
        }),
        ("open to others", &|path| fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap()),
        ("a folder", &|path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("too short", &|path| fs::write(path, &whole[..100]).unwrap()),
        ("another file", &|path| fs::write(path, vec![7; whole.len()]).unwrap()),
    ];
    for (name, harm) in harms {
        let _ = fs::remove_dir(&path);
        let _ = fs::remove_file(&path);
        drop(folder.used(false));
        harm(&path);
        let used = folder.used(false);
        assert!(used.why_alone().is_some_and(|why| why.contains(&*folder.0.to_string_lossy())), "{name}");
        // The process uses its own memory instead of the file.
        assert_ne!(take(&used), take(&used), "{name}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let missing = std::env::temp_dir().join("eko-no-such-folder");
    let used = Used::shared(PageSource { parts: vec!["key".into()], folder: Some(missing), brief: false });
    assert!(used.why_alone().unwrap().contains("eko-no-such-folder"));
    assert_ne!(take(&used), take(&used));
}

#[cfg(unix)]
#[test]
fn the_last_user_of_a_local_server_removes_its_file() {
    let folder = Folder::new();
    let (first, second) = (folder.used(true), folder.used(true));
    take(&first);
    drop(first);
    assert_eq!(folder.files().len(), 1);
    take(&second);
    drop(second);
    assert_eq!(folder.files(), Vec::<PathBuf>::new());
    // Four threads create and drop values of `Used` at the same time. Each value opens or creates the file.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..200).for_each(|_| assert_eq!(folder.used(true).why_alone(), None)));
        }
    });
    assert_eq!(folder.files(), Vec::<PathBuf>::new());
}

/// Checks that a forked child process does not keep the file lock. The child has the parent's open files until it executes another program.
#[cfg(unix)]
#[test]
fn a_child_that_was_just_forked_keeps_no_lock() {
    let folder = Folder::new();
    let (first, second) = (folder.used(true), folder.used(true));
    let inherited = first.file_of_the_page();
    drop(first);
    drop(second);
    assert_eq!(folder.files(), Vec::<PathBuf>::new());
    assert_eq!(folder.used(true).why_alone(), None);
    drop(inherited);
}

#[test]
fn an_unused_clock_is_dropped_once_its_lead_is_over() {
    let folder = Folder::new();
    assert!(folder.used(false).is_over(Duration::ZERO), "the file keeps the used timestamps");
    // The file of a local server is removed, so a timestamp that is ahead of the clock is remembered for a minute.
    let shared = folder.used(true);
    let ahead = shared.take(now_ms() + 5_000, None).unwrap().millis();
    let files = folder.files().len();
    shared.rest();
    assert_eq!(folder.files().len(), files - 1);
    assert!(!shared.is_over(Duration::from_millis(59_999)) && shared.is_over(Duration::from_secs(60)));
    shared.wake();
    assert_eq!(folder.files().len(), files);
    assert!(take(&shared) > ahead);
    let alone = Used::alone();
    assert!(alone.is_over(Duration::ZERO), "no timestamp was used");
    take(&alone);
    std::thread::sleep(Duration::from_millis(2));
    assert!(!alone.is_over(Duration::from_millis(86_399_999)) && alone.is_over(Duration::from_secs(86_400)));
    let ahead = Used::alone();
    ahead.take(now_ms() + 3_600_000, None).unwrap();
    assert!(!ahead.is_over(Duration::from_secs(86_400)), "the clock may still reach the used timestamp");
}

#[test]
fn configured_lanes_precede_leased_lanes() {
    let used = Used::alone();
    let of = |lanes| used.take(now_ms(), lanes).unwrap().millis() % 32;
    used.page(|page| {
        page.leased.store(1 << 5, Ordering::Relaxed);
        page.leased_until.store(boot_ms() + 60_000, Ordering::Relaxed);
    });
    assert!(used.page(leased).is_some());
    assert_eq!((of(None), of(Lanes::share(7, 32))), (5, 7));
    // A lease that has ended, or that is from an earlier boot, is not valid.
    for until in [boot_ms(), boot_ms() + 62_000, u64::MAX] {
        used.page(|page| page.leased_until.store(until, Ordering::Relaxed));
        assert_eq!(used.page(leased), None, "{until}");
    }
    used.page(|page| {
        page.leased.store(1 << 5 | 1 << 38, Ordering::Relaxed);
        page.leased_until.store(boot_ms() + 30_000, Ordering::Relaxed);
    });
    let near = |until| {
        used.page(|page| page.spare_until.store(until, Ordering::Relaxed));
        used.page(leased).map(|signing| (signing.far.bits(), signing.near.bits()))
    };
    assert_eq!((near(boot_ms()), near(boot_ms() + 2_000)), (Some((1 << 5, 1 << 5)), Some((1 << 5, 3 << 5))));
}

#[cfg(unix)]
#[test]
fn clock_files_unused_for_an_hour_are_removed() {
    let folder = Folder::new();
    let of =
        |key: &str| Used::shared(PageSource { parts: vec![key.into()], folder: Some(folder.0.clone()), brief: false });
    let [idle, used, recent, lately] = ["idle", "used", "recent", "lately"].map(of);
    let now = now_ms();
    lately.take(now - 3_500_000, None).unwrap();
    for used in [&idle, &used] {
        used.take(now - 3_700_000, None).unwrap();
    }
    used.leases(true);
    drop((idle, recent, lately));
    crate::clock::place::sweep(&folder.0);
    assert_eq!(folder.files().len(), 3, "the page with leased lanes is in use");
    used.leases(false);
    crate::clock::place::sweep(&folder.0);
    assert_eq!(folder.files().len(), 2);
    // A process that still maps the removed file creates a new file, and the used timestamps stay used.
    used.looked_ms.store(0, Ordering::Relaxed);
    assert!(take(&used) >= now && folder.files().len() == 3);
}

#[cfg(unix)]
#[test]
fn ending_the_last_lease_of_a_machine_is_detected() {
    let folder = Folder::new();
    let (first, second) = (folder.used(false), folder.used(false));
    first.leases(true);
    first.leases(true);
    second.leases(true);
    assert_eq!([first.leases(false), first.leases(false)], [false, false], "another process still leases lanes");
    assert!(second.leases(false));
    assert!(first.file_of_the_page().is_none() && second.file_of_the_page().is_none());
    // The last leasing client is also detected after the file was removed.
    first.leases(true);
    fs::remove_file(folder.files().remove(0)).unwrap();
    take_later(&first);
    take_later(&second);
    second.leases(true);
    assert_eq!([first.leases(false), second.leases(false)], [false, true]);
}

#[cfg(unix)]
fn take_later(used: &Used) {
    used.looked_ms.store(0, Ordering::Relaxed);
    take(used);
}

/// Checks the number of open files, because a program may have more keys than it may have open files.
#[cfg(unix)]
#[test]
fn a_page_that_leases_no_lanes_keeps_no_file_open() {
    let folder = Folder::new();
    let (kept, brief) = (folder.used(false), folder.used(true));
    assert!(kept.file_of_the_page().is_none() && brief.file_of_the_page().is_some());
    kept.leases(true);
    assert!(kept.file_of_the_page().is_some());
}

#[test]
fn a_file_is_looked_for_once_a_second() {
    let folder = Folder::new();
    let used = folder.used(false);
    let looked = used.looked_ms.load(Ordering::Relaxed);
    for (later, seen) in [(999, 0), (1_000, 1_000)] {
        used.take(looked + later, None).unwrap();
        assert_eq!(used.looked_ms.load(Ordering::Relaxed), looked + seen, "{later}");
    }
}

/// Checks a file that another process has locked exclusively, as happens for a moment while that process removes the file.
#[cfg(unix)]
#[test]
fn opening_a_locked_clock_file_is_tried_500_times() {
    let folder = Folder::new();
    let (kept, copy) = (folder.used(true), folder.0.join("copy"));
    let path = folder.files().remove(0);
    fs::copy(&path, &copy).unwrap();
    drop(kept);
    fs::rename(&copy, &path).unwrap();
    let held = fs::File::open(&path).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    // Each of the 500 attempts waits for 0.2 ms.
    let tried = (0..3).map(|_| {
        let begun = std::time::Instant::now();
        assert!(folder.used(true).why_alone().is_some_and(|why| why.contains("on every attempt")));
        begun.elapsed()
    });
    let quickest = tried.min().unwrap();
    assert!(quickest >= Duration::from_millis(100), "{quickest:?}");
}

#[cfg(unix)]
#[test]
fn a_sweep_examines_at_most_4096_files() {
    use std::os::unix::fs::OpenOptionsExt;
    let folder = Folder::new();
    let used = folder.used(true);
    let name = folder.files().remove(0);
    drop(used);
    for number in 0..4_097 {
        let path = format!("{}{number}", name.display());
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
    }
    crate::clock::place::sweep(&folder.0);
    assert_eq!(folder.files().len(), 1);
}
