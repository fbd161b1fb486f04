//! Directories of the host that candidates write to and never change.

use crate::site::{Setting, Site, ran, said, settings, shell};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::policy::{Access, Bind, CACHE_BYTES, JailSpec};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// A cache as its user has it: of an engine that is root it is root's, and nobody else's to look at.
fn cache(site: &Site, mode: u32) -> PathBuf {
    let cache = site.layer("cache", &[("one", "1\n"), ("two", "2\n"), ("deep/three", "3\n"), ("deep/four", "4\n")]);
    for path in ["", "one", "two", "deep", "deep/three", "deep/four"].map(|name| cache.join(name)) {
        if site.setting.root {
            chown(&path, Some(0), Some(0)).unwrap();
        }
        let directory = path.is_dir();
        fs::set_permissions(&path, fs::Permissions::from_mode(if directory { mode } else { mode & 0o666 })).unwrap();
    }
    cache
}

fn with_cache(site: &Site, source: &Path, target: &Path) -> JailSpec {
    let access = Access::Fleeting { env: vec![("CACHE".into(), target.into())] };
    JailSpec { binds: vec![Bind { source: source.to_owned(), target: target.to_owned(), access }], ..site.spec() }
}

/// Everything the host knows of a tree: owner, mode, time and content by path.
fn state(tree: &Path) -> BTreeMap<PathBuf, (u32, u32, i64, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut left = vec![tree.to_owned()];
    while let Some(path) = left.pop() {
        let entry = fs::symlink_metadata(&path).unwrap();
        let content = if entry.is_dir() { Vec::new() } else { fs::read(&path).unwrap() };
        if entry.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.insert(path, (entry.uid(), entry.mode(), entry.mtime(), content));
    }
    found
}

const ALTER: &str = "set -e; cd \"$CACHE\"; echo more >> one; rm two; mv deep/three risen; mv deep sunk; echo 5 > five; chmod 700 five; \
    mkdir -p a/b; echo 6 > a/b/six; find . -type f | sort | xargs grep -h .";

#[test]
fn a_cache_is_written_deleted_and_renamed_in_while_the_hosts_stays_as_it_is() {
    for setting in settings(&[Tier::Namespaces]) {
        let site = Site::new(setting);
        let cache = cache(&site, 0o700);
        let before = state(&cache);
        for target in [cache.clone(), PathBuf::from("/tmp/.cache/of/tool")] {
            let mut jail = site.open(&with_cache(&site, &cache, &target));
            for _ in 0..2 {
                let report = ran(jail.as_mut(), &shell(ALTER));
                let expected = "6\n5\n1\nmore\n3\n4\n";
                assert_eq!((report.stdout.as_slice(), report.stderr.as_slice()), (expected.as_bytes(), &b""[..]), "{setting:?}");
                assert_eq!(said(jail.as_mut(), "ls $CACHE"), "a\nfive\none\nrisen\nsunk\n", "{setting:?}");
                assert_eq!(jail.collect(100).unwrap(), [], "{setting:?}");
                jail.reset().unwrap();
                assert_eq!(said(jail.as_mut(), "cd $CACHE; ls; cat one deep/three"), "deep\none\ntwo\n1\n3\n", "{setting:?}");
            }
            jail.close().unwrap();
            assert_eq!(state(&cache), before, "{setting:?}");
        }
    }
}

#[test]
fn a_cache_has_a_cap_of_its_own_and_what_lies_above_it_can_be_written() {
    for setting in settings(&[Tier::Namespaces]) {
        let site = Site::new(setting);
        let cache = cache(&site, 0o755);
        let mut jail = site.open(&with_cache(&site, &cache, Path::new("/tmp/.tool/cache")));
        let size = said(jail.as_mut(), "echo log > /tmp/.tool/log; df -B1 --output=size $CACHE | tail -1");
        assert_eq!(size.trim().parse(), Ok(CACHE_BYTES), "{setting:?}");
    }
}

#[test]
fn without_overlays_a_cache_is_read_only_where_it_lies_and_no_variable_leads_to_it() {
    let read_only = |setting: Setting, site: &Site, cache: &Path| {
        let before = state(cache);
        let mut jail = site.open(&with_cache(site, cache, Path::new("/tmp/.tool/cache")));
        let script = format!("echo \"$CACHE\"; cat {0}/one; echo x > {0}/one", cache.display());
        let report = ran(jail.as_mut(), &shell(&script));
        assert_eq!((report.stdout.as_slice(), report.stderr.is_empty()), (&b"\n1\n"[..], false), "{setting:?}");
        assert_eq!(state(cache), before, "{setting:?}");
    };
    for setting in settings(&[Tier::Bubblewrap, Tier::Container, Tier::Landlock]) {
        let site = Site::new(setting);
        read_only(setting, &site, &cache(&site, 0o755));
    }
    // No overlay can lie on the kernel's own files.
    for setting in settings(&[Tier::Namespaces]) {
        let site = Site::new(setting);
        let spec = with_cache(&site, Path::new("/proc/self/task"), Path::new("/tmp/.tool/cache"));
        assert_eq!(said(site.open(&spec).as_mut(), "echo \"$CACHE\"; test -d /tmp/.tool || echo none"), "\nnone\n", "{setting:?}");
    }
}
