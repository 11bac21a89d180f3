//! Programs without compiling them: StableHLO as text or as a portable artifact, and dynamic shapes made static.
//!
//! PJRT itself offers none of this. It is an extension of Bering's CPU plugin, where the StableHLO library is; other plugins
//! answer with an error of kind [`ErrorKind::Unimplemented`](crate::ErrorKind::Unimplemented). A program that was converted can
//! be compiled by any plugin.

use crate::error::{Context, Error, ErrorKind, Result};
use crate::plugin::Plugin;
use crate::program::Program;
use crate::raw::{Form, NamedValue};

impl Plugin {
    /// The program as MLIR text in StableHLO's pretty form, whatever form it came in.
    ///
    /// # Errors
    /// If it does not parse, or the plugin has no such extension.
    pub fn program_text(&self, program: &Program<'_>) -> Result<String> {
        let text = self.convert(program, false, Form::Text)?;
        String::from_utf8(text)
            .map_err(|_| Error::new(ErrorKind::Internal, "the plugin printed a program that is not UTF-8"))
    }

    /// The program as a portable artifact, which readers of StableHLO `version` (such as `1.8.0`) and of all later ones
    /// understand, five years on too. With `None` the version is the plugin's choice, about twelve weeks old.
    ///
    /// # Errors
    /// If the program does not parse or has operations that the version lacks, or the plugin has no such extension.
    pub fn portable_artifact(&self, program: &Program<'_>, version: Option<&str>) -> Result<Vec<u8>> {
        self.convert(program, false, Form::Portable(version.unwrap_or_default()))
    }

    /// Follows the static argument types of `main` through a program whose other shapes are dynamic; gives a portable
    /// artifact of the plugin's own version in which all shapes are static.
    ///
    /// # Errors
    /// If a shape assertion of the program fails or a shape stays dynamic; else as
    /// [`portable_artifact`](Plugin::portable_artifact).
    pub fn refine_shapes(&self, program: &Program<'_>) -> Result<Vec<u8>> {
        let version = self.stablehlo_version()?;
        self.convert(program, true, Form::Portable(&version))
    }

    /// Whether a custom call of this target can be compiled: XLA's own handlers, and those registered.
    ///
    /// # Errors
    /// If the plugin has no such extension.
    pub fn has_custom_call(&self, target: &str) -> Result<bool> {
        self.api().has_custom_call(target)
    }

    /// The version of StableHLO in the plugin, such as `1.13.7`; empty if it does not say.
    fn stablehlo_version(&self) -> Result<String> {
        let attributes = self.attributes()?;
        let version = attributes.into_iter().find(|(name, _)| name == "stablehlo_current_version");
        Ok(match version {
            Some((_, NamedValue::I64List(parts))) => {
                parts.iter().map(i64::to_string).collect::<Vec<_>>().join(".")
            }
            _ => String::new(),
        })
    }

    fn convert(&self, program: &Program<'_>, refine: bool, form: Form<'_>) -> Result<Vec<u8>> {
        if program.format() != "mlir" {
            let message =
                format!("a program of format `{}` cannot be converted, only `mlir`", program.format());
            return Err(Error::invalid(message));
        }
        self.api().convert_program(program.code(), refine, form).context(|| match form {
            _ if refine => "cannot make the program's shapes static".to_owned(),
            Form::Text => "cannot read the program".to_owned(),
            Form::Portable("") => "cannot write the program as a portable artifact".to_owned(),
            Form::Portable(version) => {
                format!("cannot write the program as a portable artifact of StableHLO `{version}`")
            }
        })
    }
}
