module @stack {
  "func.func"() ({
  ^bb0(%arg0: tensor<3xf32>, %arg1: tensor<3xf32>):
    %0 = "stablehlo.reshape"(%arg0) : (tensor<3xf32>) -> tensor<1x3xf32>
    %1 = "stablehlo.reshape"(%arg1) : (tensor<3xf32>) -> tensor<1x3xf32>
    %2 = "stablehlo.concatenate"(%0, %1) {dimension = 0 : i64} : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
    %3 = "stablehlo.reshape"(%arg0) : (tensor<3xf32>) -> tensor<3x1xf32>
    %4 = "stablehlo.reshape"(%arg1) : (tensor<3xf32>) -> tensor<3x1xf32>
    %5 = "stablehlo.concatenate"(%3, %4) {dimension = 1 : i64} : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
    "func.return"(%2, %5) : (tensor<2x3xf32>, tensor<3x2xf32>) -> ()
  }) {function_type = (tensor<3xf32>, tensor<3xf32>) -> (tensor<2x3xf32>, tensor<3x2xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
