//! `kaizen backup`, `restore`, `export`, `purge` and `gc` with the real binary: what they keep, what they delete, and that a kill at any
//! of their steps loses nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// A project with a promotion, and a home of its own in which its store is.
struct Home {
    project: Rc<Project>,
    room: tempfile::TempDir,
}

impl Home {
    /// A project with one promotion.
    fn new() -> Self {
        let home = Self::empty();
        let said = home.project.kaizen(["improve"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        home.copy()
    }

    /// A project nothing was done in.
    fn empty() -> Self {
        Self { project: Rc::new(Project::small(KAIZEN)), room: tempfile::tempdir().unwrap() }
    }

    /// The same project, with a copy of the home it was improved in.
    fn copy(&self) -> Self {
        let copy = Self { project: self.project.clone(), room: tempfile::tempdir().unwrap() };
        let status = Command::new("cp").args(["-a"]).arg(self.project.home()).arg(copy.path()).status().unwrap();
        assert!(status.success());
        copy
    }

    fn path(&self) -> PathBuf {
        self.room.path().join("home")
    }

    fn store(&self) -> PathBuf {
        self.path().join("data/kaizen.db")
    }

    fn file(&self, name: &str) -> String {
        self.room.path().join(name).to_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        command.env("KAIZEN_HOME", self.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Said {
        kaizen_testkit::project::said(&self.command(arguments).output().unwrap())
    }

    fn ok(&self, arguments: &[&str]) -> Value {
        let said = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}");
        said.result()
    }

    fn struck(&self, arguments: &[&str], step: &str, how: &str) {
        let mut command = self.command(arguments);
        let said = kaizen_testkit::project::said(&command.env("KAIZEN_FAULT", format!("{step}:{how}")).output().unwrap());
        let expected = if how == "abort" { None } else { Some(3) };
        assert_eq!(said.code, expected, "{step}:{how}: {said:?}");
    }

    /// Everything the store says, or `None` where it has no version any more.
    fn versions(&self) -> Vec<String> {
        let list = self.ok(&["versions"]);
        list["versions"].as_array().unwrap().iter().map(|version| version["id"].as_str().unwrap().to_owned()).collect()
    }

    /// A change of the store that touches nothing else.
    fn change(&self) {
        self.ok(&["key", "add", "shop"]);
    }

    fn is_changed(&self) -> bool {
        !self.ok(&["key", "list"])["keys"].as_array().unwrap().is_empty()
    }

    fn configure(&self, text: &str) {
        std::fs::create_dir_all(self.path().join("config")).unwrap();
        std::fs::write(self.path().join("config/config.toml"), text).unwrap();
    }
}

fn counts(rows: &Value) -> BTreeMap<String, u64> {
    serde_json::from_value(rows.clone()).unwrap()
}

#[test]
fn a_backup_taken_while_others_write_is_whole_and_comes_back_with_its_configuration() {
    let home = Home::new();
    home.configure("[budget]\nmonthly = 7.0\n");
    let file = home.file("kaizen.backup");
    let told = home.ok(&["backup", &file]);
    assert_eq!((told["projects"].as_u64(), &told["parts"]), (Some(1), &serde_json::json!(["config.toml"])), "{told}");
    assert!(told["records"].as_u64() > Some(3), "{told}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions()) & 0o777;
    assert_eq!(mode, 0o600);
    let again = home.run(&["backup", &file]);
    assert!(again.code == Some(2) && again.err.contains("--force"), "{again:?}");
    let before = std::fs::read(&file).unwrap();
    home.change();
    home.configure("[budget]\nmonthly = 9.0\n");
    let restored = home.ok(&["restore", &file]);
    assert_eq!(std::fs::read(&file).unwrap(), before, "a restore changes nothing of the backup");
    assert!(!home.is_changed() && home.versions() == ["v1"]);
    assert_eq!(std::fs::read_to_string(home.path().join("config/config.toml")).unwrap(), "[budget]\nmonthly = 7.0\n");
    let kept = restored["kept"].as_str().unwrap();
    home.ok(&["restore", "--store-only", kept]);
    assert!(home.is_changed());
    assert!(home.ok(&["log", "--verify"])["holds"].as_bool().unwrap());
}

#[test]
fn secrets_are_in_a_backup_only_where_they_were_asked_for() {
    let home = Home::new();
    let key = home.file("key");
    std::fs::write(&key, "sk-s3cret\n").unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    home.configure(&format!(
        "[models.providers.team]\nbase_url = \"https://127.0.0.1:1\"\nkey = \"file:{key}\"\nheaders = {{ \"X-Team\" = \"t0ken\" }}\n"
    ));
    let (plain, whole) = (home.file("plain"), home.file("whole"));
    let told = home.ok(&["backup", &plain]);
    assert_eq!(told["left_out"].as_array().unwrap().len(), 2, "{told}");
    home.ok(&["backup", "--secrets", &whole]);
    let holds = |file: &str, secret: &str| String::from_utf8_lossy(&std::fs::read(file).unwrap()).contains(secret);
    assert_eq!(
        [holds(&plain, "s3cret"), holds(&plain, "t0ken"), holds(&whole, "s3cret"), holds(&whole, "t0ken")],
        [false, false, true, true]
    );
    std::fs::remove_file(&key).unwrap();
    let restored = home.ok(&["restore", &whole]);
    assert!(!restored.to_string().contains("s3cret"), "{restored}");
    assert_eq!(std::fs::read_to_string(&key).unwrap().trim(), "sk-s3cret");
}

#[test]
fn what_is_no_whole_backup_is_refused_and_the_store_stays() {
    let home = Home::new();
    let file = home.file("kaizen.backup");
    home.ok(&["backup", &file]);
    let whole = std::fs::read(&file).unwrap();
    let text = home.file("text");
    std::fs::write(&text, "no database at all, and long enough not to be taken for an empty one\n".repeat(30)).unwrap();
    let cut = home.file("cut");
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let changed = home.file("changed");
    home.ok(&["backup", &changed]);
    sql(Path::new(&changed), "UPDATE event SET body = body || ' ' WHERE sequence = 1");
    let newer = home.file("newer");
    home.ok(&["backup", &newer]);
    sql(Path::new(&newer), "UPDATE _sqlx_migrations SET version = 999 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)");
    let before = std::fs::read(home.store()).unwrap();
    for (file, why) in [(&text, "not a database"), (&cut, "cannot be used"), (&changed, "audit chain"), (&newer, "schema version 999")] {
        let said = home.run(&["restore", file]);
        assert!(said.code == Some(3) && said.err.contains(why) && said.err.contains("hint: "), "{file}: {said:?}");
        assert_eq!(std::fs::read(home.store()).unwrap(), before, "{file}");
    }
    assert_eq!(home.run(&["restore", &home.file("nothing")]).code, Some(2));
    assert_eq!(home.versions(), ["v1"]);
}

fn sql(file: &Path, statement: &str) {
    const SCRIPT: &str = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\nassert db.execute(sys.argv[2]).rowcount > 0\ndb.commit()";
    let status = Command::new("python3").args(["-c", SCRIPT]).arg(file).arg(statement).status().unwrap();
    assert!(status.success(), "{statement}");
}

/// A process that holds the store's files open, as a kaizen without a lease does.
fn reader(file: &Path) -> Child {
    const SCRIPT: &str = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\ndb.execute('SELECT COUNT(*) FROM project').fetchall()\nprint('ready', flush=True)\nsys.stdin.read()";
    let mut child = Command::new("python3").args(["-c", SCRIPT]).arg(file).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut line).unwrap();
    child
}

#[test]
fn a_store_that_somebody_uses_is_not_exchanged_nor_purged() {
    let home = Home::new();
    let file = home.file("kaizen.backup");
    home.ok(&["backup", &file]);
    let mut open = reader(&home.store());
    let said = home.run(&["restore", &file]);
    assert!(said.code == Some(3) && said.err.contains("another process has the store") && said.err.contains("kaizen stop"), "{said:?}");
    drop(open.stdin.take());
    open.wait().unwrap();
    let mut daemon = home.command(&["serve", "--address", "127.0.0.1:0", "--json"]);
    let mut daemon = daemon.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(daemon.stdout.as_mut().unwrap()), &mut line).unwrap();
    let doctor = home.ok(&["doctor"]);
    let said: Vec<&str> = doctor["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["name"] == "daemon")
        .map(|one| one["detail"].as_str().unwrap())
        .collect();
    assert!(said.len() == 1 && said[0].starts_with("listens on 127.0.0.1:"), "{said:?}");
    for command in [&["restore", file.as_str()][..], &["purge", "--yes"], &["purge", "--all", "--yes"]] {
        let said = home.run(command);
        let holder = format!("process {}", daemon.id());
        assert!(said.code == Some(3) && said.err.contains(&holder) && said.err.contains("kaizen stop"), "{command:?}: {said:?}");
    }
    // A copy is taken while it runs.
    home.ok(&["backup", "--force", &file]);
    assert_eq!(home.ok(&["stop"])["workers"][0]["state"], "ended");
    daemon.wait().unwrap();
    home.ok(&["restore", &file]);
    assert_eq!(home.versions(), ["v1"]);
}

#[test]
fn killed_at_any_step_a_backup_or_a_restore_leaves_whole_files_and_works_the_next_time() {
    let home = Home::new();
    let file = home.file("kaizen.backup");
    for how in ["abort", "error"] {
        for step in ["backup.begun", "backup.copied", "backup.proven"] {
            home.struck(&["backup", &file], step, how);
            assert!(!Path::new(&file).exists(), "{step}: half a backup has a name");
        }
    }
    home.struck(&["backup", &file], "backup.named", "abort");
    home.change();
    for how in ["abort", "error"] {
        for step in ["restore.copied", "restore.proven", "restore.still", "restore.kept", "restore.put", "restore.files"] {
            home.struck(&["restore", &file], step, how);
            // Either the store that was there or the one of the backup, and it works.
            let put = matches!(step, "restore.put" | "restore.files");
            assert_eq!(home.is_changed(), !put, "{step}:{how}");
            home.ok(&["restore", &file]);
            assert!(!home.is_changed() && home.versions() == ["v1"], "{step}:{how}");
            home.change();
        }
    }
    assert!(home.ok(&["log", "--verify"])["holds"].as_bool().unwrap());
}

#[test]
fn an_export_is_every_row_and_says_at_its_end_how_many() {
    let home = Home::new();
    let said = home.run(&["export"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    let lines: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (first, last) = (lines.first().unwrap(), lines.last().unwrap());
    assert_eq!((&first["type"], &first["project"], &last["type"]), (&"begin".into(), &"calc".into(), &"end".into()));
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for line in lines.iter().filter(|line| line["type"] == "row") {
        *seen.entry(line["table"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(seen, counts(&last["rows"]));
    for table in ["project", "event", "weakness", "hypothesis", "trial", "sample", "version", "blob"] {
        assert!(seen.contains_key(table), "{table} is not in {seen:?}");
    }
    let change = lines.iter().find(|line| line["row"]["content"].as_str().is_some_and(|text| text.contains("18 <= age")));
    assert!(change.is_some(), "the promoted file is content that the change names");
    let file = home.file("all.ndjson");
    let told = home.ok(&["export", "--all", &file]);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count() as u64, counts(&told["rows"]).values().sum::<u64>() + 2);
    assert_eq!(home.run(&["export", &file]).code, Some(2));
    let nobody = home.run(&["export", "--project", "nobody"]);
    assert!(nobody.code == Some(2) && nobody.err.contains("calc (p"), "{nobody:?}");
}

#[test]
fn a_purge_shows_what_goes_waits_for_a_word_and_leaves_the_repository_and_the_others() {
    let home = Home::new();
    let other = Project::small(KAIZEN);
    let mut second = other.command(["improve"]);
    let second = kaizen_testkit::project::said(&second.env("KAIZEN_HOME", home.path()).output().unwrap());
    assert_eq!(second.code, Some(0), "{second:?}");
    let refs = home.project.git(["for-each-ref"]);
    let asked = home.run(&["purge"]);
    assert!(asked.code == Some(5) && asked.err.contains("version") && asked.err.contains("kaizen/calc"), "{asked:?}");
    let ambiguous = home.run(&["purge", "--project", "calc", "--yes"]);
    assert!(ambiguous.code == Some(2) && ambiguous.err.contains("--project p1"), "{ambiguous:?}");
    let told = home.ok(&["purge", "--dry-run"]);
    let done = home.ok(&["purge", "--yes"]);
    assert_eq!((counts(&told["rows"]), told["done"].as_bool(), done["done"].as_bool()), (counts(&done["rows"]), Some(false), Some(true)));
    let words = String::from_utf8_lossy(&std::fs::read(home.store()).unwrap()).into_owned();
    assert!(!words.contains(home.project.root().to_str().unwrap()), "what was deleted is not on the disk");
    assert_eq!((home.project.git(["for-each-ref"]), home.versions()), (refs, vec![]));
    let mut left = other.command(["explain", "v2"]);
    let left = kaizen_testkit::project::said(&left.env("KAIZEN_HOME", home.path()).output().unwrap());
    assert!(left.code == Some(0) && left.out.contains("18 <= age"), "{left:?}");
    home.ok(&["purge", "--all", "--yes"]);
    let everything = home.ok(&["export", "--all", &home.file("rest")]);
    assert_eq!(counts(&everything["rows"]).keys().collect::<Vec<_>>(), ["sequence"]);
}

#[test]
fn killed_at_any_step_a_purge_or_a_collection_is_finished_by_the_next() {
    let home = Home::new();
    let purge = &["purge", "--all", "--yes"][..];
    let steps = [(purge, "purge.begun"), (purge, "purge.rows"), (purge, "purge.aside"), (&["gc", "--max-size", "0"], "gc.aside")];
    for (command, step) in steps {
        for how in ["abort", "error"] {
            let fresh = home.copy();
            fresh.struck(command, step, how);
            let again = fresh.ok(command);
            assert!(again["done"] != false, "{step}:{how}: {again}");
            let gone = fresh.ok(&["gc", "--max-size", "0"]);
            assert_eq!(gone["entries"], serde_json::json!([]), "{step}:{how}");
        }
    }
}

#[test]
fn a_collection_takes_what_is_left_and_what_nobody_used_for_longest_and_never_what_is_in_use() {
    let home = Home::new();
    let cache = home.path().join("cache");
    let left = cache.join("scratch/court-4194999-abc");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("file"), "x".repeat(100_000)).unwrap();
    let snapshot =
        std::fs::read_dir(cache.join("snapshots")).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap();
    let lock = PathBuf::from(format!("{}.lock", snapshot.display()));
    let held = std::fs::File::options().write(true).open(&lock).unwrap();
    held.lock_shared().unwrap();
    let dry = home.ok(&["gc", "--dry-run", "--max-size", "0"]);
    assert!(left.is_dir() && snapshot.is_dir(), "{dry}");
    let outcome = |told: &Value, path: &Path| {
        let entries = told["entries"].as_array().unwrap().clone();
        entries.iter().find(|entry| entry["path"] == path.to_str().unwrap()).map(|entry| entry["outcome"].as_str().unwrap().to_owned())
    };
    assert_eq!((outcome(&dry, &left), outcome(&dry, &snapshot)), (Some("would_be_removed".into()), Some("in_use".into())), "{dry}");
    let told = home.ok(&["gc", "--max-size", "0"]);
    assert!(!left.exists() && snapshot.is_dir() && told["freed"] == dry["freed"], "{told}");
    drop(held);
    home.ok(&["gc"]);
    assert!(snapshot.is_dir(), "it takes less than may stay");
    home.ok(&["gc", "--max-size", "0"]);
    assert!(!snapshot.exists());
    assert_eq!(home.run(&["measure", "--runs", "1"]).code, Some(0), "a snapshot is made anew");
    assert_eq!(home.run(&["gc", "--max-size", "much"]).code, Some(2));
}

#[test]
fn a_postgres_store_is_left_to_its_own_tools_with_the_command_and_without_the_password() {
    let home = Home::empty();
    let url = "postgres://kai:s3cret@127.0.0.1:1/kaizen";
    for (command, tool) in [("backup", "pg_dump --format=custom --file="), ("restore", "pg_restore --clean --if-exists --dbname=")] {
        let said = home.run(&["--store", url, command, "/tmp/it's"]);
        assert!(said.code == Some(3) && said.err.contains(tool) && said.err.contains("postgres://kai@127.0.0.1:1/kaizen"), "{said:?}");
        assert!(!said.err.contains("s3cret") && !said.err.contains("***"), "{said:?}");
    }
}

#[test]
fn the_manual_has_a_page_for_every_command_made_of_its_help() {
    let home = Home::empty();
    let directory = home.file("man");
    let told = home.ok(&["man", &directory]);
    let pages: Vec<String> = serde_json::from_value(told["pages"].clone()).unwrap();
    for page in ["kaizen.1", "kaizen-improve.1", "kaizen-backup.1", "kaizen-models-load.1"] {
        assert!(pages.iter().any(|one| one == page), "{page} is not in {pages:?}");
    }
    let text = std::fs::read_to_string(Path::new(&directory).join("kaizen-backup.1")).unwrap();
    assert!(text.contains(".TH kaizen-backup") && text.contains("proven whole"), "{text}");
}

#[test]
fn every_command_of_the_guide_to_keeping_works_in_its_order() {
    let home = Home::new();
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/keeping.md")).unwrap();
    let lines: Vec<&str> = page.split("```sh\n").skip(1).flat_map(|rest| rest.split("```").next().unwrap().lines()).collect();
    assert!(lines.len() >= 8, "{lines:?}");
    for line in lines {
        let clean = home.command(&[]);
        let mut shell = Command::new("/bin/sh");
        shell.env_clear().envs(clean.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(home.project.root());
        shell.args(["-e", "-c", &format!("kaizen() {{ \"$KAIZEN_UNDER_TEST\" \"$@\"; }}\n{line}")]);
        let ran = kaizen_testkit::project::said(&shell.env("KAIZEN_UNDER_TEST", KAIZEN).output().unwrap());
        assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
    }
}
