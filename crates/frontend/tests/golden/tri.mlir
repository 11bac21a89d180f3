module @tri {
  "func.func"() ({
    %0 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<3x4xi64>
    %1 = "stablehlo.iota"() {iota_dimension = 1 : i64} : () -> tensor<3x4xi64>
    %2 = "stablehlo.constant"() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
    %3 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<3x4xi64>
    %4 = "stablehlo.add"(%0, %3) : (tensor<3x4xi64>, tensor<3x4xi64>) -> tensor<3x4xi64>
    %5 = "stablehlo.compare"(%1, %4) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LE>} : (tensor<3x4xi64>, tensor<3x4xi64>) -> tensor<3x4xi1>
    %6 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<3x3xi64>
    %7 = "stablehlo.iota"() {iota_dimension = 1 : i64} : () -> tensor<3x3xi64>
    %8 = "stablehlo.constant"() {value = dense<-1> : tensor<i64>} : () -> tensor<i64>
    %9 = "stablehlo.broadcast_in_dim"(%8) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<3x3xi64>
    %10 = "stablehlo.add"(%6, %9) : (tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi64>
    %11 = "stablehlo.compare"(%7, %10) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LE>} : (tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi1>
    "func.return"(%5, %11) : (tensor<3x4xi1>, tensor<3x3xi1>) -> ()
  }) {function_type = () -> (tensor<3x4xi1>, tensor<3x3xi1>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
