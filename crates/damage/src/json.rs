//! JSON with values that do not belong where they stand.

use crate::Random;
use serde_json::Value;

/// JSON as its text has it: keys may come twice, and a leaf is any text.
enum Node {
    Leaf(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

const ODD: [&str; 20] = [
    "null",
    "true",
    "0",
    "-1",
    "1",
    "1.5",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "1e999",
    "-0.0",
    "\"\"",
    "\"x\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"../../x\"",
    "[]",
    "{}",
    "[[[]]]",
];

/// Depth at which a parser that calls itself would leave its stack.
const DEEP: usize = 100_000;

/// One of the texts of `corpus`, which are JSON, with one to three values replaced, removed, doubled, wrapped, or moved.
///
/// # Panics
/// If one of the corpus is no JSON.
pub fn damaged<S: AsRef<str>>(random: &mut Random, corpus: &[S]) -> String {
    let text = random.pick(corpus).as_ref();
    let value: Value = serde_json::from_str(text).expect("the corpus is JSON");
    let mut node = node(&value);
    for _ in 0..=random.below(3) {
        edit(random, &mut node);
    }
    let mut text = String::new();
    write(&node, &mut text);
    text
}

fn node(value: &Value) -> Node {
    match value {
        Value::Array(items) => Node::Array(items.iter().map(node).collect()),
        Value::Object(pairs) => {
            Node::Object(pairs.iter().map(|(key, value)| (quoted(key), node(value))).collect())
        }
        leaf => Node::Leaf(leaf.to_string()),
    }
}

fn quoted(key: &str) -> String {
    Value::from(key).to_string()
}

/// Goes down to a value at random, more often than not as deep as it gets.
fn edit(random: &mut Random, node: &mut Node) {
    let stop = random.below(4) == 0;
    match node {
        Node::Array(items) if !items.is_empty() && !stop => {
            let at = random.below(items.len());
            match random.below(8) {
                0 => drop(items.remove(at)),
                1 => items.insert(at, copy(&items[at])),
                2 => {
                    let other = random.below(items.len());
                    items.swap(at, other);
                }
                _ => edit(random, &mut items[at]),
            }
        }
        Node::Object(pairs) if !pairs.is_empty() && !stop => {
            let at = random.below(pairs.len());
            let other = random.below(pairs.len());
            match random.below(10) {
                0 => drop(pairs.remove(at)),
                // A key twice, with one value or another.
                1 => pairs.insert(at, (pairs[at].0.clone(), copy(&pairs[other].1))),
                2 => pairs[at].0 = pairs[other].0.clone(),
                3 => pairs[at].1 = copy(&pairs[other].1),
                4 => pairs[at].0 = (*random.pick(&["\"\"", "\"x\"", "\"__metadata__\""])).to_owned(),
                _ => edit(random, &mut pairs[at].1),
            }
        }
        node => match random.below(12) {
            0 => *node = Node::Array(vec![copy(node)]),
            1 => *node = Node::Leaf(format!("{}1{}", "[".repeat(DEEP), "]".repeat(DEEP))),
            2 => *node = Node::Leaf(format!("\"{}\"", "long ".repeat(1000))),
            _ => *node = Node::Leaf((*random.pick(&ODD)).to_owned()),
        },
    }
}

fn copy(node: &Node) -> Node {
    match node {
        Node::Leaf(text) => Node::Leaf(text.clone()),
        Node::Array(items) => Node::Array(items.iter().map(copy).collect()),
        Node::Object(pairs) => {
            Node::Object(pairs.iter().map(|(key, value)| (key.clone(), copy(value))).collect())
        }
    }
}

fn write(node: &Node, text: &mut String) {
    match node {
        Node::Leaf(leaf) => text.push_str(leaf),
        Node::Array(items) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                text.push_str(if i > 0 { "," } else { "" });
                write(item, text);
            }
            text.push(']');
        }
        Node::Object(pairs) => {
            text.push('{');
            for (i, (key, value)) in pairs.iter().enumerate() {
                text.push_str(if i > 0 { "," } else { "" });
                text.push_str(key);
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_near_the_good_text() {
        let good = r#"{"a":{"shape":[4,3],"dtype":"F32"},"b":{"shape":[2],"dtype":"I64"}}"#;
        let mut random = Random::new(1);
        let texts: Vec<String> = (0..500).map(|_| damaged(&mut random, &[good])).collect();
        let sound = texts.iter().filter(|text| serde_json::from_str::<Value>(text).is_ok()).count();
        let twice = texts.iter().filter(|text| text.matches("\"a\":").count() > 1).count();
        let deep = texts.iter().filter(|text| text.len() > DEEP).count();
        assert!((300..500).contains(&sound) && twice > 10 && deep > 5, "{sound} {twice} {deep}");
    }
}
