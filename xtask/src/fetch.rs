//! Getting bytes: where an artifact can be had ([`source`]) and how to talk HTTP ([`http`]).
//!
//! Nothing here knows a registry; that is `registry`'s business.

pub(crate) mod download;
pub(crate) mod http;
pub(crate) mod mirror;
pub(crate) mod source;
