//! What executables say about themselves, and their serialized form.

use crate::harness::{Client, Executable, Loaded, ONE_DEVICE, Result, call, double, failure, module, text};
use bering_pjrt_sys::{self as sys, Versioned};
use std::collections::BTreeMap;

/// The optimized program, as a serialized `HloModuleProtoWithConfig`.
pub(crate) fn optimized(executable: &Executable) -> Vec<u8> {
    let mut program = sys::PJRT_Program::versioned();
    call!(PJRT_Executable_OptimizedProgram(PJRT_Executable_OptimizedProgram_Args) {
        executable: executable.0,
        program: &mut program,
    })
    .expect("a size");
    let mut code = vec![0u8; program.code_size];
    program.code = code.as_mut_ptr().cast();
    call!(PJRT_Executable_OptimizedProgram(PJRT_Executable_OptimizedProgram_Args) {
        executable: executable.0,
        program: &mut program,
    })
    .expect("a program");
    assert_eq!(text(program.format, program.format_size), "hlo_with_config");
    code
}

pub(crate) fn serialize(executable: &Executable) -> Vec<u8> {
    let args = call!(PJRT_Executable_Serialize(PJRT_Executable_Serialize_Args) { executable: executable.0 })
        .expect("bytes");
    // SAFETY: the pair is backed by `serialized_executable` until it is deleted below.
    let bytes = unsafe {
        std::slice::from_raw_parts(args.serialized_bytes.cast::<u8>(), args.serialized_bytes_size).to_vec()
    };
    // SAFETY: called once, with what the call returned.
    unsafe { args.serialized_executable_deleter.expect("a deleter")(args.serialized_executable) };
    bytes
}

pub(crate) fn deserialize(client: &Client, bytes: &[u8]) -> Result<Loaded> {
    call!(PJRT_Executable_DeserializeAndLoad(PJRT_Executable_DeserializeAndLoad_Args) {
        client: client.0,
        serialized_executable: bytes.as_ptr().cast(),
        serialized_executable_size: bytes.len(),
    })
    .map(|args| Loaded(args.loaded_executable))
}

pub(crate) fn cost(executable: &Executable, name: &str) -> f32 {
    *costs(executable).get(name).expect("a cost of that name")
}

/// All that is not zero, by name.
pub(crate) fn costs(executable: &Executable) -> BTreeMap<String, f32> {
    let costs = call!(PJRT_Executable_GetCostAnalysis(PJRT_Executable_GetCostAnalysis_Args) {
        executable: executable.0,
    })
    .expect("costs");
    if costs.num_properties == 0 {
        return BTreeMap::new();
    }
    // SAFETY: the executable owns an array of that length.
    let costs = unsafe { std::slice::from_raw_parts(costs.properties, costs.num_properties) };
    let value = |cost: &sys::PJRT_NamedValue| {
        assert_eq!(cost.type_, sys::PJRT_NamedValue_kFloat);
        // SAFETY: the type says which member of the union it is.
        (text(cost.name, cost.name_size), unsafe { cost.__bindgen_anon_1.float_value })
    };
    costs.iter().map(value).collect()
}

/// What the statistics say of the device's memory.
pub(crate) fn memory(executable: &Executable) -> [i64; 9] {
    let stats = call!(PJRT_Executable_GetCompiledMemoryStats(PJRT_Executable_GetCompiledMemoryStats_Args) {
        executable: executable.0,
    })
    .expect("statistics");
    [
        stats.argument_size_in_bytes,
        stats.output_size_in_bytes,
        stats.alias_size_in_bytes,
        stats.temp_size_in_bytes,
        stats.peak_memory_in_bytes,
        stats.total_size_in_bytes,
        stats.total_allocation_bytes,
        stats.indefinite_allocations,
        stats.peak_unpadded_heap_bytes,
    ]
}

#[test]
fn names_counts_and_shapes() {
    let client = Client::new();
    let program =
        "module @jit_pair { func.func public @main(%a: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<i32>) {
        %n = stablehlo.constant dense<7> : tensor<i32>
        return %a, %n : tensor<2x3xf32>, tensor<i32> } }";
    let loaded = client.compile(program).expect("it compiles");
    let executable = loaded.executable();
    let name =
        call!(PJRT_Executable_Name(PJRT_Executable_Name_Args) { executable: executable.0 }).expect("a name");
    assert_eq!(text(name.executable_name, name.executable_name_size), "jit_pair");
    let replicas =
        call!(PJRT_Executable_NumReplicas(PJRT_Executable_NumReplicas_Args) { executable: executable.0 });
    assert_eq!(replicas.expect("a count").num_replicas, 1);
    let outputs =
        call!(PJRT_Executable_NumOutputs(PJRT_Executable_NumOutputs_Args) { executable: executable.0 });
    assert_eq!(outputs.expect("a count").num_outputs, 2);
    let types = call!(PJRT_Executable_OutputElementTypes(PJRT_Executable_OutputElementTypes_Args) {
        executable: executable.0,
    })
    .expect("types");
    // SAFETY: the executable owns arrays of those lengths, here and below.
    let types = unsafe { std::slice::from_raw_parts(types.output_types, types.num_output_types) };
    assert_eq!(types, [sys::PJRT_Buffer_Type_F32, sys::PJRT_Buffer_Type_S32]);
    let dims = call!(PJRT_Executable_OutputDimensions(PJRT_Executable_OutputDimensions_Args) {
        executable: executable.0,
    })
    .expect("dimensions");
    // SAFETY: as above.
    let (ranks, sizes) = unsafe {
        (
            std::slice::from_raw_parts(dims.dim_sizes, dims.num_outputs),
            std::slice::from_raw_parts(dims.dims, 2),
        )
    };
    assert_eq!((ranks, sizes), (&[2usize, 0][..], &[2i64, 3][..]));
    let kinds = call!(PJRT_Executable_OutputMemoryKinds(PJRT_Executable_OutputMemoryKinds_Args) {
        executable: executable.0,
    });
    assert_eq!(kinds.expect("kinds").num_outputs, 2);
    let kinds = call!(PJRT_Executable_ParameterMemoryKinds(PJRT_Executable_ParameterMemoryKinds_Args) {
        executable: executable.0,
    });
    assert_eq!(kinds.expect("kinds").num_parameters, 1);
}

#[test]
fn costs_memory_and_fingerprints() {
    let client = Client::new();
    let executable = client.compile(&double()).expect("it compiles").executable();
    assert_eq!(cost(&executable, "flops"), 4.0);
    let stats = call!(PJRT_Executable_GetCompiledMemoryStats(PJRT_Executable_GetCompiledMemoryStats_Args) {
        executable: executable.0,
    })
    .expect("statistics");
    assert_eq!((stats.argument_size_in_bytes, stats.output_size_in_bytes), (16, 16));
    let fingerprint = |executable: &Executable| {
        let args =
            call!(PJRT_Executable_Fingerprint(PJRT_Executable_Fingerprint_Args) { executable: executable.0 })
                .expect("a fingerprint");
        text(args.executable_fingerprint, args.executable_fingerprint_size)
    };
    let same = client.compile(&double()).expect("it compiles").executable();
    assert_eq!(fingerprint(&executable), fingerprint(&same));
    assert!(!optimized(&executable).is_empty());
}

#[test]
fn serialized_executables_run_in_another_client() {
    let bytes = serialize(&Client::new().compile(&double()).expect("it compiles").executable());
    let client = Client::new();
    let loaded = deserialize(&client, &bytes).expect("it loads");
    let results = loaded.run(&[&client.buffer(&[1f32, 2.0, 3.0, 4.0], &[4])], 1).expect("it runs");
    assert_eq!(results[0].read::<f32>(4).expect("readable"), [2.0, 4.0, 6.0, 8.0]);
}

/// Products that compute the same on other buffers, as layers do, among others that do not.
pub(crate) fn layers(count: usize) -> String {
    let product = |lhs: &str, rhs: &str, out: &str| {
        format!(
            "{out}p = stablehlo.dot_general {lhs}, {rhs}, contracting_dims = [1] x [0]
                : (tensor<96x96xf32>, tensor<96x96xf32>) -> tensor<96x96xf32>
            {out} = stablehlo.tanh {out}p : tensor<96x96xf32>\n"
        )
    };
    let mut body = String::new();
    let mut last = "%arg0".to_owned();
    for layer in 0..count {
        let out = format!("%l{layer}");
        body += &product(&last, if layer % 3 == 2 { &last } else { "%arg1" }, &out);
        last = out;
    }
    body += &format!("%out = stablehlo.add {last}, %arg0 : tensor<96x96xf32>");
    module(&["tensor<96x96xf32>"; 2], "tensor<96x96xf32>", &body)
}

#[test]
fn loaded_executables_compute_the_same_and_serialize_again() {
    let client = Client::new();
    let compiled = client.compile(&layers(8)).expect("it compiles");
    let numbers =
        |step: usize| (0..96 * 96).map(|i| ((i * step) % 101) as f32 / 505.0 - 0.1).collect::<Vec<f32>>();
    let arguments = [client.buffer(&numbers(7), &[96, 96]), client.buffer(&numbers(13), &[96, 96])];
    let run = |loaded: &Loaded| {
        let results = loaded.run(&[&arguments[0], &arguments[1]], 1).expect("it runs");
        results[0].read::<f32>(96 * 96).expect("readable")
    };
    let expected = run(&compiled);
    let loaded = deserialize(&client, &serialize(&compiled.executable())).expect("it loads");
    let again = deserialize(&client, &serialize(&loaded.executable())).expect("it loads again");
    for _ in 0..3 {
        assert_eq!(run(&loaded), expected);
        assert_eq!(run(&again), expected);
    }
    // Dropped while its plans may still be in the making.
    drop(deserialize(&client, &serialize(&again.executable())).expect("it loads"));
    assert_eq!(memory(&loaded.executable()), memory(&compiled.executable()));
}

#[test]
fn damaged_executables_are_errors() {
    let client = Client::new();
    let good = serialize(&client.compile(&double()).expect("it compiles").executable());
    for garbage in [&b""[..], b"garbage", &[0xff; 128]] {
        assert!(!failure(deserialize(&client, garbage)).message.is_empty());
    }
    for length in (0..good.len()).step_by(good.len() / 40 + 1) {
        assert!(deserialize(&client, &good[..length]).is_err(), "the first {length} of {} bytes", good.len());
    }
    for index in (0..good.len()).step_by(good.len() / 80 + 1) {
        let mut bytes = good.clone();
        bytes[index] ^= 0x55;
        assert!(deserialize(&client, &bytes).is_err(), "byte {index} of {}", good.len());
    }
    deserialize(&client, &good).expect("the original still loads");
}

#[test]
fn programs_compile_without_a_client_and_load_later() {
    let topology = call!(PJRT_TopologyDescription_Create(PJRT_TopologyDescription_Create_Args) {})
        .expect("a topology")
        .topology;
    let code = double();
    let mut program = sys::PJRT_Program::versioned();
    program.code = code.as_ptr().cast_mut().cast();
    program.code_size = code.len();
    program.format = c"mlir".as_ptr();
    program.format_size = 4;
    let args = call!(PJRT_Compile(PJRT_Compile_Args) {
        topology: topology,
        program: &program,
        compile_options: ONE_DEVICE.as_ptr().cast(),
        compile_options_size: ONE_DEVICE.len(),
    });
    let executable = Executable(args.expect("it compiles").executable);
    let client = Client::new();
    let loaded =
        call!(PJRT_Client_Load(PJRT_Client_Load_Args) { client: client.0, executable: executable.0 });
    let loaded = Loaded(loaded.expect("it loads").loaded_executable);
    let results = loaded.run(&[&client.buffer(&[1f32, 2.0, 3.0, 4.0], &[4])], 1).expect("it runs");
    assert_eq!(results[0].read::<f32>(4).expect("readable"), [2.0, 4.0, 6.0, 8.0]);
    let costs = call!(PJRT_Executable_GetCostAnalysis(PJRT_Executable_GetCostAnalysis_Args) {
        executable: executable.0,
    });
    assert!(costs.expect("costs").num_properties > 0);
    call!(PJRT_TopologyDescription_Destroy(PJRT_TopologyDescription_Destroy_Args) { topology: topology })
        .expect("freed");
}
