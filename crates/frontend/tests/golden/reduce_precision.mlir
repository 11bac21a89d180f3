module @reduce_precision {
  "func.func"() ({
  ^bb0(%arg0: tensor<6xf32>):
    %0 = "stablehlo.reduce_precision"(%arg0) {exponent_bits = 8 : i32, mantissa_bits = 7 : i32} : (tensor<6xf32>) -> tensor<6xf32>
    %1 = "stablehlo.reduce_precision"(%arg0) {exponent_bits = 5 : i32, mantissa_bits = 10 : i32} : (tensor<6xf32>) -> tensor<6xf32>
    "func.return"(%0, %1) : (tensor<6xf32>, tensor<6xf32>) -> ()
  }) {function_type = (tensor<6xf32>) -> (tensor<6xf32>, tensor<6xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
