//! Donation: arguments whose memory a call may use for its results.

use bering_frontend::{Leaves, Structure, Tensor, Tree, tree};

/// A tree that is given away to the function it is passed to, which may put its results where the tree was.
///
/// It takes the tree by value, so the compiler refuses to use it again. Clones of its tensors, if there are any, answer every use
/// with an error that says so. Tensors are matched with results of the same type in order; what matches none is freed.
///
/// ```
/// use bering::prelude::*;
/// let device = device("cpu")?;
/// let bump = jit("bump", |x: Tensor| x + 1.0);
/// let x = device.tensor(&[1.0f32, 2.0], [2])?;
/// let clone = x.clone();
/// let y = bump.call(&device, Donate(x))?;
/// assert_eq!(y.to_vec::<f32>()?, [2.0, 3.0]);
/// let error = clone.to_vec::<f32>().unwrap_err().to_string();
/// assert!(error.starts_with("buffer f32[2] was donated to an earlier execution"), "{error}");
/// # Ok::<(), bering::Error>(())
/// ```
/// ```compile_fail,E0382
/// use bering::prelude::*;
/// let device = device("cpu")?;
/// let bump = jit("bump", |x: Tensor| x + 1.0);
/// let x = device.tensor(&[1.0f32, 2.0], [2])?;
/// bump.call(&device, Donate(x))?;
/// bump.call(&device, Donate(x))?;
/// # Ok::<(), bering::Error>(())
/// ```
pub struct Donate<T>(pub T);

impl<T: Tree> Tree for Donate<T> {
    type Owned = T::Owned;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        leaves.extend(tree::leaves(&self.0).into_iter().map(Tensor::donated));
    }

    fn rebuild(&self, leaves: &mut Leaves) -> T::Owned {
        self.0.rebuild(leaves)
    }

    fn name_leaves(&self, path: &str, names: &mut Vec<String>) {
        self.0.name_leaves(path, names);
    }

    fn structure(&self, structure: &mut Structure) {
        self.0.structure(structure);
    }
}
