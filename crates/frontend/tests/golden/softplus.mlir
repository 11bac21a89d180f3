module @softplus {
  "func.func"() ({
  ^bb0(%arg0: tensor<8xf32>):
    %0 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %1 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<8xf32>
    %2 = "stablehlo.subtract"(%arg0, %1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %3 = "stablehlo.maximum"(%arg0, %1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %4 = "stablehlo.abs"(%2) : (tensor<8xf32>) -> tensor<8xf32>
    %5 = "stablehlo.negate"(%4) : (tensor<8xf32>) -> tensor<8xf32>
    %6 = "stablehlo.exponential"(%5) : (tensor<8xf32>) -> tensor<8xf32>
    %7 = "stablehlo.log_plus_one"(%6) : (tensor<8xf32>) -> tensor<8xf32>
    %8 = "stablehlo.add"(%3, %7) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %9 = "stablehlo.compare"(%2, %2) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %10 = "stablehlo.add"(%arg0, %1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %11 = "stablehlo.select"(%9, %10, %8) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %12 = "stablehlo.negate"(%arg0) : (tensor<8xf32>) -> tensor<8xf32>
    %13 = "stablehlo.subtract"(%12, %1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %14 = "stablehlo.maximum"(%12, %1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %15 = "stablehlo.abs"(%13) : (tensor<8xf32>) -> tensor<8xf32>
    %16 = "stablehlo.negate"(%15) : (tensor<8xf32>) -> tensor<8xf32>
    %17 = "stablehlo.exponential"(%16) : (tensor<8xf32>) -> tensor<8xf32>
    %18 = "stablehlo.log_plus_one"(%17) : (tensor<8xf32>) -> tensor<8xf32>
    %19 = "stablehlo.add"(%14, %18) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %20 = "stablehlo.compare"(%13, %13) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %21 = "stablehlo.add"(%12, %1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %22 = "stablehlo.select"(%20, %21, %19) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %23 = "stablehlo.negate"(%22) : (tensor<8xf32>) -> tensor<8xf32>
    "func.return"(%11, %23) : (tensor<8xf32>, tensor<8xf32>) -> ()
  }) {function_type = (tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
