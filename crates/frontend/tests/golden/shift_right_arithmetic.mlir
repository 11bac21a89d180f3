module @shift_right_arithmetic {
  "func.func"() ({
  ^bb0(%arg0: tensor<3xi32>, %arg1: tensor<3xi32>):
    %0 = "stablehlo.shift_right_arithmetic"(%arg0, %arg1) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    "func.return"(%0) : (tensor<3xi32>) -> ()
  }) {function_type = (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
