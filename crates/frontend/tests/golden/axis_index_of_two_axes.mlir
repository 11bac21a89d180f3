module @axis_index_of_two_axes attributes {mhlo.num_partitions = 4 : i32, mhlo.num_replicas = 1 : i32} {
  "sdy.mesh"() {mesh = #sdy.mesh<["x"=2, "y"=2]>, sym_name = "mesh"} : () -> ()
  "func.func"() ({
  ^bb0(%arg0: tensor<4x4xf32>):
    %0 = "sdy.manual_computation"(%arg0) ({
    ^bb0(%arg1: tensor<2x2xf32>):
      %1 = "stablehlo.partition_id"() : () -> tensor<ui32>
      %2 = "stablehlo.constant"() {value = dense<2> : tensor<ui32>} : () -> tensor<ui32>
      %3 = "stablehlo.divide"(%1, %2) : (tensor<ui32>, tensor<ui32>) -> tensor<ui32>
      %4 = "stablehlo.constant"() {value = dense<2> : tensor<ui32>} : () -> tensor<ui32>
      %5 = "stablehlo.remainder"(%3, %4) : (tensor<ui32>, tensor<ui32>) -> tensor<ui32>
      %6 = "stablehlo.convert"(%5) : (tensor<ui32>) -> tensor<i32>
      %7 = "stablehlo.partition_id"() : () -> tensor<ui32>
      %8 = "stablehlo.constant"() {value = dense<1> : tensor<ui32>} : () -> tensor<ui32>
      %9 = "stablehlo.divide"(%7, %8) : (tensor<ui32>, tensor<ui32>) -> tensor<ui32>
      %10 = "stablehlo.constant"() {value = dense<2> : tensor<ui32>} : () -> tensor<ui32>
      %11 = "stablehlo.remainder"(%9, %10) : (tensor<ui32>, tensor<ui32>) -> tensor<ui32>
      %12 = "stablehlo.convert"(%11) : (tensor<ui32>) -> tensor<i32>
      %13 = "stablehlo.constant"() {value = dense<2> : tensor<i32>} : () -> tensor<i32>
      %14 = "stablehlo.multiply"(%6, %13) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      %15 = "stablehlo.add"(%14, %12) : (tensor<i32>, tensor<i32>) -> tensor<i32>
      %16 = "stablehlo.convert"(%15) : (tensor<i32>) -> tensor<f32>
      %17 = "stablehlo.broadcast_in_dim"(%16) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<2x2xf32>
      %18 = "stablehlo.add"(%17, %arg1) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      "sdy.return"(%18) : (tensor<2x2xf32>) -> ()
    }) {in_shardings = #sdy.sharding_per_value<[<@mesh, [{"x"}, {"y"}]>]>, manual_axes = #sdy<manual_axes{"x", "y"}>, out_shardings = #sdy.sharding_per_value<[<@mesh, [{"x"}, {"y"}]>]>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
    "func.return"(%0) : (tensor<4x4xf32>) -> ()
  }) {function_type = (tensor<4x4xf32>) -> tensor<4x4xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
