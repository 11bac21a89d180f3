//! The file of a cached executable: magic, checksum, lengths, what is known of the signature, the plugin's bytes.
//!
//! Plugins trust serialized executables, down to machine code, so nothing of a file reaches one before the checksum over
//! all that follows it has matched.

use bering_pjrt_sys as sys;
use sha2::{Digest, Sha256};

use crate::dtype::{DType, Spec};
use crate::program::Signature;
use crate::proto::{Reader, Writer};

const MAGIC: &[u8; 8] = b"BERINGX1";
const CHECKSUM: usize = 32;
/// Length of the signature (4 bytes) and of the payload (8).
const LENGTHS: usize = 12;

/// A cached executable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry<'a> {
    /// Kept beside the payload, so that loading need not ask the plugin for the whole optimised program.
    pub(super) signature: Option<Signature>,
    /// What the plugin serialized.
    pub(super) payload: &'a [u8],
}

impl<'a> Entry<'a> {
    pub(super) fn write(&self) -> Vec<u8> {
        let signature = self.signature.as_ref().map_or_else(Vec::new, write_signature);
        let mut body = Vec::with_capacity(LENGTHS + signature.len() + self.payload.len());
        body.extend((signature.len() as u32).to_le_bytes());
        body.extend((self.payload.len() as u64).to_le_bytes());
        body.extend(&signature);
        body.extend(self.payload);
        let mut file = Vec::with_capacity(MAGIC.len() + CHECKSUM + body.len());
        file.extend(MAGIC);
        file.extend(&Sha256::digest(&body)[..]);
        file.extend(body);
        file
    }

    /// The entry in a file's bytes; `None` if they are not exactly what was written.
    pub(super) fn read(file: &'a [u8]) -> Option<Entry<'a>> {
        let rest = file.strip_prefix(MAGIC)?;
        let (checksum, body) = rest.split_at_checked(CHECKSUM)?;
        if Sha256::digest(body)[..] != *checksum {
            return None;
        }
        let (signature_length, rest) = body.split_first_chunk::<4>()?;
        let (payload_length, rest) = rest.split_first_chunk::<8>()?;
        let signature_length = usize::try_from(u32::from_le_bytes(*signature_length)).ok()?;
        let (signature, payload) = rest.split_at_checked(signature_length)?;
        if payload.len() as u64 != u64::from_le_bytes(*payload_length) {
            return None;
        }
        let signature = if signature.is_empty() { None } else { Some(read_signature(signature)?) };
        Some(Entry { signature, payload })
    }
}

/// Field 1 says whether anything is donated, field 2 repeats: a parameter with its type (1) and dimensions (2).
fn write_signature(signature: &Signature) -> Vec<u8> {
    let parameters = signature.parameters.iter().fold(Writer::new(), |writer, spec| {
        let dims = spec.dims().iter().map(|&dim| dim as i64);
        writer.message(2, Writer::new().int(1, i64::from(spec.dtype().to_raw())).packed(2, dims))
    });
    let mut bytes = Writer::new().bool(1, signature.donates).finish();
    bytes.extend(parameters.finish());
    bytes
}

fn read_signature(bytes: &[u8]) -> Option<Signature> {
    let mut signature = Signature { parameters: Vec::new(), donates: false };
    for (field, value) in Reader::new(bytes) {
        match field {
            1 => signature.donates = value.int() != 0,
            2 => {
                let (mut dtype, mut dims) = (None, Vec::new());
                for (field, value) in value.message() {
                    match field {
                        1 => dtype = DType::from_raw(value.int() as sys::PJRT_Buffer_Type).ok(),
                        _ => dims.extend(Reader::ints(value).into_iter().map(|dim| dim as usize)),
                    }
                }
                signature.parameters.push(Spec::new(dtype?, dims));
            }
            _ => {}
        }
    }
    Some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature() -> Signature {
        let parameters = vec![Spec::new(DType::Bf16, [4, 0, 7]), Spec::new(DType::Bool, [])];
        Signature { parameters, donates: true }
    }

    #[test]
    fn round_trips() {
        for signature in [None, Some(signature()), Some(Signature { parameters: vec![], donates: false })] {
            for payload in [&b"machine code"[..], b""] {
                let entry = Entry { signature: signature.clone(), payload };
                assert_eq!(Entry::read(&entry.write()), Some(entry));
            }
        }
    }

    #[test]
    fn any_flipped_bit_and_any_cut_is_noticed() {
        let file = Entry { signature: Some(signature()), payload: b"machine code" }.write();
        for index in 0..file.len() {
            let mut damaged = file.clone();
            damaged[index] ^= 0x10;
            assert_eq!(Entry::read(&damaged), None, "byte {index}");
            assert_eq!(Entry::read(&file[..index]), None, "cut at {index}");
        }
        let longer = [&file[..], b"!"].concat();
        assert_eq!(Entry::read(&longer), None);
    }
}
