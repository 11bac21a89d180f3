module @lgamma {
  "func.func"() ({
  ^bb0(%arg0: tensor<16xf32>, %arg1: tensor<8xf64>):
    %0 = "chlo.lgamma"(%arg0) : (tensor<16xf32>) -> tensor<16xf32>
    %1 = "chlo.lgamma"(%arg1) : (tensor<8xf64>) -> tensor<8xf64>
    "func.return"(%0, %1) : (tensor<16xf32>, tensor<8xf64>) -> ()
  }) {function_type = (tensor<16xf32>, tensor<8xf64>) -> (tensor<16xf32>, tensor<8xf64>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
