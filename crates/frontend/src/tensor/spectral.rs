//! Discrete Fourier transforms over any axes. Forward transforms are not scaled, inverse ones divide by the length.

use super::{IntoAxes, Tensor};
use crate::error::{Result, error};
use crate::{DType, FftKind, Location, Op};

/// Transforms of the graph take at most so many axes, the last ones.
const MOST_AXES: usize = 3;

/// Defines transforms that keep the size.
macro_rules! transforms {
    ($($(#[$doc:meta])* $name:ident = $kind:ident, gradient $gradient:literal;)*) => {
        impl Tensor {$(
            $(#[$doc])*
            ///
            /// # Shapes
            /// `[S..] -> [S..]`
            /// # DTypes
            /// Complex; `f32` and `f64` become complex first.
            /// # Errors
            /// Recorded for other dtypes, and axes that do not exist or are given twice.
            /// # Gradient
            #[doc = $gradient]
            /// # Source
            /// StableHLO `fft`.
            /// # Examples
            /// ```
            /// use bering_frontend::{DType, Spec, trace};
            #[doc = concat!("let graph = trace(\"f\", &[Spec::new(DType::F32, [4, 6])], |_, x| (x[0].", stringify!($name), "(-1), x[0].", stringify!($name), "(..)))?;")]
            /// assert_eq!(graph.outputs()[1].to_string(), "c64[4, 6]");
            /// # Ok::<(), bering_frontend::Error>(())
            /// ```
            #[track_caller]
            pub fn $name(&self, axes: impl IntoAxes) -> Tensor {
                let location = Location::caller();
                match self.axes("fft", axes) {
                    Ok(axes) => self.as_complex(location).spectrum(FftKind::$kind, &axes, location),
                    Err(error) => self.mistake(error, location),
                }
            }
        )*}
    };
}

transforms! {
    /// The discrete Fourier transform over axes.
    fft = Fft, gradient "The transform of the cotangent.";
    /// The inverse discrete Fourier transform over axes.
    ifft = Ifft, gradient "The inverse transform of the cotangent.";
}

impl Tensor {
    /// The Fourier transform of real numbers over axes: of the last axis given, only the half of the spectrum that does not
    /// mirror the other.
    ///
    /// # Shapes
    /// `[.., N] -> [.., N / 2 + 1]` for the last axis given
    /// # DTypes
    /// `f32 -> c64`, `f64 -> c128`.
    /// # Errors
    /// Recorded for other dtypes, no axes, and axes that do not exist or are given twice.
    /// # Gradient
    /// The real part of the cotangent's transform, completed with zeros.
    /// # Source
    /// StableHLO `fft`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::F32, [4, 6])], |_, x| x[0].rfft([0, 1]))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "c64[4, 4]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn rfft(&self, axes: impl IntoAxes) -> Tensor {
        let location = Location::caller();
        match self.axes("rfft", axes).and_then(|axes| at_least_one("rfft", axes)) {
            Ok((others, last)) => {
                let half = self.transformed(FftKind::Rfft, &[last], &[self.dims()[last]], location);
                match half.id {
                    Some(_) => half.spectrum(FftKind::Fft, &others, location),
                    None => half,
                }
            }
            Err(error) => self.mistake(error, location),
        }
    }

    /// The inverse of [`Tensor::rfft`]: real numbers from half a spectrum, `length` of them along the last axis given. The
    /// spectrum is cut or completed with zeros to fit.
    ///
    /// # Shapes
    /// `[.., N / 2 + 1] -> [.., N]` for the last axis given
    /// # DTypes
    /// `c64 -> f32`, `c128 -> f64`.
    /// # Errors
    /// Recorded for other dtypes, no axes, and axes that do not exist or are given twice.
    /// # Gradient
    /// The transform of the cotangent, doubled where the half stands for both.
    /// # Source
    /// StableHLO `fft`.
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::C64, [4, 4])], |_, x| x[0].irfft([0, 1], 6))?;
    /// assert_eq!(graph.outputs()[0].to_string(), "f32[4, 6]");
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn irfft(&self, axes: impl IntoAxes, length: usize) -> Tensor {
        let location = Location::caller();
        match self.axes("irfft", axes).and_then(|axes| at_least_one("irfft", axes)) {
            Ok((others, last)) => {
                let half = if length == 0 { 0 } else { length / 2 + 1 };
                let size = self.dims()[last];
                let fitted = if half < size {
                    self.slice(last, 0..half)
                } else if half > size {
                    let mut edges = vec![(0, 0); self.rank()];
                    edges[last].1 = i64::try_from(half - size).unwrap_or(i64::MAX);
                    self.pad(0, &edges)
                } else {
                    self.clone()
                };
                let inner = fitted.spectrum(FftKind::Ifft, &others, location);
                inner.transformed(FftKind::Irfft, &[last], &[length], location)
            }
            Err(error) => self.mistake(error, location),
        }
    }

    /// The zero frequency moved from the first to the middle position along axes.
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when an axis does not exist or is given twice.
    /// # Gradient
    /// The cotangent moved back.
    /// # Source
    /// Composed of [`Tensor::roll`].
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::C64, [4, 5])], |_, x| x[0].fft_shift(..))?;
    /// assert_eq!(graph.outputs()[0].dims(), [4, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn fft_shift(&self, axes: impl IntoAxes) -> Tensor {
        self.shifted(axes, |size| (size / 2) as i64)
    }

    /// The inverse of [`Tensor::fft_shift`].
    ///
    /// # Shapes
    /// `[S..] -> [S..]`
    /// # DTypes
    /// Any.
    /// # Errors
    /// Recorded when an axis does not exist or is given twice.
    /// # Gradient
    /// The cotangent moved back.
    /// # Source
    /// Composed of [`Tensor::roll`].
    /// # Examples
    /// ```
    /// use bering_frontend::{DType, Spec, trace};
    /// let graph = trace("f", &[Spec::new(DType::C64, [4, 5])], |_, x| x[0].fft_shift(1).ifft_shift(1))?;
    /// assert_eq!(graph.outputs()[0].dims(), [4, 5]);
    /// # Ok::<(), bering_frontend::Error>(())
    /// ```
    #[track_caller]
    pub fn ifft_shift(&self, axes: impl IntoAxes) -> Tensor {
        self.shifted(axes, |size| -((size / 2) as i64))
    }

    #[track_caller]
    fn shifted(&self, axes: impl IntoAxes, shift: impl Fn(usize) -> i64) -> Tensor {
        match self.axes("fft_shift", axes) {
            Ok(axes) => {
                let mut shifted = self.clone();
                for axis in axes {
                    shifted = shifted.roll(shift(self.dims()[axis]), axis);
                }
                shifted
            }
            Err(error) => self.mistake(error, Location::caller()),
        }
    }

    fn as_complex(&self, location: Location) -> Tensor {
        match self.dtype() {
            DType::F32 => self.converted(DType::C64, location),
            DType::F64 => self.converted(DType::C128, location),
            _ => self.clone(),
        }
    }

    /// A transform that keeps the size, over any number of axes.
    fn spectrum(&self, kind: FftKind, axes: &[usize], location: Location) -> Tensor {
        let mut result = self.clone();
        for some in axes.rchunks(MOST_AXES) {
            let lengths: Vec<usize> = some.iter().map(|&axis| self.dims()[axis]).collect();
            result = result.transformed(kind, some, &lengths, location);
        }
        result
    }

    /// A transform over axes, which are moved to the end and back.
    fn transformed(&self, kind: FftKind, axes: &[usize], lengths: &[usize], location: Location) -> Tensor {
        let others: Vec<usize> = (0..self.rank()).filter(|axis| !axes.contains(axis)).collect();
        let order = [&others[..], axes].concat();
        let mut back = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, &axis)| back[axis] = at);
        let moved = self.permuted(order, location);
        let transform = Op::Fft { kind, lengths: lengths.to_vec() };
        let result = moved.unary(transform, location);
        match result.id {
            Some(_) => result.permuted(back, location),
            None => self.placeholder(),
        }
    }

    fn permuted(&self, permutation: Vec<usize>, location: Location) -> Tensor {
        match permutation.is_sorted() {
            true => self.clone(),
            false => self.unary(Op::Transpose { permutation }, location),
        }
    }
}

/// The last axis, and those before it.
fn at_least_one(name: &str, mut axes: Vec<usize>) -> Result<(Vec<usize>, usize)> {
    match axes.pop() {
        Some(last) => Ok((axes, last)),
        None => Err(error!(Axis, "{name}: takes at least one axis")),
    }
}
