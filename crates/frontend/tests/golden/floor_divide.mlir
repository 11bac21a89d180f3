module @floor_divide {
  "func.func"() ({
  ^bb0(%arg0: tensor<6xi32>, %arg1: tensor<6xi32>, %arg2: tensor<8xf32>, %arg3: tensor<8xf32>, %arg4: tensor<3xui8>, %arg5: tensor<3xui8>):
    %0 = "stablehlo.divide"(%arg0, %arg1) : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
    %1 = "stablehlo.remainder"(%arg0, %arg1) : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
    %2 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
    %3 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<6xi32>
    %4 = "stablehlo.compare"(%1, %3) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
    %5 = "stablehlo.compare"(%1, %3) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
    %6 = "stablehlo.compare"(%arg1, %3) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
    %7 = "stablehlo.compare"(%5, %6) {compare_type = #stablehlo<comparison_type UNSIGNED>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<6xi1>, tensor<6xi1>) -> tensor<6xi1>
    %8 = "stablehlo.and"(%4, %7) : (tensor<6xi1>, tensor<6xi1>) -> tensor<6xi1>
    %9 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
    %10 = "stablehlo.broadcast_in_dim"(%9) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<6xi32>
    %11 = "stablehlo.subtract"(%0, %10) : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
    %12 = "stablehlo.select"(%8, %11, %0) : (tensor<6xi1>, tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
    %13 = "stablehlo.remainder"(%arg0, %arg1) : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
    %14 = "stablehlo.compare"(%13, %3) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
    %15 = "stablehlo.compare"(%13, %3) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
    %16 = "stablehlo.compare"(%arg1, %3) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
    %17 = "stablehlo.compare"(%15, %16) {compare_type = #stablehlo<comparison_type UNSIGNED>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<6xi1>, tensor<6xi1>) -> tensor<6xi1>
    %18 = "stablehlo.and"(%14, %17) : (tensor<6xi1>, tensor<6xi1>) -> tensor<6xi1>
    %19 = "stablehlo.add"(%13, %arg1) : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
    %20 = "stablehlo.select"(%18, %19, %13) : (tensor<6xi1>, tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
    %21 = "stablehlo.remainder"(%arg2, %arg3) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %22 = "stablehlo.subtract"(%arg2, %21) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %23 = "stablehlo.divide"(%22, %arg3) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %24 = "stablehlo.round_nearest_even"(%23) : (tensor<8xf32>) -> tensor<8xf32>
    %25 = "stablehlo.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %26 = "stablehlo.broadcast_in_dim"(%25) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<8xf32>
    %27 = "stablehlo.compare"(%21, %26) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %28 = "stablehlo.compare"(%21, %26) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %29 = "stablehlo.compare"(%arg3, %26) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %30 = "stablehlo.compare"(%28, %29) {compare_type = #stablehlo<comparison_type UNSIGNED>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xi1>, tensor<8xi1>) -> tensor<8xi1>
    %31 = "stablehlo.and"(%27, %30) : (tensor<8xi1>, tensor<8xi1>) -> tensor<8xi1>
    %32 = "stablehlo.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %33 = "stablehlo.broadcast_in_dim"(%32) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<8xf32>
    %34 = "stablehlo.subtract"(%24, %33) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %35 = "stablehlo.select"(%31, %34, %24) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %36 = "stablehlo.compare"(%arg3, %26) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction EQ>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %37 = "stablehlo.divide"(%arg2, %arg3) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %38 = "stablehlo.select"(%36, %37, %35) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %39 = "stablehlo.remainder"(%arg2, %arg3) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %40 = "stablehlo.compare"(%39, %26) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %41 = "stablehlo.compare"(%39, %26) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %42 = "stablehlo.compare"(%arg3, %26) {compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
    %43 = "stablehlo.compare"(%41, %42) {compare_type = #stablehlo<comparison_type UNSIGNED>, comparison_direction = #stablehlo<comparison_direction NE>} : (tensor<8xi1>, tensor<8xi1>) -> tensor<8xi1>
    %44 = "stablehlo.and"(%40, %43) : (tensor<8xi1>, tensor<8xi1>) -> tensor<8xi1>
    %45 = "stablehlo.add"(%39, %arg3) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %46 = "stablehlo.select"(%44, %45, %39) : (tensor<8xi1>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %47 = "stablehlo.divide"(%arg4, %arg5) : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xui8>
    %48 = "stablehlo.remainder"(%arg4, %arg5) : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xui8>
    "func.return"(%12, %20, %38, %46, %47, %48) : (tensor<6xi32>, tensor<6xi32>, tensor<8xf32>, tensor<8xf32>, tensor<3xui8>, tensor<3xui8>) -> ()
  }) {function_type = (tensor<6xi32>, tensor<6xi32>, tensor<8xf32>, tensor<8xf32>, tensor<3xui8>, tensor<3xui8>) -> (tensor<6xi32>, tensor<6xi32>, tensor<8xf32>, tensor<8xf32>, tensor<3xui8>, tensor<3xui8>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
