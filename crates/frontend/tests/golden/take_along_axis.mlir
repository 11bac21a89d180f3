module @take_along_axis {
  "func.func"() ({
  ^bb0(%arg0: tensor<3x4xf32>, %arg1: tensor<3x2xi32>, %arg2: tensor<1x4xi32>):
    %0 = "stablehlo.constant"() {value = dense<0> : tensor<i32>} : () -> tensor<i32>
    %1 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3x2xi32>
    %2 = "stablehlo.compare"(%arg1, %1) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<3x2xi32>, tensor<3x2xi32>) -> tensor<3x2xi1>
    %3 = "stablehlo.constant"() {value = dense<4> : tensor<i32>} : () -> tensor<i32>
    %4 = "stablehlo.broadcast_in_dim"(%3) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<3x2xi32>
    %5 = "stablehlo.add"(%arg1, %4) : (tensor<3x2xi32>, tensor<3x2xi32>) -> tensor<3x2xi32>
    %6 = "stablehlo.select"(%2, %5, %arg1) : (tensor<3x2xi1>, tensor<3x2xi32>, tensor<3x2xi32>) -> tensor<3x2xi32>
    %7 = "stablehlo.gather"(%arg0, %6) {dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [1], operand_batching_dims = [0], start_indices_batching_dims = [0], start_index_map = [1], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 1>} : (tensor<3x4xf32>, tensor<3x2xi32>) -> tensor<3x2xf32>
    %8 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<1x4xi32>
    %9 = "stablehlo.compare"(%arg2, %8) {compare_type = #stablehlo<comparison_type SIGNED>, comparison_direction = #stablehlo<comparison_direction LT>} : (tensor<1x4xi32>, tensor<1x4xi32>) -> tensor<1x4xi1>
    %10 = "stablehlo.constant"() {value = dense<3> : tensor<i32>} : () -> tensor<i32>
    %11 = "stablehlo.broadcast_in_dim"(%10) {broadcast_dimensions = array<i64>} : (tensor<i32>) -> tensor<1x4xi32>
    %12 = "stablehlo.add"(%arg2, %11) : (tensor<1x4xi32>, tensor<1x4xi32>) -> tensor<1x4xi32>
    %13 = "stablehlo.select"(%9, %12, %arg2) : (tensor<1x4xi1>, tensor<1x4xi32>, tensor<1x4xi32>) -> tensor<1x4xi32>
    %14 = "stablehlo.gather"(%arg0, %13) {dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0], operand_batching_dims = [1], start_indices_batching_dims = [1], start_index_map = [0], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 1>} : (tensor<3x4xf32>, tensor<1x4xi32>) -> tensor<1x4xf32>
    "func.return"(%7, %14) : (tensor<3x2xf32>, tensor<1x4xf32>) -> ()
  }) {function_type = (tensor<3x4xf32>, tensor<3x2xi32>, tensor<1x4xi32>) -> (tensor<3x2xf32>, tensor<1x4xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
