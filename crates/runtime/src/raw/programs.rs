//! The programs extension of Bering's CPU plugin: StableHLO in another form, and which custom calls there are.

use bering_pjrt_sys::{self as sys, Versioned};

use super::Api;
use super::api::{bytes, call_extension};
use crate::error::Result;

/// What a program is written as.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form<'a> {
    /// MLIR's pretty text.
    Text,
    /// A portable artifact for readers of this StableHLO version; the plugin's choice if it is empty.
    Portable(&'a str),
}

impl Api {
    fn programs(&self) -> Result<sys::PJRT_Bering_Programs_Extension> {
        // SAFETY: the type number and the struct belong together in the extension's header.
        unsafe { self.extension(sys::PJRT_EXTENSION_TYPE_BERING_PROGRAMS) }
            .ok_or_else(|| self.missing("Bering's programs extension"))
    }

    /// Parses an MLIR program and writes it in another form, after refining its dynamic shapes if `refine` says so.
    pub(crate) fn convert_program(&self, code: &[u8], refine: bool, form: Form<'_>) -> Result<Vec<u8>> {
        let extension = self.programs()?;
        let (name, version) = match form {
            Form::Text => ("text", ""),
            Form::Portable(version) => ("portable", version),
        };
        let format = "mlir";
        let mut program = sys::PJRT_Program::versioned();
        // The field is not const because other functions write to it; this one only reads.
        program.code = code.as_ptr().cast_mut().cast();
        program.code_size = code.len();
        program.format = format.as_ptr().cast();
        program.format_size = format.len();
        let mut args = sys::PJRT_Bering_Program_Convert_Args::versioned();
        args.program = &program;
        args.refine = refine;
        args.form = name.as_ptr().cast();
        args.form_size = name.len();
        args.version = version.as_ptr().cast();
        args.version_size = version.len();
        // SAFETY: program and names outlive the call. The bytes live until the deleter is called, which is once and after
        // the copy.
        unsafe {
            call_extension!(self, extension, program_convert, &mut args)?;
            let copy = bytes(args.bytes, args.bytes_size).to_vec();
            if let Some(delete) = args.converted_deleter {
                delete(args.converted);
            }
            Ok(copy)
        }
    }

    /// Whether a custom-call target has a handler.
    pub(crate) fn has_custom_call(&self, target: &str) -> Result<bool> {
        let extension = self.programs()?;
        let mut args = sys::PJRT_Bering_CustomCall_Find_Args::versioned();
        args.target = target.as_ptr().cast();
        args.target_size = target.len();
        // SAFETY: the name outlives the call.
        unsafe { call_extension!(self, extension, custom_call_find, &mut args)? };
        Ok(args.found)
    }
}
