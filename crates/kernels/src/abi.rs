//! Rust functions as XLA FFI handlers.
//!
//! A [`Handler`] is called by XLA wherever a compiled program has a custom call to its target. [`Call`] turns the C
//! call frame into typed arguments, results and attributes, each checked before it is handed out. A panic in a handler
//! becomes an error of the execution; it does not cross into C++.
//!
//! Source: `xla/ffi/api/c_api.h`, FFI API 0.2 and later.

mod element;
mod place;
mod workers;

use std::ffi::CString;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use bering_pjrt_sys as sys;
use sys::Versioned;

pub use element::{Element, Plain};
pub use place::Place;
pub use workers::Workers;

/// A Rust function that compiled programs may call.
pub trait Handler {
    /// The name by which programs call it (`call_target_name`).
    const TARGET: &'static str;

    /// Computes the results of one call.
    ///
    /// # Errors
    /// Any message: it becomes the error of the execution, with the target's name before it.
    fn run(call: Call<'_>) -> Result<(), String>;
}

/// A handler in the form in which a plugin registers it ([`register_each`](crate::register_each)).
#[derive(Clone, Copy)]
pub struct Registration {
    pub(crate) target: &'static str,
    pub(crate) entry: unsafe extern "C" fn(*mut sys::XLA_FFI_CallFrame) -> *mut sys::XLA_FFI_Error,
}

impl Registration {
    /// The registration of `H`.
    pub fn of<H: Handler>() -> Self {
        Self { target: H::TARGET, entry: entry::<H> }
    }

    /// The name by which programs call it.
    pub fn target(&self) -> &'static str {
        self.target
    }
}

/// One call: its operands can be taken once.
pub struct Call<'a> {
    frame: &'a sys::XLA_FFI_CallFrame,
}

/// What a handler works with: `A` arguments, `R` results, the attributes and the threads to use.
pub struct Operands<'a, const A: usize, const R: usize> {
    /// The arguments, in order.
    pub arguments: [Argument<'a>; A],
    /// The results to fill, in order.
    pub results: [Output<'a>; R],
    /// The call's `backend_config`.
    pub attributes: Attributes<'a>,
    /// XLA's thread pool.
    pub workers: Workers<'a>,
}

impl<'a> Call<'a> {
    /// Takes the operands apart.
    ///
    /// # Errors
    /// When the call has another number of arguments or results, or the program has a result lie where an argument does.
    pub fn operands<const A: usize, const R: usize>(self) -> Result<Operands<'a, A, R>, String> {
        let (arguments, results) = self.buffers(A, R)?;
        self.apart(&arguments, &results)
    }

    /// Takes the operands apart where the first result may lie where the argument `at` does: that pair is the [`Place`], and
    /// `A` arguments and `R` results remain.
    ///
    /// # Errors
    /// As [`Call::operands`], and when the argument and the result of the pair differ in type or sizes.
    pub fn in_place<const A: usize, const R: usize>(
        self,
        at: usize,
    ) -> Result<(Place<'a>, Operands<'a, A, R>), String> {
        let (mut arguments, mut results) = self.buffers(A + 1, R + 1)?;
        if at > A {
            return Err(format!("argument {at} is to be worked on in place, there are {}", A + 1));
        }
        let place = Place::new(arguments.remove(at), results.remove(0))?;
        place.check_apart(&arguments, &results)?;
        Ok((place, self.apart(&arguments, &results)?))
    }

    /// The descriptors of so many arguments and results.
    #[allow(clippy::type_complexity)]
    fn buffers(
        &self,
        arguments: usize,
        results: usize,
    ) -> Result<(Vec<&'a sys::XLA_FFI_Buffer>, Vec<&'a sys::XLA_FFI_Buffer>), String> {
        let (args, rets) = (&self.frame.args, &self.frame.rets);
        if usize::try_from(args.size) != Ok(arguments) || usize::try_from(rets.size) != Ok(results) {
            let (args, rets) = (args.size, rets.size);
            return Err(format!(
                "called with {args} arguments and {rets} results, takes {arguments} and {results}"
            ));
        }
        // SAFETY: XLA gives `size` pointers to buffer descriptors, valid during the call (buffers are the only kind of
        // argument and of result that the API has).
        let buffer = |list: *mut *mut std::ffi::c_void, at: usize| unsafe {
            &*(*list.add(at)).cast::<sys::XLA_FFI_Buffer>()
        };
        Ok((
            (0..arguments).map(|at| buffer(args.args, at)).collect(),
            (0..results).map(|at| buffer(rets.rets, at)).collect(),
        ))
    }

    /// Operands that share no memory. `self` is consumed, so each result is borrowed once.
    fn apart<const A: usize, const R: usize>(
        self,
        arguments: &[&'a sys::XLA_FFI_Buffer],
        results: &[&'a sys::XLA_FFI_Buffer],
    ) -> Result<Operands<'a, A, R>, String> {
        for (at, result) in results.iter().enumerate() {
            place::check_apart(&format!("result {at}"), result, arguments)?;
        }
        Ok(Operands {
            arguments: std::array::from_fn(|at| Argument { buffer: arguments[at] }),
            results: std::array::from_fn(|at| Output { buffer: results[at], owner: PhantomData }),
            attributes: Attributes { attrs: &self.frame.attrs },
            workers: Workers::new(self.frame),
        })
    }
}

/// An argument: a dense, row-major array.
#[derive(Clone, Copy)]
pub struct Argument<'a> {
    buffer: &'a sys::XLA_FFI_Buffer,
}

impl<'a> Argument<'a> {
    /// The sizes of its axes.
    pub fn dims(&self) -> &'a [i64] {
        dims(self.buffer)
    }

    /// Its element type.
    ///
    /// # Errors
    /// When it is none whose elements are whole bytes.
    pub fn element(&self) -> Result<Element, String> {
        Element::of(self.buffer.dtype)
    }

    /// Its elements as they lie in memory.
    ///
    /// # Errors
    /// As [`Argument::element`].
    pub fn bytes(&self) -> Result<&'a [u8], String> {
        match byte_count(self.buffer)? {
            0 => Ok(&[]),
            // SAFETY: XLA's buffer has so many initialised bytes, which nobody writes during the call.
            count => Ok(unsafe { std::slice::from_raw_parts(self.buffer.data.cast(), count) }),
        }
    }

    /// Its elements.
    ///
    /// # Errors
    /// When they are of another type.
    pub fn values<T: Plain>(&self) -> Result<&'a [T], String> {
        let count = count_of::<T>(self.buffer)?;
        if count == 0 {
            return Ok(&[]);
        }
        // SAFETY: XLA's buffer has `count` initialised elements of this type, aligned, that nobody writes during the call.
        Ok(unsafe { std::slice::from_raw_parts(self.buffer.data.cast(), count) })
    }

    /// Its elements, f32.
    ///
    /// # Errors
    /// When it does not hold f32.
    pub fn f32s(&self) -> Result<&'a [f32], String> {
        self.values()
    }
}

/// A result to fill: a dense, row-major array.
pub struct Output<'a> {
    buffer: &'a sys::XLA_FFI_Buffer,
    owner: PhantomData<&'a mut [u8]>,
}

impl<'a> Output<'a> {
    /// The sizes of its axes.
    pub fn dims(&self) -> &'a [i64] {
        dims(self.buffer)
    }

    /// Its elements as they lie in memory, to be written.
    ///
    /// # Errors
    /// When its element type is none of whole bytes.
    pub fn bytes(self) -> Result<&'a mut [u8], String> {
        match byte_count(self.buffer)? {
            0 => Ok(&mut []),
            // SAFETY: XLA's buffer has room for so many bytes, which overlap no argument and no other result (see `values`).
            // `self` is consumed.
            count => Ok(unsafe { std::slice::from_raw_parts_mut(self.buffer.data.cast(), count) }),
        }
    }

    /// Its elements, to be written.
    ///
    /// # Errors
    /// When they are of another type.
    pub fn values<T: Plain>(self) -> Result<&'a mut [T], String> {
        let count = count_of::<T>(self.buffer)?;
        if count == 0 {
            return Ok(&mut []);
        }
        // SAFETY: XLA's buffer has room for `count` elements of this type, aligned, that overlaps no argument (checked when the
        // operands were taken apart) and no other result; every bit pattern is such an element. `self` is consumed.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.buffer.data.cast(), count) })
    }

    /// Its elements, f32, to be written.
    ///
    /// # Errors
    /// When it does not hold f32.
    pub fn f32s(self) -> Result<&'a mut [f32], String> {
        self.values()
    }
}

fn dims(buffer: &sys::XLA_FFI_Buffer) -> &[i64] {
    let rank = usize::try_from(buffer.rank).unwrap_or(0);
    if rank == 0 {
        return &[];
    }
    // SAFETY: the descriptor's `dims` has `rank` entries, valid during the call.
    unsafe { std::slice::from_raw_parts(buffer.dims, rank) }
}

fn count_of<T: Plain>(buffer: &sys::XLA_FFI_Buffer) -> Result<usize, String> {
    match Element::of(buffer.dtype) {
        Ok(element) if element == T::ELEMENT => element_count(buffer),
        Ok(other) => Err(format!("operand has elements of {}, takes {}", other.name(), T::ELEMENT.name())),
        Err(error) => Err(error),
    }
}

fn byte_count(buffer: &sys::XLA_FFI_Buffer) -> Result<usize, String> {
    let bytes = element_count(buffer)?.checked_mul(Element::of(buffer.dtype)?.bytes());
    bytes.ok_or_else(|| format!("operand has impossible dimensions {:?}", dims(buffer)))
}

fn element_count(buffer: &sys::XLA_FFI_Buffer) -> Result<usize, String> {
    dims(buffer)
        .iter()
        .try_fold(1_usize, |count, dim| count.checked_mul(usize::try_from(*dim).ok()?))
        .ok_or_else(|| format!("operand has impossible dimensions {:?}", dims(buffer)))
}

/// The attributes of a call, by name.
#[derive(Clone, Copy)]
pub struct Attributes<'a> {
    attrs: &'a sys::XLA_FFI_Attrs,
}

impl<'a> Attributes<'a> {
    fn find(&self, name: &str, kind: sys::XLA_FFI_AttrType) -> Result<*const std::ffi::c_void, String> {
        for at in 0..usize::try_from(self.attrs.size).unwrap_or(0) {
            // SAFETY: XLA gives `size` names, kinds and values, valid during the call.
            let (key, found, value) = unsafe {
                (span(&**self.attrs.names.add(at)), *self.attrs.types.add(at), *self.attrs.attrs.add(at))
            };
            if key == name.as_bytes() {
                let right = found == kind;
                return right
                    .then_some(value.cast_const())
                    .ok_or_else(|| format!("attribute `{name}` has another type"));
            }
        }
        Err(format!("attribute `{name}` is missing"))
    }

    /// A 32-bit float.
    ///
    /// # Errors
    /// When it is missing or something else.
    pub fn f32(&self, name: &str) -> Result<f32, String> {
        let scalar = self.find(name, sys::XLA_FFI_AttrType_SCALAR)?.cast::<sys::XLA_FFI_Scalar>();
        // SAFETY: an attribute of kind SCALAR points to a scalar, whose value has the stated type.
        unsafe {
            if (*scalar).dtype != sys::XLA_FFI_DataType_F32 {
                return Err(format!("attribute `{name}` is no f32"));
            }
            Ok((*scalar).value.cast::<f32>().read_unaligned())
        }
    }

    /// A 64-bit integer.
    ///
    /// # Errors
    /// When it is missing or something else.
    pub fn i64(&self, name: &str) -> Result<i64, String> {
        let scalar = self.find(name, sys::XLA_FFI_AttrType_SCALAR)?.cast::<sys::XLA_FFI_Scalar>();
        // SAFETY: an attribute of kind SCALAR points to a scalar, whose value has the stated type.
        unsafe {
            if (*scalar).dtype != sys::XLA_FFI_DataType_S64 {
                return Err(format!("attribute `{name}` is no i64"));
            }
            Ok((*scalar).value.cast::<i64>().read_unaligned())
        }
    }

    /// An unsigned byte.
    ///
    /// # Errors
    /// When it is missing or something else.
    pub fn u8(&self, name: &str) -> Result<u8, String> {
        let scalar = self.find(name, sys::XLA_FFI_AttrType_SCALAR)?.cast::<sys::XLA_FFI_Scalar>();
        // SAFETY: an attribute of kind SCALAR points to a scalar, whose value has the stated type.
        unsafe {
            if (*scalar).dtype != sys::XLA_FFI_DataType_U8 {
                return Err(format!("attribute `{name}` is no u8"));
            }
            Ok((*scalar).value.cast::<u8>().read())
        }
    }

    /// A string.
    ///
    /// # Errors
    /// When it is missing or something else, or no UTF-8.
    pub fn string(&self, name: &str) -> Result<&'a str, String> {
        let value = self.find(name, sys::XLA_FFI_AttrType_STRING)?.cast::<sys::XLA_FFI_ByteSpan>();
        // SAFETY: an attribute of kind STRING points to a span, valid during the call.
        let bytes = unsafe { span(&*value) };
        std::str::from_utf8(bytes).map_err(|_| format!("attribute `{name}` is no UTF-8"))
    }
}

/// # Safety
/// The span's bytes are valid for `'a`.
unsafe fn span<'a>(span: &sys::XLA_FFI_ByteSpan) -> &'a [u8] {
    if span.len == 0 {
        return &[];
    }
    // SAFETY: granted by the caller.
    unsafe { std::slice::from_raw_parts(span.ptr.cast(), span.len) }
}

/// What XLA calls. The first call of all asks for the API version in a metadata extension instead of computing; a table that
/// cannot make errors gets no answer then, and so the registration fails: a handler must be able to fail.
///
/// # Safety
/// Called by XLA with a valid frame.
unsafe extern "C" fn entry<H: Handler>(frame: *mut sys::XLA_FFI_CallFrame) -> *mut sys::XLA_FFI_Error {
    // SAFETY: XLA passes a frame that is valid during the call, with its table and a chain of extensions.
    unsafe {
        let create = (*frame).api.as_ref().and_then(|api| api.XLA_FFI_Error_Create);
        let mut extension = (*frame).extension_start;
        while !extension.is_null() {
            if (*extension).type_ == sys::XLA_FFI_Extension_Metadata {
                if create.is_some() {
                    let metadata = (*extension.cast::<sys::XLA_FFI_Metadata_Extension>()).metadata;
                    (*metadata).api_version.major_version = sys::XLA_FFI_API_MAJOR as i32;
                    (*metadata).api_version.minor_version = sys::XLA_FFI_API_MINOR as i32;
                }
                return ptr::null_mut();
            }
            extension = (*extension).next;
        }
        // Null means success. Nothing that cannot say otherwise may return it for results that were never computed.
        let Some(create) = create else { std::process::abort() };
        let run = || H::run(Call { frame: &*frame });
        let outcome =
            catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("the handler panicked".to_owned()));
        match outcome {
            Ok(()) => ptr::null_mut(),
            Err(message) => error(create, &format!("{}: {message}", H::TARGET)),
        }
    }
}

/// The table's function that makes errors.
type CreateError = unsafe extern "C" fn(*mut sys::XLA_FFI_Error_Create_Args) -> *mut sys::XLA_FFI_Error;

/// # Safety
/// `create` comes from XLA.
unsafe fn error(create: CreateError, message: &str) -> *mut sys::XLA_FFI_Error {
    let message = CString::new(message.replace('\0', " ")).unwrap_or_default();
    let mut args = sys::XLA_FFI_Error_Create_Args::versioned();
    args.message = message.as_ptr();
    args.errc = sys::XLA_FFI_Error_Code_INVALID_ARGUMENT;
    // SAFETY: the function is XLA's; the message is copied during the call.
    unsafe { create(&raw mut args) }
}
