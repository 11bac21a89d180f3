//! Tests of unpacking, by hostile archives.
