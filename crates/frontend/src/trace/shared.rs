//! What is one node however often it is asked for: constants, scalars stretched to a shape, parameters.

use super::Trace;
use crate::error::{Result, error};
use crate::literal::Scalar;
use crate::{DType, Literal, Location, NodeId, Op, Shape, Spec, Tensor};
use std::rc::Rc;

impl Trace {
    /// A constant node, shared among equal constants.
    pub(crate) fn constant(self: &Rc<Self>, literal: Literal, location: Location) -> Result<NodeId> {
        if let Some(&id) = self.state.borrow().constants.get(&literal) {
            return Ok(id);
        }
        let id = self.push(Op::Constant(literal.clone()), &[], location)?;
        self.state.borrow_mut().constants.insert(literal, id);
        Ok(id)
    }

    /// A host number as a scalar of `dtype`, in the innermost trace.
    pub(crate) fn scalar(self: &Rc<Self>, value: Scalar, dtype: DType, location: Location) -> Tensor {
        self.innermost().own_scalar(value, dtype, location)
    }

    fn own_scalar(self: &Rc<Self>, value: Scalar, dtype: DType, location: Location) -> Tensor {
        let spec = Spec::scalar(dtype);
        let carrier = Scalar::carrier(dtype);
        let node = Literal::scalar(value, carrier)
            .and_then(|literal| self.constant(literal, location))
            .and_then(|id| match carrier == dtype {
                true => Ok(id),
                false => self.push(Op::Convert { dtype }, &[id], location),
            });
        match node {
            Ok(id) => self.tensor(id),
            Err(error) => self.mistake(error.at(location), spec),
        }
    }

    /// `operand` broadcast to `shape`, its axes aligned with the last of `shape`; shared for equal requests.
    pub(crate) fn broadcast(self: &Rc<Self>, operand: &Tensor, shape: &Shape, location: Location) -> Tensor {
        match operand.spec().shape == *shape {
            true => operand.clone(),
            false => self.innermost().own_broadcast(operand, shape, location),
        }
    }

    pub(super) fn own_broadcast(
        self: &Rc<Self>,
        operand: &Tensor,
        shape: &Shape,
        location: Location,
    ) -> Tensor {
        let offset = shape.rank().saturating_sub(operand.rank());
        let op = Op::BroadcastInDim { shape: shape.clone(), axes: (offset..shape.rank()).collect() };
        // Only scalars are shared: they come from literals and recur; a shared large broadcast would only cost lookups.
        let imported = self.import(operand, location).ok().flatten();
        let Some(id) = imported.filter(|_| operand.rank() == 0) else {
            return self.append(op, &[operand], location);
        };
        // Shared by whatever has this size, under whatever names: it has none itself.
        let shape = shape.with_names(None);
        let op = Op::BroadcastInDim { shape: shape.clone(), axes: Vec::new() };
        let key = (id, shape);
        if let Some(&id) = self.state.borrow().splats.get(&key) {
            return self.tensor(id);
        }
        let result = self.append(op, &[operand], location);
        if let Some(id) = result.id() {
            self.state.borrow_mut().splats.insert(key, id);
        }
        result
    }

    /// The graph input of a parameter path, new or as registered before.
    pub(crate) fn parameter(self: &Rc<Self>, path: &str, spec: Spec, location: Location) -> Tensor {
        let mut state = self.state.borrow_mut();
        let known = state.params.get(path).map(|&index| state.graph.inputs()[index].clone());
        match known {
            Some(input) if input.spec == spec => {
                drop(state);
                self.tensor(input.node).with_names(&spec.shape, location)
            }
            Some(input) => {
                drop(state);
                let error = error!(
                    Parameter,
                    "parameter `{path}` was asked for as {} and is now asked for as {spec}", input.spec
                );
                self.mistake(error.at(location), spec)
            }
            None if !state.open => {
                drop(state);
                Tensor::from_parts(self.clone(), None, spec)
            }
            None => {
                let index = state.graph.inputs().len();
                let pushed = state.graph.push_input(spec.clone(), Some(path), location);
                if pushed.is_ok() {
                    state.params.insert(path.to_string(), index);
                }
                drop(state);
                match pushed {
                    Ok(id) => Tensor::from_parts(self.clone(), Some(id), spec),
                    Err(error) => self.mistake(error, spec),
                }
            }
        }
    }
}
