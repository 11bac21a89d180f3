module @fft_shift {
  "func.func"() ({
  ^bb0(%arg0: tensor<4x5xf32>):
    %0 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 4, 5>, start_indices = array<i64: 2, 0>, strides = array<i64: 1, 1>} : (tensor<4x5xf32>) -> tensor<2x5xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 5>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<4x5xf32>) -> tensor<2x5xf32>
    %2 = "stablehlo.concatenate"(%0, %1) {dimension = 0 : i64} : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<4x5xf32>
    %3 = "stablehlo.slice"(%2) {limit_indices = array<i64: 4, 5>, start_indices = array<i64: 0, 3>, strides = array<i64: 1, 1>} : (tensor<4x5xf32>) -> tensor<4x2xf32>
    %4 = "stablehlo.slice"(%2) {limit_indices = array<i64: 4, 3>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<4x5xf32>) -> tensor<4x3xf32>
    %5 = "stablehlo.concatenate"(%3, %4) {dimension = 1 : i64} : (tensor<4x2xf32>, tensor<4x3xf32>) -> tensor<4x5xf32>
    %6 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 4, 5>, start_indices = array<i64: 0, 2>, strides = array<i64: 1, 1>} : (tensor<4x5xf32>) -> tensor<4x3xf32>
    %7 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 4, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<4x5xf32>) -> tensor<4x2xf32>
    %8 = "stablehlo.concatenate"(%6, %7) {dimension = 1 : i64} : (tensor<4x3xf32>, tensor<4x2xf32>) -> tensor<4x5xf32>
    "func.return"(%5, %8) : (tensor<4x5xf32>, tensor<4x5xf32>) -> ()
  }) {function_type = (tensor<4x5xf32>) -> (tensor<4x5xf32>, tensor<4x5xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
