module @divide {
  "func.func"() ({
  ^bb0(%arg0: tensor<6xf32>, %arg1: tensor<6xf32>):
    %0 = "stablehlo.divide"(%arg0, %arg1) : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xf32>
    "func.return"(%0) : (tensor<6xf32>) -> ()
  }) {function_type = (tensor<6xf32>, tensor<6xf32>) -> tensor<6xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
