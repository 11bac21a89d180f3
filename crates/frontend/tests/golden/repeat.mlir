module @repeat {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3xf32>):
    %0 = "stablehlo.reshape"(%arg0) : (tensor<2x3xf32>) -> tensor<2x1x3xf32>
    %1 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64: 0, 1, 2>} : (tensor<2x1x3xf32>) -> tensor<2x2x3xf32>
    %2 = "stablehlo.reshape"(%1) : (tensor<2x2x3xf32>) -> tensor<4x3xf32>
    %3 = "stablehlo.reshape"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3x1xf32>
    %4 = "stablehlo.broadcast_in_dim"(%3) {broadcast_dimensions = array<i64: 0, 1, 2>} : (tensor<2x3x1xf32>) -> tensor<2x3x3xf32>
    %5 = "stablehlo.reshape"(%4) : (tensor<2x3x3xf32>) -> tensor<2x9xf32>
    %6 = "stablehlo.reshape"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3x1xf32>
    %7 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64: 0, 1, 2>} : (tensor<2x3x1xf32>) -> tensor<2x3x0xf32>
    %8 = "stablehlo.reshape"(%7) : (tensor<2x3x0xf32>) -> tensor<2x0xf32>
    "func.return"(%2, %5, %8) : (tensor<4x3xf32>, tensor<2x9xf32>, tensor<2x0xf32>) -> ()
  }) {function_type = (tensor<2x3xf32>) -> (tensor<4x3xf32>, tensor<2x9xf32>, tensor<2x0xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
