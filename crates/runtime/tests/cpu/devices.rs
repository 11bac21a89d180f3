//! Several devices: replicas, partitions, and what is asked of devices.

use bering_runtime::{CompileOptions, HostView};

use crate::{client, error_text, four_devices, module};

#[test]
fn devices_have_names_and_ids() {
    let client = four_devices();
    let names: Vec<String> = client.devices().map(|device| device.to_string()).collect();
    assert_eq!(names, ["cpu:0", "cpu:1", "cpu:2", "cpu:3"]);
    for device in client.devices() {
        assert!(!device.kind().is_empty() && !device.description().expect("a description").is_empty());
        assert!(!device.memories().expect("memories").is_empty());
        device.attributes().expect("attributes");
    }
    let mut ids: Vec<i32> = client.devices().map(|device| device.id()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let text = error_text(client.device(4));
    assert_eq!(text, "no device `cpu:4`; the client has `cpu:0`, `cpu:1`, `cpu:2`, `cpu:3`");
}

#[test]
fn clients_know_their_platform() {
    let client = client();
    assert_eq!(client.platform_name(), "cpu");
    assert!(!client.platform_version().is_empty());
    assert_eq!(client.devices().len(), 1);
}

#[test]
fn unknown_client_options_are_errors() {
    let options = bering_runtime::ClientOptions::new().set("no_such_option", true);
    let text = error_text(crate::plugin().client(&options));
    assert!(text.starts_with("cannot create a client of `") && text.contains("no_such_option"), "{text}");
    for count in [0i64, -1, i64::MAX] {
        error_text(
            crate::plugin().client(&bering_runtime::ClientOptions::new().set("cpu_device_count", count)),
        );
    }
}

#[test]
fn replicas_sum_with_all_reduce() {
    let client = four_devices();
    let text = r#"module @sum attributes {mhlo.num_replicas = 4 : i32, mhlo.num_partitions = 1 : i32} {
        func.func public @main(%x: tensor<2xf32>) -> tensor<2xf32> {
            %y = "stablehlo.all_reduce"(%x) ({
                ^bb0(%a: tensor<f32>, %b: tensor<f32>):
                    %c = stablehlo.add %a, %b : tensor<f32>
                    stablehlo.return %c : tensor<f32>
            }) {replica_groups = dense<[[0, 1, 2, 3]]> : tensor<1x4xi64>} : (tensor<2xf32>) -> tensor<2xf32>
            return %y : tensor<2xf32>
        }
    }"#;
    let sum = client.compile(text, &CompileOptions::new().replicas(4)).expect("it compiles");
    assert_eq!(sum.devices().len(), 4);
    let shards: Vec<_> = sum
        .devices()
        .iter()
        .zip(1u8..)
        .map(|(device, value)| {
            let values = [f32::from(value), 10.0 * f32::from(value)];
            client.buffer(&HostView::of(&values, [2]).expect("a view"), device).expect("a buffer")
        })
        .collect();
    let outputs =
        sum.execute_sharded(&shards.iter().map(|shard| vec![shard]).collect::<Vec<_>>()).expect("it runs");
    assert_eq!(outputs.len(), 4);
    for output in &outputs {
        assert_eq!(output[0].to_vec::<f32>().expect("values"), [10.0, 100.0]);
    }
    let text = error_text(sum.execute(&[&shards[0]]));
    assert!(text.contains("it runs on 4 devices\nhint: `execute_sharded`"), "{text}");
    let text = error_text(sum.execute_sharded(&[vec![&shards[0]], vec![], vec![], vec![]]));
    assert!(text.contains("it takes 1 argument(s), got 0"), "{text}");
}

#[test]
fn partitions_follow_sharding_annotations() {
    let client = four_devices();
    let text = r#"module @rows attributes {mhlo.num_replicas = 1 : i32, mhlo.num_partitions = 4 : i32} {
        func.func public @main(%x: tensor<8x2xf32> {mhlo.sharding = "{devices=[4,1]<=[4]}"})
                -> (tensor<2xf32> {mhlo.sharding = "{replicated}"}) {
            %zero = stablehlo.constant dense<0.0> : tensor<f32>
            %y = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [0]
                : (tensor<8x2xf32>, tensor<f32>) -> tensor<2xf32>
            return %y : tensor<2xf32>
        }
    }"#;
    let rows = client.compile(text, &CompileOptions::new().partitions(4)).expect("it compiles");
    // Each device takes its two rows.
    let parameters: Vec<String> = rows.parameters().expect("known").map(|spec| spec.to_string()).collect();
    assert_eq!(parameters, ["f32[2, 2]"]);
    let shards: Vec<_> = rows
        .devices()
        .iter()
        .zip(0u8..)
        .map(|(device, index)| {
            let base = f32::from(index);
            let values = [base, 1.0, base, 2.0];
            client.buffer(&HostView::of(&values, [2, 2]).expect("a view"), device).expect("a buffer")
        })
        .collect();
    let outputs =
        rows.execute_sharded(&shards.iter().map(|shard| vec![shard]).collect::<Vec<_>>()).expect("it runs");
    for output in &outputs {
        assert_eq!(output[0].to_vec::<f32>().expect("values"), [12.0, 12.0]);
    }
}

#[test]
fn a_program_runs_where_it_is_told() {
    let client = four_devices();
    let text = module(&["tensor<f32>"], "tensor<f32>", "%out = stablehlo.negate %arg0 : tensor<f32>");
    for device in client.devices() {
        let negate = client.compile(&text, &CompileOptions::new().device(&device)).expect("it compiles");
        assert_eq!(negate.devices(), std::slice::from_ref(&device));
        let x = client.buffer(&HostView::of(&[3.0f32], []).expect("a view"), &device).expect("a buffer");
        let outputs = negate.execute(&[&x]).expect("it runs");
        assert_eq!(outputs[0].device().expect("a device"), device);
        assert_eq!(outputs[0].to_vec::<f32>().expect("values"), [-3.0]);
    }
}
