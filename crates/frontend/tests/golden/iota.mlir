module @iota {
  "func.func"() ({
    %0 = "stablehlo.iota"() {iota_dimension = 1 : i64} : () -> tensor<2x3xi32>
    %1 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<4xf32>
    "func.return"(%0, %1) : (tensor<2x3xi32>, tensor<4xf32>) -> ()
  }) {function_type = () -> (tensor<2x3xi32>, tensor<4xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
