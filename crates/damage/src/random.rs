//! What a seed decides: where bytes and words are damaged, and how.

/// A generator that a seed decides (SplitMix64: Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

/// Numbers at which sizes, offsets and counts go wrong.
const EDGES: [u64; 12] =
    [0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 1 << 32, i64::MAX as u64, u64::MAX];

/// Words that mean something to most texts, and mean too much.
const WORDS: [&str; 28] = [
    "0",
    "1",
    "-1",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "18446744073709551616",
    "1e999",
    "-0.0",
    "nan",
    "?",
    "",
    "\"",
    "'",
    "\\",
    "\n",
    "\0",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "#",
    "\u{fffd}",
    "é",
];

impl Random {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number less than `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// One of some things.
    ///
    /// # Panics
    /// If there are none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        assert!(!from.is_empty(), "there is nothing to damage");
        &from[self.below(from.len())]
    }

    /// A file of `corpus` with one to five of its parts changed, cut, doubled, overwritten by edge numbers, or taken from another file.
    pub fn bytes<B: AsRef<[u8]>>(&mut self, corpus: &[B]) -> Vec<u8> {
        let mut bytes = self.pick(corpus).as_ref().to_vec();
        for _ in 0..=self.below(5) {
            let length = 1 + self.below(8);
            let at = self.below(bytes.len());
            let end = (at + length).min(bytes.len());
            match self.below(9) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..end)),
                2 => bytes[at..end].fill(0xff),
                3 => {
                    let other = self.pick(corpus).as_ref();
                    let from = self.below(other.len());
                    let part = other[from..(from + length).min(other.len())].to_vec();
                    bytes.splice(at..at, part);
                }
                4 => {
                    let length = 1 + self.below(bytes.len());
                    let part = bytes[at..(at + length).min(bytes.len())].to_vec();
                    bytes.splice(at..at, part);
                }
                5 | 6 => self.edge(&mut bytes, at),
                _ if bytes.is_empty() => return bytes,
                _ => bytes[at] ^= 1 << self.below(8),
            }
        }
        bytes
    }

    /// An edge number where one of some width may stand.
    fn edge(&mut self, bytes: &mut [u8], at: usize) {
        let value = *self.pick(&EDGES);
        let width = 1 << self.below(4);
        // Numbers lie at multiples of their width more often than not.
        let at = if self.below(2) == 0 { at / width * width } else { at };
        let little = self.below(4) > 0;
        let number = if little { value.to_le_bytes() } else { value.to_be_bytes() };
        let number = if little { &number[..width] } else { &number[8 - width..] };
        bytes.iter_mut().skip(at).zip(number).for_each(|(byte, new)| *byte = *new);
    }

    /// A text of `corpus` with one to four of its words replaced (by words of its own, or of `words` and odd ones), removed or doubled.
    pub fn text<S: AsRef<str>>(&mut self, corpus: &[S], words: &[&str]) -> String {
        let good = self.pick(corpus).as_ref();
        let mut parts = split(good);
        for _ in 0..=self.below(4) {
            if parts.is_empty() {
                break;
            }
            let at = self.below(parts.len());
            match self.below(6) {
                0 => parts[at] = self.word(words),
                1 => parts[at] = parts[self.below(parts.len())],
                2 => drop(parts.remove(at)),
                3 => {
                    let end = (at + 1 + self.below(12)).min(parts.len());
                    let part = parts[at..end].to_vec();
                    parts.splice(at..at, part);
                }
                // Digits are sizes, axes and indices.
                _ => {
                    let is_number =
                        |part: &&str| part.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
                    let numbers: Vec<usize> = (0..parts.len()).filter(|&i| is_number(&parts[i])).collect();
                    if let Some(&number) = numbers.get(self.below(numbers.len())) {
                        parts[number] = WORDS[self.below(9)];
                    }
                }
            }
        }
        parts.concat()
    }

    fn word<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = self.below(words.len() + WORDS.len());
        words.get(at).copied().unwrap_or_else(|| WORDS[at - words.len()])
    }
}

/// Words, and what stands between them character by character.
fn split(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || "_.%@-".contains(c);
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let end = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_decide() {
        let files: [&[u8]; 3] = [b"first file", b"", b"x"];
        let draw = |seed| {
            let mut random = Random::new(seed);
            (0..200)
                .map(|_| (random.bytes(&files), random.text(&["a = [1, 2]", ""], &["b"])))
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let texts: std::collections::BTreeSet<String> = draw(1).into_iter().map(|(_, text)| text).collect();
        assert!(texts.len() > 80, "{}", texts.len());
    }

    #[test]
    fn words_are_found() {
        assert_eq!(split("x.y: [12, é]"), ["x.y", ":", " ", "[", "12", ",", " ", "é", "]"]);
    }
}
