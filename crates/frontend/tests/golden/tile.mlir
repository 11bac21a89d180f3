module @tile {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3xf32>):
    %0 = "stablehlo.reshape"(%arg0) : (tensor<2x3xf32>) -> tensor<1x2x1x3xf32>
    %1 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64: 0, 1, 2, 3>} : (tensor<1x2x1x3xf32>) -> tensor<1x2x2x3xf32>
    %2 = "stablehlo.reshape"(%1) : (tensor<1x2x2x3xf32>) -> tensor<2x6xf32>
    %3 = "stablehlo.reshape"(%arg0) : (tensor<2x3xf32>) -> tensor<1x1x1x2x1x3xf32>
    %4 = "stablehlo.broadcast_in_dim"(%3) {broadcast_dimensions = array<i64: 0, 1, 2, 3, 4, 5>} : (tensor<1x1x1x2x1x3xf32>) -> tensor<2x1x1x2x2x3xf32>
    %5 = "stablehlo.reshape"(%4) : (tensor<2x1x1x2x2x3xf32>) -> tensor<2x2x6xf32>
    %6 = "stablehlo.reshape"(%arg0) : (tensor<2x3xf32>) -> tensor<1x2x1x3xf32>
    %7 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64: 0, 1, 2, 3>} : (tensor<1x2x1x3xf32>) -> tensor<0x2x1x3xf32>
    %8 = "stablehlo.reshape"(%7) : (tensor<0x2x1x3xf32>) -> tensor<0x3xf32>
    %9 = "stablehlo.reshape"(%arg0) : (tensor<2x3xf32>) -> tensor<1x2x1x3xf32>
    %10 = "stablehlo.reshape"(%9) : (tensor<1x2x1x3xf32>) -> tensor<2x3xf32>
    "func.return"(%2, %5, %8, %10) : (tensor<2x6xf32>, tensor<2x2x6xf32>, tensor<0x3xf32>, tensor<2x3xf32>) -> ()
  }) {function_type = (tensor<2x3xf32>) -> (tensor<2x6xf32>, tensor<2x2x6xf32>, tensor<0x3xf32>, tensor<2x3xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
