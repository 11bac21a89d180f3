//! From a graph to something that runs: lowering, the compile cache, calls.

use crate::debug::Checks;
use crate::device::cpu_plugin;
use crate::dump::Dump;
use crate::error::{Error, ErrorKind, Result};
use crate::mesh::Where;
use crate::module::Module;
use crate::parameters::Parameters;
use bering_frontend::instrument::{Checked, Forbidden, check_numbers};
use bering_frontend::lower::{self, Lowering};
use bering_frontend::sharding::{Mesh, mesh_of};
use bering_frontend::{DType, Graph, Input, Op};
use bering_runtime::{Argument, Buffer, Client, CompileOptions, Device, Executable, Program};
use std::sync::Arc;

/// Compiles a graph for a device.
///
/// The executable comes from the on-disk cache if the same program was compiled before with the same plugin on such a machine.
///
/// # Errors
/// If MLIR or XLA refuses the program.
pub fn compile(device: &Device, graph: &Graph) -> Result<Function> {
    Lowered::new(graph)?.compile(device, &CompileOptions::default())
}

/// Readies the calling thread to trace and lower while another opens a plugin.
///
/// The dynamic linker holds a lock for as long as it loads a plugin, a quarter of a second for XLA, and a thread that first uses
/// a thread-local value with a destructor waits for that lock. Tracing and MLIR have such values; this uses them once, in
/// about a millisecond. Without it everything works, only not at the same time. The same goes for starting a thread:
/// start those that shall work meanwhile before.
pub fn ready_thread() {
    let graph = bering_frontend::trace("ready", &[], |_, _| bering_frontend::Tensor::zeros(DType::F32, []));
    // Only the side effect on the thread is wanted.
    let _ = graph.map(|graph| lower::to_stablehlo_bytecode(&graph));
}

/// A graph as StableHLO: what can be made of it without any device.
pub struct Lowered {
    name: String,
    code: Vec<u8>,
    /// The code without source locations: what the compile cache knows it by, so that moving lines compiles nothing anew.
    identity: String,
    inputs: Arc<[Input]>,
    checks: Option<Arc<Checks>>,
    /// A custom call that only the CPU plugin knows, if there is one.
    cpu_call: Option<Arc<str>>,
    dump: Option<Dump>,
    /// The mesh that the program is written for, if it mentions one.
    mesh: Option<Mesh>,
}

impl Lowered {
    /// Lowers a graph, with tests in it where `BERING_CHECK_NANS` asks for them.
    ///
    /// # Errors
    /// If MLIR refuses what the graph was lowered to.
    pub fn new(graph: &Graph) -> Result<Lowered> {
        match crate::debug::wanted() {
            Some(forbidden) => Lowered::checked(graph, forbidden),
            None => Lowered::plain(graph, None, |lowering| Ok(lowering)),
        }
    }

    /// As [`Lowered::new`], with requests about arguments and results.
    pub(crate) fn with(
        graph: &Graph,
        request: impl for<'g> FnOnce(Lowering<'g>) -> Result<Lowering<'g>>,
    ) -> Result<Lowered> {
        match crate::debug::wanted() {
            None => Lowered::plain(graph, None, request),
            Some(forbidden) => {
                let Checked { graph, sites } = check_numbers(graph, forbidden)?;
                Lowered::plain(&graph, Some(Arc::new(Checks { sites, forbidden })), request)
            }
        }
    }

    /// Lowers a graph with tests of every floating-point result.
    pub(crate) fn checked(graph: &Graph, forbidden: Forbidden) -> Result<Lowered> {
        let Checked { graph, sites } = check_numbers(graph, forbidden)?;
        Lowered::plain(&graph, Some(Arc::new(Checks { sites, forbidden })), |lowering| Ok(lowering))
    }

    fn plain(
        graph: &Graph,
        checks: Option<Arc<Checks>>,
        request: impl for<'g> FnOnce(Lowering<'g>) -> Result<Lowering<'g>>,
    ) -> Result<Lowered> {
        let dump = Dump::graph(graph);
        let (code, identity) = request(Lowering::new(graph))?.bytecode_and_text()?;
        let (name, inputs) = (graph.name().to_owned(), graph.inputs().into());
        Ok(Lowered {
            name,
            code,
            identity,
            inputs,
            checks,
            cpu_call: cpu_call(graph),
            dump,
            mesh: mesh_of(graph).cloned(),
        })
    }

    /// The program as StableHLO text, without source locations.
    pub fn text(&self) -> &str {
        &self.identity
    }

    /// The program as a portable artifact, for JAX and other readers of StableHLO: see
    /// [`portable_artifact`](bering_runtime::Plugin::portable_artifact).
    ///
    /// # Errors
    /// If the version lacks operations of the program, or this build lacks the CPU plugin.
    ///
    /// ```
    /// use bering::prelude::*;
    /// let graph = trace("twice", &[Spec::new(DType::F32, [2])], |_params, args| &args[0] * 2.0)?;
    /// let artifact = bering::Lowered::new(&graph)?.portable_artifact(Some("1.8.0"))?;
    /// let module = bering::Module::read(artifact)?;
    /// assert_eq!(module.inputs()[0].to_string(), "f32[2]");
    /// # Ok::<(), bering::Error>(())
    /// ```
    pub fn portable_artifact(&self, version: Option<&str>) -> Result<Vec<u8>> {
        Ok(cpu_plugin()?.portable_artifact(&Program::mlir(&self.code), version)?)
    }

    /// The program as a file that `jax.export.deserialize` reads: see [`Module::jax_export`]. The platform is the CPU.
    ///
    /// # Errors
    /// As [`portable_artifact`](Lowered::portable_artifact).
    pub fn jax_export(&self, version: Option<&str>) -> Result<Vec<u8>> {
        Module::read(self.code.clone())?.jax_export("cpu", version)
    }

    /// Compiles it for a device, or takes it from the on-disk cache.
    ///
    /// A program from the cache may have been compiled from other source lines than these: then profiles name those.
    ///
    /// # Errors
    /// If an option is unknown or XLA refuses the program.
    pub fn compile(&self, device: &Device, options: &CompileOptions) -> Result<Function> {
        self.compile_on(&Where::from(device), options)
    }

    /// As [`Lowered::compile`], for a device or split over a mesh.
    ///
    /// # Errors
    /// As [`Lowered::compile`]; if the program is written for another mesh.
    pub fn compile_on(&self, place: &Where, options: &CompileOptions) -> Result<Function> {
        let (client, options) = self.place(place, options)?;
        let program = Program::mlir(&self.code).with_identity(&self.identity);
        let executable = crate::cache::compile(client, program, &options)?;
        if let Some(dump) = &self.dump {
            dump.executable(&executable);
        }
        let (name, inputs, checks) = (self.name.clone(), self.inputs.clone(), self.checks.clone());
        Ok(Function { name, executable, inputs, checks })
    }
}

impl Lowered {
    /// Compiles it past the cache, for what compiling does besides.
    pub(crate) fn compile_uncached(&self, place: &Where, options: &CompileOptions) -> Result<()> {
        let (client, options) = self.place(place, options)?;
        Ok(client.compile(Program::mlir(&self.code), &options).map(drop)?)
    }

    /// The client to compile with, and the options that say for which devices.
    fn place<'p>(&self, place: &'p Where, options: &CompileOptions) -> Result<(&'p Client, CompileOptions)> {
        self.check_mesh(place)?;
        let (client, options) = match place {
            Where::Device(device) => (device.client(), options.clone().device(device)),
            Where::Mesh(mesh) => {
                let ids: Vec<i32> = mesh.devices().iter().map(Device::id).collect();
                let options = options.clone().partitions(ids.len()).shardy().device_ids(vec![ids]);
                (mesh.devices()[0].client(), options)
            }
        };
        let platform = client.platform_name();
        if let Some(target) = self.cpu_call.as_ref().filter(|_| platform != "cpu") {
            let message =
                format!("`{}` calls `{target}`, which is there on `cpu` and not on `{platform}`", self.name);
            return Err(Error::new(ErrorKind::Device, message));
        }
        Ok((client, options))
    }

    /// A program that exchanges with devices that are not there would wait for ever.
    fn check_mesh(&self, place: &Where) -> Result<()> {
        let Some(mesh) = &self.mesh else { return Ok(()) };
        match place {
            Where::Mesh(devices) if devices.axes() == mesh => Ok(()),
            place => Err(Error::new(
                ErrorKind::Device,
                format!("`{}` is written for the mesh {mesh} and cannot run on {place}", self.name),
            )),
        }
    }
}

/// The first custom call of Bering's own, which [`device`](crate::device()) registers with the CPU plugin.
fn cpu_call(graph: &Graph) -> Option<Arc<str>> {
    graph.nodes().iter().find_map(|node| match &node.op {
        Op::CustomCall(call) if call.target.starts_with("bering.") => Some(call.target.clone()),
        op => op.bodies().into_iter().find_map(|body| cpu_call(body)),
    })
}

/// A compiled graph.
#[derive(Clone)]
pub struct Function {
    name: String,
    executable: Executable,
    inputs: Arc<[Input]>,
    checks: Option<Arc<Checks>>,
}

impl Function {
    /// What it takes: data arguments in order, then parameters.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The executable, for what it can tell: cost, memory, the optimised program.
    pub fn executable(&self) -> &Executable {
        &self.executable
    }

    /// Runs it on all its arguments, parameters (if it has any) after the data. Results may still be under way.
    ///
    /// # Errors
    /// If number, type or shape of the arguments is wrong, or the device fails. If the program tests its results
    /// ([`debug`](crate::debug)), and one is forbidden.
    pub fn call(&self, arguments: &[&Buffer]) -> Result<Vec<Buffer>> {
        self.judged(self.executable.execute(arguments)?)
    }

    /// As [`Function::call`], with arguments that are given away.
    ///
    /// # Errors
    /// As [`Function::call`].
    pub fn call_with(&self, arguments: &[Argument<'_>]) -> Result<Vec<Buffer>> {
        self.judged(self.executable.execute_donating(arguments)?)
    }

    /// Runs it on all devices of a mesh: one list of arguments, and one of results, for each.
    ///
    /// # Errors
    /// As [`Function::call`].
    pub fn call_sharded(&self, arguments: &[Vec<Argument<'_>>]) -> Result<Vec<Vec<Buffer>>> {
        let mut results = self.executable.execute_sharded_with(arguments)?;
        if let Some(checks) = &self.checks {
            let (first, others) = results.split_at_mut(1);
            others.iter_mut().for_each(|results| drop(results.pop()));
            first.iter_mut().try_for_each(|results| checks.judge(&self.name, results))?;
        }
        Ok(results)
    }

    fn judged(&self, mut results: Vec<Buffer>) -> Result<Vec<Buffer>> {
        if let Some(checks) = &self.checks {
            checks.judge(&self.name, &mut results)?;
        }
        Ok(results)
    }

    /// Fixes the parameters, so that calls take the data arguments only.
    ///
    /// # Errors
    /// If a parameter is missing or has another type.
    pub fn bind(&self, parameters: &Parameters) -> Result<Bound> {
        let mut buffers = Vec::new();
        for input in self.inputs.iter() {
            let Some(name) = input.name.as_deref() else { continue };
            let wrong = |what: String| {
                let message = format!("parameter `{name}` of `{}` {what}", self.name);
                Error::new(ErrorKind::Mismatch, message)
            };
            let buffer = parameters.get(name).ok_or_else(|| wrong("is not among those given".into()))?;
            let found = buffer.spec();
            if found.dtype().name() != input.spec.dtype.name() || found.dims() != input.spec.dims() {
                return Err(wrong(format!("must be {}, got {found}", input.spec)));
            }
            buffers.push(buffer.clone());
        }
        Ok(Bound { function: self.clone(), parameters: buffers })
    }
}

/// A function with its parameters.
#[derive(Clone)]
pub struct Bound {
    function: Function,
    parameters: Vec<Arc<Buffer>>,
}

impl Bound {
    /// Runs it on data arguments. Results may still be under way.
    ///
    /// # Errors
    /// If number, type or shape of the arguments is wrong, or the device fails.
    pub fn call(&self, arguments: &[&Buffer]) -> Result<Vec<Buffer>> {
        let parameters = self.parameters.iter().map(|buffer| &**buffer);
        let all: Vec<&Buffer> = arguments.iter().copied().chain(parameters).collect();
        self.function.call(&all)
    }

    /// The function.
    pub fn function(&self) -> &Function {
        &self.function
    }
}
