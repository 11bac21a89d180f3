module @erf_inv {
  "func.func"() ({
  ^bb0(%arg0: tensor<16xf32>):
    %0 = "chlo.erf_inv"(%arg0) : (tensor<16xf32>) -> tensor<16xf32>
    "func.return"(%0) : (tensor<16xf32>) -> ()
  }) {function_type = (tensor<16xf32>) -> tensor<16xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
