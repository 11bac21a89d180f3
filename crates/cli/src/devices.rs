//! `bering devices`: what there is to run on.

use crate::program::DeviceArguments;
use anyhow::Result;
use std::io::Write;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    device: DeviceArguments,
}

impl Arguments {
    pub(crate) fn run(&self) -> Result<()> {
        let device = self.device.open()?;
        let client = device.client();
        let (major, minor) = client.plugin().api_version();
        let mut stdout = std::io::stdout().lock();
        for device in client.devices() {
            let memories = device.memories()?;
            let kinds: Vec<&str> = memories.iter().map(|memory| memory.kind()).collect();
            writeln!(stdout, "{device}  {}  memories: {}", device.kind(), kinds.join(", "))?;
        }
        writeln!(stdout, "{}, PJRT {major}.{minor}", client.platform_version().trim())?;
        Ok(())
    }
}
