//! Zip archives written by hand, so that they can lie.

/// The checksum of zip archives.
fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
    let table: Vec<u32> = (0..256).map(|byte| (0..8).fold(byte, bit)).collect();
    !bytes.iter().fold(!0, |crc, &byte| table[usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

/// A member as both headers have it: how it is packed, its checksum, its bytes here and unpacked, its name.
struct Member<'a> {
    name: &'a str,
    method: u16,
    checksum: u32,
    packed: &'a [u8],
    size: u32,
}

impl Member<'_> {
    /// What the two headers share, after their signatures and first versions.
    fn common(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for half in [20u16, 0, self.method, 0, 0x21] {
            bytes.extend(half.to_le_bytes());
        }
        for word in [self.checksum, self.packed.len() as u32, self.size] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend((self.name.len() as u16).to_le_bytes());
        bytes.extend(0u16.to_le_bytes());
        bytes
    }
}

/// Members and their directory; where that begins.
fn members(members: &[Member<'_>]) -> (Vec<u8>, usize) {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let at = bytes.len() as u32;
        bytes.extend(b"PK\x03\x04");
        bytes.extend(member.common());
        bytes.extend(member.name.as_bytes());
        bytes.extend(member.packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(member.common());
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(member.name.as_bytes());
    }
    let start = bytes.len();
    bytes.extend(directory);
    (bytes, start)
}

fn end(bytes: &mut Vec<u8>, count: u16, size: u32, start: u32) {
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    bytes.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    bytes.extend([0, 0]);
}

fn stored<'a>(files: &[(&'a str, &'a Vec<u8>)]) -> Vec<Member<'a>> {
    let member = |&(name, packed): &(&'a str, &'a Vec<u8>)| Member {
        name,
        method: 0,
        checksum: crc32(packed),
        packed,
        size: packed.len() as u32,
    };
    files.iter().map(member).collect()
}

/// An archive of uncompressed files.
pub(crate) fn zip(files: &[(&str, &Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, start) = members(&stored(files));
    let size = (bytes.len() - start) as u32;
    end(&mut bytes, files.len() as u16, size, start as u32);
    bytes
}

/// An archive whose directory is said to have `count` members, in 64 bits.
pub(crate) fn zip64(files: &[(&str, &Vec<u8>)], count: u64) -> Vec<u8> {
    let (mut bytes, start) = members(&stored(files));
    let (size, at) = ((bytes.len() - start) as u64, bytes.len() as u64);
    bytes.extend(b"PK\x06\x06");
    bytes.extend(44u64.to_le_bytes());
    bytes.extend([45, 0, 45, 0]);
    bytes.extend([0; 8]);
    for word in [count, count, size, start as u64] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(at.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    end(&mut bytes, u16::MAX, u32::MAX, u32::MAX);
    bytes
}

/// `start` and then `zeros` zero bytes, which take a hundredth of that.
pub(crate) fn bomb(name: &str, start: &[u8], zeros: usize) -> Vec<u8> {
    // DEFLATE (RFC 1951): the start as it is, then blocks of fixed codes: a zero, and matches of 258 at distance 1.
    let mut packed = vec![0];
    packed.extend((start.len() as u16).to_le_bytes());
    packed.extend((!(start.len() as u16)).to_le_bytes());
    packed.extend(start);
    let mut bits = Bits { bytes: packed, used: 0 };
    bits.push(0b011, 3);
    // Literal 0 is 0011_0000, codes go in from their first bit on.
    bits.push(0b0000_1100, 8);
    for _ in 0..zeros / 258 {
        // Length 258 is symbol 285, 1100_0101; distance 1 is symbol 0, 00000.
        bits.push(0b1010_0011, 8);
        bits.push(0, 5);
    }
    bits.push(0, 7);
    // Whoever reads to the end finds that the checksum is wrong: nobody should.
    let member = Member { name, method: 8, checksum: 0, packed: &bits.bytes, size: zeros as u32 };
    let (mut bytes, start) = members(&[member]);
    let size = (bytes.len() - start) as u32;
    end(&mut bytes, 1, size, start as u32);
    bytes
}

/// Bits, lowest first.
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, bits: u32, count: u32) {
        for i in 0..count {
            if self.used == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= (((bits >> i) & 1) as u8) << self.used;
            }
            self.used = (self.used + 1) % 8;
        }
    }
}
