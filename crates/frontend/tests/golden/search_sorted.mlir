module @search_sorted {
  "func.func"() ({
  ^bb0(%arg0: tensor<6xf32>, %arg1: tensor<2x3xf32>, %arg2: tensor<4xi32>, %arg3: tensor<3xi32>):
    %0 = "stablehlo.reshape"(%arg1) : (tensor<2x3xf32>) -> tensor<2x3x1xf32>
    %1 = "stablehlo.broadcast_in_dim"(%arg0) {broadcast_dimensions = array<i64: 2>} : (tensor<6xf32>) -> tensor<2x3x6xf32>
    %2 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64: 0, 1, 2>} : (tensor<2x3x1xf32>) -> tensor<2x3x6xf32>
    %3 = "stablehlo.compare"(%1, %2) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<2x3x6xf32>, tensor<2x3x6xf32>) -> tensor<2x3x6xi1>
    %4 = "stablehlo.reshape"(%arg1) : (tensor<2x3xf32>) -> tensor<2x3x1xf32>
    %5 = "stablehlo.compare"(%4, %4) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<2x3x1xf32>, tensor<2x3x1xf32>) -> tensor<2x3x1xi1>
    %6 = "stablehlo.compare"(%arg0, %arg0) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction EQ>} : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
    %7 = "stablehlo.broadcast_in_dim"(%5) {broadcast_dimensions = array<i64: 0, 1, 2>} : (tensor<2x3x1xi1>) -> tensor<2x3x6xi1>
    %8 = "stablehlo.broadcast_in_dim"(%6) {broadcast_dimensions = array<i64: 2>} : (tensor<6xi1>) -> tensor<2x3x6xi1>
    %9 = "stablehlo.and"(%7, %8) : (tensor<2x3x6xi1>, tensor<2x3x6xi1>) -> tensor<2x3x6xi1>
    %10 = "stablehlo.or"(%3, %9) : (tensor<2x3x6xi1>, tensor<2x3x6xi1>) -> tensor<2x3x6xi1>
    %11 = "stablehlo.convert"(%10) : (tensor<2x3x6xi1>) -> tensor<2x3x6xi32>
    %12 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
    %13 = "stablehlo.reduce"(%11, %12) ({
    ^bb0(%arg4: tensor<i32>, %arg5: tensor<i32>):
      %20 = "stablehlo.add"(%arg4, %arg5) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      "stablehlo.return"(%20) : (tensor<i32>) -> ()
    }) {dimensions = array<i64: 2>} : (tensor<2x3x6xi32>, tensor<i32>) -> tensor<2x3xi32>
    %14 = "stablehlo.reshape"(%arg3) : (tensor<3xi32>) -> tensor<3x1xi32>
    %15 = "stablehlo.broadcast_in_dim"(%arg2) {broadcast_dimensions = array<i64: 1>} : (tensor<4xi32>) -> tensor<3x4xi32>
    %16 = "stablehlo.broadcast_in_dim"(%14) {broadcast_dimensions = array<i64: 0, 1>} : (tensor<3x1xi32>) -> tensor<3x4xi32>
    %17 = "stablehlo.compare"(%15, %16) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3x4xi32>, tensor<3x4xi32>) -> tensor<3x4xi1>
    %18 = "stablehlo.convert"(%17) : (tensor<3x4xi1>) -> tensor<3x4xi32>
    %19 = "stablehlo.reduce"(%18, %12) ({
    ^bb0(%arg4: tensor<i32>, %arg5: tensor<i32>):
      %20 = "stablehlo.add"(%arg4, %arg5) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      "stablehlo.return"(%20) : (tensor<i32>) -> ()
    }) {dimensions = array<i64: 1>} : (tensor<3x4xi32>, tensor<i32>) -> tensor<3xi32>
    "func.return"(%13, %19) : (tensor<2x3xi32>, tensor<3xi32>) -> ()
  }) {function_type = (tensor<6xf32>, tensor<2x3xf32>, tensor<4xi32>, tensor<3xi32>) -> (tensor<2x3xi32>, tensor<3xi32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
