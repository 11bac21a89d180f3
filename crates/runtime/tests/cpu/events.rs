//! Waiting, as threads and as tasks.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use bering_runtime::{Argument, Buffer, Client, Executable};

use crate::{client, compile};

/// Runs a future on this thread, which sleeps between polls.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// A product that takes a while, and its operand.
fn slow(client: &Client) -> (Executable, Buffer) {
    let ty = "tensor<512x512xf32>";
    let body = format!(
        "%out = stablehlo.dot_general %arg0, %arg0, contracting_dims = [1] x [0] : ({ty}, {ty}) -> {ty}"
    );
    let dot = compile(client, &[ty], ty, &body);
    let x = client.buffer_from_slice(&vec![1.0f32; 512 * 512], [512, 512]).expect("a buffer");
    (dot, x)
}

#[test]
fn events_are_futures() {
    let client = client();
    let (dot, x) = slow(&client);
    for _ in 0..20 {
        let run = dot.execute_with(&[Argument::Keep(&x)]).expect("it starts");
        block_on(async {
            run.done.await.expect("it succeeds");
            run.outputs[0].ready().expect("an event").await.expect("it is ready");
            let values = run.outputs[0].to_vec_async::<f32>().expect("a copy").await.expect("values");
            assert!(values.iter().all(|&value| value == 512.0));
        });
    }
}

#[test]
fn events_block_and_are_ready_afterwards() {
    let client = client();
    let (dot, x) = slow(&client);
    let outputs = dot.execute(&[&x]).expect("it starts");
    outputs[0].ready().expect("an event").wait().expect("it succeeds");
    let event = outputs[0].ready().expect("an event");
    assert!(event.is_ready());
    event.wait().expect("it stays so");
}

#[test]
fn callbacks_get_the_outcome() {
    let client = client();
    let (dot, x) = slow(&client);
    let (told, outcome) = mpsc::channel();
    for _ in 0..10 {
        let run = dot.execute_with(&[Argument::Keep(&x)]).expect("it starts");
        let told = told.clone();
        run.done.on_ready(move |outcome| told.send(outcome.is_ok()).expect("somebody listens"));
    }
    drop(told);
    assert_eq!(outcome.iter().collect::<Vec<_>>(), [true; 10]);
}

#[test]
fn a_panic_in_a_callback_stays_there() {
    let client = client();
    let x = client.buffer_from_slice(&[1.0f32], [1]).expect("a buffer");
    let (told, dropped) = mpsc::channel::<()>();
    x.ready().expect("an event").on_ready(move |_| {
        let _told = told;
        // Without the message that `panic!` prints.
        std::panic::resume_unwind(Box::new("thrown by a callback"));
    });
    assert!(dropped.recv().is_err(), "the callback ran and its captures are gone");
    assert_eq!(x.to_vec::<f32>().expect("all goes on"), [1.0]);
}

#[test]
fn a_future_may_be_dropped_half_way() {
    let client = client();
    let (dot, x) = slow(&client);
    for _ in 0..10 {
        let run = dot.execute_with(&[Argument::Keep(&x)]).expect("it starts");
        let mut event = pin!(run.done);
        let mut context = Context::from_waker(Waker::noop());
        let _ = event.as_mut().poll(&mut context);
        let mut copy = pin!(run.outputs[0].to_vec_async::<f32>().expect("a copy"));
        let _ = copy.as_mut().poll(&mut context);
    }
    assert_eq!(dot.execute(&[&x]).expect("it runs")[0].to_vec::<f32>().expect("values")[0], 512.0);
}

#[test]
fn many_tasks_wait_for_one_buffer() {
    let client = client();
    let (dot, x) = slow(&client);
    let outputs = dot.execute(&[&x]).expect("it starts");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| block_on(outputs[0].ready().expect("an event")).expect("it is ready"));
        }
    });
}
