use super::*;

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

fn read(header: &str, data: &[u8]) -> Result<Array> {
    Array::read(&file(header, data)[..], 1 << 20)
}

#[track_caller]
fn refused(header: &str, data: &[u8], text: &str) {
    let message = read(header, data).expect_err(header).to_string();
    assert!(message.contains(text), "`{text}` is not in: {message}");
}

#[test]
fn numpy_spellings_are_read() {
    for (descr, element) in [
        ("<f4", "f4"),
        ("|b1", "b1"),
        ("<i8", "i8"),
        ("|u1", "u1"),
        ("<c16", "c16"),
        ("|V2", "V2"),
        ("<V2", "V2"),
        ("<f1", "f1"),
        ("=f8", "f8"),
        ("f2", "f2"),
    ] {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (0,), }}   \n");
        let array = read(&header, b"").unwrap();
        assert_eq!((array.element().to_string().as_str(), array.dims()), (element, &[0][..]));
    }
    // Another order, other quotes, other space: Python's own parser takes those too.
    let array = read("{\"shape\":(2 ,1L),'fortran_order':False,'descr':'<i2'}", &[1, 0, 2, 0]).unwrap();
    assert_eq!((array.dims(), array.data()), (&[2, 1][..], &[1, 0, 2, 0][..]));
}

#[test]
fn fortran_order_becomes_row_major() {
    let array =
        read("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", &[1, 4, 2, 5, 3, 6]).unwrap();
    assert_eq!(array.data(), [1, 2, 3, 4, 5, 6]);
    let array =
        read("{'descr': '<u2', 'fortran_order': True, 'shape': (2, 1, 2)}", &[1, 0, 3, 0, 2, 0, 4, 0])
            .unwrap();
    assert_eq!(array.data(), [1, 0, 2, 0, 3, 0, 4, 0]);
    let array = read("{'descr': '<u2', 'fortran_order': True, 'shape': (2, 0, 2)}", &[]).unwrap();
    assert!(array.data().is_empty());
}

#[test]
fn big_endian_becomes_little() {
    let array =
        read("{'descr': '>i4', 'fortran_order': False, 'shape': (2,)}", &[0, 0, 0, 1, 0, 0, 1, 0]).unwrap();
    assert_eq!(array.data(), [1, 0, 0, 0, 0, 1, 0, 0]);
    let complex = [1.0f32, -2.0].map(f32::to_be_bytes).concat();
    let array = read("{'descr': '>c8', 'fortran_order': False, 'shape': ()}", &complex).unwrap();
    assert_eq!(array.data(), [1.0f32, -2.0].map(f32::to_le_bytes).concat());
}

#[test]
fn what_is_written_is_read() {
    for (element, dims) in [
        (Element::F32, vec![]),
        (Element::F32, vec![3]),
        (Element::new(Kind::Void, 2).unwrap(), vec![2, 0, 5]),
    ] {
        let size = element.size_of(&dims).unwrap();
        let array = Array::new(element, dims, (0..size as u8).collect()).unwrap();
        let mut file = Vec::new();
        array.write(&mut file).unwrap();
        assert_eq!((file.len() - size) % 64, 0, "elements are aligned");
        let read = Array::read(&file[..], size).unwrap();
        assert_eq!(read, array);
        assert_eq!(read.data().as_ptr().align_offset(64), 0, "devices may use them in place");
    }
    // Far more than there is, and than there can be: what is promised is not taken.
    for count in [1_usize << 40, 1 << 60] {
        let header = Header::of(&Array::new(Element::F32, vec![0], vec![]).unwrap()).encode();
        let text = String::from_utf8_lossy(&header[10..]).replace("(0,)", &format!("({count},)"));
        let mut file = header[..10].to_vec();
        file.extend_from_slice(&text.as_bytes()[..header.len() - 10]);
        let error = Array::read(&file[..], usize::MAX).unwrap_err().to_string();
        assert!(error.ends_with("the file has 0"), "{error}");
    }
    // As NumPy writes it, byte for byte.
    let array = Array::new(Element::F32, vec![1], vec![0; 4]).unwrap();
    let mut file = Vec::new();
    array.write(&mut file).unwrap();
    assert!(
        file[10..].starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }  "),
        "{file:?}"
    );
}

#[test]
fn bad_headers_say_what_is_wrong() {
    let with = |descr: &str| format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,)}}");
    for descr in ["|O", "<U4", "<M8[ns]", "f16", "<f3", "V4", "", "<", "f+4", "f04", "<\u{e9}4"] {
        refused(&with(descr), b"", "no program takes elements of type");
    }
    refused("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,)}", b"", "records");
    refused("{'fortran_order': False, 'shape': (1,)}", b"", "`descr` is missing");
    refused("{'descr': '<f4', 'descr': '<f4'}", b"", "key `descr` is twice there");
    refused(
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        b"",
        "expected `False`, found `0, 'shape': `",
    );
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", b"", "expected a size");
    refused(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        b"",
        "expected a size",
    );
    refused("{'descr': '<f4", b"", "expected a string");
    refused("", b"", "expected `{`");
    refused(&(with("<f4") + "x"), b"", "expected the end");
    refused(
        &format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({})}}", "1,".repeat(65)),
        b"",
        "more than 64 dimensions",
    );
}

#[test]
fn sizes_are_checked_before_memory_is_taken() {
    let header = |dims: &str| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({dims})}}");
    refused(&header("1000000000000,"), b"", "more than the 1048576 bytes that are allowed");
    refused(&header("4294967296, 4294967296, 4294967296"), b"", "more than the 1048576 bytes");
    refused(&header("2,"), &[0; 15], "f8[2] takes 16 bytes, the file has 15");
    refused(&header("2,"), &[0; 17], "goes on after the 16 bytes");
    assert!(
        Array::read(&b"\x93NUMPY\x02\x00\xff\xff\xff\xff"[..], 10)
            .unwrap_err()
            .to_string()
            .contains("4294967295 bytes")
    );
    assert!(Array::read(&b"\x93NUMPY\x09\x01"[..], 10).unwrap_err().to_string().contains("version 9.1"));
    assert!(Array::read(&b"PK\x03\x04----"[..], 10).unwrap_err().to_string().contains("not an npy file"));
}
