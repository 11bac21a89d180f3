module @is_nan {
  "func.func"() ({
  ^bb0(%arg0: tensor<8xf32>):
    %0 = "stablehlo.compare"(%arg0, %arg0) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %1 = "stablehlo.abs"(%arg0) : (tensor<8xf32>) -> tensor<8xf32>
    %2 = "stablehlo.constant"() {value = dense<0x7F800000> : tensor<f32>} : () -> tensor<f32>
    %3 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<8xf32>
    %4 = "stablehlo.compare"(%1, %3) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction EQ>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %5 = "stablehlo.compare"(%arg0, %arg0) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %6 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %7 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<8xf32>
    %8 = "stablehlo.select"(%5, %7, %arg0) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %9 = "stablehlo.constant"() {value = dense<-3.40282347E+38> : tensor<f32>} : () -> tensor<f32>
    %10 = "stablehlo.constant"() {value = dense<3.40282347E+38> : tensor<f32>} : () -> tensor<f32>
    %11 = "stablehlo.clamp"(%9, %8, %10) : (tensor<f32>, tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
    "func.return"(%0, %4, %11) : (tensor<8xi1>, tensor<8xi1>, tensor<8xf32>) -> ()
  }) {function_type = (tensor<8xf32>) -> (tensor<8xi1>, tensor<8xi1>, tensor<8xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
