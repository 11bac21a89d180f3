//! One module a command: its arguments and its `main`.

pub(crate) mod doctor;
pub(crate) mod lock;
pub(crate) mod run;
pub(crate) mod setup;
pub(crate) mod store;
pub(crate) mod test;
