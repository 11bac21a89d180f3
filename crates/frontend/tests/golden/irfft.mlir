module @irfft {
  "func.func"() ({
  ^bb0(%arg0: tensor<4x4xcomplex<f32>>):
    %0 = "stablehlo.fft"(%arg0) {fft_length = array<i64: 6>, fft_type = #stablehlo<fft_type IRFFT>} : (tensor<4x4xcomplex<f32>>) -> tensor<4x6xf32>
    %1 = "stablehlo.fft"(%arg0) {fft_length = array<i64: 7>, fft_type = #stablehlo<fft_type IRFFT>} : (tensor<4x4xcomplex<f32>>) -> tensor<4x7xf32>
    %2 = "stablehlo.fft"(%arg0) {fft_length = array<i64: 4>, fft_type = #stablehlo<fft_type IFFT>} : (tensor<4x4xcomplex<f32>>) -> tensor<4x4xcomplex<f32>>
    %3 = "stablehlo.transpose"(%2) {permutation = array<i64: 1, 0>} : (tensor<4x4xcomplex<f32>>) -> tensor<4x4xcomplex<f32>>
    %4 = "stablehlo.fft"(%3) {fft_length = array<i64: 6>, fft_type = #stablehlo<fft_type IRFFT>} : (tensor<4x4xcomplex<f32>>) -> tensor<4x6xf32>
    %5 = "stablehlo.transpose"(%4) {permutation = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<6x4xf32>
    %6 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 4, 3>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<4x4xcomplex<f32>>) -> tensor<4x3xcomplex<f32>>
    %7 = "stablehlo.fft"(%6) {fft_length = array<i64: 4>, fft_type = #stablehlo<fft_type IRFFT>} : (tensor<4x3xcomplex<f32>>) -> tensor<4x4xf32>
    %8 = "stablehlo.constant"() {value = dense<(0.000000e+00,0.000000e+00)> : tensor<complex<f32>>} : () -> tensor<complex<f32>>
    %9 = "stablehlo.pad"(%arg0, %8) {edge_padding_high = array<i64: 0, 2>, edge_padding_low = array<i64: 0, 0>, interior_padding = array<i64: 0, 0>} : (tensor<4x4xcomplex<f32>>, tensor<complex<f32>>) -> tensor<4x6xcomplex<f32>>
    %10 = "stablehlo.fft"(%9) {fft_length = array<i64: 10>, fft_type = #stablehlo<fft_type IRFFT>} : (tensor<4x6xcomplex<f32>>) -> tensor<4x10xf32>
    "func.return"(%0, %1, %5, %7, %10) : (tensor<4x6xf32>, tensor<4x7xf32>, tensor<6x4xf32>, tensor<4x4xf32>, tensor<4x10xf32>) -> ()
  }) {function_type = (tensor<4x4xcomplex<f32>>) -> (tensor<4x6xf32>, tensor<4x7xf32>, tensor<6x4xf32>, tensor<4x4xf32>, tensor<4x10xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
