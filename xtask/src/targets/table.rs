//! The table of targets: data.

use super::{Absent, Described, Part, Share, Target};

const fn core(component: &'static str) -> Part {
    Part { component, share: Share::Core }
}

const fn usual(component: &'static str) -> Part {
    Part { component, share: Share::Usual }
}

const fn extra(name: &'static str, component: &'static str) -> Part {
    Part { component, share: Share::Extra(name) }
}

/// The description of an H100 for the GPU plugins.
pub(crate) const H100: &str = include_str!("h100.txtpb");

const NVIDIA_H100: &[Described] = &[Described {
    title: "NVIDIA H100",
    topology: "cuda",
    options: &["topology=1x1x1", "target_config=@h100"],
}];

const fn tpu(title: &'static str, topology: &'static str) -> Described {
    Described { title, topology, options: &[] }
}

/// What there is, the default first.
///
/// The libraries of the CUDA targets are those whose functions the plugins name (cuBLAS, cuDNN, cuFFT, CUPTI, NCCL,
/// nvJitLink, NVRTC) and those that these need in turn; cuSOLVER, cuSPARSE and NVSHMEM, which JAX installs too, are used by
/// JAX's own kernels alone.
pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: super::CPU,
        title: "CPUs",
        plugin: "libpjrt_cpu.so",
        parts: &[],
        machine: &["glibc 2.27", "libstdc++ with GLIBCXX_3.4.22"],
        system: &[],
        devices: &[],
        seen: "every test, on x86-64 Linux",
    },
    Target {
        name: "cuda12",
        title: "NVIDIA GPUs, CUDA 12",
        plugin: "jax_plugins/xla_cuda12/xla_cuda_plugin.so",
        parts: &[
            core("cuda12-plugin"),
            core("cuda12-cudart"),
            core("cuda12-cublas"),
            core("cuda12-nvcc"),
            core("cuda12-nvjitlink"),
            core("cuda12-nvrtc"),
            usual("cuda12-cudnn"),
            usual("cuda12-cufft"),
            usual("cuda12-cupti"),
            extra("nccl", "cuda12-nccl"),
        ],
        machine: &[
            "NVIDIA driver 525 or newer",
            "compute capability 5.2 or newer",
            "glibc 2.27",
            "libz.so.1",
        ],
        system: &["libcuda.so.1", "libnvidia-ml.so.1", "libz.so.1"],
        devices: NVIDIA_H100,
        seen: "never on a GPU; compiles for one (`targets verify`)",
    },
    Target {
        name: "cuda13",
        title: "NVIDIA GPUs, CUDA 13",
        plugin: "jax_plugins/xla_cuda13/xla_cuda_plugin.so",
        parts: &[
            core("cuda13-plugin"),
            core("cuda13-cudart"),
            core("cuda13-cublas"),
            core("cuda13-nvcc"),
            core("cuda13-nvjitlink"),
            core("cuda13-nvrtc"),
            core("cuda13-nvvm"),
            usual("cuda13-cudnn"),
            usual("cuda13-cufft"),
            usual("cuda13-cupti"),
            extra("nccl", "cuda13-nccl"),
        ],
        machine: &[
            "NVIDIA driver 580 or newer",
            "compute capability 7.5 or newer",
            "glibc 2.27",
            "libz.so.1",
        ],
        system: &["libcuda.so.1", "libnvidia-ml.so.1", "libz.so.1"],
        devices: NVIDIA_H100,
        seen: "never on a GPU; compiles for one (`targets verify`)",
    },
    Target {
        name: "rocm7",
        title: "AMD GPUs, ROCm 7",
        plugin: "jax_plugins/xla_rocm7/xla_rocm_plugin.so",
        parts: &[core("rocm7-plugin")],
        machine: &["amdgpu driver", "ROCm 7 in `/opt/rocm`", "glibc 2.27"],
        system: &[
            "libMIOpen.so.1",
            "libamd_smi.so.26",
            "libamdhip64.so.7",
            "libhipblaslt.so.1",
            "libhipfft.so.0",
            "libhsa-runtime64.so.1",
            "librccl.so.1",
            "librocblas.so.5",
            "librocm_sysdeps_drm.so.2",
            "librocm_sysdeps_drm_amdgpu.so.1",
            "librocm_sysdeps_numa.so.1",
            "librocprofiler-sdk.so.1",
        ],
        devices: &[],
        seen: "never, not even loaded: that takes a system with ROCm",
    },
    Target {
        name: "tpu",
        title: "Google TPUs",
        plugin: "libtpu/libtpu.so",
        parts: &[core("tpu-plugin")],
        machine: &["a Cloud TPU VM", "glibc 2.31"],
        system: &[],
        devices: &[tpu("TPU v4", "v4:2x2x1"), tpu("TPU v5e", "v5e:2x2"), tpu("TPU v6e", "v6e:2x2")],
        seen: "never on a TPU; compiles for three kinds (`targets verify`)",
    },
];

/// What people ask for, and why it is not there.
pub(crate) const ABSENT: &[Absent] = &[
    Absent {
        name: "metal",
        title: "Apple GPUs",
        why: "Apple's plugin (package jax-metal, last released in 2024) speaks a PJRT of 2024 and reads no StableHLO of today; \
              the community's jax-mps is newer, and of no use before the CPU plugin is built on macOS",
    },
    Absent {
        name: "neuron",
        title: "AWS Trainium and Inferentia",
        why: "Amazon's plugin (package libneuronxla) is on Amazon's own index only, and needs the Neuron driver and tools of \
              a Trainium or Inferentia instance",
    },
    Absent {
        name: "oneapi",
        title: "Intel GPUs",
        why: "Intel's plugin (package intel-extension-for-openxla 0.7.0) was last released in early 2025, speaks a PJRT of that \
              time and needs a system oneAPI 2025.1",
    },
];
