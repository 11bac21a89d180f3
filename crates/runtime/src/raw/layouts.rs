//! The layouts extension: how arguments and results lie in device memory.

use std::ptr::NonNull;

use bering_pjrt_sys::{self as sys, Versioned};

use super::api::{call_extension, string};
use super::{Api, RawExecutable};
use crate::error::Result;

/// A layout as the plugin spells it, such as `{1,0}`.
pub(crate) type RawLayout = String;

impl Api {
    fn layouts(&self) -> Result<sys::PJRT_Layouts_Extension> {
        // SAFETY: the type number and the struct belong together in the extension's header.
        unsafe { self.extension(sys::PJRT_Extension_Type_Layouts) }
            .ok_or_else(|| self.missing("the layouts extension"))
    }
}

impl RawExecutable {
    /// The layouts of the arguments, in order.
    pub(crate) fn parameter_layouts(&self) -> Result<Vec<RawLayout>> {
        let extension = self.client.api.layouts()?;
        let mut args = sys::PJRT_Layouts_PJRT_Executable_GetParameterLayouts_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live and keeps the layouts.
        unsafe {
            call_extension!(
                self.client.api,
                extension,
                PJRT_Layouts_PJRT_Executable_GetParameterLayouts,
                &mut args
            )?;
            self.spell(&extension, args.layouts, args.num_parameters)
        }
    }

    /// The layouts of the results, in order.
    pub(crate) fn output_layouts(&self) -> Result<Vec<RawLayout>> {
        let extension = self.client.api.layouts()?;
        let mut args = sys::PJRT_Layouts_PJRT_Executable_GetOutputLayouts_Args::versioned();
        args.executable = self.described.as_ptr();
        // SAFETY: the executable is live and keeps the layouts.
        unsafe {
            call_extension!(
                self.client.api,
                extension,
                PJRT_Layouts_PJRT_Executable_GetOutputLayouts,
                &mut args
            )?;
            self.spell(&extension, args.layouts, args.num_outputs)
        }
    }

    /// # Safety
    /// `layouts` points to `count` live layouts (or `count` is 0).
    unsafe fn spell(
        &self,
        extension: &sys::PJRT_Layouts_Extension,
        layouts: *mut *mut sys::PJRT_Layouts_MemoryLayout,
        count: usize,
    ) -> Result<Vec<RawLayout>> {
        // SAFETY: the caller's promise.
        let layouts = unsafe { super::client::list(layouts.cast_const(), count) };
        layouts.map(|layout| self.spell_one(extension, layout)).collect()
    }

    fn spell_one(
        &self,
        extension: &sys::PJRT_Layouts_Extension,
        layout: NonNull<sys::PJRT_Layouts_MemoryLayout>,
    ) -> Result<RawLayout> {
        let mut args = sys::PJRT_Layouts_MemoryLayout_Serialize_Args::versioned();
        args.layout = layout.as_ptr();
        // SAFETY: the layout is live (the executable keeps it); the text lives until the deleter is called, which is
        // once and after the copy.
        unsafe {
            call_extension!(self.client.api, extension, PJRT_Layouts_MemoryLayout_Serialize, &mut args)?;
            let text = string(args.serialized_bytes, args.serialized_bytes_size);
            if let Some(delete) = args.serialized_layout_deleter {
                delete(args.serialized_layout);
            }
            Ok(text)
        }
    }
}
