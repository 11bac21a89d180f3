//! The recipes of what targets add: PJRT plugins, and the vendor's libraries that they load.
//!
//! Members keep the paths that their wheels give them, below `plugins/<target>/`: the plugins look for libraries, ptxas and
//! libdevice relative to themselves. Every component brings its licence text along (`plugins/<target>/licenses/<component>/`),
//! for whoever passes its files on.

use super::{LINUX, Need, Package, Project, Recipe, Rule, Versions, X86_LINUX};

/// The CUDA toolkit's and cuDNN's end user licence agreements have no SPDX name; the text lies beside the files.
const NVIDIA: &str = "LicenseRef-NVIDIA-Proprietary";

/// A component of a CUDA target: `$dist` is the wheel's directory of metadata without the version, `$globs` what is taken.
macro_rules! cuda {
    (
        $target:literal, $part:literal, $purpose:literal, $project:literal, $dist:literal, $versions:expr,
        $license:expr, [$($glob:literal),*], [$($program:literal),*]
    ) => {
        Recipe {
            name: concat!($target, "-", $part),
            purpose: $purpose,
            license: $license,
            package: Package::Wheel {
                project: Project::For($project, LINUX),
                pythons: &["py3"],
                versions: $versions,
            },
            unpack: &[
                $(Rule::new($glob, "", concat!("plugins/", $target, "/")),)*
                $(Rule::new($program, "", concat!("plugins/", $target, "/")).executable(),)*
                Rule::new(
                    concat!($dist, "-$version.dist-info/licenses/License.txt"),
                    concat!($dist, "-$version.dist-info/licenses/"),
                    concat!("plugins/", $target, "/licenses/", $target, "-", $part, "/"),
                ),
            ],
            needs: &[],
            released_with: None,
        }
    };
}

pub(crate) const RECIPES: &[Recipe] = &[
    cuda!(
        "cuda12",
        "cublas",
        "matrix products",
        "nvidia-cublas-cu12",
        "nvidia_cublas_cu12",
        Versions::Within("12"),
        NVIDIA,
        ["nvidia/cublas/lib/libcublas{,Lt}.so.*"],
        []
    ),
    cuda!(
        "cuda12",
        "cudart",
        "the CUDA runtime",
        "nvidia-cuda-runtime-cu12",
        "nvidia_cuda_runtime_cu12",
        Versions::Within("12"),
        NVIDIA,
        ["nvidia/cuda_runtime/lib/libcudart.so.*"],
        []
    ),
    cuda!(
        "cuda12",
        "cudnn",
        "convolutions, fused attention",
        "nvidia-cudnn-cu12",
        "nvidia_cudnn_cu12",
        Versions::Within("9"),
        NVIDIA,
        ["nvidia/cudnn/lib/libcudnn*.so.*"],
        []
    ),
    cuda!(
        "cuda12",
        "cufft",
        "Fourier transforms",
        "nvidia-cufft-cu12",
        "nvidia_cufft_cu12",
        Versions::Within("11"),
        NVIDIA,
        ["nvidia/cufft/lib/libcufft.so.*"],
        []
    ),
    cuda!(
        "cuda12",
        "cupti",
        "profiles",
        "nvidia-cuda-cupti-cu12",
        "nvidia_cuda_cupti_cu12",
        Versions::Within("12"),
        NVIDIA,
        ["nvidia/cuda_cupti/lib/libcupti.so.*", "nvidia/cuda_cupti/lib/libnvperf_{host,target}.so"],
        []
    ),
    cuda!(
        "cuda12",
        "nccl",
        "collectives between GPUs",
        "nvidia-nccl-cu12",
        "nvidia_nccl_cu12",
        Versions::Within("2"),
        "BSD-3-Clause",
        ["nvidia/nccl/lib/libnccl.so.*"],
        []
    ),
    cuda!(
        "cuda12",
        "nvcc",
        "ptxas and libdevice",
        "nvidia-cuda-nvcc-cu12",
        "nvidia_cuda_nvcc_cu12",
        Versions::Within("12"),
        NVIDIA,
        ["nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc"],
        ["nvidia/cuda_nvcc/bin/ptxas"]
    ),
    cuda!(
        "cuda12",
        "nvjitlink",
        "links compiled kernels",
        "nvidia-nvjitlink-cu12",
        "nvidia_nvjitlink_cu12",
        Versions::Within("12"),
        NVIDIA,
        ["nvidia/nvjitlink/lib/libnvJitLink.so.*"],
        []
    ),
    cuda!(
        "cuda12",
        "nvrtc",
        "kernels that cuDNN and cuBLAS compile",
        "nvidia-cuda-nvrtc-cu12",
        "nvidia_cuda_nvrtc_cu12",
        Versions::Within("12"),
        NVIDIA,
        ["nvidia/cuda_nvrtc/lib/libnvrtc{,-builtins}.so.*"],
        []
    ),
    Recipe {
        name: "cuda12-plugin",
        purpose: "XLA for CUDA 12",
        license: "Apache-2.0",
        package: Package::Wheel {
            project: Project::For("jax-cuda12-pjrt", LINUX),
            pythons: &["py3"],
            versions: Versions::Newest,
        },
        unpack: &[Rule::new("jax_plugins/xla_cuda12/xla_cuda_plugin.so", "", "plugins/cuda12/")],
        needs: GLIBC_2_27,
        released_with: None,
    },
    cuda!(
        "cuda13",
        "cublas",
        "matrix products",
        "nvidia-cublas",
        "nvidia_cublas",
        Versions::Within("13"),
        NVIDIA,
        ["nvidia/cu13/lib/libcublas{,Lt}.so.*"],
        []
    ),
    cuda!(
        "cuda13",
        "cudart",
        "the CUDA runtime",
        "nvidia-cuda-runtime",
        "nvidia_cuda_runtime",
        Versions::Within("13"),
        NVIDIA,
        ["nvidia/cu13/lib/libcudart.so.*"],
        []
    ),
    cuda!(
        "cuda13",
        "cudnn",
        "convolutions, fused attention",
        "nvidia-cudnn-cu13",
        "nvidia_cudnn_cu13",
        Versions::Within("9"),
        NVIDIA,
        ["nvidia/cudnn/lib/libcudnn*.so.*"],
        []
    ),
    cuda!(
        "cuda13",
        "cufft",
        "Fourier transforms",
        "nvidia-cufft",
        "nvidia_cufft",
        Versions::Within("12"),
        NVIDIA,
        ["nvidia/cu13/lib/libcufft.so.*"],
        []
    ),
    cuda!(
        "cuda13",
        "cupti",
        "profiles",
        "nvidia-cuda-cupti",
        "nvidia_cuda_cupti",
        Versions::Within("13"),
        NVIDIA,
        ["nvidia/cu13/lib/libcupti.so.*", "nvidia/cu13/lib/libnvperf_{host,target}.so"],
        []
    ),
    cuda!(
        "cuda13",
        "nccl",
        "collectives between GPUs",
        "nvidia-nccl-cu13",
        "nvidia_nccl_cu13",
        Versions::Within("2"),
        "BSD-3-Clause",
        ["nvidia/nccl/lib/libnccl.so.*"],
        []
    ),
    cuda!(
        "cuda13",
        "nvcc",
        "ptxas and nvlink",
        "nvidia-cuda-nvcc",
        "nvidia_cuda_nvcc",
        Versions::Within("13"),
        NVIDIA,
        [],
        ["nvidia/cu13/bin/{ptxas,nvlink}"]
    ),
    cuda!(
        "cuda13",
        "nvjitlink",
        "links compiled kernels",
        "nvidia-nvjitlink",
        "nvidia_nvjitlink",
        Versions::Within("13"),
        NVIDIA,
        ["nvidia/cu13/lib/libnvJitLink.so.*"],
        []
    ),
    cuda!(
        "cuda13",
        "nvrtc",
        "kernels that cuDNN and cuBLAS compile",
        "nvidia-cuda-nvrtc",
        "nvidia_cuda_nvrtc",
        Versions::Within("13"),
        NVIDIA,
        ["nvidia/cu13/lib/libnvrtc{,-builtins}.so.*"],
        []
    ),
    cuda!(
        "cuda13",
        "nvvm",
        "libdevice",
        "nvidia-nvvm",
        "nvidia_nvvm",
        Versions::Within("13"),
        NVIDIA,
        ["nvidia/cu13/nvvm/libdevice/libdevice.10.bc"],
        []
    ),
    Recipe {
        name: "cuda13-plugin",
        purpose: "XLA for CUDA 13",
        license: "Apache-2.0",
        package: Package::Wheel {
            project: Project::For("jax-cuda13-pjrt", LINUX),
            pythons: &["py3"],
            versions: Versions::Newest,
        },
        unpack: &[Rule::new("jax_plugins/xla_cuda13/xla_cuda_plugin.so", "", "plugins/cuda13/")],
        needs: GLIBC_2_27,
        released_with: None,
    },
    Recipe {
        name: "rocm7-plugin",
        purpose: "XLA for ROCm 7",
        license: "Apache-2.0",
        package: Package::Wheel {
            project: Project::For("jax-rocm7-pjrt", &[X86_LINUX]),
            pythons: &["py3"],
            versions: Versions::Newest,
        },
        unpack: &[Rule::new("jax_plugins/xla_rocm7/xla_rocm_plugin.so", "", "plugins/rocm7/")],
        needs: GLIBC_2_27,
        released_with: None,
    },
    Recipe {
        name: "tpu-plugin",
        purpose: "XLA for TPUs",
        license: "LicenseRef-Google-libtpu",
        package: Package::Wheel {
            project: Project::For("libtpu", &[X86_LINUX]),
            pythons: &["cp313", "cp312", "cp311"],
            versions: Versions::Newest,
        },
        unpack: &[
            Rule::new("libtpu/libtpu.so", "", "plugins/tpu/"),
            Rule::new(
                "libtpu/{LICENSE,THIRD_PARTY_NOTICES.txt}",
                "libtpu/",
                "plugins/tpu/licenses/tpu-plugin/",
            ),
        ],
        needs: &[Need::Glibc(2, 31)],
        released_with: None,
    },
];

const GLIBC_2_27: &[Need] = &[Need::Glibc(2, 27), Need::Glibcxx(22)];
