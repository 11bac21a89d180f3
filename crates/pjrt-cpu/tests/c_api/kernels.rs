//! Kernels whose parts several threads compute.

use crate::executables::{deserialize, optimized, serialize};
use crate::harness::{Client, Loaded, contains, integer, module};

/// Five steps of `step` in a loop, and `3 x + 1` of what they give if the second argument is set.
fn program(rows: usize) -> String {
    let ty = format!("tensor<{rows}x1024xi32>");
    let body = format!(
        "%c0 = stablehlo.constant dense<0> : tensor<i32> %c1 = stablehlo.constant dense<1> : tensor<i32>
         %c5 = stablehlo.constant dense<5> : tensor<i32>
         %w:2 = stablehlo.while(%i = %c0, %x = %arg0) : tensor<i32>, {ty}
           cond {{ %p = stablehlo.compare LT, %i, %c5, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
                  stablehlo.return %p : tensor<i1> }}
           do {{ %j = stablehlo.add %i, %c1 : tensor<i32>
                %odd = stablehlo.constant dense<12345> : {ty} %seven = stablehlo.constant dense<7> : {ty}
                %square = stablehlo.multiply %x, %x : {ty} %sum = stablehlo.add %square, %odd : {ty}
                %shifted = stablehlo.shift_right_logical %x, %seven : {ty}
                %y = stablehlo.xor %sum, %shifted : {ty}
                stablehlo.return %j, %y : tensor<i32>, {ty} }}
         %zero = stablehlo.constant dense<0> : tensor<i32>
         %set = stablehlo.compare NE, %arg1, %zero, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
         %out = \"stablehlo.if\"(%set) ({{
             %three = stablehlo.constant dense<3> : {ty} %one = stablehlo.constant dense<1> : {ty}
             %triple = stablehlo.multiply %w#1, %three : {ty} %more = stablehlo.add %triple, %one : {ty}
             stablehlo.return %more : {ty} }}, {{ stablehlo.return %w#1 : {ty} }}) : (tensor<i1>) -> {ty}"
    );
    module(&[&ty, "tensor<i32>"], &ty, &body)
}

fn step(x: i32) -> i32 {
    x.wrapping_mul(x).wrapping_add(12345) ^ (x as u32 >> 7) as i32
}

fn expected(arguments: &[i32], set: bool) -> Vec<i32> {
    let five = |x| (0..5).fold(x, |x, _| step(x));
    arguments.iter().map(|&x| if set { five(x).wrapping_mul(3).wrapping_add(1) } else { five(x) }).collect()
}

/// More often than the kernels are timed.
fn check(client: &Client, loaded: &Loaded, rows: usize) {
    let len = rows * 1024;
    for run in 0..12 {
        let arguments: Vec<i32> = (0..len as i32).map(|index| index.wrapping_mul(7919) + run).collect();
        let set = run % 2 == 0;
        let x = client.buffer(&arguments, &[rows as i64, 1024]);
        let flag = client.buffer(&[i32::from(set)], &[]);
        let result = loaded.run(&[&x, &flag], 1).expect("it runs");
        assert!(result[0].read::<i32>(len).expect("readable") == expected(&arguments, set), "run {run}");
    }
}

#[test]
fn divided_kernels_give_the_same_on_any_number_of_threads() {
    // Of the smaller size they are timed before they are divided.
    for (rows, threads) in [(100, 1), (100, 2), (100, 7), (256, 2), (256, 7)] {
        let client = Client::with(&[integer("num_threads", threads)]).expect("a client");
        let loaded = client.compile(&program(rows)).expect("it compiles");
        let executable = loaded.executable();
        // As XLA writes that it has divided one.
        let divided = contains(&optimized(&executable), "\"outer_dimension_partitions\":[\"");
        assert_eq!(divided, threads > 1, "{rows} rows on {threads} threads");
        check(&client, &loaded, rows);
        let again = deserialize(&client, &serialize(&executable)).expect("it loads");
        check(&client, &again, rows);
        let once_more = serialize(&again.executable());
        check(&client, &deserialize(&client, &once_more).expect("it loads again"), rows);
    }
}
