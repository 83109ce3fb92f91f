//! Help, version, completions and manual pages, and a warning about a key file.

use crate::harness::*;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

fn said(arguments: &[&str]) -> String {
    S3stream::new().args(arguments).run().code(0).stdout
}

#[test]
fn help_and_version_are_found_wherever_they_are_looked_for() {
    let version = said(&["version"]);
    assert_eq!(version, format!("s3stream {}\n", env!("CARGO_PKG_VERSION")));
    for line in ["--version", "-V", "put --version", "put-many -V", "man -V"] {
        assert_eq!(
            said(&line.split(' ').collect::<Vec<_>>()),
            version,
            "{line}"
        );
    }
    let verbose = said(&["version", "-v"]);
    for word in ["commit: ", "target: ", "features: "] {
        assert!(verbose.contains(word), "{verbose}");
    }
    for line in [
        "--version -v",
        "-Vv",
        "put --version -v",
        "version --verbose",
    ] {
        assert_eq!(
            said(&line.split(' ').collect::<Vec<_>>()),
            verbose,
            "{line}"
        );
    }
    for command in ["put", "put-many", "man", "completions", "version"] {
        let help = said(&["help", command]);
        assert_eq!(help, said(&[command, "--help"]));
    }
    assert_eq!(said(&["help"]), said(&["--help"]));
    let run = S3stream::new().args(["help", "no-such"]).run();
    run.code(2);
}

#[test]
fn texts_are_whole_or_the_failure_is_named() {
    for line in ["completions bash", "man", "version"] {
        let run = || S3stream::new().args(line.split(' '));
        let full = run().in_shell(r#"exec "$0" "$@" >/dev/full"#).run();
        full.code(1).error(&["standard output", "No space left"]);
        let closed = run()
            .in_shell(r#""$0" "$@" | true; echo done"#)
            .run()
            .code(0);
        assert!(closed.stderr.is_empty(), "{closed}");
    }
    let (_folder, file) = file_with(b"");
    for folder in [file.clone(), file.join("man1")] {
        let run = S3stream::new().arg("man").arg(&folder).run();
        run.code(1).error(&[folder.to_str().unwrap()]);
    }
    let run = S3stream::new().args(["completions", "csh"]).run();
    run.code(2);
    assert_eq!(
        said(&["completions", "BASH"]),
        said(&["completions", "bash"])
    );
}

/// A page that can't be written leaves the older one, and nothing half done.
#[test]
fn an_older_page_stays_where_a_new_one_can_t_be_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("s3stream-put.1")).unwrap();
    let run = S3stream::new().arg("man").arg(folder.path()).run();
    run.code(1).error(&["s3stream-put.1"]);
    let names = fs::read_dir(folder.path())
        .unwrap()
        .map(|it| it.unwrap().file_name());
    assert!(
        names
            .into_iter()
            .all(|it| !it.to_string_lossy().ends_with(".part"))
    );
}

#[test]
fn a_key_file_that_others_can_read_is_a_warning() {
    let (server, _ca_folder, ca) = tls_server();
    let (_folder, key) = file_with(&[7; 32]);
    let name = key.to_str().unwrap();
    for (mode, option, warned) in [
        (0o644, "--progress=none", true),
        (0o620, "--progress=none", true),
        (0o644, "--quiet", false),
        (0o600, "--progress=none", false),
        (0o400, "--progress=none", false),
    ] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let run = S3stream::put(&server, "bucket/key")
            .arg("--ca-bundle")
            .arg(&ca);
        let run = run
            .args(["--sse-c-key-file", name, option])
            .stdin("data")
            .run()
            .code(0);
        let way_out = format!("chmod 600 '{name}'");
        assert_eq!(run.stderr.contains(&way_out), warned, "{mode:o}: {run}");
        assert_eq!(run.stderr.is_empty(), !warned, "{run}");
    }
}

/// Where Kubernetes mounts a secret, nobody can change its mode.
#[test]
fn a_key_file_that_nobody_can_change_is_no_warning() {
    let namespace = "unshare --user --map-root-user --mount";
    let can = std::process::Command::new("sh")
        .args(["-c", &format!("{namespace} mount -t tmpfs none /mnt")])
        .output();
    if !can.is_ok_and(|it| it.status.success()) {
        eprintln!("not tried: this machine lets nobody make a namespace of mounts");
        return;
    }
    let (server, _ca_folder, ca) = tls_server();
    let (folder, key) = file_with(&[7; 32]);
    let mounted = folder.path().join("secret");
    fs::create_dir(&mounted).unwrap();
    let run = |mode: &str| {
        let script = format!(
            "exec {namespace} sh -c 'mount -t tmpfs none \"$PLACE\" && cp \"$KEY\" \"$PLACE/key\" && \
             chmod 644 \"$PLACE/key\" && mount -o remount,{mode} \"$PLACE\" && exec \"$0\" \"$@\"' \
             \"$0\" \"$@\""
        );
        let put = S3stream::put(&server, "bucket/key").arg("--ca-bundle");
        let put = put
            .arg(&ca)
            .arg("--sse-c-key-file")
            .arg(mounted.join("key"));
        let put = put.env("PLACE", &mounted).env("KEY", &key).stdin("data");
        put.in_shell(&script).run().code(0)
    };
    run("ro").silent();
    assert!(run("rw").stderr.contains("chmod 600"));
}
