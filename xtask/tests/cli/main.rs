//! The command line from the outside: real processes, a real store, and a registry on the loopback interface that fails in
//! every way that registries do. Each fault must end in exit code 1, a message that says what happened, and a store in which
//! every name is whole.

mod archives;
mod bundles;
mod ci;
mod crates;
mod dists;
mod doctor;
mod downloads;
mod fixture;
mod lock;
mod mirrors;
mod processes;
mod proxy;
mod registries;
mod server;
mod targets;
mod verify;
