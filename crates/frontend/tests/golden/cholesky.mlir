module @cholesky {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x3x3xf32>, %arg1: tensor<3x3xf64>, %arg2: tensor<3x3xcomplex<f32>>):
    %0 = "stablehlo.cholesky"(%arg0) {lower = true} : (tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
    %1 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<3x3xi64>
    %2 = "stablehlo.iota"() {iota_dimension = 1 : i64} : () -> tensor<3x3xi64>
    %3 = "stablehlo.constant"() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
    %4 = "stablehlo.broadcast_in_dim"(%3) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<3x3xi64>
    %5 = "stablehlo.add"(%1, %4) : (tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi64>
    %6 = "stablehlo.compare"(%2, %5) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LE>} : (tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi1>
    %7 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %8 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64: 1, 2>} : (tensor<3x3xi1>) -> tensor<2x3x3xi1>
    %9 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2x3x3xf32>
    %10 = "stablehlo.select"(%8, %0, %9) : (tensor<2x3x3xi1>, tensor<2x3x3xf32>, tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
    %11 = "stablehlo.cholesky"(%arg1) {lower = true} : (tensor<3x3xf64>) -> tensor<3x3xf64>
    %12 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<3x3xi64>
    %13 = "stablehlo.iota"() {iota_dimension = 1 : i64} : () -> tensor<3x3xi64>
    %14 = "stablehlo.add"(%12, %4) : (tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi64>
    %15 = "stablehlo.compare"(%13, %14) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LE>} : (tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi1>
    %16 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f64>} : () -> tensor<f64>
    %17 = "stablehlo.broadcast_in_dim"(%16) {broadcast_dimensions = array<i64>} : (tensor<f64>) -> tensor<3x3xf64>
    %18 = "stablehlo.select"(%15, %11, %17) : (tensor<3x3xi1>, tensor<3x3xf64>, tensor<3x3xf64>) -> tensor<3x3xf64>
    %19 = "stablehlo.cholesky"(%arg2) {lower = true} : (tensor<3x3xcomplex<f32>>) -> tensor<3x3xcomplex<f32>>
    %20 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<3x3xi64>
    %21 = "stablehlo.iota"() {iota_dimension = 1 : i64} : () -> tensor<3x3xi64>
    %22 = "stablehlo.add"(%20, %4) : (tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi64>
    %23 = "stablehlo.compare"(%21, %22) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LE>} : (tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi1>
    %24 = "stablehlo.constant"() {value = dense<(0.000000e+00,0.000000e+00)> : tensor<complex<f32>>} : () -> tensor<complex<f32>>
    %25 = "stablehlo.broadcast_in_dim"(%24) {broadcast_dimensions = array<i64>} : (tensor<complex<f32>>) -> tensor<3x3xcomplex<f32>>
    %26 = "stablehlo.select"(%23, %19, %25) : (tensor<3x3xi1>, tensor<3x3xcomplex<f32>>, tensor<3x3xcomplex<f32>>) -> tensor<3x3xcomplex<f32>>
    "func.return"(%10, %18, %26) : (tensor<2x3x3xf32>, tensor<3x3xf64>, tensor<3x3xcomplex<f32>>) -> ()
  }) {function_type = (tensor<2x3x3xf32>, tensor<3x3xf64>, tensor<3x3xcomplex<f32>>) -> (tensor<2x3x3xf32>, tensor<3x3xf64>, tensor<3x3xcomplex<f32>>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
