module @pad_with {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x4xf32>):
    %0 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 1, 4>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %1 = "stablehlo.reshape"(%0) : (tensor<1x4xf32>) -> tensor<1x1x4xf32>
    %2 = "stablehlo.reshape"(%1) : (tensor<1x1x4xf32>) -> tensor<1x4xf32>
    %3 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 4>, start_indices = array<i64: 1, 0>, strides = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %4 = "stablehlo.reshape"(%3) : (tensor<1x4xf32>) -> tensor<1x1x4xf32>
    %5 = "stablehlo.broadcast_in_dim"(%4) {broadcast_dimensions = array<i64: 0, 1, 2>} : (tensor<1x1x4xf32>) -> tensor<1x0x4xf32>
    %6 = "stablehlo.reshape"(%5) : (tensor<1x0x4xf32>) -> tensor<0x4xf32>
    %7 = "stablehlo.concatenate"(%2, %arg0, %6) {dimension = 0 : i64} : (tensor<1x4xf32>, tensor<2x4xf32>, tensor<0x4xf32>) -> tensor<3x4xf32>
    %8 = "stablehlo.slice"(%7) {limit_indices = array<i64: 3, 1>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<3x4xf32>) -> tensor<3x1xf32>
    %9 = "stablehlo.reshape"(%8) : (tensor<3x1xf32>) -> tensor<3x1x1xf32>
    %10 = "stablehlo.broadcast_in_dim"(%9) {broadcast_dimensions = array<i64: 0, 1, 2>} : (tensor<3x1x1xf32>) -> tensor<3x1x2xf32>
    %11 = "stablehlo.reshape"(%10) : (tensor<3x1x2xf32>) -> tensor<3x2xf32>
    %12 = "stablehlo.slice"(%7) {limit_indices = array<i64: 3, 4>, start_indices = array<i64: 0, 3>, strides = array<i64: 1, 1>} : (tensor<3x4xf32>) -> tensor<3x1xf32>
    %13 = "stablehlo.reshape"(%12) : (tensor<3x1xf32>) -> tensor<3x1x1xf32>
    %14 = "stablehlo.broadcast_in_dim"(%13) {broadcast_dimensions = array<i64: 0, 1, 2>} : (tensor<3x1x1xf32>) -> tensor<3x1x3xf32>
    %15 = "stablehlo.reshape"(%14) : (tensor<3x1x3xf32>) -> tensor<3x3xf32>
    %16 = "stablehlo.concatenate"(%11, %7, %15) {dimension = 1 : i64} : (tensor<3x2xf32>, tensor<3x4xf32>, tensor<3x3xf32>) -> tensor<3x9xf32>
    %17 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 4>, start_indices = array<i64: 1, 0>, strides = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %18 = "stablehlo.reverse"(%17) {dimensions = array<i64: 0>} : (tensor<1x4xf32>) -> tensor<1x4xf32>
    %19 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 1, 4>, start_indices = array<i64: 1, 0>, strides = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<0x4xf32>
    %20 = "stablehlo.reverse"(%19) {dimensions = array<i64: 0>} : (tensor<0x4xf32>) -> tensor<0x4xf32>
    %21 = "stablehlo.concatenate"(%18, %arg0, %20) {dimension = 0 : i64} : (tensor<1x4xf32>, tensor<2x4xf32>, tensor<0x4xf32>) -> tensor<3x4xf32>
    %22 = "stablehlo.slice"(%21) {limit_indices = array<i64: 3, 4>, start_indices = array<i64: 0, 1>, strides = array<i64: 1, 1>} : (tensor<3x4xf32>) -> tensor<3x3xf32>
    %23 = "stablehlo.reverse"(%22) {dimensions = array<i64: 1>} : (tensor<3x3xf32>) -> tensor<3x3xf32>
    %24 = "stablehlo.slice"(%21) {limit_indices = array<i64: 3, 3>, start_indices = array<i64: 0, 1>, strides = array<i64: 1, 1>} : (tensor<3x4xf32>) -> tensor<3x2xf32>
    %25 = "stablehlo.reverse"(%24) {dimensions = array<i64: 1>} : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %26 = "stablehlo.concatenate"(%23, %21, %25) {dimension = 1 : i64} : (tensor<3x3xf32>, tensor<3x4xf32>, tensor<3x2xf32>) -> tensor<3x9xf32>
    %27 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 0, 4>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<0x4xf32>
    %28 = "stablehlo.reverse"(%27) {dimensions = array<i64: 0>} : (tensor<0x4xf32>) -> tensor<0x4xf32>
    %29 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 4>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
    %30 = "stablehlo.reverse"(%29) {dimensions = array<i64: 0>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
    %31 = "stablehlo.concatenate"(%28, %arg0, %30) {dimension = 0 : i64} : (tensor<0x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<4x4xf32>
    %32 = "stablehlo.slice"(%31) {limit_indices = array<i64: 4, 4>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
    %33 = "stablehlo.reverse"(%32) {dimensions = array<i64: 1>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
    %34 = "stablehlo.slice"(%31) {limit_indices = array<i64: 4, 4>, start_indices = array<i64: 0, 3>, strides = array<i64: 1, 1>} : (tensor<4x4xf32>) -> tensor<4x1xf32>
    %35 = "stablehlo.reverse"(%34) {dimensions = array<i64: 1>} : (tensor<4x1xf32>) -> tensor<4x1xf32>
    %36 = "stablehlo.concatenate"(%33, %31, %35) {dimension = 1 : i64} : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x1xf32>) -> tensor<4x9xf32>
    %37 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 4>, start_indices = array<i64: 0, 3>, strides = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<2x1xf32>
    %38 = "stablehlo.slice"(%arg0) {limit_indices = array<i64: 2, 4>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
    %39 = "stablehlo.concatenate"(%37, %arg0, %38) {dimension = 1 : i64} : (tensor<2x1xf32>, tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x9xf32>
    "func.return"(%16, %26, %36, %39) : (tensor<3x9xf32>, tensor<3x9xf32>, tensor<4x9xf32>, tensor<2x9xf32>) -> ()
  }) {function_type = (tensor<2x4xf32>) -> (tensor<3x9xf32>, tensor<3x9xf32>, tensor<4x9xf32>, tensor<2x9xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
