module @top_k {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x6xf32>):
    %0:2 = "chlo.top_k"(%arg0) {k = 3 : i64} : (tensor<2x6xf32>) -> (tensor<2x3xf32>, tensor<2x3xi32>)
    "func.return"(%0#0, %0#1) : (tensor<2x3xf32>, tensor<2x3xi32>) -> ()
  }) {function_type = (tensor<2x6xf32>) -> (tensor<2x3xf32>, tensor<2x3xi32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
