module @all_gather_stacked attributes {mhlo.num_partitions = 2 : i32, mhlo.num_replicas = 1 : i32} {
  "sdy.mesh"() {mesh = #sdy.mesh<["x"=2]>, sym_name = "mesh"} : () -> ()
  "func.func"() ({
  ^bb0(%arg0: tensor<4x4xf32>):
    %0 = "sdy.manual_computation"(%arg0) ({
    ^bb0(%arg1: tensor<2x4xf32>):
      %1 = "stablehlo.reshape"(%arg1) : (tensor<2x4xf32>) -> tensor<2x1x4xf32>
      %2 = "stablehlo.all_gather"(%1) {all_gather_dim = 1 : i64, channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>, use_global_device_ids} : (tensor<2x1x4xf32>) -> tensor<2x2x4xf32>
      %3 = "stablehlo.constant"() {value = dense<0xFF800000> : tensor<f32>} : () -> tensor<f32>
      %4 = "stablehlo.reduce"(%2, %3) ({
      ^bb0(%arg2: tensor<f32>, %arg3: tensor<f32>):
        %5 = "stablehlo.maximum"(%arg2, %arg3) : (tensor<f32>, tensor<f32>) -> tensor<f32>
        "stablehlo.return"(%5) : (tensor<f32>) -> ()
      }) {dimensions = array<i64: 1>} : (tensor<2x2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
      "sdy.return"(%4) : (tensor<2x4xf32>) -> ()
    }) {in_shardings = #sdy.sharding_per_value<[<@mesh, [{"x"}, {}]>]>, manual_axes = #sdy<manual_axes{"x"}>, out_shardings = #sdy.sharding_per_value<[<@mesh, [{"x"}, {}]>]>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
    "func.return"(%0) : (tensor<4x4xf32>) -> ()
  }) {function_type = (tensor<4x4xf32>) -> tensor<4x4xf32>, sym_name = "main", sym_visibility = "public"} : () -> ()
}
