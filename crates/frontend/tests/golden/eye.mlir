module @eye {
  "func.func"() ({
    %0 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<2x3xi64>
    %1 = "stablehlo.iota"() {iota_dimension = 1 : i64} : () -> tensor<2x3xi64>
    %2 = "stablehlo.constant"() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
    %3 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<2x3xi64>
    %4 = "stablehlo.add"(%0, %3) : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64>
    %5 = "stablehlo.compare"(%1, %4) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction EQ>} : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi1>
    %6 = "stablehlo.convert"(%5) : (tensor<2x3xi1>) -> tensor<2x3xf32>
    %7 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<3x3xi64>
    %8 = "stablehlo.iota"() {iota_dimension = 1 : i64} : () -> tensor<3x3xi64>
    %9 = "stablehlo.constant"() {value = dense<-1> : tensor<i64>} : () -> tensor<i64>
    %10 = "stablehlo.broadcast_in_dim"(%9) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<3x3xi64>
    %11 = "stablehlo.add"(%7, %10) : (tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi64>
    %12 = "stablehlo.compare"(%8, %11) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction EQ>} : (tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi1>
    %13 = "stablehlo.convert"(%12) : (tensor<3x3xi1>) -> tensor<3x3xi32>
    "func.return"(%6, %13) : (tensor<2x3xf32>, tensor<3x3xi32>) -> ()
  }) {function_type = () -> (tensor<2x3xf32>, tensor<3x3xi32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
