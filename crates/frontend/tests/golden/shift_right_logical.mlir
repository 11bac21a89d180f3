module @shift_right_logical {
  "func.func"() ({
  ^bb0(%arg0: tensor<3xui32>, %arg1: tensor<3xui32>):
    %0 = "stablehlo.shift_right_logical"(%arg0, %arg1) : (tensor<3xui32>, tensor<3xui32>) -> tensor<3xui32>
    "func.return"(%0) : (tensor<3xui32>) -> ()
  }) {function_type = (tensor<3xui32>, tensor<3xui32>) -> tensor<3xui32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
