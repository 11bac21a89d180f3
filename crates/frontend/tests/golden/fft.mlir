module @fft {
  "func.func"() ({
  ^bb0(%arg0: tensor<3x5xcomplex<f32>>):
    %0 = "stablehlo.fft"(%arg0) {fft_length = array<i64: 5>, fft_type = #stablehlo<fft_type FFT>} : (tensor<3x5xcomplex<f32>>) -> tensor<3x5xcomplex<f32>>
    %1 = "stablehlo.transpose"(%arg0) {permutation = array<i64: 1, 0>} : (tensor<3x5xcomplex<f32>>) -> tensor<5x3xcomplex<f32>>
    %2 = "stablehlo.fft"(%1) {fft_length = array<i64: 3>, fft_type = #stablehlo<fft_type IFFT>} : (tensor<5x3xcomplex<f32>>) -> tensor<5x3xcomplex<f32>>
    %3 = "stablehlo.transpose"(%2) {permutation = array<i64: 1, 0>} : (tensor<5x3xcomplex<f32>>) -> tensor<3x5xcomplex<f32>>
    %4 = "stablehlo.fft"(%arg0) {fft_length = array<i64: 3, 5>, fft_type = #stablehlo<fft_type FFT>} : (tensor<3x5xcomplex<f32>>) -> tensor<3x5xcomplex<f32>>
    %5 = "stablehlo.transpose"(%arg0) {permutation = array<i64: 1, 0>} : (tensor<3x5xcomplex<f32>>) -> tensor<5x3xcomplex<f32>>
    %6 = "stablehlo.fft"(%5) {fft_length = array<i64: 5, 3>, fft_type = #stablehlo<fft_type IFFT>} : (tensor<5x3xcomplex<f32>>) -> tensor<5x3xcomplex<f32>>
    %7 = "stablehlo.transpose"(%6) {permutation = array<i64: 1, 0>} : (tensor<5x3xcomplex<f32>>) -> tensor<3x5xcomplex<f32>>
    "func.return"(%0, %3, %4, %7) : (tensor<3x5xcomplex<f32>>, tensor<3x5xcomplex<f32>>, tensor<3x5xcomplex<f32>>, tensor<3x5xcomplex<f32>>) -> ()
  }) {function_type = (tensor<3x5xcomplex<f32>>) -> (tensor<3x5xcomplex<f32>>, tensor<3x5xcomplex<f32>>, tensor<3x5xcomplex<f32>>, tensor<3x5xcomplex<f32>>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
