//! Values from outside of a trace that the traced function uses: tensors that hold elements somewhere, such as on a device.
//!
//! Where the trace takes them, each becomes one input of the graph, after the arguments and in the order of first use, and whoever
//! runs the graph passes the value. Nothing is copied and no elements end up in the program.

use super::nested::Foreign;
use super::{Trace, run};
use crate::error::Result;
use crate::{Graph, Location, NodeId, Params, Spec, Tensor, Tree};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// The values that a trace uses. It holds them, so that their addresses are theirs alone.
#[derive(Default)]
pub(super) struct Values {
    order: Vec<Tensor>,
    known: HashMap<*const (), NodeId>,
}

/// As [`trace`](crate::trace()), for a function that may also use tensors that hold values outside of it
/// ([`Tensor::from_value`]). They become inputs of the graph after the arguments; which ones, in order, is told beside the graph.
///
/// # Errors
/// As [`trace`](crate::trace()).
///
/// ```
/// use bering_frontend::{DType, Spec, Tensor, trace_with_values};
/// use std::sync::Arc;
/// let weight = Tensor::from_value(Spec::new(DType::F32, [2]), Arc::new([1.0f32, 2.0]));
/// let (graph, values) = trace_with_values("f", &[Spec::new(DType::F32, [2])], |_, x| &x[0] * &weight + &weight)?;
/// assert_eq!((graph.inputs().len(), values.len()), (2, 1));
/// assert!(values[0].value().is_some_and(|value| value.is::<[f32; 2]>()));
/// # Ok::<(), bering_frontend::Error>(())
/// ```
#[track_caller]
pub fn trace_with_values<O: Tree>(
    name: &str,
    specs: &[Spec],
    function: impl FnOnce(&Params, &[Tensor]) -> O,
) -> Result<(Graph, Vec<Tensor>)> {
    let trace = Rc::new(Trace::new(name, None));
    trace.state.borrow_mut().values = Some(Values::default());
    let graph = run(&trace, specs, Location::caller(), function)?;
    let values = trace.state.borrow_mut().values.take().unwrap_or_default();
    Ok((graph, values.order))
}

impl Trace {
    /// The input of this outermost trace that stands for a value.
    pub(super) fn import_value(
        &self,
        tensor: &Tensor,
        location: Location,
    ) -> std::result::Result<Option<NodeId>, Foreign> {
        let place = Arc::as_ptr(tensor.value().ok_or(Foreign)?).cast::<()>();
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let values = state.values.as_mut().ok_or(Foreign)?;
        if let Some(&known) = values.known.get(&place) {
            return Ok(Some(known));
        }
        if !state.open {
            return Ok(None);
        }
        let input = state.graph.push_input(tensor.spec().clone(), None, location);
        let input = input.map_err(|_| Foreign)?;
        values.known.insert(place, input);
        values.order.push(tensor.clone());
        Ok(Some(input))
    }
}
