module @bincount {
  "func.func"() ({
  ^bb0(%arg0: tensor<2x4xi32>, %arg1: tensor<3xui8>, %arg2: tensor<2xui32>):
    %0 = "stablehlo.convert"(%arg0) : (tensor<2x4xi32>) -> tensor<2x4xi64>
    %1 = "stablehlo.reshape"(%0) : (tensor<2x4xi64>) -> tensor<8xi64>
    %2 = "stablehlo.constant"() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
    %3 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<8xi64>
    %4 = "stablehlo.compare"(%1, %3) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<8xi64>, tensor<8xi64>) -> tensor<8xi1>
    %5 = "stablehlo.constant"() {value = dense<9223372036854775807> : tensor<i64>} : () -> tensor<i64>
    %6 = "stablehlo.broadcast_in_dim"(%5) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<8xi64>
    %7 = "stablehlo.select"(%4, %6, %1) : (tensor<8xi1>, tensor<8xi64>, tensor<8xi64>) -> tensor<8xi64>
    %8 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
    %9 = "stablehlo.broadcast_in_dim"(%8) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<4xi32>
    %10 = "stablehlo.constant"() {value = dense<1> : tensor<i32>} : () -> tensor<i32>
    %11 = "stablehlo.compare"(%7, %3) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<8xi64>, tensor<8xi64>) -> tensor<8xi1>
    %12 = "stablehlo.constant"() {value = dense<4> : tensor<i64>} : () -> tensor<i64>
    %13 = "stablehlo.broadcast_in_dim"(%12) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<8xi64>
    %14 = "stablehlo.add"(%7, %13) : (tensor<8xi64>, tensor<8xi64>) -> tensor<8xi64>
    %15 = "stablehlo.select"(%11, %14, %7) : (tensor<8xi1>, tensor<8xi64>, tensor<8xi64>) -> tensor<8xi64>
    %16 = "stablehlo.broadcast_in_dim"(%10) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<8xi32>
    %17 = "stablehlo.broadcast_in_dim"(%15) {broadcast_dimensions = array<i64: 0>} : (tensor<8xi64>) -> tensor<8xi64>
    %18 = "stablehlo.reshape"(%17) : (tensor<8xi64>) -> tensor<8x1xi64>
    %19 = "stablehlo.scatter"(%9, %18, %16) ({
    ^bb0(%arg3: tensor<i32>, %arg4: tensor<i32>):
      %50 = "stablehlo.add"(%arg3, %arg4) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      "stablehlo.return"(%50) : (tensor<i32>) -> ()
    }) {indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = false} : (tensor<4xi32>, tensor<8x1xi64>, tensor<8xi32>) -> tensor<4xi32>
    %20 = "stablehlo.convert"(%arg1) : (tensor<3xui8>) -> tensor<3xi64>
    %21 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<3xi64>
    %22 = "stablehlo.compare"(%20, %21) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
    %23 = "stablehlo.broadcast_in_dim"(%5) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<3xi64>
    %24 = "stablehlo.select"(%22, %23, %20) : (tensor<3xi1>, tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
    %25 = "stablehlo.broadcast_in_dim"(%8) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<256xi32>
    %26 = "stablehlo.compare"(%24, %21) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
    %27 = "stablehlo.constant"() {value = dense<256> : tensor<i64>} : () -> tensor<i64>
    %28 = "stablehlo.broadcast_in_dim"(%27) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<3xi64>
    %29 = "stablehlo.add"(%24, %28) : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
    %30 = "stablehlo.select"(%26, %29, %24) : (tensor<3xi1>, tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
    %31 = "stablehlo.broadcast_in_dim"(%10) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3xi32>
    %32 = "stablehlo.broadcast_in_dim"(%30) {broadcast_dimensions = array<i64: 0>} : (tensor<3xi64>) -> tensor<3xi64>
    %33 = "stablehlo.reshape"(%32) : (tensor<3xi64>) -> tensor<3x1xi64>
    %34 = "stablehlo.scatter"(%25, %33, %31) ({
    ^bb0(%arg3: tensor<i32>, %arg4: tensor<i32>):
      %50 = "stablehlo.add"(%arg3, %arg4) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      "stablehlo.return"(%50) : (tensor<i32>) -> ()
    }) {indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = false} : (tensor<256xi32>, tensor<3x1xi64>, tensor<3xi32>) -> tensor<256xi32>
    %35 = "stablehlo.convert"(%arg2) : (tensor<2xui32>) -> tensor<2xi64>
    %36 = "stablehlo.broadcast_in_dim"(%2) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<2xi64>
    %37 = "stablehlo.compare"(%35, %36) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
    %38 = "stablehlo.broadcast_in_dim"(%5) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<2xi64>
    %39 = "stablehlo.select"(%37, %38, %35) : (tensor<2xi1>, tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %40 = "stablehlo.broadcast_in_dim"(%8) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3xi32>
    %41 = "stablehlo.compare"(%39, %36) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
    %42 = "stablehlo.constant"() {value = dense<3> : tensor<i64>} : () -> tensor<i64>
    %43 = "stablehlo.broadcast_in_dim"(%42) {broadcast_dimensions = array<i64>} : (tensor<i64>) -> tensor<2xi64>
    %44 = "stablehlo.add"(%39, %43) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %45 = "stablehlo.select"(%41, %44, %39) : (tensor<2xi1>, tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %46 = "stablehlo.broadcast_in_dim"(%10) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<2xi32>
    %47 = "stablehlo.broadcast_in_dim"(%45) {broadcast_dimensions = array<i64: 0>} : (tensor<2xi64>) -> tensor<2xi64>
    %48 = "stablehlo.reshape"(%47) : (tensor<2xi64>) -> tensor<2x1xi64>
    %49 = "stablehlo.scatter"(%40, %48, %46) ({
    ^bb0(%arg3: tensor<i32>, %arg4: tensor<i32>):
      %50 = "stablehlo.add"(%arg3, %arg4) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      "stablehlo.return"(%50) : (tensor<i32>) -> ()
    }) {indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = false} : (tensor<3xi32>, tensor<2x1xi64>, tensor<2xi32>) -> tensor<3xi32>
    "func.return"(%19, %34, %49) : (tensor<4xi32>, tensor<256xi32>, tensor<3xi32>) -> ()
  }) {function_type = (tensor<2x4xi32>, tensor<3xui8>, tensor<2xui32>) -> (tensor<4xi32>, tensor<256xi32>, tensor<3xi32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
