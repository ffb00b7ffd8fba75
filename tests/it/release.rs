//! The scripts of the release workflow, run as they stand there with stand-ins for what they reach, and held to what asks
//! for its files: `cargo binstall`, the action, the image.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::path::Path;

use crate::common::root;
use crate::recipes::{program, shell};

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("the file is there")
}

/// The scripts of a job, in their order.
fn scripts(job: &str) -> Vec<String> {
    let workflow = text(".github/workflows/release.yml");
    let (_, rest) = workflow.split_once(&format!("\n  {job}:\n")).expect("the job is there");
    let lines: Vec<&str> = rest.lines().take_while(|l| l.is_empty() || l.starts_with("    ")).collect();
    let mut scripts: Vec<String> = Vec::new();
    let mut inside = false;
    for line in lines {
        match line.trim_start().strip_prefix("run: ") {
            Some("|") => {
                scripts.push(String::new());
                inside = true;
            }
            Some(one) => scripts.push(one.to_owned()),
            None if inside && line.starts_with("          ") => {
                let script = scripts.last_mut().expect("a script has begun");
                script.push_str(&line[10..]);
                script.push('\n');
            }
            None => inside = false,
        }
    }
    assert!(scripts.iter().all(|s| !s.contains("${{")), "an expression in a script is an open door");
    scripts
}

/// The targets of the build, as the matrix names them.
fn targets() -> Vec<String> {
    let workflow = text(".github/workflows/release.yml");
    let of = |l: &str| Some(l.trim().strip_prefix("- { target: ")?.split(',').next()?.to_owned());
    workflow.lines().filter_map(of).collect()
}

/// A runner on which a release is a folder.
fn runner() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    for done in ["rustup", "sudo"] {
        program(at, done, "exit 0");
    }
    let cargo = r#"[ "$1 $2 $3 $4 $5" = "build --profile dist --locked --target" ] || exit 9
name=tf-headroom; case "$6" in *windows*) name=tf-headroom.exe;; esac
mkdir -p "target/$6/dist" && echo "built for $6" >"target/$6/dist/$name""#;
    program(at, "cargo", cargo);
    let gh = r#"set -e
case "$1 $2" in
"release create") [ "$3" = v0.1.0 ]; mkdir "$RELEASE"; echo draft >"$RELEASE.state";;
"release upload") shift 3; while [ "$1" != --repo ]; do cp -n "$1" "$RELEASE/"; shift; done; [ "$2" = o/r ];;
"release download") [ "$4 $6" = "--repo --pattern" ]; cp "$RELEASE"/$7 .;;
"release edit") [ "$6" = --draft=false ]; echo published >"$RELEASE.state";;
"attestation verify") cmp "$3" "$RELEASE/$3"; [ "$4" = --repo ];;
*) exit 9;;
esac"#;
    program(at, "gh", gh);
    let docker = r#"set -e
case "$1 $2" in
"login ghcr.io") [ "$(cat)" = token ];;
"buildx create") ;;
"buildx build") shift 2; echo "$@" >"$RELEASE.image"; [ "$1" = --file ]; cp "$2" "$RELEASE.Dockerfile";;
*) exit 9;;
esac"#;
    program(at, "docker", docker);
    folder
}

fn run(at: &Path, job: &str, target: &str) {
    let release = at.join("release").display().to_string();
    let variables = [
        ("RELEASE", release.as_str()),
        ("TARGET", target),
        ("TAG", "v0.1.0"),
        // Names of images are in small letters, those of repositories need not be.
        ("REPOSITORY", if job == "image" { "O/R" } else { "o/r" }),
        ("GH_TOKEN", "token"),
        ("ACTOR", "someone"),
    ];
    for script in scripts(job) {
        let done = shell(at, &script, &variables);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{job} for {target}: {said}\n{script}");
    }
}

#[test]
fn every_script_of_the_release_is_run_here() {
    let run: usize = JOBS.iter().map(|job| scripts(job).len()).sum();
    assert_eq!(run, text(".github/workflows/release.yml").matches(" run: ").count());
}

/// The jobs whose scripts are run below.
const JOBS: [&str; 4] = ["draft", "build", "publish", "image"];

#[test]
fn a_release_holds_what_those_who_install_it_ask_for() {
    let folder = runner();
    let at = folder.path();
    let targets = targets();
    assert!(targets.len() >= 7, "{targets:?}");
    run(at, "draft", "");
    for target in &targets {
        // Each is built on a machine of its own.
        let machine = at.join(target);
        std::fs::create_dir_all(&machine).expect("a folder");
        std::os::unix::fs::symlink(at.join("bin"), machine.join("bin")).expect("a link");
        let release = at.join("release").display().to_string();
        for script in scripts("build") {
            let variables =
                [("RELEASE", release.as_str()), ("TARGET", target), ("TAG", "v0.1.0"), ("REPOSITORY", "o/r")];
            let done = shell(&machine, &script, &variables);
            assert!(done.status.success(), "{target}: {}", String::from_utf8_lossy(&done.stderr));
        }
    }
    run(at, "publish", "");
    assert_eq!(std::fs::read_to_string(at.join("release.state")).expect("a state"), "published\n");

    // What `cargo binstall` asks for, by the metadata.
    let manifest = text("Cargo.toml");
    let value = |key: &str| {
        let line = manifest.lines().find_map(|l| l.strip_prefix(&format!("{key} = \""))).expect("metadata");
        line.trim_end_matches('"').to_owned()
    };
    let (url, inside) = (value("pkg-url"), value("bin-dir"));
    let (_, file) = url.rsplit_once('/').expect("an address has parts");
    assert!(url.contains("/releases/download/v{ version }/"), "the tag of the release is v and the version");
    assert!(manifest.contains("[profile.dist]") && value("pkg-fmt") == "tgz");
    let mut wanted = BTreeSet::from(["SHA256SUMS".to_owned()]);
    for target in &targets {
        let name = file.replace("{ name }", "tf-headroom").replace("{ target }", target);
        let windows = target.contains("windows");
        let bin = inside.replace("{ bin }", "tf-headroom");
        let bin = bin.replace("{ binary-ext }", if windows { ".exe" } else { "" });
        let list = shell(at, &format!("tar -tzf 'release/{name}'"), &[]);
        assert_eq!(String::from_utf8_lossy(&list.stdout), format!("{bin}\n"), "{name}");
        wanted.insert(name);
    }
    let held: BTreeSet<String> = std::fs::read_dir(at.join("release"))
        .expect("a folder")
        .map(|e| e.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    assert_eq!(held, wanted);
    let checked = shell(&at.join("release"), "sha256sum --check --strict SHA256SUMS", &[]);
    assert!(checked.status.success());
    assert_eq!(String::from_utf8_lossy(&checked.stdout).lines().count(), targets.len());

    // The image copies what the job put there, for each platform.
    std::fs::create_dir(at.join(".github")).expect("a folder");
    std::fs::copy(root().join(".github/Dockerfile"), at.join(".github/Dockerfile")).expect("a checkout");
    run(at, "image", "");
    let asked = std::fs::read_to_string(at.join("release.image")).expect("an image");
    assert!(asked.contains("--tag ghcr.io/o/r:0.1.0 --tag ghcr.io/o/r:latest"), "{asked}");
    let (_, platforms) = asked.split_once("--platform ").expect("platforms");
    let platforms: Vec<&str> = platforms.split(' ').next().expect("a word").split(',').collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    let dockerfile = text(".github/Dockerfile");
    let copies: Vec<&str> = dockerfile.lines().filter_map(|l| l.strip_prefix("COPY ")).collect();
    assert!(!copies.is_empty());
    for platform in platforms {
        let architecture = platform.trim_start_matches("linux/");
        for copy in &copies {
            let from = copy.split(' ').next().expect("a path").replace("${TARGETARCH}", architecture);
            let built = std::fs::read_to_string(at.join(&from)).unwrap_or_else(|e| panic!("{from}: {e}"));
            let machine = if architecture == "amd64" { "x86_64" } else { "aarch64" };
            assert_eq!(built, format!("built for {machine}-unknown-linux-musl\n"));
        }
    }
    let entry = dockerfile.lines().find_map(|l| l.strip_prefix("ENTRYPOINT ")).expect("an entry point");
    assert!(copies.iter().any(|c| entry.contains(c.rsplit(' ').next().expect("a path"))), "{entry}");
}

#[test]
fn the_action_asks_for_archives_that_a_release_has() {
    let action = text("action.yml");
    let targets = targets();
    let systems: BTreeSet<&str> = action
        .split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'))
        .filter(|word| ["-linux-", "-apple-", "-windows-"].iter().any(|s| word.contains(s)))
        .collect();
    assert!(systems.len() >= 4, "{systems:?}");
    for system in systems {
        assert!(targets.iter().any(|t| t.ends_with(system)), "no release is made for {system}");
    }
    assert!(action.contains("SHA256SUMS") && action.contains("attestation verify"));
}
