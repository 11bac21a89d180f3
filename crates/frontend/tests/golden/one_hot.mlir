module @one_hot {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x2xi32>, %arg1: tensor<2xui8>):
    %0 = "stablehlo.iota"() {iota_dimension = 2 : i64} : () -> tensor<2x2x3xi32>
    %1 = "stablehlo.reshape"(%arg0) : (tensor<2x2xi32>) -> tensor<2x2x1xi32>
    %2 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64: 0, 1, 2>} : (tensor<2x2x1xi32>) -> tensor<2x2x3xi32>
    %3 = "stablehlo.compare"(%2, %0) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction EQ>} : (tensor<2x2x3xi32>, tensor<2x2x3xi32>) -> tensor<2x2x3xi1>
    %4 = "stablehlo.convert"(%3) : (tensor<2x2x3xi1>) -> tensor<2x2x3xf32>
    %5 = "stablehlo.convert"(%arg1) : (tensor<2xui8>) -> tensor<2xi32>
    %6 = "stablehlo.iota"() {iota_dimension = 1 : i64} : () -> tensor<2x300xi32>
    %7 = "stablehlo.reshape"(%5) : (tensor<2xi32>) -> tensor<2x1xi32>
    %8 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64: 0, 1>} : (tensor<2x1xi32>) -> tensor<2x300xi32>
    %9 = "stablehlo.compare"(%8, %6) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction EQ>} : (tensor<2x300xi32>, tensor<2x300xi32>) -> tensor<2x300xi1>
    "func.return"(%4, %9) : (tensor<2x2x3xf32>, tensor<2x300xi1>) -> ()
  }) {function_type = (tensor<2x2xi32>, tensor<2xui8>) -> (tensor<2x2x3xf32>, tensor<2x300xi1>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
