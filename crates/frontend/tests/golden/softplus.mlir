module @softplus {
  "func.func"() ({
  ^bb0(%arg0: tensor<8xf32>):
    %0 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %1 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<8xf32>
    %2 = "stablehlo.compare"(%arg0, %1) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %3 = "stablehlo.select"(%2, %arg0, %1) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %4 = "stablehlo.select"(%2, %1, %arg0) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %5 = "stablehlo.subtract"(%4, %3) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %6 = "stablehlo.compare"(%5, %5) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %7 = "stablehlo.select"(%6, %1, %5) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %8 = "stablehlo.exponential"(%7) : (tensor<8xf32>) -> tensor<8xf32>
    %9 = "stablehlo.log_plus_one"(%8) : (tensor<8xf32>) -> tensor<8xf32>
    %10 = "stablehlo.add"(%3, %9) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %11 = "stablehlo.add"(%arg0, %1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %12 = "stablehlo.select"(%6, %11, %10) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %13 = "stablehlo.negate"(%arg0) : (tensor<8xf32>) -> tensor<8xf32>
    %14 = "stablehlo.compare"(%13, %1) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %15 = "stablehlo.select"(%14, %13, %1) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %16 = "stablehlo.select"(%14, %1, %13) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %17 = "stablehlo.subtract"(%16, %15) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %18 = "stablehlo.compare"(%17, %17) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %19 = "stablehlo.select"(%18, %1, %17) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %20 = "stablehlo.exponential"(%19) : (tensor<8xf32>) -> tensor<8xf32>
    %21 = "stablehlo.log_plus_one"(%20) : (tensor<8xf32>) -> tensor<8xf32>
    %22 = "stablehlo.add"(%15, %21) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %23 = "stablehlo.add"(%13, %1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %24 = "stablehlo.select"(%18, %23, %22) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %25 = "stablehlo.negate"(%24) : (tensor<8xf32>) -> tensor<8xf32>
    "func.return"(%12, %25) : (tensor<8xf32>, tensor<8xf32>) -> ()
  }) {function_type = (tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
