module @linspace {
  "func.func"() ({
    %0 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<4xf32>
    %1 = "stablehlo.constant"() {value = dense<3.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %2 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<4xf32>
    %3 = "stablehlo.divide"(%0, %2) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %4 = "stablehlo.constant"() {value = dense<2.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %5 = "stablehlo.broadcast_in_dim"(%4) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<4xf32>
    %6 = "stablehlo.multiply"(%3, %5) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %7 = "stablehlo.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %8 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<4xf32>
    %9 = "stablehlo.subtract"(%8, %3) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %10 = "stablehlo.constant"() {value = dense<-1.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %11 = "stablehlo.broadcast_in_dim"(%10) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<4xf32>
    %12 = "stablehlo.multiply"(%9, %11) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %13 = "stablehlo.add"(%6, %12) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %14 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<7xf32>
    %15 = "stablehlo.convert"(%14) : (tensor<7xf32>) -> tensor<7xf64>
    %16 = "stablehlo.constant"() {value = dense<6.000000e+00> : tensor<f64>} : () -> tensor<f64>
    %17 = "stablehlo.broadcast_in_dim"(%16) {broadcast_dimensions = array<i64>} : (tensor<f64>) -> tensor<7xf64>
    %18 = "stablehlo.divide"(%15, %17) : (tensor<7xf64>, tensor<7xf64>) -> tensor<7xf64>
    %19 = "stablehlo.constant"() {value = dense<1.000000e+00> : tensor<f64>} : () -> tensor<f64>
    %20 = "stablehlo.broadcast_in_dim"(%19) {broadcast_dimensions = array<i64>} : (tensor<f64>) -> tensor<7xf64>
    %21 = "stablehlo.multiply"(%18, %20) : (tensor<7xf64>, tensor<7xf64>) -> tensor<7xf64>
    %22 = "stablehlo.subtract"(%20, %18) : (tensor<7xf64>, tensor<7xf64>) -> tensor<7xf64>
    %23 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f64>} : () -> tensor<f64>
    %24 = "stablehlo.broadcast_in_dim"(%23) {broadcast_dimensions = array<i64>} : (tensor<f64>) -> tensor<7xf64>
    %25 = "stablehlo.multiply"(%22, %24) : (tensor<7xf64>, tensor<7xf64>) -> tensor<7xf64>
    %26 = "stablehlo.add"(%21, %25) : (tensor<7xf64>, tensor<7xf64>) -> tensor<7xf64>
    %27 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<1xf32>
    %28 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<1xf32>
    %29 = "stablehlo.divide"(%27, %28) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %30 = "stablehlo.constant"() {value = dense<4.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %31 = "stablehlo.broadcast_in_dim"(%30) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<1xf32>
    %32 = "stablehlo.multiply"(%29, %31) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %33 = "stablehlo.subtract"(%28, %29) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %34 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<1xf32>
    %35 = "stablehlo.multiply"(%33, %34) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %36 = "stablehlo.add"(%32, %35) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
    %37 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<0xf32>
    %38 = "stablehlo.broadcast_in_dim"(%7) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<0xf32>
    %39 = "stablehlo.divide"(%37, %38) : (tensor<0xf32>, tensor<0xf32>) -> tensor<0xf32>
    %40 = "stablehlo.broadcast_in_dim"(%30) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<0xf32>
    %41 = "stablehlo.multiply"(%39, %40) : (tensor<0xf32>, tensor<0xf32>) -> tensor<0xf32>
    %42 = "stablehlo.subtract"(%38, %39) : (tensor<0xf32>, tensor<0xf32>) -> tensor<0xf32>
    %43 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<0xf32>
    %44 = "stablehlo.multiply"(%42, %43) : (tensor<0xf32>, tensor<0xf32>) -> tensor<0xf32>
    %45 = "stablehlo.add"(%41, %44) : (tensor<0xf32>, tensor<0xf32>) -> tensor<0xf32>
    %46 = "stablehlo.convert"(%45) : (tensor<0xf32>) -> tensor<0xbf16>
    "func.return"(%13, %26, %36, %46) : (tensor<4xf32>, tensor<7xf64>, tensor<1xf32>, tensor<0xbf16>) -> ()
  }) {function_type = () -> (tensor<4xf32>, tensor<7xf64>, tensor<1xf32>, tensor<0xbf16>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
