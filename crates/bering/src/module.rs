//! StableHLO modules made elsewhere: reading them, giving them static shapes, compiling and running them.
//!
//! A [`Module`] is a program that another framework exported. It comes as MLIR text, as bytecode (a portable artifact or not)
//! or as a file of `jax.export`; which of them is told from the bytes. What it takes and gives is read from its text, which the
//! CPU plugin prints: no other plugin offers StableHLO's parser. Compiled it may be by any.

use crate::arrays::from_mlir;
use crate::device::cpu_plugin;
use crate::error::{Error, ErrorKind, Result};
use bering_interchange::exported::{Abstract, Exported};
use bering_interchange::outline::{Outline, Type, Value, specialize};
use bering_runtime::{Argument, Buffer, CompileOptions, DType, Device, Executable, Execution, Program, Spec};
use std::collections::BTreeMap;

/// Larger modules are so because of their constants, which take long to print and to parse.
const REWRITTEN: usize = 8 << 20;

/// How a module was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModuleForm {
    /// MLIR text.
    Text,
    /// MLIR bytecode; a portable artifact is bytecode, too.
    Bytecode,
    /// A file of `jax.export`, with a portable artifact in it.
    Exported,
}

/// A program that was made elsewhere.
///
/// ```
/// use bering::runtime::CompileOptions;
/// let text = "module @twice {
///   func.func public @main(%x: tensor<?xf32>) -> tensor<?xf32> {
///     %0 = stablehlo.add %x, %x : tensor<?xf32>
///     return %0 : tensor<?xf32>
///   }
/// }";
/// let module = bering::Module::read(text.as_bytes().to_vec())?;
/// assert_eq!(module.inputs()[0].to_string(), "f32[?]");
///
/// let device = bering::device("cpu")?;
/// let twice = module.with_sizes(&[&[2]])?.compile(&device, &CompileOptions::new())?;
/// let x = device.client().buffer_from_slice(&[1.0f32, 2.0], [2])?;
/// assert_eq!(twice.run(&[&x])?[0].to_vec::<f32>()?, [2.0, 4.0]);
/// # Ok::<(), bering::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Module {
    form: ModuleForm,
    /// Text or bytecode.
    code: Vec<u8>,
    outline: Outline,
    export: Option<Export>,
}

/// What a file of `jax.export` says beside its module.
#[derive(Clone, Debug)]
struct Export {
    name: String,
    /// Type and dimensions of every argument of the function, as JAX spells them.
    arguments: Vec<(String, Vec<String>)>,
    kept: Vec<usize>,
    platforms: Vec<String>,
    devices: u64,
    ordered_effects: usize,
}

/// An argument as the caller of a module gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleInput {
    /// Its name in the source, if that is known.
    pub name: Option<String>,
    /// Its element type; `None` for one that the module dropped and that has no type here (a random key, say).
    pub dtype: Option<DType>,
    /// Its sizes: a number, or how the exporter called what is left open (`b`, `2*b`, `?`).
    pub dims: Vec<Result<usize, String>>,
    /// Whether the module has it: exporters drop what nothing uses.
    pub used: bool,
    /// Whether the program may take its memory over.
    pub donated: bool,
}

impl Module {
    /// Reads a module.
    ///
    /// # Errors
    /// If the bytes are none of the three forms, the module does not parse or has no function `main`, or this build lacks
    /// the CPU plugin.
    pub fn read(bytes: Vec<u8>) -> Result<Module> {
        let (form, code, export) = if bytes.starts_with(b"ML\xefR") {
            (ModuleForm::Bytecode, bytes, None)
        } else if str::from_utf8(&bytes).is_ok() {
            (ModuleForm::Text, bytes, None)
        } else {
            let exported = Exported::parse(&bytes)?;
            (ModuleForm::Exported, exported.module.to_vec(), Some(Export::new(&exported)))
        };
        let text = crate::cache::text(&cpu_plugin()?, Program::mlir(&code))?;
        let outline = Outline::read(&text)?;
        if let Some(export) = &export {
            export.check(&outline)?;
        }
        // The plugin read this in a process of its own, where damaged bytecode does no harm; where programs are compiled it
        // would. Text is checked wherever it is read.
        let code = if form != ModuleForm::Text && code.len() <= REWRITTEN { text.into_bytes() } else { code };
        Ok(Module { form, code, outline, export })
    }

    /// How it was stored.
    pub fn form(&self) -> ModuleForm {
        self.form
    }

    /// The function's name where that is known, else the module's.
    pub fn name(&self) -> &str {
        self.export.as_ref().map_or(&self.outline.name, |export| &export.name)
    }

    /// The module: MLIR text, or bytecode where it was stored as such and is large.
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    /// The module as MLIR text in StableHLO's pretty form.
    ///
    /// # Errors
    /// If this build lacks the CPU plugin.
    pub fn text(&self) -> Result<String> {
        Ok(cpu_plugin()?.program_text(&Program::mlir(&self.code))?)
    }

    /// What its text says.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The platforms it was exported for; none if that is not known.
    pub fn platforms(&self) -> &[String] {
        self.export.as_ref().map_or(&[], |export| &export.platforms)
    }

    /// The number of devices it runs on.
    pub fn devices(&self) -> u64 {
        self.export.as_ref().map_or(1, |export| export.devices).max(self.outline.devices)
    }

    /// Whether sizes are left open.
    pub fn is_dynamic(&self) -> bool {
        self.outline.is_dynamic()
    }

    /// The arguments that a caller gives, in order.
    pub fn inputs(&self) -> Vec<ModuleInput> {
        let taken: Vec<ModuleInput> = self.outline.arguments[self.hidden()..]
            .iter()
            .map(|argument| ModuleInput {
                name: argument.name.clone(),
                dtype: argument.ty.element().and_then(from_mlir),
                dims: sizes(&argument.ty),
                used: true,
                donated: argument.has_attribute("tf.aliasing_output")
                    || argument.has_attribute("jax.buffer_donor"),
            })
            .collect();
        let Some(export) = &self.export else { return taken };
        let mut taken = taken.into_iter();
        let input = |(index, (dtype, dims)): (usize, &(String, Vec<String>))| {
            if export.kept.contains(&index)
                && let Some(mut input) = taken.next()
            {
                for (size, name) in input.dims.iter_mut().zip(dims) {
                    if let Err(open) = size {
                        *open = name.clone();
                    }
                }
                return input;
            }
            let dims = dims.iter().map(|dim| dim.parse().map_err(|_| dim.clone())).collect();
            let dtype = DType::ALL.iter().copied().find(|known| known.name() == dtype);
            ModuleInput { name: None, dtype, dims, used: false, donated: false }
        };
        export.arguments.iter().enumerate().map(input).collect()
    }

    /// Custom-call targets for which the device's plugin has no handler; none if it does not tell. Some are no calls, but
    /// notes to the compiler: whether the program compiles is for the compiler to say.
    ///
    /// # Errors
    /// If asking fails.
    pub fn unknown_custom_calls(&self, device: &Device) -> Result<Vec<String>> {
        let plugin = device.client().plugin();
        let mut unknown = Vec::new();
        for target in &self.outline.custom_calls {
            match plugin.has_custom_call(target) {
                Ok(true) => {}
                Ok(false) => unknown.push(target.clone()),
                Err(error) if error.kind() == bering_runtime::ErrorKind::Unimplemented => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(unknown)
    }

    /// The module as a portable artifact; see [`portable_artifact`](bering_runtime::Plugin::portable_artifact).
    ///
    /// # Errors
    /// If it has operations that the version lacks.
    pub fn portable_artifact(&self, version: Option<&str>) -> Result<Vec<u8>> {
        Ok(cpu_plugin()?.portable_artifact(&Program::mlir(&self.code), version)?)
    }

    /// The module as a file that `jax.export.deserialize` reads, for one platform (`cpu`, `cuda`, `tpu`). In JAX the function
    /// takes its arguments by position, and gives a single result as it is and several as a tuple.
    ///
    /// # Errors
    /// If sizes are open, JAX has no such element type, or as [`portable_artifact`](Module::portable_artifact).
    pub fn jax_export(&self, platform: &str, version: Option<&str>) -> Result<Vec<u8>> {
        let module = self.portable_artifact(version)?;
        let outline = &self.outline;
        let (arguments, results) = (signature(&outline.arguments)?, signature(&outline.results)?);
        let exported = Exported {
            name: self.name(),
            module: &module,
            kept: (0..arguments.len()).collect(),
            arguments: arguments.iter().map(abstract_value).collect(),
            results: results.iter().map(abstract_value).collect(),
            platforms: vec![platform],
            devices: self.devices(),
            ordered_effects: 0,
        };
        Ok(exported.to_bytes()?)
    }

    /// The module for inputs of these sizes, all shapes static. A module that is static already is only checked.
    ///
    /// # Errors
    /// If there are more or fewer inputs, sizes contradict what the module fixes or asserts, or a shape stays open.
    pub fn with_sizes(&self, sizes: &[&[usize]]) -> Result<Module> {
        let inputs = self.inputs();
        let taken = self.taken(&inputs, sizes.len())?;
        check_sizes(&taken, sizes)?;
        if !self.is_dynamic() {
            return Ok(self.clone());
        }
        let kept = taken.iter().zip(sizes).filter(|(input, _)| input.used).map(|(_, dims)| *dims);
        let dims: Vec<&[usize]> = std::iter::repeat_n(&[][..], self.hidden()).chain(kept).collect();
        let plugin = cpu_plugin()?;
        let text = plugin.program_text(&Program::mlir(&self.code))?;
        let special = specialize(&text, &self.outline, &dims)?;
        let code = plugin.refine_shapes(&Program::mlir(&special))?;
        let outline = Outline::read(&plugin.program_text(&Program::mlir(&code))?)?;
        Ok(Module { form: self.form, code, outline, export: self.export.clone() })
    }

    /// Compiles the module for a device, or takes it from the on-disk cache.
    ///
    /// # Errors
    /// If it is for other platforms or several devices, has open sizes, wants effects that callers must order, or does
    /// not compile. Custom calls without a handler are named then.
    pub fn compile(&self, device: &Device, options: &CompileOptions) -> Result<LoadedModule> {
        self.load(device, |code| {
            crate::cache::compile(device.client(), Program::mlir(code), &options.clone().device(device))
        })
    }

    /// Like [`compile`](Module::compile), past the cache: what a measurement of the compiler wants.
    ///
    /// # Errors
    /// As [`compile`](Module::compile).
    pub fn compile_anew(&self, device: &Device, options: &CompileOptions) -> Result<LoadedModule> {
        self.load(device, |code| {
            device.client().compile(Program::mlir(code), &options.clone().device(device))
        })
    }

    fn load(
        &self,
        device: &Device,
        compile: impl FnOnce(&[u8]) -> bering_runtime::Result<Executable>,
    ) -> Result<LoadedModule> {
        self.check(device)?;
        let platform = self.platform_index(device)?;
        let executable = compile(&self.code).map_err(|error| self.explain(error, device))?;
        let inputs = self.inputs();
        Ok(LoadedModule { executable, platform, inputs })
    }

    /// What can be said before the compiler looks at it.
    fn check(&self, device: &Device) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::Mismatch, message));
        let (name, platform) = (self.name(), device.client().platform_name());
        let platforms = self.platforms();
        if !platforms.is_empty() && !platforms.iter().any(|known| known == platform) {
            let names: Vec<String> = platforms.iter().map(|name| format!("`{name}`")).collect();
            return refuse(format!(
                "`{name}` was exported for {}, and this is `{platform}`\nhint: export it for `{platform}` too: `jax.export.export(f, platforms=[...])`",
                names.join(", ")
            ));
        }
        if self.devices() > 1 {
            return refuse(format!("`{name}` runs on {} devices at once, and this is one", self.devices()));
        }
        let tokens = self.outline.arguments.iter().filter(|argument| argument.ty.dims().is_none()).count();
        if tokens > 0 || self.export.as_ref().is_some_and(|export| export.ordered_effects > 0) {
            return refuse(format!(
                "`{name}` has effects in an order (printing, callbacks), which need the program that exported it"
            ));
        }
        if self.is_dynamic() {
            return refuse(format!("`{name}` has open sizes; they must be given before it is compiled"));
        }
        Ok(())
    }

    /// A compiler's error, with the custom calls that it may be about.
    fn explain(&self, error: bering_runtime::Error, device: &Device) -> Error {
        let unknown = self.unknown_custom_calls(device).unwrap_or_default();
        if unknown.is_empty() {
            return error.into();
        }
        let names: Vec<String> = unknown.iter().map(|target| format!("`{target}`")).collect();
        let message = format!(
            "{error}\nhint: `{}` calls custom code that this build has no handler for: {}",
            self.name(),
            names.join(", ")
        );
        Error::new(ErrorKind::Runtime, message)
    }

    /// The number that a module for several platforms takes first.
    fn platform_index(&self, device: &Device) -> Result<Option<Buffer>> {
        if self.hidden() == 0 {
            return Ok(None);
        }
        let platform = device.client().platform_name();
        let index = self
            .platforms()
            .iter()
            .position(|known| known == platform)
            .and_then(|index| i32::try_from(index).ok());
        let index = index.ok_or_else(|| {
            let message = format!(
                "`{}` is for several platforms, and only a file of `jax.export` says which",
                self.name()
            );
            Error::new(ErrorKind::Mismatch, message)
        })?;
        Ok(Some(device.client().buffer_from_slice(&[index], [])?))
    }

    /// How many arguments of `main` callers do not see.
    fn hidden(&self) -> usize {
        usize::from(self.outline.has_platform_index())
    }

    /// The inputs that `count` values are for: all of the function, or those that the module has.
    fn taken<'a>(&self, inputs: &'a [ModuleInput], count: usize) -> Result<Vec<&'a ModuleInput>> {
        select(inputs, count, self.name())
    }
}

/// The inputs that `count` values are for: all, or those that are used.
fn select<'a>(inputs: &'a [ModuleInput], count: usize, name: &str) -> Result<Vec<&'a ModuleInput>> {
    if count == inputs.len() {
        return Ok(inputs.iter().collect());
    }
    let used: Vec<&ModuleInput> = inputs.iter().filter(|input| input.used).collect();
    if count == used.len() {
        return Ok(used);
    }
    let fewer = if used.len() < inputs.len() {
        format!(" (or the {} that it uses)", used.len())
    } else {
        String::new()
    };
    Err(Error::new(
        ErrorKind::Mismatch,
        format!("`{name}` takes {} inputs{fewer}, got {count}", inputs.len()),
    ))
}

/// Element types and sizes of arguments or results, all of which must be known.
fn signature(values: &[Value]) -> Result<Vec<(DType, Vec<String>)>> {
    let known = |value: &Value| {
        let dims =
            value.ty.dims()?.iter().map(|dim| Some(dim.as_ref()?.to_string())).collect::<Option<_>>()?;
        Some((from_mlir(value.ty.element()?)?, dims))
    };
    let unknown =
        |value: &Value| Error::new(ErrorKind::Mismatch, format!("{} is no array of known sizes", value.ty));
    values.iter().map(|value| known(value).ok_or_else(|| unknown(value))).collect()
}

fn abstract_value((dtype, dims): &(DType, Vec<String>)) -> Abstract<'_> {
    Abstract { dtype: dtype.name(), dims: dims.iter().map(String::as_str).collect() }
}

fn sizes(ty: &Type) -> Vec<Result<usize, String>> {
    ty.dims().unwrap_or_default().iter().map(|dim| dim.ok_or_else(|| "?".to_owned())).collect()
}

/// Whether sizes are those of the inputs, and each name stands for one size. What an expression (`2*b`) comes to is asserted
/// by the module itself.
fn check_sizes(inputs: &[&ModuleInput], sizes: &[&[usize]]) -> Result<()> {
    let mut known: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (index, (input, dims)) in inputs.iter().zip(sizes).enumerate() {
        let refuse = |why: String| {
            let message = format!("input {index} must be {input}, got sizes {dims:?}{why}");
            Err(Error::new(ErrorKind::Mismatch, message))
        };
        if input.dims.len() != dims.len() {
            return refuse(String::new());
        }
        for (size, &dim) in input.dims.iter().zip(*dims) {
            match size {
                Ok(size) if *size == dim => {}
                Ok(_) => return refuse(String::new()),
                Err(open) if open == "?" => {}
                Err(open) => {
                    let (earlier, place) = *known.entry(open).or_insert((dim, index));
                    if earlier != dim {
                        return refuse(format!(": `{open}` is {earlier} in input {place}"));
                    }
                }
            }
        }
    }
    Ok(())
}

impl std::fmt::Display for ModuleInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dtype = self.dtype.map_or("?", DType::name);
        let dims: Vec<String> =
            self.dims.iter().map(|dim| dim.as_ref().map_or_else(Clone::clone, usize::to_string)).collect();
        write!(f, "{dtype}[{}]", dims.join(", "))
    }
}

impl Export {
    fn new(exported: &Exported<'_>) -> Export {
        let owned = |dims: &[&str]| dims.iter().map(|dim| (*dim).to_owned()).collect();
        Export {
            name: exported.name.to_owned(),
            arguments: exported
                .arguments
                .iter()
                .map(|value| (value.dtype.to_owned(), owned(&value.dims)))
                .collect(),
            kept: exported.kept.clone(),
            platforms: owned(&exported.platforms),
            devices: exported.devices,
            ordered_effects: exported.ordered_effects,
        }
    }

    /// Whether the module is what the file says of it.
    fn check(&self, outline: &Outline) -> Result<()> {
        let hidden = usize::from(outline.has_platform_index());
        let expected = hidden + self.ordered_effects + self.kept.len();
        if outline.arguments.len() == expected {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Mismatch,
            format!(
                "the file's module takes {} arguments, and the file says {expected}",
                outline.arguments.len()
            ),
        ))
    }
}

/// A module that is compiled.
pub struct LoadedModule {
    executable: Executable,
    /// The hidden first argument, if there is one.
    platform: Option<Buffer>,
    inputs: Vec<ModuleInput>,
}

impl LoadedModule {
    /// The executable, for what it can tell: cost, memory, layouts.
    pub fn executable(&self) -> &Executable {
        &self.executable
    }

    /// What it gives.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = &Spec> {
        self.executable.outputs()
    }

    /// Starts the program on its inputs: all of the exported function's, or only those that it uses. Inputs that it donates are
    /// given up if `donate` says so, and copied by the program otherwise.
    ///
    /// # Errors
    /// If number, type or sizes of the inputs are wrong, or the device refuses.
    pub fn start(&self, inputs: &[&Buffer], donate: bool) -> Result<Execution> {
        let taken = select(&self.inputs, inputs.len(), self.executable.name())?;
        let mut arguments: Vec<Argument<'_>> = self.platform.iter().map(Argument::Keep).collect();
        for (input, &buffer) in taken.iter().zip(inputs).filter(|(input, _)| input.used) {
            let donated = donate && input.donated;
            arguments.push(if donated { Argument::Donate(buffer) } else { Argument::Keep(buffer) });
        }
        Ok(self.executable.execute_with(&arguments)?)
    }

    /// Runs the program and waits for it.
    ///
    /// # Errors
    /// As [`start`](LoadedModule::start), or if it fails on the way.
    pub fn run(&self, inputs: &[&Buffer]) -> Result<Vec<Buffer>> {
        let execution = self.start(inputs, true)?;
        execution.done.wait()?;
        Ok(execution.outputs)
    }
}
