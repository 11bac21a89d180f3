//! The compile cache: what it loads, what it tells apart, and what damage does to it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bering_runtime::{CacheStatistics, Client, CompileCache, CompileOptions, Executable, Origin, Program};

use crate::{client, four_devices, module};

fn program(constant: f32) -> String {
    let body = format!(
        "%c = stablehlo.constant dense<{constant:?}> : tensor<4xf32> %out = stablehlo.add %arg0, %c : tensor<4xf32>"
    );
    module(&["tensor<4xf32>"], "tensor<4xf32>", &body)
}

fn compile(cache: &CompileCache, client: &Client) -> Executable {
    cache.compile(client, &program(1.0), &CompileOptions::new()).expect("it compiles")
}

#[track_caller]
fn check_runs(client: &Client, executable: &Executable) {
    let x = client.buffer_from_slice(&[1.0f32; 4], [4]).expect("a buffer");
    let y = executable.execute(&[&x]).expect("it runs");
    assert_eq!(y[0].to_vec::<f32>().expect("values"), [2.0; 4]);
}

/// All files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn counts(statistics: CacheStatistics) -> (u64, u64, u64, u64) {
    (statistics.hits, statistics.misses, statistics.corrupt, statistics.unwritten)
}

#[test]
fn the_second_time_it_is_loaded() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let client = client();
    let first = compile(&CompileCache::new(directory.path()), &client);
    assert_eq!(first.origin(), Origin::Compiled);

    // Another cache on the directory and another client stand for another process.
    let (cache, client) = (CompileCache::new(directory.path()), crate::client());
    let second = compile(&cache, &client);
    assert_eq!(second.origin(), Origin::Deserialized);
    assert_eq!(counts(cache.statistics()), (1, 0, 0, 0));
    check_runs(&client, &second);
    assert_eq!(
        second.parameters().expect("known").collect::<Vec<_>>(),
        first.parameters().expect("known").collect::<Vec<_>>()
    );
}

#[test]
fn programs_options_and_clients_are_told_apart() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let cache = CompileCache::new(directory.path());
    let client = client();
    let plain = CompileOptions::new();
    let other = CompileOptions::new().set("xla_cpu_enable_fast_math", true);
    cache.compile(&client, &program(1.0), &plain).expect("it compiles");
    cache.compile(&client, &program(2.0), &plain).expect("it compiles");
    cache.compile(&client, &program(1.0), &other).expect("it compiles");
    cache.compile(&four_devices(), &program(1.0), &plain).expect("it compiles");
    assert_eq!(counts(cache.statistics()), (0, 4, 0, 0));
    assert_eq!(files(directory.path()).len(), 4);
}

#[test]
fn damaged_entries_are_compiled_again_and_replaced() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let client = client();
    compile(&CompileCache::new(directory.path()), &client);
    let [file] = &files(directory.path())[..] else { panic!("one entry") };
    let whole = fs::read(file).expect("readable");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damaged in [&flipped[..], &whole[..whole.len() / 2], b"", b"something else"] {
        fs::write(file, damaged).expect("writable");
        let cache = CompileCache::new(directory.path());
        let executable = compile(&cache, &client);
        assert_eq!(executable.origin(), Origin::Compiled);
        assert_eq!(counts(cache.statistics()), (0, 1, 1, 0));
        check_runs(&client, &executable);
        assert_eq!(compile(&cache, &client).origin(), Origin::Deserialized, "the entry was replaced");
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_no_error() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let client = client();
    // A file where the directory should be: not writable for anybody, root included.
    let file = directory.path().join("file");
    fs::write(&file, "").expect("writable");
    let cache = CompileCache::new(&file);
    check_runs(&client, &compile(&cache, &client));
    assert_eq!(counts(cache.statistics()), (0, 1, 0, 1));
}

#[test]
fn a_read_only_cache_still_gives() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let client = client();
    compile(&CompileCache::new(directory.path()), &client);
    let entry = files(directory.path()).remove(0);
    let lock = |mode| {
        for place in [&entry, entry.parent().expect("a directory")] {
            fs::set_permissions(place, fs::Permissions::from_mode(mode)).expect("ours");
        }
    };
    lock(0o555);
    let cache = CompileCache::new(directory.path());
    let executable = compile(&cache, &client);
    lock(0o755);
    assert_eq!(counts(cache.statistics()), (1, 0, 0, 0));
    check_runs(&client, &executable);
}

#[test]
fn the_limit_holds() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let client = client();
    compile(&CompileCache::new(directory.path()), &client);
    let size = fs::metadata(&files(directory.path())[0]).expect("an entry").len();
    // Room for three, then many programs.
    let cache = CompileCache::new(directory.path()).with_limit(size * 7 / 2);
    for constant in 2..10u8 {
        cache.compile(&client, &program(constant.into()), &CompileOptions::new()).expect("it compiles");
    }
    let total: u64 = files(directory.path())
        .iter()
        .filter_map(|file| fs::metadata(file).ok())
        .map(|data| data.len())
        .sum();
    assert!(total <= size * 7 / 2, "{total} bytes of entries of {size}");
    assert!(total > 0);

    let tiny = CompileCache::new(directory.path().join("tiny")).with_limit(10);
    compile(&tiny, &client);
    assert_eq!(counts(tiny.statistics()), (0, 1, 0, 1));
    assert_eq!(files(&directory.path().join("tiny")).len(), 0);
}

#[test]
fn threads_share_a_cache() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let client = client();
    let cache = CompileCache::new(directory.path());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    check_runs(&client, &compile(&cache, &client));
                }
            });
        }
    });
    let statistics = cache.statistics();
    assert_eq!((statistics.hits + statistics.misses, statistics.corrupt, statistics.unwritten), (20, 0, 0));
    assert!(statistics.hits >= 16, "each thread compiles once at most: {statistics:?}");
    assert_eq!(files(directory.path()).len(), 1, "no temporary file is left");
}

#[test]
fn a_program_is_known_by_its_identity() {
    let directory = tempfile::tempdir().expect("a directory for temporary files");
    let client = client();
    let cache = CompileCache::new(directory.path());
    let (code, moved) = (program(1.0), format!("\n\n{}", program(1.0)));
    let compile = |code: &str, identity: &str| {
        let program = Program::mlir(code).with_identity(identity);
        let executable = cache.compile(&client, program, &CompileOptions::new()).expect("compiles");
        executable.origin() == Origin::Deserialized
    };
    assert!(!compile(&code, "add"));
    assert!(compile(&moved, "add"), "another code of the same identity");
    assert!(!compile(&code, "another"), "the same code of another identity");
}
