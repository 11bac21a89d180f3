module @associative_scan {
  "func.func"() ({
  ^bb0(%arg0: tensor<7x2xf32>):
    %0 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 6, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 2, 1>} : (tensor<7x2xf32>) -> tensor<3x2xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 7, 2>, start_indices = array<i64: 1, 0>, strides = array<i64: 2, 1>} : (tensor<7x2xf32>) -> tensor<3x2xf32>
    %2 = "stablehlo.add"(%0, %1) : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %3 = "stablehlo.slice"(%2) {limit_indices = array<i64: 2, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 2, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32>
    %4 = "stablehlo.slice"(%2) {limit_indices = array<i64: 3, 2>, start_indices = array<i64: 1, 0>, strides = array<i64: 2, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32>
    %5 = "stablehlo.add"(%3, %4) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    %6 = "stablehlo.slice"(%2) {limit_indices = array<i64: 1, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32>
    %7 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %8 = "stablehlo.pad"(%6, %7) {edge_padding_high = array<i64: 2, 0>, edge_padding_low = array<i64: 0, 0>, interior_padding = array<i64: 1, 0>} : (tensor<1x2xf32>, tensor<f32>) -> tensor<3x2xf32>
    %9 = "stablehlo.slice"(%5) {limit_indices = array<i64: 1, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x2xf32>) -> tensor<1x2xf32>
    %10 = "stablehlo.slice"(%2) {limit_indices = array<i64: 3, 2>, start_indices = array<i64: 2, 0>, strides = array<i64: 2, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32>
    %11 = "stablehlo.add"(%9, %10) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    %12 = "stablehlo.pad"(%11, %7) {edge_padding_high = array<i64: 0, 0>, edge_padding_low = array<i64: 2, 0>, interior_padding = array<i64: 1, 0>} : (tensor<1x2xf32>, tensor<f32>) -> tensor<3x2xf32>
    %13 = "stablehlo.pad"(%5, %7) {edge_padding_high = array<i64: 1, 0>, edge_padding_low = array<i64: 1, 0>, interior_padding = array<i64: 1, 0>} : (tensor<1x2xf32>, tensor<f32>) -> tensor<3x2xf32>
    %14 = "stablehlo.add"(%8, %12) : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %15 = "stablehlo.add"(%14, %13) : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %16 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 1, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<7x2xf32>) -> tensor<1x2xf32>
    %17 = "stablehlo.pad"(%16, %7) {edge_padding_high = array<i64: 6, 0>, edge_padding_low = array<i64: 0, 0>, interior_padding = array<i64: 1, 0>} : (tensor<1x2xf32>, tensor<f32>) -> tensor<7x2xf32>
    %18 = "stablehlo.slice"(%15) {limit_indices = array<i64: 3, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %19 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 7, 2>, start_indices = array<i64: 2, 0>, strides = array<i64: 2, 1>} : (tensor<7x2xf32>) -> tensor<3x2xf32>
    %20 = "stablehlo.add"(%18, %19) : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %21 = "stablehlo.pad"(%20, %7) {edge_padding_high = array<i64: 0, 0>, edge_padding_low = array<i64: 2, 0>, interior_padding = array<i64: 1, 0>} : (tensor<3x2xf32>, tensor<f32>) -> tensor<7x2xf32>
    %22 = "stablehlo.pad"(%15, %7) {edge_padding_high = array<i64: 1, 0>, edge_padding_low = array<i64: 1, 0>, interior_padding = array<i64: 1, 0>} : (tensor<3x2xf32>, tensor<f32>) -> tensor<7x2xf32>
    %23 = "stablehlo.add"(%17, %21) : (tensor<7x2xf32>, tensor<7x2xf32>) -> tensor<7x2xf32>
    %24 = "stablehlo.add"(%23, %22) : (tensor<7x2xf32>, tensor<7x2xf32>) -> tensor<7x2xf32>
    "func.return"(%24) : (tensor<7x2xf32>) -> ()
  }) {function_type = (tensor<7x2xf32>) -> tensor<7x2xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
