module @logaddexp {
  "func.func"() ({
  ^bb0(%arg0: tensor<8xf32>, %arg1: tensor<8xf32>):
    %0 = "stablehlo.subtract"(%arg0, %arg1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %1 = "stablehlo.maximum"(%arg0, %arg1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %2 = "stablehlo.abs"(%0) : (tensor<8xf32>) -> tensor<8xf32>
    %3 = "stablehlo.negate"(%2) : (tensor<8xf32>) -> tensor<8xf32>
    %4 = "stablehlo.exponential"(%3) : (tensor<8xf32>) -> tensor<8xf32>
    %5 = "stablehlo.log_plus_one"(%4) : (tensor<8xf32>) -> tensor<8xf32>
    %6 = "stablehlo.add"(%1, %5) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %7 = "stablehlo.compare"(%0, %0) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %8 = "stablehlo.add"(%arg0, %arg1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %9 = "stablehlo.select"(%7, %8, %6) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    "func.return"(%9) : (tensor<8xf32>) -> ()
  }) {function_type = (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
