module @square {
  "func.func"() ({
  ^bb0(%arg0: tensor<4xi32>, %arg1: tensor<3xf32>):
    %0 = "stablehlo.multiply"(%arg0, %arg0) : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
    %1 = "stablehlo.multiply"(%arg1, %arg1) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    %2 = "stablehlo.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %3 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<3xf32>
    %4 = "stablehlo.divide"(%3, %arg1) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    "func.return"(%0, %1, %4) : (tensor<4xi32>, tensor<3xf32>, tensor<3xf32>) -> ()
  }) {function_type = (tensor<4xi32>, tensor<3xf32>) -> (tensor<4xi32>, tensor<3xf32>, tensor<3xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
