module @sinh {
  "func.func"() ({
  ^bb0(%arg0: tensor<8xf32>):
    %0 = "chlo.sinh"(%arg0) : (tensor<8xf32>) -> tensor<8xf32>
    "func.return"(%0) : (tensor<8xf32>) -> ()
  }) {function_type = (tensor<8xf32>) -> tensor<8xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
