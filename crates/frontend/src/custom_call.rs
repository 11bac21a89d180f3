//! Calls of code that the compiler does not know: the attributes of `custom_call`.

use crate::Spec;
use std::fmt;
use std::sync::Arc;

/// What `Op::CustomCall` calls, with what, and what it yields.
///
/// The callee reads and writes dense row-major arrays, and unless it says otherwise it is pure: same operands, same result. It is
/// registered with the plugin by name; a name that is not is an error when the program is compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomCall {
    /// The name by which the callee is registered.
    pub target: Arc<str>,
    /// What it is told besides its operands, by name.
    pub attributes: Vec<(Arc<str>, Attribute)>,
    /// The type of its result.
    pub result: Spec,
    /// Whether it does something besides its result: it is then called also where nothing needs the result.
    pub effect: bool,
}

/// The value of a custom call's attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// A truth value.
    Bool(bool),
    /// A 64-bit integer.
    I64(i64),
    /// A 32-bit float.
    F32(f32),
    /// A text.
    String(Arc<str>),
}

impl From<bool> for Attribute {
    fn from(value: bool) -> Self {
        Attribute::Bool(value)
    }
}

impl From<i64> for Attribute {
    fn from(value: i64) -> Self {
        Attribute::I64(value)
    }
}

impl From<f32> for Attribute {
    fn from(value: f32) -> Self {
        Attribute::F32(value)
    }
}

impl From<&str> for Attribute {
    fn from(value: &str) -> Self {
        Attribute::String(value.into())
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Attribute::Bool(value) => value.fmt(f),
            Attribute::I64(value) => value.fmt(f),
            Attribute::F32(value) => write!(f, "{value:?}"),
            Attribute::String(value) => write!(f, "{value:?}"),
        }
    }
}
