//! `bering inspect`: what a program is, and what the compiler makes of it.

use crate::program::{DeviceArguments, ProgramArguments, Size, sizes, with_sizes};
use anyhow::Result;
use bering::runtime::{CompileOptions, Executable, NamedValue};
use bering::{LoadedModule, Module, ModuleForm};
use std::io::Write;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    program: ProgramArguments,
    #[command(flatten)]
    device: DeviceArguments,
    /// A size for one that the program leaves open, such as `b=8`; may be repeated
    #[arg(long = "dim", value_name = "NAME=SIZE")]
    sizes: Vec<Size>,
}

impl Arguments {
    pub(crate) fn run(&self) -> Result<()> {
        let device = self.device.open()?;
        let mut module = self.program.read()?;
        if !self.sizes.is_empty() {
            module = with_sizes(&module, &sizes(&module, &self.sizes)?)?;
        }
        let mut out = std::io::stdout().lock();
        header(&mut out, &module)?;
        signature(&mut out, &module)?;
        operations(&mut out, &module)?;
        let unknown = module.unknown_custom_calls(&device)?;
        custom_calls(&mut out, &module, &unknown)?;
        if module.is_dynamic() {
            writeln!(
                out,
                "\nsizes are open: with `--dim NAME=SIZE` for each, memory and layouts are shown, too"
            )?;
            return Ok(());
        }
        let program = module.compile(&device, &CompileOptions::new())?;
        compiled(&mut out, &program)
    }
}

fn header(out: &mut impl Write, module: &Module) -> Result<()> {
    let form = match module.form() {
        ModuleForm::Text => "MLIR text",
        ModuleForm::Bytecode => "MLIR bytecode",
        ModuleForm::Exported => "jax.export",
        _ => "other",
    };
    writeln!(out, "{}: {form}, {} bytes of module", module.name(), module.code().len())?;
    if !module.platforms().is_empty() {
        writeln!(out, "exported for: {}", module.platforms().join(", "))?;
    }
    if module.devices() > 1 {
        writeln!(out, "devices: {}", module.devices())?;
    }
    Ok(())
}

fn signature(out: &mut impl Write, module: &Module) -> Result<()> {
    writeln!(out, "\ninputs")?;
    for (index, input) in module.inputs().iter().enumerate() {
        let name = input.name.as_ref().map(|name| format!("  {name}")).unwrap_or_default();
        let unused = if input.used { "" } else { "  (unused)" };
        let donated = if input.donated { "  (donated)" } else { "" };
        writeln!(out, "  {index}: {input}{name}{unused}{donated}")?;
    }
    writeln!(out, "results")?;
    for (index, result) in module.outline().results.iter().enumerate() {
        let name = result.attribute("jax.result_info").filter(|name| !name.is_empty());
        writeln!(
            out,
            "  {index}: {}{}",
            result.ty,
            name.map(|name| format!("  {name}")).unwrap_or_default()
        )?;
    }
    Ok(())
}

fn operations(out: &mut impl Write, module: &Module) -> Result<()> {
    let outline = module.outline();
    let total: usize = outline.operations.values().sum();
    writeln!(out, "\noperations: {total}, in {} functions", outline.functions + 1)?;
    let mut counts: Vec<(&String, &usize)> = outline.operations.iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    for (name, count) in counts {
        writeln!(out, "  {count:>6}  {name}")?;
    }
    Ok(())
}

fn custom_calls(out: &mut impl Write, module: &Module, unknown: &[String]) -> Result<()> {
    let targets = &module.outline().custom_calls;
    if targets.is_empty() {
        return Ok(());
    }
    writeln!(out, "\ncustom calls")?;
    for target in targets {
        let note =
            if unknown.contains(target) { "no handler: the compiler must know it" } else { "has a handler" };
        writeln!(out, "  {target}  ({note})")?;
    }
    Ok(())
}

fn compiled(out: &mut impl Write, program: &LoadedModule) -> Result<()> {
    let executable = program.executable();
    let memory = executable.memory_stats()?;
    writeln!(out, "\nmemory, in bytes")?;
    for (name, bytes) in [
        ("arguments", memory.arguments),
        ("results", memory.outputs),
        ("shared by both", memory.aliased),
        ("temporaries", memory.temporaries),
        ("code", memory.generated_code),
        ("peak", memory.peak),
    ] {
        writeln!(out, "  {name:<14} {bytes}")?;
    }
    writeln!(out, "layouts, minor to major")?;
    writeln!(out, "  arguments: {}", executable.parameter_layouts()?.join(" "))?;
    writeln!(out, "  results: {}", executable.output_layouts()?.join(" "))?;
    let (flops, bytes) = costs(executable)?;
    writeln!(out, "cost of a run by the compiler's estimate: {flops:.0} FLOP, {bytes:.0} bytes moved")?;
    Ok(())
}

/// Floating point operations and bytes moved in a run, by the compiler's estimate; 0 for what it does not say.
pub(crate) fn costs(executable: &Executable) -> Result<(f64, f64)> {
    let costs = executable.cost_analysis()?;
    let cost = |wanted: &str| {
        let found = costs.iter().find(|(name, _)| name == wanted);
        found.map_or(0.0, |(_, value)| match value {
            NamedValue::F32(value) => f64::from(*value),
            NamedValue::I64(value) => *value as f64,
            _ => 0.0,
        })
    };
    Ok((cost("flops").max(0.0), cost("bytes accessed").max(0.0)))
}
