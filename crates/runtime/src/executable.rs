//! Executables: compiled programs, what they take and give, and running them.

use std::fmt;
use std::sync::Arc;

use crate::buffer::Buffer;
use crate::client::Client;
use crate::device::Device;
use crate::dtype::{DType, Spec};
use crate::error::{Context, Error, ErrorKind, Result};
use crate::event::Event;
use crate::program::Signature;
use crate::raw::{MemoryStats, NamedValue, RawBuffer, RawEvent, RawExecutable};

/// A compiled program, loaded on its devices.
///
/// A cheap handle: clones are the same executable, which may run on several threads at once.
#[derive(Clone)]
pub struct Executable {
    inner: Arc<Inner>,
}

struct Inner {
    raw: RawExecutable,
    name: String,
    /// Arguments per device; `None` if the plugin does not say, and then it checks them alone.
    parameters: Option<Vec<Arc<Spec>>>,
    outputs: Vec<Arc<Spec>>,
    /// `0, 1, ...`: the list of arguments not to donate, ready to be passed. Empty if the program donates none.
    all_arguments: Vec<i64>,
    donates: bool,
    devices: Vec<Device>,
    origin: Origin,
}

/// How an executable came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The compiler made it.
    Compiled,
    /// It was loaded from its serialized form, by the caller or from a [`CompileCache`](crate::CompileCache).
    Deserialized,
}

/// An argument of an execution, kept or given away.
#[derive(Clone, Copy, Debug)]
pub enum Argument<'a> {
    /// The buffer is read and stays as it is.
    Keep(&'a Buffer),
    /// The program may reuse the buffer's memory for a result; the buffer is gone afterwards.
    ///
    /// Memory is reused where the program asks for it (`tf.aliasing_output`, `jax.buffer_donor`); a buffer donated to a
    /// program that has no use for it is given up all the same, so that which program it was makes no difference.
    Donate(&'a Buffer),
}

impl<'a> Argument<'a> {
    fn buffer(self) -> &'a Buffer {
        match self {
            Argument::Keep(buffer) | Argument::Donate(buffer) => buffer,
        }
    }
}

impl<'a> From<&'a Buffer> for Argument<'a> {
    fn from(buffer: &'a Buffer) -> Argument<'a> {
        Argument::Keep(buffer)
    }
}

/// An execution under way: its results, and the news of its end.
#[derive(Debug)]
#[must_use = "the execution's results are here"]
pub struct Execution {
    /// The results, which may still be under way.
    pub outputs: Vec<Buffer>,
    /// Tells when the device is through, and what went wrong if anything did.
    pub done: Event,
}

impl Executable {
    pub(crate) fn new(raw: RawExecutable, origin: Origin, known: Option<Signature>) -> Result<Executable> {
        let client = Client::from_handle(raw.client());
        let name = raw.name()?;
        let outputs = output_specs(&raw).context(|| format!("cannot describe the results of `{name}`"))?;
        // What is not understood is not checked here; the plugin does its own checks then.
        let signature = known.or_else(|| {
            let (format, code) = raw.optimized_program().ok()?;
            Signature::read(&format, &code)
        });
        let donates = signature.as_ref().is_none_or(|signature| signature.donates);
        let parameters: Option<Vec<_>> =
            signature.map(|signature| signature.parameters.into_iter().map(Arc::new).collect());
        let all_arguments = match &parameters {
            Some(parameters) if donates => (0..parameters.len() as i64).collect(),
            _ => Vec::new(),
        };
        let devices =
            raw.devices()?.into_iter().filter_map(|device| Device::find(&client, device)).collect::<Vec<_>>();
        Ok(Executable {
            inner: Arc::new(Inner {
                raw,
                name,
                parameters,
                outputs,
                all_arguments,
                donates,
                devices,
                origin,
            }),
        })
    }

    /// The program's name: that of its module.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The client the executable belongs to.
    pub fn client(&self) -> Client {
        Client::from_handle(self.inner.raw.client())
    }

    /// Whether it was compiled or loaded.
    pub fn origin(&self) -> Origin {
        self.inner.origin
    }

    /// The devices it runs on, in the order in which [`execute_sharded`](Executable::execute_sharded) takes arguments.
    pub fn devices(&self) -> &[Device] {
        &self.inner.devices
    }

    /// The arguments of each device, if the plugin tells.
    pub fn parameters(&self) -> Option<impl ExactSizeIterator<Item = &Spec>> {
        self.inner.parameters.as_ref().map(|parameters| parameters.iter().map(|spec| &**spec))
    }

    /// The results of each device.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = &Spec> {
        self.inner.outputs.iter().map(|spec| &**spec)
    }

    /// The number of copies that run at once.
    pub fn num_replicas(&self) -> Result<usize> {
        self.inner.raw.num_replicas()
    }

    /// The number of devices over which each copy is split.
    pub fn num_partitions(&self) -> Result<usize> {
        self.inner.raw.num_partitions()
    }

    /// Bytes that tell executables apart: equal programs, options and compilers give equal ones.
    pub fn fingerprint(&self) -> Result<Vec<u8>> {
        self.inner.raw.fingerprint()
    }

    /// What a run costs by the compiler's estimate: `flops`, `bytes accessed` and others, as the plugin names them.
    pub fn cost_analysis(&self) -> Result<Vec<(String, NamedValue)>> {
        self.inner.raw.cost_analysis()
    }

    /// How much memory a run takes.
    pub fn memory_stats(&self) -> Result<MemoryStats> {
        self.inner.raw.memory_stats()
    }

    /// The layouts of the arguments as the plugin spells them, minor to major: `{1,0}` is a row-major matrix.
    pub fn parameter_layouts(&self) -> Result<Vec<String>> {
        self.inner.raw.parameter_layouts()
    }

    /// The layouts of the results, spelt as those of the arguments.
    pub fn output_layouts(&self) -> Result<Vec<String>> {
        self.inner.raw.output_layouts()
    }

    /// The program after the compiler's optimisations, and the name of the format it comes in.
    pub fn optimized_program(&self) -> Result<(String, Vec<u8>)> {
        self.inner.raw.optimized_program()
    }

    /// The executable as bytes, for [`Client::deserialize`].
    pub fn serialize(&self) -> Result<Vec<u8>> {
        self.inner.raw.serialize().context(|| format!("cannot serialize `{}`", self.name()))
    }

    /// What its signature takes to be written down, if it is known.
    pub(crate) fn signature(&self) -> Option<Signature> {
        let parameters = self.inner.parameters.as_ref()?.iter().map(|spec| (**spec).clone()).collect();
        Some(Signature { parameters, donates: self.inner.donates })
    }

    /// Runs the program on its one device and keeps every argument. Returns at once; results may be under way.
    ///
    /// # Errors
    /// If the arguments are not what the program takes, or the plugin refuses to start. What fails later comes out of
    /// the results; a program without results can only tell through [`execute_with`](Executable::execute_with).
    pub fn execute(&self, arguments: &[&Buffer]) -> Result<Vec<Buffer>> {
        let check = |outputs| self.start(arguments.iter().copied().map(Argument::Keep), false, outputs);
        let mut outputs = Vec::with_capacity(self.inner.outputs.len());
        check(&mut outputs)?;
        Ok(outputs)
    }

    /// As [`execute`](Executable::execute), keeping or donating each argument.
    ///
    /// # Errors
    /// As [`execute`](Executable::execute).
    pub fn execute_donating(&self, arguments: &[Argument<'_>]) -> Result<Vec<Buffer>> {
        let mut outputs = Vec::with_capacity(self.inner.outputs.len());
        self.start(arguments.iter().copied(), false, &mut outputs)?;
        Ok(outputs)
    }

    /// Runs the program on its one device, keeping or donating each argument, and tells when it is done.
    ///
    /// # Errors
    /// As [`execute`](Executable::execute).
    pub fn execute_with(&self, arguments: &[Argument<'_>]) -> Result<Execution> {
        let mut outputs = Vec::with_capacity(self.inner.outputs.len());
        let event = self.start(arguments.iter().copied(), true, &mut outputs)?;
        let event =
            event.ok_or_else(|| Error::new(ErrorKind::Internal, "the plugin gave no completion event"))?;
        Ok(Execution { outputs, done: Event::new(event) })
    }

    /// Checks the arguments, starts the run, and appends its results to `outputs`.
    fn start<'a>(
        &self,
        arguments: impl ExactSizeIterator<Item = Argument<'a>> + Clone,
        want_event: bool,
        outputs: &mut Vec<Buffer>,
    ) -> Result<Option<RawEvent>> {
        let inner = &*self.inner;
        if inner.devices.len() > 1 {
            return Err(self
                .error(format!("it runs on {} devices", inner.devices.len()))
                .with_hint("`execute_sharded` takes arguments for each device"));
        }
        self.check(arguments.clone(), arguments.len())?;
        let given = arguments.clone().any(|argument| matches!(argument, Argument::Donate(_)));
        let some_kept: Vec<i64>;
        let kept = if !given && (!inner.donates || inner.parameters.is_some()) {
            // The common cases: nothing to say, or the list that is there already.
            &inner.all_arguments
        } else {
            let numbered = arguments.clone().zip(0..);
            some_kept = numbered
                .filter(|(argument, _)| matches!(argument, Argument::Keep(_)))
                .map(|(_, i)| i)
                .collect();
            &some_kept
        };
        let buffers = arguments.clone().map(|argument| argument.buffer().raw());
        let mut specs = inner.outputs.iter();
        let event = inner
            .raw
            .execute(buffers, kept, inner.outputs.len(), want_event, |raw| {
                if let Some(spec) = specs.next() {
                    outputs.push(Buffer::new(raw, spec.clone()));
                }
            })
            .context(|| format!("execution of `{}` failed", inner.name))?;
        if given {
            give_away(arguments);
        }
        Ok(event)
    }

    /// Runs the program on all its devices: `arguments` has a list for each, in the order of
    /// [`devices`](Executable::devices), and so have the results. Every argument is kept.
    ///
    /// # Errors
    /// As [`execute`](Executable::execute).
    pub fn execute_sharded(&self, arguments: &[Vec<&Buffer>]) -> Result<Vec<Vec<Buffer>>> {
        let mut lists = Vec::with_capacity(arguments.len());
        for list in arguments {
            lists.push(list.iter().map(|&buffer| Argument::Keep(buffer)).collect());
        }
        self.execute_sharded_with(&lists)
    }

    /// As [`execute_sharded`](Executable::execute_sharded), keeping or donating each argument; all devices must agree on which.
    ///
    /// # Errors
    /// As [`execute`](Executable::execute).
    pub fn execute_sharded_with(&self, arguments: &[Vec<Argument<'_>>]) -> Result<Vec<Vec<Buffer>>> {
        let inner = &*self.inner;
        if arguments.len() != inner.devices.len() {
            return Err(self.error(format!(
                "it runs on {} device(s), got arguments for {}",
                inner.devices.len(),
                arguments.len()
            )));
        }
        let count = arguments.first().map_or(0, Vec::len);
        let mut lists: Vec<Vec<&RawBuffer>> = Vec::with_capacity(arguments.len());
        for list in arguments {
            self.check(list.iter().copied(), count)?;
            lists.push(list.iter().map(|argument| argument.buffer().raw()).collect());
        }
        let donates = |list: &Vec<Argument<'_>>, at: usize| matches!(list.get(at), Some(Argument::Donate(_)));
        if (0..count).any(|at| arguments.iter().any(|list| donates(list, at) != donates(&arguments[0], at))) {
            return Err(self.error("an argument is donated on some devices only".to_owned()));
        }
        let some_kept: Vec<i64> =
            (0..count).filter(|&at| !donates(&arguments[0], at)).map(|at| at as i64).collect();
        let (outputs, _events) = inner
            .raw
            .execute_all(&lists, &some_kept, inner.outputs.len())
            .context(|| format!("execution of `{}` failed", inner.name))?;
        arguments.iter().for_each(|list| give_away(list.iter().copied()));
        let own = |raw: Vec<RawBuffer>| -> Vec<Buffer> {
            raw.into_iter().zip(&inner.outputs).map(|(raw, spec)| Buffer::new(raw, spec.clone())).collect()
        };
        Ok(outputs.into_iter().map(own).collect())
    }

    /// Checks number, client, liveness, type and shape of the arguments of one device.
    fn check<'a>(&self, arguments: impl ExactSizeIterator<Item = Argument<'a>>, count: usize) -> Result<()> {
        let inner = &*self.inner;
        let expected = inner.parameters.as_deref();
        let wanted = expected.map_or(count, <[_]>::len);
        if arguments.len() != wanted {
            return Err(self.error(format!("it takes {wanted} argument(s), got {}", arguments.len())));
        }
        for (index, argument) in arguments.enumerate() {
            let buffer = argument.buffer();
            if let Some(spec) = expected.map(|expected| &expected[index])
                && !Arc::ptr_eq(spec, buffer.shared_spec())
                && spec != buffer.shared_spec()
            {
                return Err(self.error(format!("argument {index} must be {spec}, got {}", buffer.spec())));
            }
            if !Arc::ptr_eq(inner.raw.client(), buffer.raw().client()) {
                return Err(self.error(format!("argument {index} belongs to another client")));
            }
            buffer.check_live().map_err(|error| self.attempt(error, Some(index)))?;
        }
        Ok(())
    }

    #[cold]
    fn error(&self, message: String) -> Error {
        self.attempt(Error::invalid(message), None)
    }

    #[cold]
    fn attempt(&self, error: Error, argument: Option<usize>) -> Error {
        let error = match argument {
            Some(index) => error.with_context(format!("argument {index}")),
            None => error,
        };
        error.with_context(format!("cannot execute `{}`", self.name()))
    }
}

/// Makes every donated argument unusable, whether or not the program had a use for it.
fn give_away<'a>(arguments: impl Iterator<Item = Argument<'a>>) {
    for argument in arguments {
        if let Argument::Donate(buffer) = argument {
            // Deleting what the plugin took over already is harmless.
            let _ = buffer.delete();
            buffer.mark_donated();
        }
    }
}

fn output_specs(raw: &RawExecutable) -> Result<Vec<Arc<Spec>>> {
    let (types, dims) = (raw.output_types()?, raw.output_dims()?);
    let count = raw.num_outputs()?;
    if types.len() != count || dims.len() != count {
        return Err(Error::new(
            ErrorKind::Internal,
            format!("the plugin names {count} results, {} types and {} shapes", types.len(), dims.len()),
        ));
    }
    let specs = types.into_iter().zip(dims);
    specs.map(|(dtype, dims)| Ok(Arc::new(Spec::new(DType::from_raw(dtype)?, dims)))).collect()
}

impl fmt::Debug for Executable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executable")
            .field("name", &self.name())
            .field("devices", &self.inner.devices)
            .finish()
    }
}
