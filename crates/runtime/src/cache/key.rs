//! What a cached executable depends on, hashed.
//!
//! A key that leaves something out hands out wrong code, one that takes in too much only compiles once more: in doubt it
//! goes in. There are two parts: the program with its options, and where it is compiled. The second is the plugin, the
//! libraries beside it and those of its vendor, the driver, the platform's version, the client's options, the devices, the
//! processor's features (XLA compiles for exactly those, and a mismatch is a crash) and how many threads there are (XLA plans
//! for their number).

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use crate::client::Client;
use crate::plugin::Plugin;
use crate::program::Program;

/// Files up to this size are hashed whole.
const WHOLE: u64 = 4 << 20;
/// Of larger ones this many blocks of this size, spread evenly.
const BLOCKS: u64 = 64;
const BLOCK: u64 = 4 << 10;
/// Of a vendor's libraries only the ends: there are gigabytes of them, and their build ids stand in the first block.
const ENDS: u64 = 2;
/// What says which system of the vendor's there is, where the libraries are the machine's.
const SYSTEM: [&str; 2] = ["/proc/driver/nvidia/version", "/opt/rocm/.info/version"];

/// A hash over fields, each with its length, so that moving a byte from one to the next changes it.
struct Fields(Sha256);

impl Fields {
    fn new(purpose: &str) -> Fields {
        Fields(Sha256::new()).with(purpose.as_bytes())
    }

    fn with(mut self, field: &[u8]) -> Fields {
        self.0.update((field.len() as u64).to_le_bytes());
        self.0.update(field);
        self
    }

    fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// The key of a program compiled with `options` (encoded) on `client`, in hex.
pub(super) fn program(client: &Client, program: &Program<'_>, options: &[u8]) -> String {
    let place = client.info().place.get_or_init(|| place(client));
    let key = Fields::new("bering executable 1")
        .with(place)
        .with(program.format().as_bytes())
        .with(program.identity())
        .with(options);
    hex(key)
}

/// The key of a program's text as `plugin` prints it, in hex.
pub(super) fn text(plugin: &Plugin, program: &Program<'_>) -> String {
    let key = Fields::new("bering text 1")
        .with(env!("CARGO_PKG_VERSION").as_bytes())
        .with(plugin.libraries())
        .with(program.format().as_bytes())
        .with(program.code());
    hex(key)
}

fn hex(key: Fields) -> String {
    key.finish().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where it is compiled: computed once a client.
fn place(client: &Client) -> [u8; 32] {
    let info = client.info();
    let plugin = client.plugin();
    let devices: Vec<String> =
        client.devices().map(|device| format!("{} {}", device.id(), device.kind())).collect();
    Fields::new("bering place 1")
        .with(env!("CARGO_PKG_VERSION").as_bytes())
        .with(plugin.libraries())
        .with(format!("{:?}", plugin.api_version()).as_bytes())
        .with(info.platform.as_bytes())
        .with(info.version.as_bytes())
        .with(format!("{:?}", info.options).as_bytes())
        .with(devices.join("\n").as_bytes())
        // Plugins that cannot serialize a topology are told apart by their devices alone.
        .with(&client.handle().topology().unwrap_or_default())
        .with(&system(&info.platform))
        .with(&processor())
        .with(threads().as_bytes())
        .finish()
}

/// The driver and the system that a GPU's plugin stands on. Programs for the CPU do not depend on them.
fn system(platform: &str) -> [u8; 32] {
    let files = if platform == "cpu" { &[][..] } else { &SYSTEM[..] };
    let texts = files.iter().map(|file| fs::read(file).unwrap_or_default());
    texts.fold(Fields::new("system"), |fields, text| fields.with(&text)).finish()
}

/// The plugin and the shared libraries beside it, by name and content.
pub(crate) fn libraries(plugin: &Path) -> [u8; 32] {
    let mut files = vec![plugin.to_path_buf()];
    if let Some(directory) = plugin.parent()
        && let Ok(listing) = fs::read_dir(directory)
    {
        let beside = listing.flatten().map(|file| file.path());
        files.extend(beside.filter(|file| {
            file.file_name().is_some_and(|name| name.to_string_lossy().contains(".so")) && file != plugin
        }));
    }
    files.extend(crate::toolkit::files(plugin));
    files[1..].sort();
    let vendor = crate::toolkit::libraries(plugin);
    let with = |blocks| {
        move |fields: Fields, file: &PathBuf| {
            let name = file.file_name().unwrap_or_default().as_encoded_bytes();
            // A file that cannot be read cannot be told from another such one, but the loader has read the plugin.
            fields.with(name).with(&content(file, blocks).unwrap_or_default())
        }
    };
    let fields = files.iter().fold(Fields::new("libraries"), with(BLOCKS));
    vendor.iter().fold(fields, with(ENDS)).finish()
}

/// A hash of a file's content.
///
/// Reading the hundreds of megabytes of XLA at every start would cost more than most compilations. Large files are
/// known by size, time of modification and a sample, which differ whenever a library was built or installed anew.
fn content(file: &Path, blocks: u64) -> io::Result<[u8; 32]> {
    let mut file = File::open(file)?;
    let metadata = file.metadata()?;
    let size = metadata.len();
    let mut fields = Fields::new("content").with(&size.to_le_bytes());
    if size <= WHOLE {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        return Ok(fields.with(&bytes).finish());
    }
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    fields = fields.with(&modified.as_nanos().to_le_bytes());
    let mut block = [0; BLOCK as usize];
    for index in 0..blocks {
        file.seek(SeekFrom::Start((size - BLOCK) / (blocks - 1) * index))?;
        file.read_exact(&mut block)?;
        fields = fields.with(&block);
    }
    Ok(fields.finish())
}

/// The processor: architecture and, where the kernel lists them, model and features.
fn processor() -> [u8; 32] {
    let mut text = String::new();
    if let Ok(file) = File::open("/proc/cpuinfo") {
        // The first processor's entry; machines with many would make the whole file slow.
        let mut start = Vec::new();
        let _ = file.take(16 << 10).read_to_end(&mut start);
        text = String::from_utf8_lossy(&start).into_owned();
    }
    let first = text.split("\n\n").next().unwrap_or_default();
    let wanted =
        ["vendor_id", "cpu family", "model", "stepping", "flags", "Features", "CPU implementer", "CPU part"];
    first
        .lines()
        .filter(|line| wanted.contains(&line.split(':').next().unwrap_or_default().trim()))
        .fold(Fields::new(std::env::consts::ARCH), |fields, line| fields.with(line.as_bytes()))
        .finish()
}

/// How many threads XLA sees: the variables it reads, then the processors this process may use.
fn threads() -> String {
    let variables = ["PJRT_NPROC", "NPROC", "XLA_FLAGS"].map(|name| format!("{:?}", std::env::var_os(name)));
    format!("{} {:?}", variables.join(" "), std::thread::available_parallelism().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_borders() {
        let hash = |fields: [&str; 2]| {
            Fields::new("").with(fields[0].as_bytes()).with(fields[1].as_bytes()).finish()
        };
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
    }

    #[test]
    fn a_change_in_a_library_changes_the_hash() {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let plugin = directory.path().join("plugin.so");
        let beside = directory.path().join("libxla.so.2");
        fs::write(&plugin, "plugin").expect("writable");
        fs::write(&beside, "one").expect("writable");
        let before = libraries(&plugin);
        assert_eq!(before, libraries(&plugin));
        fs::write(&beside, "two").expect("writable");
        assert_ne!(before, libraries(&plugin));
    }

    /// Sizes in bytes: one is read whole, one is known by its ends.
    #[test]
    fn a_change_in_a_library_of_the_vendors_changes_the_hash() {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let plugin = directory.path().join("jax_plugins/xla_cuda13/xla_cuda_plugin.so");
        let place = |file: &str, bytes: &[u8]| {
            let file = directory.path().join(file);
            fs::create_dir_all(file.parent().expect("a directory")).expect("writable");
            fs::write(file, bytes).expect("writable");
        };
        place("jax_plugins/xla_cuda13/xla_cuda_plugin.so", b"plugin");
        let mut before = libraries(&plugin);
        for (name, size) in
            [("cudnn/lib/libcudnn.so.9", 10), ("cu13/lib/libcublasLt.so.13", WHOLE as usize + 1)]
        {
            let file = format!("nvidia/{name}");
            // It appears, it gets another content of the same size, and it goes.
            for change in [Some(1), Some(2), None] {
                match change {
                    Some(byte) => place(&file, &vec![byte; size]),
                    None => fs::remove_file(directory.path().join(&file)).expect("it is there"),
                }
                let after = libraries(&plugin);
                assert_ne!(before, after, "{name} {change:?}");
                assert_eq!(after, libraries(&plugin));
                before = after;
            }
        }
    }

    #[test]
    fn programs_for_the_cpu_do_not_depend_on_a_gpus_driver() {
        let plain = Fields::new("system").finish();
        assert_eq!(system("cpu"), plain);
        assert_ne!(system("cuda"), plain);
    }

    #[test]
    fn large_files_are_sampled_to_their_last_byte() {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let file = directory.path().join("large.so");
        let size = WHOLE as usize + 12345;
        let hash = |bytes: &[u8]| {
            fs::write(&file, bytes).expect("writable");
            // One time of modification for all, so that only the content tells them apart.
            let opened = File::options().append(true).open(&file).expect("writable");
            opened.set_modified(UNIX_EPOCH).expect("writable");
            content(&file, BLOCKS).expect("readable")
        };
        let same = hash(&vec![7; size]);
        assert_eq!(same, hash(&vec![7; size]));
        let mut other = vec![7; size];
        other[0] = 8;
        assert_ne!(same, hash(&other));
        assert_ne!(same, hash(&vec![7; size + 1]));
    }
}
