module @arange_step {
  "func.func"() ({
    %0 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<3xi32>
    %1 = "stablehlo.constant"() {value = dense<3> : tensor<i32>} : () -> tensor<i32>
    %2 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3xi32>
    %3 = "stablehlo.multiply"(%0, %2) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %4 = "stablehlo.constant"() {value = dense<2> : tensor<i32>} : () -> tensor<i32>
    %5 = "stablehlo.broadcast_in_dim"(%4) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3xi32>
    %6 = "stablehlo.add"(%3, %5) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    %7 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<4xf32>
    %8 = "stablehlo.constant"() {value = dense<-2.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %9 = "stablehlo.broadcast_in_dim"(%8) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<4xf32>
    %10 = "stablehlo.multiply"(%7, %9) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %11 = "stablehlo.constant"() {value = dense<3.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %12 = "stablehlo.broadcast_in_dim"(%11) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<4xf32>
    %13 = "stablehlo.add"(%10, %12) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %14 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<0xui8>
    %15 = "stablehlo.constant"() {value = dense<5> : tensor<ui8>} : () -> tensor<ui8>
    %16 = "stablehlo.broadcast_in_dim"(%15) {broadcast_dimensions = array<i64>} : (tensor<ui8>) -> tensor<0xui8>
    %17 = "stablehlo.add"(%14, %16) : (tensor<0xui8>, tensor<0xui8>) -> tensor<0xui8>
    %18 = "stablehlo.iota"() {iota_dimension = 0 : i64} : () -> tensor<1xi8>
    %19 = "stablehlo.constant"() {value = dense<5> : tensor<i8>} : () -> tensor<i8>
    %20 = "stablehlo.broadcast_in_dim"(%19) {broadcast_dimensions = array<i64>} : (tensor<i8>) -> tensor<1xi8>
    %21 = "stablehlo.add"(%18, %20) : (tensor<1xi8>, tensor<1xi8>) -> tensor<1xi8>
    "func.return"(%6, %13, %17, %21) : (tensor<3xi32>, tensor<4xf32>, tensor<0xui8>, tensor<1xi8>) -> ()
  }) {function_type = () -> (tensor<3xi32>, tensor<4xf32>, tensor<0xui8>, tensor<1xi8>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
