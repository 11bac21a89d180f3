module @shard_map_gradient attributes {mhlo.num_partitions = 2 : i32, mhlo.num_replicas = 1 : i32} {
  "sdy.mesh"() {mesh = #sdy.mesh<["x"=2]>, sym_name = "mesh"} : () -> ()
  "func.func"() ({
  ^bb0(%arg0: tensor<3x4xf32>, %arg1: tensor<4x8xf32>, %arg2: tensor<8x4xf32>):
    %0:2 = "sdy.manual_computation"(%arg0, %arg1, %arg2) ({
    ^bb0(%arg3: tensor<3x4xf32>, %arg4: tensor<4x4xf32>, %arg5: tensor<4x4xf32>):
      %7 = "stablehlo.dot_general"(%arg3, %arg4) {dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<3x4xf32>
      %8 = "stablehlo.tanh"(%7) : (tensor<3x4xf32>) -> tensor<3x4xf32>
      %9 = "stablehlo.dot_general"(%8, %arg5) {dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<3x4xf32>
      %10 = "stablehlo.all_reduce"(%9) ({
      ^bb0(%arg6: tensor<f32>, %arg7: tensor<f32>):
        %11 = "stablehlo.add"(%arg6, %arg7) : (tensor<f32>, tensor<f32>) -> tensor<f32>
        "stablehlo.return"(%11) : (tensor<f32>) -> ()
      }) {channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>, use_global_device_ids} : (tensor<3x4xf32>) -> tensor<3x4xf32>
      "sdy.return"(%10, %8) : (tensor<3x4xf32>, tensor<3x4xf32>) -> ()
    }) {in_shardings = #sdy.sharding_per_value<[<@mesh, [{}, {}]>, <@mesh, [{}, {"x"}]>, <@mesh, [{"x"}, {}]>]>, manual_axes = #sdy<manual_axes{"x"}>, out_shardings = #sdy.sharding_per_value<[<@mesh, [{}, {}]>, <@mesh, [{"x"}, {}]>]>} : (tensor<3x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> (tensor<3x4xf32>, tensor<6x4xf32>)
    %1 = "stablehlo.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
    %2 = "stablehlo.broadcast_in_dim"(%1) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<3x4xf32>
    %3 = "stablehlo.multiply"(%2, %0#0) : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
    %4 = "stablehlo.multiply"(%2, %0#0) : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
    %5 = "stablehlo.add"(%3, %4) : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
    %6:3 = "sdy.manual_computation"(%arg0, %arg1, %arg2, %0#1, %5) ({
    ^bb0(%arg3: tensor<3x4xf32>, %arg4: tensor<4x4xf32>, %arg5: tensor<4x4xf32>, %arg6: tensor<3x4xf32>, %arg7: tensor<3x4xf32>):
      %7 = "stablehlo.dot_general"(%arg7, %arg5) {dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<3x4xf32>
      %8 = "stablehlo.dot_general"(%arg7, %arg6) {dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [0], rhs_contracting_dimensions = [0]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<4x4xf32>
      %9 = "stablehlo.transpose"(%8) {permutation = array<i64: 1, 0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
      %10 = "stablehlo.multiply"(%arg6, %arg6) : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
      %11 = "stablehlo.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
      %12 = "stablehlo.broadcast_in_dim"(%11) {broadcast_dimensions = array<i64>} : (tensor<f32>) -> tensor<3x4xf32>
      %13 = "stablehlo.subtract"(%12, %10) : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
      %14 = "stablehlo.multiply"(%7, %13) : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
      %15 = "stablehlo.dot_general"(%14, %arg4) {dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<3x4xf32>
      %16 = "stablehlo.dot_general"(%14, %arg3) {dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [0], rhs_contracting_dimensions = [0]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<4x4xf32>
      %17 = "stablehlo.transpose"(%16) {permutation = array<i64: 1, 0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
      %18 = "stablehlo.all_reduce"(%15) ({
      ^bb0(%arg8: tensor<f32>, %arg9: tensor<f32>):
        %19 = "stablehlo.add"(%arg8, %arg9) : (tensor<f32>, tensor<f32>) -> tensor<f32>
        "stablehlo.return"(%19) : (tensor<f32>) -> ()
      }) {channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>, use_global_device_ids} : (tensor<3x4xf32>) -> tensor<3x4xf32>
      "sdy.return"(%18, %17, %9) : (tensor<3x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> ()
    }) {in_shardings = #sdy.sharding_per_value<[<@mesh, [{}, {}]>, <@mesh, [{}, {"x"}]>, <@mesh, [{"x"}, {}]>, <@mesh, [{"x"}, {}]>, <@mesh, [{}, {}]>]>, manual_axes = #sdy<manual_axes{"x"}>, out_shardings = #sdy.sharding_per_value<[<@mesh, [{}, {}]>, <@mesh, [{}, {"x"}]>, <@mesh, [{"x"}, {}]>]>} : (tensor<3x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>, tensor<6x4xf32>, tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>)
    "func.return"(%6#0, %6#1, %6#2) : (tensor<3x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> ()
  }) {function_type = (tensor<3x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> (tensor<3x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>), sym_name = "main", sym_visibility = "public"} : () -> ()
}
