module @erfc {
  "func.func"() ({
  ^bb0(%arg0: tensor<64xf32>):
    %0 = "chlo.erfc"(%arg0) : (tensor<64xf32>) -> tensor<64xf32>
    "func.return"(%0) : (tensor<64xf32>) -> ()
  }) {function_type = (tensor<64xf32>) -> tensor<64xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
