//! What users write between the brackets of `x.at(..)`: numbers, ranges, integer tensors and their tuples.

use crate::Tensor;
use std::ops;

/// What selects along one axis.
#[derive(Clone, Debug)]
pub enum Index {
    /// One position, counted from the end if negative; the axis goes.
    Position(i64),
    /// Every `step`-th position from `start` on, before `end`; both count from the end if negative. A negative step goes
    /// backwards.
    Range {
        /// The first position; the axis' first, or last when going backwards.
        start: Option<i64>,
        /// Where to stop before; the axis' end, or its beginning when going backwards.
        end: Option<i64>,
        /// The distance of two positions; not 0.
        step: i64,
    },
    /// The positions in an integer tensor. Several such tensors broadcast and go together, element by element.
    Positions(Tensor),
    /// All axes that the other indices leave.
    Ellipsis,
    /// A new axis of size 1, which selects nothing.
    NewAxis,
}

impl Index {
    /// Every `step`-th position of a range.
    pub fn stepped(range: impl IntoIndex, step: i64) -> Index {
        match range.into_index() {
            Index::Range { start, end, .. } => Index::Range { start, end, step },
            other => other,
        }
    }
}

/// An index along one axis: a number, a range, an integer tensor, an [`Index`].
pub trait IntoIndex {
    /// The index.
    fn into_index(self) -> Index;
}

impl IntoIndex for Index {
    fn into_index(self) -> Index {
        self
    }
}

impl IntoIndex for Tensor {
    fn into_index(self) -> Index {
        Index::Positions(self)
    }
}

impl IntoIndex for &Tensor {
    fn into_index(self) -> Index {
        Index::Positions(self.clone())
    }
}

impl IntoIndex for ops::RangeFull {
    fn into_index(self) -> Index {
        Index::Range { start: None, end: None, step: 1 }
    }
}

macro_rules! index_number {
    ($($integer:ty)*) => {$(
        impl IntoIndex for $integer {
            fn into_index(self) -> Index {
                Index::Position(i64::try_from(self).unwrap_or(i64::MAX))
            }
        }
        impl IntoIndex for ops::Range<$integer> {
            fn into_index(self) -> Index {
                Index::Range { start: number(self.start), end: number(self.end), step: 1 }
            }
        }
        impl IntoIndex for ops::RangeFrom<$integer> {
            fn into_index(self) -> Index {
                Index::Range { start: number(self.start), end: None, step: 1 }
            }
        }
        impl IntoIndex for ops::RangeTo<$integer> {
            fn into_index(self) -> Index {
                Index::Range { start: None, end: number(self.end), step: 1 }
            }
        }
        impl IntoIndices for $integer {
            fn into_indices(self) -> Vec<Index> {
                vec![self.into_index()]
            }
        }
    )*};
}
index_number!(i32 i64 usize);

fn number(integer: impl TryInto<i64>) -> Option<i64> {
    Some(integer.try_into().unwrap_or(i64::MAX))
}

/// Indices along the first axes: one [`IntoIndex`], or a tuple, array or vector of them.
pub trait IntoIndices {
    /// The indices in order.
    fn into_indices(self) -> Vec<Index>;
}

macro_rules! one_index {
    ($($ty:ty)*) => {$(
        impl IntoIndices for $ty {
            fn into_indices(self) -> Vec<Index> {
                vec![self.into_index()]
            }
        }
    )*};
}
one_index!(Index Tensor &Tensor ops::RangeFull ops::Range<i32> ops::Range<i64> ops::Range<usize>);
one_index!(ops::RangeFrom<i32> ops::RangeFrom<usize> ops::RangeTo<i32> ops::RangeTo<usize>);

impl<T: IntoIndex> IntoIndices for Vec<T> {
    fn into_indices(self) -> Vec<Index> {
        self.into_iter().map(IntoIndex::into_index).collect()
    }
}

impl<T: IntoIndex, const N: usize> IntoIndices for [T; N] {
    fn into_indices(self) -> Vec<Index> {
        self.into_iter().map(IntoIndex::into_index).collect()
    }
}

macro_rules! index_tuple {
    ($($name:ident)*) => {
        impl<$($name: IntoIndex),*> IntoIndices for ($($name,)*) {
            #[allow(non_snake_case)]
            fn into_indices(self) -> Vec<Index> {
                let ($($name,)*) = self;
                vec![$($name.into_index()),*]
            }
        }
    };
}
index_tuple!(A);
index_tuple!(A B);
index_tuple!(A B C);
index_tuple!(A B C D);
index_tuple!(A B C D E);
index_tuple!(A B C D E F);
