//! Programs: what goes into a compiler, and the little that is read of what comes out.

use crate::dtype::{DType, Spec};
use crate::proto::Reader;

/// A program to compile, borrowed: a StableHLO module as MLIR text or bytecode, or an HLO module.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    code: &'a [u8],
    format: &'static str,
    identity: Option<&'a [u8]>,
}

impl<'a> Program<'a> {
    /// A StableHLO module: MLIR text, MLIR bytecode or a portable artifact; XLA tells them apart.
    pub fn mlir(code: &'a (impl AsRef<[u8]> + ?Sized)) -> Program<'a> {
        Program { code: code.as_ref(), format: "mlir", identity: None }
    }

    /// A serialized `HloModuleProto`.
    pub fn hlo(code: &'a (impl AsRef<[u8]> + ?Sized)) -> Program<'a> {
        Program { code: code.as_ref(), format: "hlo", identity: None }
    }

    /// Says what a [`CompileCache`](crate::CompileCache) shall know the program by, in place of its code: bytes that are the
    /// same for programs that compute the same, such as its text without source locations.
    ///
    /// What the code has beyond that may then be another's in a cached executable: locations, in errors and profiles.
    pub fn with_identity(self, identity: &'a (impl AsRef<[u8]> + ?Sized)) -> Program<'a> {
        Program { identity: Some(identity.as_ref()), ..self }
    }

    /// What a compile cache knows it by.
    pub(crate) fn identity(&self) -> &'a [u8] {
        self.identity.unwrap_or(self.code)
    }

    /// The code.
    pub fn code(&self) -> &'a [u8] {
        self.code
    }

    /// PJRT's name of the format.
    pub fn format(&self) -> &'static str {
        self.format
    }
}

impl<'a> From<&'a str> for Program<'a> {
    fn from(text: &'a str) -> Program<'a> {
        Program::mlir(text)
    }
}

impl<'a> From<&'a String> for Program<'a> {
    fn from(text: &'a String) -> Program<'a> {
        Program::mlir(text)
    }
}

/// What a compiled program takes, per device.
///
/// The C API describes results but not arguments. The optimised HLO module, which plugins give as a proto, has both.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Signature {
    pub(crate) parameters: Vec<Spec>,
    /// Whether some argument may share memory with a result: only then is donation worth a thought.
    pub(crate) donates: bool,
}

impl Signature {
    /// Reads the signature from an optimised program, if it is in a format known here.
    pub(crate) fn read(format: &str, code: &[u8]) -> Option<Signature> {
        match format {
            "hlo" => Signature::read_module(Reader::new(code)),
            // HloModuleProtoWithConfig: the module is field 1.
            "hlo_with_config" => {
                Signature::read_module(Reader::new(code).find(|&(field, _)| field == 1)?.1.message())
            }
            _ => None,
        }
    }

    /// HloModuleProto: 4 is the entry's program shape, 8 the aliases of inputs and outputs, 18 the donors.
    fn read_module(module: Reader<'_>) -> Option<Signature> {
        let mut parameters = None;
        let mut donates = false;
        for (field, value) in module {
            match field {
                // ProgramShapeProto: field 1 repeats, a shape a parameter.
                4 => {
                    let shapes = value.message().filter(|&(field, _)| field == 1);
                    parameters =
                        shapes.map(|(_, shape)| read_shape(shape.message())).collect::<Option<Vec<Spec>>>();
                    parameters.as_ref()?;
                }
                8 | 18 => donates |= value.message().next().is_some(),
                _ => {}
            }
        }
        Some(Signature { parameters: parameters?, donates })
    }
}

/// ShapeProto: 2 is the element type, 3 the dimensions.
fn read_shape(shape: Reader<'_>) -> Option<Spec> {
    let (mut dtype, mut dims) = (None, Vec::new());
    for (field, value) in shape {
        match field {
            2 => dtype = DType::from_xla(value.int()),
            3 => {
                for dim in Reader::ints(value) {
                    dims.push(usize::try_from(dim).ok()?);
                }
            }
            _ => {}
        }
    }
    Some(Spec::new(dtype?, dims))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::Writer;

    fn module() -> Writer {
        let matrix = Writer::new().int(2, 11).packed(3, [2, 3]);
        let scalar = Writer::new().int(2, 5);
        Writer::new().string(1, "main").message(4, Writer::new().message(1, matrix).message(1, scalar))
    }

    #[test]
    fn parameters_and_donation_are_read() {
        let parameters = vec![Spec::new(DType::F32, [2, 3]), Spec::new(DType::I64, [])];
        let plain = Signature::read("hlo", &module().finish());
        assert_eq!(plain, Some(Signature { parameters: parameters.clone(), donates: false }));
        let aliased = module().message(8, Writer::new().message(1, Writer::new().int(1, 0)));
        let wrapped = Writer::new().message(1, aliased).finish();
        let signature = Signature::read("hlo_with_config", &wrapped);
        assert_eq!(signature, Some(Signature { parameters, donates: true }));
    }

    #[test]
    fn what_is_not_understood_gives_nothing() {
        assert_eq!(Signature::read("mlir", &module().finish()), None);
        assert_eq!(Signature::read("hlo", b"no proto"), None);
        // A tuple parameter (13) has no array type.
        let tuple = Writer::new().message(4, Writer::new().message(1, Writer::new().int(2, 13))).finish();
        assert_eq!(Signature::read("hlo", &tuple), None);
    }
}
