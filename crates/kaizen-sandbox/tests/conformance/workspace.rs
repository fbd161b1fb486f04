//! Files going in, coming out, and staying as they are.

use crate::site::{Site, ran, said, settings, shell, text};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::error::SandboxError;
use kaizen_sandbox::policy::{Access, Bind, Upper};
use kaizen_sandbox::workspace::{Collected, Content, FileWrite};
use std::fs;
use std::path::{Path, PathBuf};

const ALL: [Tier; 5] = [Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock, Tier::None];

fn file(content: &str) -> Option<Content> {
    Some(Content::File { bytes: content.as_bytes().to_vec(), executable: false })
}

fn write(path: &str, content: Option<Content>) -> FileWrite {
    FileWrite { path: PathBuf::from(path), content }
}

fn changed(path: &str, content: Option<Content>) -> Collected {
    Collected { path: PathBuf::from(path), content }
}

#[test]
fn writes_create_replace_and_delete_and_are_collected() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        let script = Some(Content::File { bytes: b"#!/bin/sh\necho hello\n".to_vec(), executable: true });
        let link = Some(Content::Symlink(b"/etc/passwd".to_vec()));
        let writes = [
            write("new/deep/file", file("x")),
            write("README", None),
            write("run", script.clone()),
            write("link", link.clone()),
            write("src/app.py", file("two\n")),
        ];
        jail.write(&writes).unwrap();
        assert_eq!(
            said(jail.as_mut(), "./run; cat src/app.py new/deep/file; ls"),
            "hello\ntwo\nxlink\nnew\nrun\nsrc\ntests\n",
            "{setting:?}"
        );
        assert_eq!(ran(jail.as_mut(), &shell("echo y > new/deep/file && rm run && touch new/other")).stderr, b"", "{setting:?}");
        let expected = [
            changed("README", None),
            changed("link", link),
            changed("new/deep/file", file("y\n")),
            changed("new/other", file("")),
            changed("src/app.py", file("two\n")),
        ];
        assert_eq!(jail.collect(1 << 20).unwrap(), expected, "{setting:?}");
        assert!(matches!(jail.collect(5), Err(SandboxError::TooLarge(5))), "{setting:?}");
    }
}

#[test]
fn only_what_differs_counts_towards_the_cap() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        site.layer("layer", &[("large", &"x".repeat(200_000))]);
        let mut jail = site.jail();
        ran(jail.as_mut(), &shell("touch large README; echo new > small"));
        assert_eq!(jail.collect(4).unwrap(), [changed("small", file("new\n"))], "{setting:?}");
        assert!(matches!(jail.collect(3), Err(SandboxError::TooLarge(3))), "{setting:?}");
    }
}

#[test]
fn a_written_file_is_at_least_a_second_newer_than_before() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        let mut last = said(jail.as_mut(), "stat -c %Y src/app.py").trim().parse::<i64>().unwrap();
        for content in ["print('two')\n", "print('six')\n"] {
            jail.write(&[write("src/app.py", file(content))]).unwrap();
            let now = said(jail.as_mut(), "stat -c %Y src/app.py").trim().parse::<i64>().unwrap();
            assert!(now > last, "{setting:?} {now} {last}");
            last = now;
        }
    }
}

#[test]
fn collect_sees_directories_replaced_emptied_and_recreated() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        site.layer("layer", &[("a/one", "1"), ("a/two", "2"), ("b/one", "1"), ("c", "file")]);
        let mut jail = site.jail();
        let script = "rm -r a && echo now a file > a; rm -r b && mkdir b && echo new > b/other; rm c && mkdir c && echo in > c/side; touch README; rm -r tests; mkdir empty";
        assert_eq!(ran(jail.as_mut(), &shell(script)).stderr, b"", "{setting:?}");
        let mut expected = vec![
            changed("a", file("now a file\n")),
            changed("a/one", None),
            changed("a/two", None),
            changed("b/one", None),
            changed("b/other", file("new\n")),
            changed("c", None),
            changed("c/side", file("in\n")),
            changed("tests/test_app.py", None),
        ];
        assert_eq!(jail.collect(1 << 20).unwrap(), expected, "{setting:?}");
        if setting.tier != Tier::Landlock {
            // Where Landlock is all there is, modes cannot be changed.
            ran(jail.as_mut(), &shell("chmod +x src/app.py"));
            let executable = Some(Content::File { bytes: b"print('one')\n".to_vec(), executable: true });
            expected.insert(7, changed("src/app.py", executable));
            assert_eq!(jail.collect(1 << 20).unwrap(), expected, "{setting:?}");
        }
    }
}

#[test]
fn a_special_file_is_an_error_of_collect() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        ran(jail.as_mut(), &shell("mkfifo pipe"));
        assert!(matches!(jail.collect(1 << 20), Err(SandboxError::Special(path)) if path == Path::new("pipe")), "{setting:?}");
    }
}

#[test]
fn reset_takes_back_every_write_and_what_lies_in_tmp() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        jail.write(&[write("written", file("x"))]).unwrap();
        ran(jail.as_mut(), &shell("echo x > made; rm README; rm -r src; chmod 700 tests; echo t > ${TMPDIR:-/tmp}/left"));
        jail.reset().unwrap();
        assert_eq!(jail.collect(1 << 20).unwrap(), [], "{setting:?}");
        assert_eq!(
            said(jail.as_mut(), "ls . src; cat README; ls ${TMPDIR:-/tmp}"),
            ".:\nREADME\nsrc\ntests\n\nsrc:\napp.py\nread me\n",
            "{setting:?}"
        );
    }
}

#[test]
fn a_planted_link_cannot_make_a_write_escape() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let target = site.home.path().join("target");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("file"), "untouched").unwrap();
        let mut jail = site.jail();
        let at = target.display();
        ran(jail.as_mut(), &shell(&format!("ln -s {at} directory; ln -s {at}/file link; ln -s /tmp tmp; rm -r src; ln -s {at} src")));
        for path in ["directory/file", "tmp/file", "src/app.py"] {
            for content in [file("escaped"), None] {
                assert!(matches!(jail.write(&[write(path, content)]), Err(SandboxError::Outside(_))), "{setting:?} {path}");
            }
        }
        jail.write(&[write("link", file("inside"))]).unwrap();
        jail.write(&[write("directory", None)]).unwrap();
        assert_eq!(said(jail.as_mut(), "cat link"), "inside", "{setting:?}");
        for path in ["../x", "/etc/x", "a/../x", "", "a//b", "./a"] {
            assert!(matches!(jail.write(&[write(path, file("x"))]), Err(SandboxError::Outside(_))), "{setting:?} {path}");
        }
        assert_eq!(fs::read_to_string(target.join("file")).unwrap(), "untouched");
        assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
    }
}

#[test]
fn protected_files_cannot_be_changed_removed_or_moved_away() {
    for setting in settings(&[Tier::Namespaces, Tier::Bubblewrap, Tier::Container]) {
        let site = Site::new(setting);
        site.layer("layer", &[("tests/conftest.py", "pass\n")]);
        let mut spec = site.spec();
        spec.read_only = vec!["tests/test_app.py".into(), "tests/conftest.py".into(), "src".into(), "absent".into()];
        let mut jail = site.open(&spec);
        for attempt in [
            "echo x > tests/test_app.py",
            "rm -f tests/test_app.py",
            "mv tests/test_app.py tests/gone",
            "echo x > n && mv -f n tests/test_app.py",
            "python3 -c \"import os; os.rename('tests', 'elsewhere')\"",
            "chmod 777 tests/test_app.py",
            "ln -f README tests/test_app.py",
            "echo x > src/new",
            "python3 -c \"import os; os.rename('src', 'other')\"",
        ] {
            assert_ne!(ran(jail.as_mut(), &shell(attempt)).ended, kaizen_sandbox::run::Ended::Exit(0), "{setting:?} {attempt}");
        }
        ran(jail.as_mut(), &shell("rm -rf tests src"));
        assert_eq!(said(jail.as_mut(), "cat tests/test_app.py src/app.py"), "assert True\nprint('one')\n", "{setting:?}");
        for content in [file("x"), None] {
            assert!(matches!(jail.write(&[write("tests/test_app.py", content)]), Err(SandboxError::Protected(_))), "{setting:?}");
        }
        jail.reset().unwrap();
        assert_ne!(ran(jail.as_mut(), &shell("echo x > tests/test_app.py")).ended, kaizen_sandbox::run::Ended::Exit(0), "{setting:?}");
    }
}

#[test]
fn the_copying_tiers_put_protected_files_back_before_each_run() {
    for setting in settings(&[Tier::Landlock, Tier::None]) {
        let site = Site::new(setting);
        let mut spec = site.spec();
        spec.read_only = vec!["tests/test_app.py".into(), "src".into()];
        let mut jail = site.open(&spec);
        ran(jail.as_mut(), &shell("rm -rf tests src; ln -s /tmp tests; mkdir src; echo x > src/new; echo y > src/app.py"));
        assert_eq!(said(jail.as_mut(), "cat tests/test_app.py src/app.py; ls src"), "assert True\nprint('one')\napp.py\n", "{setting:?}");
        assert!(matches!(jail.write(&[write("src/app.py", file("x"))]), Err(SandboxError::Protected(_))), "{setting:?}");
    }
}

#[test]
fn the_first_layer_lies_on_top() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let top = site.layer("top", &[("README", "from above\n"), ("src/extra.py", "extra\n")]);
        let mut spec = site.spec();
        spec.layers.insert(0, top);
        let mut jail = site.open(&spec);
        assert_eq!(said(jail.as_mut(), "cat README; ls src"), "from above\napp.py\nextra.py\n", "{setting:?}");
        assert_eq!(ran(jail.as_mut(), &shell("rm src/app.py; echo z >> README")).stderr, b"", "{setting:?}");
        let expected = [changed("README", file("from above\nz\n")), changed("src/app.py", None)];
        assert_eq!(jail.collect(1 << 20).unwrap(), expected, "{setting:?}");
        assert_eq!(fs::read_to_string(site.home.path().join("layer/src/app.py")).unwrap(), "print('one')\n");
    }
}

#[test]
fn an_upper_directory_is_kept_and_serves_as_a_layer_later() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        site.layer("builds", &[]);
        let built = site.layer("builds/one", &[]);
        let mut spec = site.spec();
        spec.upper = Upper::Directory(built.clone());
        let mut jail = site.open(&spec);
        assert_eq!(ran(jail.as_mut(), &shell("mkdir -p target/deep; echo object > target/deep/o; rm README")).stderr, b"", "{setting:?}");
        jail.close().unwrap();
        let mut spec = site.spec();
        spec.layers.insert(0, built);
        let mut jail = site.open(&spec);
        assert_eq!(said(jail.as_mut(), "cat target/deep/o; ls"), "object\nsrc\ntarget\ntests\n", "{setting:?}");
        assert_eq!(jail.collect(1 << 20).unwrap(), [], "{setting:?}");
    }
}

#[test]
fn binds_show_host_directories_read_only_or_writable() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let tools = site.layer("tools, with: marks", &[("tool", "#!/bin/sh\necho tool\n")]);
        let reports = site.layer("reports", &[]);
        let mut spec = site.spec();
        spec.binds = vec![Bind::read_only(tools.clone()), Bind::writable(reports.clone())];
        let mut jail = site.open(&spec);
        let (tools, out) = (tools.display().to_string(), reports.display().to_string());
        let script = format!("sh '{tools}/tool'; echo report > {out}/one");
        assert_eq!(said(jail.as_mut(), &script), "tool\n", "{setting:?}");
        assert_eq!(fs::read_to_string(reports.join("one")).unwrap(), "report\n", "{setting:?}");
        if setting.tier != Tier::None {
            assert_ne!(ran(jail.as_mut(), &shell(&format!("echo x > '{tools}/tool'"))).stderr, b"", "{setting:?}");
        }
        jail.reset().unwrap();
        assert_eq!(said(jail.as_mut(), &script), "tool\n", "{setting:?}");
    }
}

#[test]
fn a_project_may_lie_beneath_tmp_and_hold_binds() {
    for setting in settings(&[Tier::Namespaces, Tier::Container]) {
        let site = Site::new(setting);
        let cache = site.layer("cache", &[("object", "cached\n")]);
        let mut spec = site.spec();
        spec.root = site.home.path().join("project");
        spec.binds = vec![Bind { source: cache, target: spec.root.join("target"), access: Access::ReadOnly }];
        spec.read_only = vec!["src/app.py".into()];
        let mut jail = site.open(&spec);
        for _ in 0..2 {
            let script =
                "pwd; cat target/object; echo x > /tmp/other; ls /tmp | wc -l; echo x > made; echo x 2>/dev/null > src/app.py; ls ..";
            let expected = format!("{}\ncached\n1\nproject\n", spec.root.display());
            assert_eq!(said(jail.as_mut(), script), expected, "{setting:?}");
            assert_eq!(jail.collect(100).unwrap(), [changed("made", file("x\n"))], "{setting:?}");
            jail.reset().unwrap();
        }
    }
}

#[test]
fn files_of_a_run_are_text_in_any_bytes() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        ran(jail.as_mut(), &shell("printf 'a\\377b' > \"$(printf 'n\\377')\""));
        let found = jail.collect(100).unwrap();
        assert_eq!(found[0].content, Some(Content::File { bytes: b"a\xffb".to_vec(), executable: false }), "{setting:?}");
        assert_eq!(text(found[0].path.as_os_str().as_encoded_bytes()), "n\u{fffd}", "{setting:?}");
    }
}
