//! Habits of the whole repository, as tests: who may depend on whom, where `unsafe` may stand, what must not be committed,
//! and that written commands exist. Each failure names file and line.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn output(command: &mut Command) -> Output {
    let output = command.current_dir(root()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The files that git has, with their text; binary ones have none.
fn tracked() -> Vec<(String, Option<String>)> {
    let listing = output(Command::new("git").args(["ls-files", "-z"])).stdout;
    let names = String::from_utf8(listing).unwrap();
    let names = names.split('\0').filter(|name| !name.is_empty() && root().join(name).is_file());
    names.map(|name| (name.to_string(), std::fs::read_to_string(root().join(name)).ok())).collect()
}

/// Programs of peers that `benches/` compares with: workspaces of their own, written as the peer's users write.
const PEERS: &str = "benches/minilm/candle/";

/// The tracked files that are code of ours.
fn ours() -> impl Iterator<Item = (String, Option<String>)> {
    tracked().into_iter().filter(|(name, _)| !name.starts_with(PEERS))
}

/// Each package of the workspace with its workspace dependencies by kind.
fn dependencies() -> BTreeMap<String, Vec<(String, Option<String>)>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let output =
        output(Command::new(cargo).args(["metadata", "--no-deps", "--offline", "--format-version", "1"]));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let names: BTreeSet<String> = packages.iter().map(|package| text(&package["name"])).collect();
    let of_package = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        let ours = all.filter(|dependency| names.contains(dependency["name"].as_str().unwrap()));
        ours.map(|dependency| (text(&dependency["name"]), dependency["kind"].as_str().map(str::to_string)))
            .collect()
    };
    packages.iter().map(|package| (text(&package["name"]), of_package(package))).collect()
}

#[test]
fn crates_depend_downwards_only() {
    // What each may use besides crates of others. Development dependencies are free, but nobody uses xtask.
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("bering-build", &[][..]),
        ("xtask", &["bering-build"]),
        ("bering-pjrt-sys", &["bering-build"]),
        ("bering-pjrt-cpu", &["bering-build"]),
        ("bering-runtime", &["bering-pjrt-sys"]),
        ("bering-kernels", &["bering-pjrt-sys", "bering-runtime"]),
        ("bering-lapack", &["bering-kernels"]),
        ("bering-macros", &[]),
        ("bering-damage", &[]),
        ("bering-frontend", &["bering-macros"]),
        ("bering-interchange", &[]),
        ("bering-weights", &[]),
        (
            "bering",
            &[
                "bering-frontend",
                "bering-interchange",
                "bering-kernels",
                "bering-lapack",
                "bering-pjrt-cpu",
                "bering-runtime",
                "bering-weights",
            ],
        ),
    ]);
    for (package, dependencies) in dependencies() {
        for (dependency, kind) in dependencies {
            assert_ne!(dependency, "xtask", "`{package}` depends on xtask");
            if kind.as_deref() == Some("dev") {
                continue;
            }
            assert_ne!(dependency, "bering-damage", "`{package}` ships what is for tests");
            // What stands above the facade (models, benches) sees the facade alone.
            let may = allowed.get(package.as_str()).copied().unwrap_or(&["bering"]);
            assert!(
                may.contains(&dependency.as_str()),
                "`{package}` may not depend on `{dependency}`, only on {may:?}"
            );
        }
    }
}

/// Where `unsafe` may stand, and why there.
const UNSAFE: [&str; 5] = [
    "crates/damage/src/memory.rs", // an allocator that counts, in tests
    "crates/kernels/src/",         // C callbacks and SIMD
    "crates/pjrt-sys/src/",        // the C API itself
    "crates/runtime/src/raw/",     // calls through it
    "crates/weights/src/mmap.rs",  // a mapped file
];

#[test]
fn unsafe_stands_where_it_may_and_says_why() {
    let mut problems = Vec::new();
    for (name, text) in ours() {
        let Some(text) = text.filter(|_| name.ends_with(".rs")) else { continue };
        let code = code_of(&text);
        for (number, line) in code.lines().enumerate() {
            let place = format!("{name}:{}", number + 1);
            for kind in unsafe_kinds(line) {
                let test = name.contains("/tests/");
                if !test && !UNSAFE.iter().any(|allowed| name.starts_with(allowed)) {
                    problems.push(format!("{place}: `unsafe` outside the modules for it"));
                }
                if matches!(kind, Kind::Block | Kind::Impl) && !explained(&text, number) {
                    problems.push(format!("{place}: `unsafe` without a `SAFETY:` comment"));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn crates_without_unsafe_forbid_it() {
    let mut seen = 0;
    for (name, text) in ours() {
        let root_file = name.ends_with("/src/lib.rs") || name.ends_with("/src/main.rs");
        let crate_directory = name.rsplit_once("/src/").map_or("", |(directory, _)| directory);
        if !root_file || UNSAFE.iter().any(|allowed| allowed.starts_with(&format!("{crate_directory}/src/")))
        {
            continue;
        }
        seen += 1;
        assert!(
            text.unwrap().contains("#![forbid(unsafe_code)]"),
            "`{name}` lacks `#![forbid(unsafe_code)]`"
        );
    }
    assert!(seen >= 6, "only {seen} crates were found");
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    for (name, text) in ours() {
        if name.ends_with("/Cargo.toml") {
            let manifest: toml::Table = text.unwrap().parse().unwrap();
            let inherited = manifest.get("lints").and_then(|lints| lints.get("workspace"));
            assert_eq!(
                inherited.and_then(|value| value.as_bool()),
                Some(true),
                "`{name}` lacks `lints.workspace = true`"
            );
        }
    }
}

enum Kind {
    Block,
    Impl,
    /// A function, trait or attribute: its contract stands in its `# Safety` docs.
    Declaration,
}

/// Each `unsafe` keyword of a line of code.
fn unsafe_kinds(line: &str) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let mut rest = line;
    let word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(at) = rest.find("unsafe") {
        let before = rest[..at].chars().next_back();
        let after = &rest[at + "unsafe".len()..];
        if !before.is_some_and(word) && !after.starts_with(word) {
            let after = after.trim_start();
            kinds.push(if after.starts_with("impl") {
                Kind::Impl
            } else if after.is_empty() || after.starts_with('{') {
                Kind::Block
            } else {
                Kind::Declaration
            });
        }
        rest = &rest[at + "unsafe".len()..];
    }
    kinds
}

/// Whether the line, or the comment above its statement, has a `SAFETY:`.
fn explained(text: &str, number: usize) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    if lines[number].contains("SAFETY:") {
        return true;
    }
    // The statement may begin a few lines earlier; a comment may be long, so it does not count.
    let mut code = 0;
    for line in lines[..number].iter().rev() {
        if line.contains("SAFETY:") {
            return true;
        }
        let line = line.trim_start();
        if !line.starts_with("//") && !line.starts_with("#[") {
            code += 1;
        }
        if code > 6 {
            return false;
        }
    }
    false
}

/// Rust source with comments, strings and characters blanked out; lines keep their numbers.
fn code_of(text: &str) -> String {
    let bytes: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    let starts =
        |at: usize, pattern: &str| pattern.chars().enumerate().all(|(i, c)| bytes.get(at + i) == Some(&c));
    let blank = |code: &mut String, from: usize, to: usize| {
        bytes[from..to].iter().for_each(|c| code.push(if *c == '\n' { '\n' } else { ' ' }));
    };
    while at < bytes.len() {
        let end = if starts(at, "//") {
            (at..bytes.len()).find(|i| bytes[*i] == '\n').unwrap_or(bytes.len())
        } else if starts(at, "/*") {
            end_of_comment(&bytes, at)
        } else if bytes[at] == '"' {
            end_of_quoted(&bytes, at, '"')
        } else if let Some(end) = end_of_raw_string(&bytes, at) {
            end
        } else if bytes[at] == '\'' && (bytes.get(at + 1) == Some(&'\\') || bytes.get(at + 2) == Some(&'\''))
        {
            end_of_quoted(&bytes, at, '\'')
        } else {
            code.push(bytes[at]);
            at += 1;
            continue;
        };
        blank(&mut code, at, end);
        at = end;
    }
    code
}

fn end_of_comment(bytes: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0, start);
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

fn end_of_quoted(bytes: &[char], start: usize, quote: char) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of `r"..."`, `r#"..."#` and their `b` and `c` forms, if one begins here.
fn end_of_raw_string(bytes: &[char], start: usize) -> Option<usize> {
    let previous = start.checked_sub(1).map(|at| bytes[at]);
    if bytes[start] != 'r'
        || previous.is_some_and(|c| (c.is_alphanumeric() || c == '_') && c != 'b' && c != 'c')
    {
        return None;
    }
    let hashes = bytes[start + 1..].iter().take_while(|c| **c == '#').count();
    let open = start + 1 + hashes;
    if bytes.get(open) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let found = (open + 1..bytes.len()).find(|at| bytes[*at..].starts_with(&close));
    Some(found.map_or(bytes.len(), |at| at + close.len()))
}

#[test]
fn the_scanner_sees_code_only() {
    let source = "let a = \"unsafe { }\"; // unsafe {\nlet r = r#\"unsafe \" {\"#; /* unsafe\n{ */ let c = '\"'; unsafe { f() }\n\
                  fn g<'a>(x: &'a str) { let unsafe_code = '\\''; }\nunsafe impl Send for T {}\n";
    let code = code_of(source);
    assert_eq!(code.lines().count(), source.lines().count());
    let counts: Vec<usize> = code.lines().map(|line| unsafe_kinds(line).len()).collect();
    assert_eq!(counts, [0, 0, 1, 0, 1], "{code}");
    assert!(explained("// SAFETY: fine\nlet x =\n    unsafe { f() };", 2));
    assert!(!explained("let x =\n    unsafe { f() };", 1));
}

#[test]
fn the_lock_is_canonical_complete_and_fresh() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["lock", "verify", "--offline"])
        .current_dir(root())
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let lock: toml::Table =
        std::fs::read_to_string(root().join("third_party.lock")).unwrap().parse().unwrap();
    let artifacts = lock["artifact"].as_array().unwrap();
    let names_on = |host: &str| -> BTreeSet<&str> {
        let here = |artifact: &&toml::Value| [Some(host), Some("any")].contains(&artifact["host"].as_str());
        artifacts.iter().filter(here).filter_map(|artifact| artifact["name"].as_str()).collect()
    };
    let cuda =
        ["cublas", "cudart", "cudnn", "cufft", "cupti", "nccl", "nvcc", "nvjitlink", "nvrtc", "plugin"];
    for host in ["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"] {
        let names = names_on(host);
        let mut expected =
            BTreeSet::from(["cmake", "libclang", "llvm", "minilm", "mlir", "ninja", "xla-cpu"]);
        let targets =
            ["cuda12", "cuda13"].iter().flat_map(|target| cuda.map(|part| format!("{target}-{part}")));
        let targets: Vec<String> = targets.chain(["cuda13-nvvm".to_owned()]).collect();
        expected.extend(targets.iter().map(String::as_str));
        if host.starts_with("x86_64") {
            expected.extend(["rocm7-plugin", "tpu-plugin"]);
        }
        assert_eq!(names, expected, "{host}");
    }
    assert_eq!(names_on("aarch64-apple-darwin"), BTreeSet::from(["minilm", "xla-cpu"]));
}

/// Registries are found through the user's configuration, so their hosts stand nowhere. (Nor here: the names are put
/// together at run time. Cargo writes its own registry into Cargo.lock.)
#[test]
fn no_registry_is_named() {
    let hosts = [
        ["py", "pi.org"],
        ["python", "hosted.org"],
        ["debian", ".org"],
        ["crates", ".io"],
        ["npm", "js.org"],
        ["npm", "js.com"],
    ];
    let mut problems = Vec::new();
    for (name, text) in tracked() {
        let Some(text) = text.filter(|_| name != "Cargo.lock") else { continue };
        for (number, line) in text.lines().enumerate() {
            let line = line.to_ascii_lowercase();
            if hosts.iter().any(|host| line.contains(&host.concat())) {
                problems.push(format!("{name}:{} names a package registry", number + 1));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn no_large_file_is_committed() {
    for (name, _) in tracked() {
        let size = root().join(&name).metadata().unwrap().len();
        assert!(
            size <= 1 << 20,
            "`{name}` has {size} bytes; weights and libraries belong into third_party.lock"
        );
    }
}

#[test]
fn written_commands_exist() {
    let mut checked = 0;
    for (name, text) in tracked() {
        let Some(text) = text else { continue };
        let prose = name.ends_with(".md");
        // The command-line tests call what must not exist, too.
        if !prose && !name.ends_with(".rs") || name.starts_with("xtask/tests/") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            for call in line.split("cargo xtask ").skip(1) {
                checked += check_command(call, &format!("{name}:{}", number + 1));
            }
        }
    }
    assert!(checked >= 5, "only {checked} commands were found");
}

/// Checks one call's command and flags against the help text. Prose such as "`cargo xtask` sets up" is none.
fn check_command(call: &str, place: &str) -> usize {
    let call: &str = call.split(['`', '"', '\'', '(', ')', '#', '|', '\\']).next().unwrap();
    let words: Vec<&str> = call.split_whitespace().take_while(|word| *word != "--").collect();
    let is_word = |word: &&&str| {
        word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !word.starts_with('-')
    };
    let mut path: Vec<&str> = words.iter().take(1).filter(is_word).copied().collect();
    if path.is_empty() {
        return 0;
    }
    if matches!(path[0], "bundle" | "ci" | "lock" | "store" | "targets") {
        path.extend(words.iter().skip(1).take(1).filter(is_word));
    }
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(&path).arg("--help").output().unwrap();
    assert!(output.status.success(), "{place}: there is no command `cargo xtask {}`", path.join(" "));
    let help = String::from_utf8(output.stdout).unwrap();
    for flag in words.iter().filter(|word| word.starts_with("--")) {
        let flag = flag.split('=').next().unwrap().trim_end_matches([']', ',', '.', ';', ':']);
        assert!(help.contains(flag), "{place}: `cargo xtask {}` has no `{flag}`", path.join(" "));
    }
    1
}

/// The page that compares set-up with others' names the test that proves each row, and such a test must be there.
#[test]
fn tests_that_a_page_names_exist() {
    let page = std::fs::read_to_string(root().join("docs/coming-from-bazel.md")).expect("the page");
    let sources: String = tracked()
        .into_iter()
        .filter(|(name, _)| name.starts_with("xtask/tests/"))
        .filter_map(|(_, text)| text)
        .collect();
    let table = page.split("| test |").nth(1).expect("a table with tests");
    let mut seen = 0;
    for row in table.lines().skip(2).take_while(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').collect();
        for name in cells[cells.len() - 2].split('`').skip(1).step_by(2) {
            assert!(sources.contains(&format!("#[test]\nfn {name}()")), "there is no test `{name}`");
            seen += 1;
        }
    }
    assert!(seen >= 25, "only {seen} tests are named");
}

/// A variable that is read is a knob, and knobs stand in the guide.
#[test]
fn variables_are_documented() {
    let guide = std::fs::read_to_string(root().join("docs/setup.md")).expect("docs/setup.md");
    let contributors = std::fs::read_to_string(root().join("CONTRIBUTING.md")).expect("CONTRIBUTING.md");
    let mut seen = BTreeSet::new();
    for (name, text) in tracked() {
        let Some(text) = text.filter(|_| name.ends_with(".rs") && name.contains("/src/")) else { continue };
        for literal in text.split("\"BERING_").skip(1) {
            let Some((variable, _)) = literal.split_once('"') else { continue };
            // Golden files and the like are refreshed by contributors, who are told where the test stands.
            if variable.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
                && !variable.starts_with("UPDATE_")
            {
                seen.insert(variable.to_string());
                let page = if name.starts_with("crates/damage/") { &contributors } else { &guide };
                let named = page.contains(&format!("`BERING_{variable}`"));
                assert!(named, "{name} reads BERING_{variable}, which its guide does not name");
            }
        }
    }
    assert!(seen.len() >= 8, "{seen:?}");
}

/// A place of the machine that builds, compiled in as a default, is a default of builds that stay there. `cargo xtask dist` refuses
/// such a binary, but only after minutes of building.
#[test]
fn places_of_this_machine_are_built_into_no_distribution() {
    let mut seen = 0;
    for (name, text) in tracked() {
        let shipped = ["crates/", "models/"].iter().any(|below| name.starts_with(below));
        let Some(text) = text.filter(|_| shipped && name.contains("/src/") && name.ends_with(".rs")) else {
            continue;
        };
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let place = ["env!(\"CARGO_MANIFEST_DIR\")", "env!(\"OUT_DIR\")"]
                .iter()
                .any(|place| line.contains(place));
            // What is included is compiled, and its place is not.
            if !place || line.starts_with("include!(") || name.ends_with("tests.rs") {
                continue;
            }
            let guarded =
                lines[..number].iter().rev().take(4).any(|line| *line == "#[cfg(not(bering_relocatable))]");
            assert!(guarded, "{name}:{}: put it under `#[cfg(not(bering_relocatable))]`", number + 1);
            seen += 1;
        }
    }
    assert!(seen >= 2, "{seen}");
}

/// The two commands that the project is measured by stand in its README, and CI runs its test command.
#[test]
fn the_readme_has_the_two_commands() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    for command in ["cargo xtask run minilm -- ", "cargo xtask test"] {
        assert!(readme.contains(command), "README.md lacks `{command}`");
    }
    let ci = std::fs::read_to_string(root().join(".ci/run")).expect(".ci/run");
    let job = ci.split("cargo xtask ci run ").nth(1).expect(".ci/run runs no job").trim();
    let dry = output(Command::new(env!("CARGO_BIN_EXE_xtask")).args(["ci", "run", job, "--dry-run"])).stdout;
    let steps = String::from_utf8(dry).unwrap();
    assert!(
        steps.contains("+ cargo xtask test\n"),
        "job `{job}` does not run the README's test command: {steps}"
    );
}

#[test]
fn generated_workflows_are_fresh() {
    output(Command::new(env!("CARGO_BIN_EXE_xtask")).args(["ci", "check"]));
}
