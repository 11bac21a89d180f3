module @leading_zeros {
  "func.func"() ({
  ^bb0(%arg0: tensor<4xui32>):
    %0 = "stablehlo.count_leading_zeros"(%arg0) : (tensor<4xui32>) -> tensor<4xui32>
    "func.return"(%0) : (tensor<4xui32>) -> ()
  }) {function_type = (tensor<4xui32>) -> tensor<4xui32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
