module @rfft {
  "func.func"() ({
  ^bb0(%arg0: tensor<4x6xf32>, %arg1: tensor<5xf64>):
    %0 = "stablehlo.fft"(%arg0) {fft_length = array<i64: 6>, fft_type = #stablehlo<fft_type RFFT>} : (tensor<4x6xf32>) -> tensor<4x4xcomplex<f32>>
    %1 = "stablehlo.transpose"(%arg0) {permutation = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<6x4xf32>
    %2 = "stablehlo.fft"(%1) {fft_length = array<i64: 4>, fft_type = #stablehlo<fft_type RFFT>} : (tensor<6x4xf32>) -> tensor<6x3xcomplex<f32>>
    %3 = "stablehlo.transpose"(%2) {permutation = array<i64: 1, 0>} : (tensor<6x3xcomplex<f32>>) -> tensor<3x6xcomplex<f32>>
    %4 = "stablehlo.fft"(%arg0) {fft_length = array<i64: 6>, fft_type = #stablehlo<fft_type RFFT>} : (tensor<4x6xf32>) -> tensor<4x4xcomplex<f32>>
    %5 = "stablehlo.transpose"(%4) {permutation = array<i64: 1, 0>} : (tensor<4x4xcomplex<f32>>) -> tensor<4x4xcomplex<f32>>
    %6 = "stablehlo.fft"(%5) {fft_length = array<i64: 4>, fft_type = #stablehlo<fft_type FFT>} : (tensor<4x4xcomplex<f32>>) -> tensor<4x4xcomplex<f32>>
    %7 = "stablehlo.transpose"(%6) {permutation = array<i64: 1, 0>} : (tensor<4x4xcomplex<f32>>) -> tensor<4x4xcomplex<f32>>
    %8 = "stablehlo.fft"(%arg1) {fft_length = array<i64: 5>, fft_type = #stablehlo<fft_type RFFT>} : (tensor<5xf64>) -> tensor<3xcomplex<f64>>
    "func.return"(%0, %3, %7, %8) : (tensor<4x4xcomplex<f32>>, tensor<3x6xcomplex<f32>>, tensor<4x4xcomplex<f32>>, tensor<3xcomplex<f64>>) -> ()
  }) {function_type = (tensor<4x6xf32>, tensor<5xf64>) -> (tensor<4x4xcomplex<f32>>, tensor<3x6xcomplex<f32>>, tensor<4x4xcomplex<f32>>, tensor<3xcomplex<f64>>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
