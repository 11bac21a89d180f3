module @cumprod {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x5xf32>):
    %0 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 4>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 2>} : (tensor<2x5xf32>) -> tensor<2x2xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 5>, start_indices = array<i64: 0, 1>, strides = array<i64: 1, 2>} : (tensor<2x5xf32>) -> tensor<2x2xf32>
    %2 = "stablehlo.multiply"(%0, %1) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %3 = "stablehlo.slice"(%2) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 2>} : (tensor<2x2xf32>) -> tensor<2x1xf32>
    %4 = "stablehlo.slice"(%2) {limit_indices = array<i64: 2, 2>, start_indices = array<i64: 0, 1>, strides = array<i64: 1, 2>} : (tensor<2x2xf32>) -> tensor<2x1xf32>
    %5 = "stablehlo.multiply"(%3, %4) : (tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    %6 = "stablehlo.slice"(%2) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x2xf32>) -> tensor<2x1xf32>
    %7 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %8 = "stablehlo.pad"(%6, %7) {edge_padding_high = array<i64: 0, 1>, edge_padding_low = array<i64: 0, 0>, interior_padding = array<i64: 0, 1>} : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x2xf32>
    %9 = "stablehlo.pad"(%5, %7) {edge_padding_high = array<i64: 0, 0>, edge_padding_low = array<i64: 0, 1>, interior_padding = array<i64: 0, 1>} : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x2xf32>
    %10 = "stablehlo.add"(%8, %9) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %11 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x5xf32>) -> tensor<2x1xf32>
    %12 = "stablehlo.pad"(%11, %7) {edge_padding_high = array<i64: 0, 4>, edge_padding_low = array<i64: 0, 0>, interior_padding = array<i64: 0, 1>} : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x5xf32>
    %13 = "stablehlo.slice"(%10) {limit_indices = array<i64: 2, 2>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %14 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 5>, start_indices = array<i64: 0, 2>, strides = array<i64: 1, 2>} : (tensor<2x5xf32>) -> tensor<2x2xf32>
    %15 = "stablehlo.multiply"(%13, %14) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %16 = "stablehlo.pad"(%15, %7) {edge_padding_high = array<i64: 0, 0>, edge_padding_low = array<i64: 0, 2>, interior_padding = array<i64: 0, 1>} : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x5xf32>
    %17 = "stablehlo.pad"(%10, %7) {edge_padding_high = array<i64: 0, 1>, edge_padding_low = array<i64: 0, 1>, interior_padding = array<i64: 0, 1>} : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x5xf32>
    %18 = "stablehlo.add"(%12, %16) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %19 = "stablehlo.add"(%18, %17) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    %20 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 1, 5>, start_indices = array<i64: 0, 0>, strides = array<i64: 2, 1>} : (tensor<2x5xf32>) -> tensor<1x5xf32>
    %21 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 5>, start_indices = array<i64: 1, 0>, strides = array<i64: 2, 1>} : (tensor<2x5xf32>) -> tensor<1x5xf32>
    %22 = "stablehlo.multiply"(%20, %21) : (tensor<1x5xf32>, tensor<1x5xf32>) -> tensor<1x5xf32>
    %23 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 1, 5>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x5xf32>) -> tensor<1x5xf32>
    %24 = "stablehlo.pad"(%23, %7) {edge_padding_high = array<i64: 1, 0>, edge_padding_low = array<i64: 0, 0>, interior_padding = array<i64: 1, 0>} : (tensor<1x5xf32>, tensor<f32>) -> tensor<2x5xf32>
    %25 = "stablehlo.pad"(%22, %7) {edge_padding_high = array<i64: 0, 0>, edge_padding_low = array<i64: 1, 0>, interior_padding = array<i64: 1, 0>} : (tensor<1x5xf32>, tensor<f32>) -> tensor<2x5xf32>
    %26 = "stablehlo.add"(%24, %25) : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
    "func.return"(%19, %26) : (tensor<2x5xf32>, tensor<2x5xf32>) -> ()
  }) {function_type = (tensor<2x5xf32>) -> (tensor<2x5xf32>, tensor<2x5xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
