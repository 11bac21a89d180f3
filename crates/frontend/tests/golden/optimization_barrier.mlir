module @optimization_barrier {
  "func.func"() ({
  ^bb0(%arg0: tensor<2xf32>, %arg1: tensor<3xi32>):
    %0:2 = "stablehlo.optimization_barrier"(%arg0, %arg1) : (tensor<2xf32>, tensor<3xi32>) -> (tensor<2xf32>, tensor<3xi32>)
    "func.return"(%0#1, %0#0) : (tensor<3xi32>, tensor<2xf32>) -> ()
  }) {function_type = (tensor<2xf32>, tensor<3xi32>) -> (tensor<3xi32>, tensor<2xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
